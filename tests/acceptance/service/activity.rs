//! Activity as a member reads it: only their own events, full pages, and the export of all of them.

use doorkey::accounts::EventKind;
use doorkey::accounts::request::activity::{
    ActivityCursor, ActivityFilter, ActivityPage, ActivityQuery, ActivityReply, ActivityRequest, ActivityRow,
    Group,
};
use doorkey::accounts::request::{Refusal, Reply, Request, SignedIn};
use doorkey::domain::secret::Secret;

use serde_json::json;

use super::{FIRST, MINUTE, SECOND, START, Service, VERSION_LINE};
use crate::engine::on_both_engines;

fn all() -> ActivityQuery {
    ActivityQuery { which: ActivityFilter::All, since: None, from: ActivityCursor::Newest, limit: 100 }
}

async fn page(service: &Service, member: &SignedIn, wanted: ActivityQuery) -> Result<ActivityPage, Refusal> {
    match service.ask(Request::Activity(member.clone(), ActivityRequest::Page(wanted))).await {
        Reply::Activity(ActivityReply::Page(rows)) => Ok(rows),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

fn kinds(rows: &ActivityPage) -> Vec<&str> {
    rows.rows.iter().map(|row| row.event.kind.as_str()).collect()
}

/// Seven rows: the account made, then five wrong passwords' worth of goings and comings.
async fn busy_account(service: &Service) -> SignedIn {
    service.add("ada").await;
    for _ in 0..3 {
        // Each in an hour of its own, and so a row of its own.
        service.later(60 * MINUTE);
        service.try_sign_in("ada", "no such password").await.unwrap_err();
        service.later(MINUTE);
        service.sign_in("ada", FIRST).await;
    }
    service.sign_in("ada", FIRST).await
}

on_both_engines! {
    async fn rows_are_the_account_s_own_newest_first_with_all_that_is_known(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        service.sign_in("grace", FIRST).await;
        let ada = busy_account(&service).await;
        let rows = page(&service, &ada, all()).await.unwrap();
        assert_eq!(rows.rows.len(), 8);
        assert_eq!((rows.has_newer, rows.has_older), (false, false));
        assert!(rows.rows.is_sorted_by(|a, b| (a.event.at, &a.event.id) > (b.event.at, &b.event.id)));
        let last = rows.rows.last().unwrap();
        assert_eq!((last.event.kind.as_str(), last.event.ip.as_str()), ("account-added", ""));
        assert_eq!((last.event.client.as_str(), last.event.at), ("operator", START));
        let failed = rows.rows.iter().find(|row| row.event_kind == Some(EventKind::SignInFailed)).unwrap();
        assert_eq!((failed.event.ip.as_str(), failed.event.client.as_str()), ("192.0.2.7", VERSION_LINE));
        assert!(failed.is_refusal());
    }

    async fn the_newest_rows_come_with_a_summary_of_the_last_days(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = busy_account(&service).await;
        service.later(24 * 60 * MINUTE);
        service.sign_in("ada", FIRST).await;
        let summary = page(&service, &ada, all()).await.unwrap().summary.unwrap();
        let counted = |from: usize| -> (u32, u32) {
            let days = &summary.days[from..];
            (days.iter().map(|day| day.sign_ins).sum(), days.iter().map(|day| day.refusals).sum())
        };
        assert_eq!((summary.days.len(), counted(0), counted(29)), (30, (5, 3), (1, 0)));
        // A month later, nothing of it is left.
        service.later(30 * 24 * 60 * MINUTE);
        let ada = service.sign_in("ada", FIRST).await;
        let summary = page(&service, &ada, all()).await.unwrap().summary.unwrap();
        assert_eq!(summary.days.iter().map(|day| day.sign_ins + day.refusals).sum::<u32>(), 1);
        let refused = ActivityQuery { which: ActivityFilter::Refusals, ..all() };
        assert_eq!(page(&service, &ada, refused).await.unwrap().summary, None);
    }

    async fn pages_go_down_and_up_without_a_gap_or_a_double_also_within_a_millisecond(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = busy_account(&service).await;
        let whole = page(&service, &ada, all()).await.unwrap().rows;
        let mut down: Vec<ActivityRow> = Vec::new();
        let mut from = ActivityCursor::Newest;
        loop {
            let rows = page(&service, &ada, ActivityQuery { limit: 3, from, ..all() }).await.unwrap();
            assert_eq!(rows.has_newer, !down.is_empty());
            down.extend(rows.rows.clone());
            if !rows.has_older {
                break;
            }
            from = ActivityCursor::Below(rows.rows.last().unwrap().place());
        }
        assert_eq!(down, whole);
        let below = ActivityCursor::BelowId(whole[4].event.id.clone());
        let rows = page(&service, &ada, ActivityQuery { from: below, limit: 2, ..all() }).await.unwrap();
        assert_eq!(rows.rows, whole[5..7]);
        let above = ActivityCursor::Above(whole[5].place());
        let rows = page(&service, &ada, ActivityQuery { from: above, limit: 3, ..all() }).await.unwrap();
        assert_eq!((&rows.rows[..], rows.has_newer, rows.has_older), (&whole[2..5], true, true));
        let above = ActivityCursor::Above(whole[2].place());
        let rows = page(&service, &ada, ActivityQuery { from: above, limit: 3, ..all() }).await.unwrap();
        assert_eq!((&rows.rows[..], rows.has_newer), (&whole[..2], false));
    }

    async fn refusals_of_one_source_about_one_name_become_one_row_an_hour_with_a_count(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        // At five minutes past; a known name and one that nobody has.
        for name in ["ada", "nobody"] {
            for _ in 0..3 {
                service.try_sign_in_from("203.0.113.9", name, "no such password").await.unwrap_err();
                service.later(MINUTE);
            }
            service.try_sign_in_from("203.0.113.10", name, "no such password").await.unwrap_err();
        }
        let refused = page(&service, &ada, ActivityQuery { which: ActivityFilter::Refusals, ..all() }).await.unwrap();
        assert_eq!(kinds(&refused), ["sign-in-failed"; 2], "a row for each source");
        let row = json!(refused.rows[1]);
        assert_eq!((&row["ip"], &row["count"]), (&json!("203.0.113.9"), &json!(3)));
        assert_eq!((&row["at"], &row["last_at"]), (&json!(START), &json!(START.plus_ms(2 * MINUTE))));
        assert_eq!(json!(refused.rows[0])["count"], 1);
        let of_nobody = "SELECT count(*) FROM activity WHERE account IS NULL AND kind = 'sign-in-failed'";
        assert_eq!(service.fresh.number(of_nobody).await, 2);
        // Another kind has a row of its own, what was no refusal one each, and the next hour begins anew.
        service.prove("ada", None, "BBBB-BBBB").await.unwrap_err();
        service.prove("ada", None, "BBBB-BBBB").await.unwrap_err();
        service.later(60 * MINUTE);
        service.try_sign_in_from("203.0.113.9", "ada", "no such password").await.unwrap_err();
        service.later(MINUTE);
        service.sign_in("ada", FIRST).await;
        service.sign_in("ada", FIRST).await;
        let rows = page(&service, &ada, all()).await.unwrap();
        let expected = ["sign-in", "sign-in", "sign-in-failed", "reset-code-refused", "sign-in-failed"];
        assert_eq!(kinds(&rows)[..5], expected);
        let since = Some(START.plus_ms(2 * MINUTE));
        let rows = page(&service, &ada, ActivityQuery { since, which: ActivityFilter::Refusals, ..all() }).await.unwrap();
        assert_eq!(rows.rows.len(), 4, "the last time counts, too");
        let export = service.confirm(&ada, FIRST).await.unwrap();
        let export = service.ask(Request::Activity(export, ActivityRequest::Export)).await;
        let Reply::Activity(ActivityReply::Records(records)) = export else { panic!("{export:?}") };
        let exported = records.json()["activity"].as_array().unwrap();
        assert!(exported.iter().any(|row| row["count"] == 3 && row["kind"] == "sign-in-failed"), "{exported:?}");
    }

    async fn filters_take_kinds_groups_refusals_and_times(engine: Engine) {
        let service = Service::start(engine).await;
        let ada = busy_account(&service).await;
        let of = |which| ActivityQuery { which, ..all() };
        let refused = page(&service, &ada, of(ActivityFilter::Refusals)).await.unwrap();
        assert_eq!(kinds(&refused), ["sign-in-failed"; 3]);
        let changes = page(&service, &ada, of(ActivityFilter::Group(Group::Changes))).await.unwrap();
        assert_eq!(kinds(&changes), ["account-added"]);
        let sign_ins = page(&service, &ada, of(ActivityFilter::Group(Group::SignIns))).await.unwrap();
        assert_eq!(sign_ins.rows.len(), 7);
        let one = page(&service, &ada, of(ActivityFilter::Kind(EventKind::SignIn))).await.unwrap();
        assert_eq!(kinds(&one), ["sign-in"; 4]);
        let since = Some(START.plus_ms(150 * MINUTE));
        assert_eq!(page(&service, &ada, ActivityQuery { since, ..all() }).await.unwrap().rows.len(), 3);
    }

    async fn a_foreign_row_is_no_cursor_and_a_stale_session_sees_nothing(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        let grace = service.sign_in("grace", FIRST).await;
        let ada = busy_account(&service).await;
        let adas = page(&service, &ada, all()).await.unwrap().rows;
        for id in [adas[1].event.id.as_str(), "", "' OR 1=1 --"] {
            let wanted = ActivityQuery { from: ActivityCursor::BelowId(id.into()), ..all() };
            assert_eq!(page(&service, &grace, wanted).await, Err(Refusal::NotFound), "{id}");
        }
        let place = ActivityCursor::Above(adas.last().unwrap().place());
        let rows = page(&service, &grace, ActivityQuery { from: place, ..all() }).await.unwrap();
        assert!(rows.rows.iter().all(|row| adas.iter().all(|theirs| theirs.event.id != row.event.id)), "{rows:?}");
        service.change(&ada, FIRST, SECOND).await.unwrap();
        assert_eq!(page(&service, &ada, all()).await, Err(Refusal::SignedOutElsewhere));
    }

    async fn an_export_requires_reauthentication_and_contains_only_the_own_account(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("grace").await;
        let grace = service.sign_in("grace", FIRST).await;
        let ada = busy_account(&service).await;
        service.open_case(&ada).await;
        service.open_case(&grace).await;
        service.later(6 * MINUTE);
        let stale = service.ask(Request::Activity(ada.clone(), ActivityRequest::Export)).await;
        let Reply::ReauthenticateFirst(request) = stale else { panic!("{stale:?}") };
        let confirm = Request::Reauthenticate { member: ada.clone(), password: Secret::new(FIRST), second_factor: false };
        let Reply::Reauthenticated(ada) = service.ask(confirm).await else { panic!("it is the right password") };
        let mut request = *request;
        request.set_member(&ada);
        let Reply::Activity(ActivityReply::Records(records)) = service.ask(request).await else { panic!("records") };
        let records = records.json().clone();
        assert_eq!(records["profile"]["name"], "ada");
        assert_eq!(records["emails"][0]["address"], "ada@example.org");
        assert_eq!(records["support_cases"].as_array().unwrap().len(), 1);
        assert_eq!(records["support_cases"][0]["messages"][0]["text"], "No email comes.");
        assert_eq!(records["activity_complete"], true);
        assert!(records["activity"].as_array().unwrap().len() >= 9);
        let text = records.to_string();
        for secret in ["argon2", "grace", "code_mac", "pepper"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let rows = "SELECT count(*) FROM activity WHERE kind = 'records-exported'";
        assert_eq!(service.fresh.number(rows).await, 1);
        let after = service.change(&ada, FIRST, SECOND).await.unwrap();
        let old = service.ask(Request::Activity(ada, ActivityRequest::Export)).await;
        assert!(matches!(old, Reply::Refused(Refusal::SignedOutElsewhere)), "{old:?}");
        assert!(page(&service, &after, all()).await.is_ok());
    }

    async fn sign_ins_from_new_sources_send_three_emails_a_day_and_the_first_sends_none(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let told = async || service.subjects_to("ada@example.org").await.len();
        service.sign_in("ada", FIRST).await;
        assert_eq!(told().await, 0, "the first of all");
        service.sign_in("ada", FIRST).await;
        assert_eq!(told().await, 0, "a known one");
        for (number, emails) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            let from = format!("203.0.113.{number}");
            for _ in 0..2 {
                service.try_sign_in_from(&from, "ada", FIRST).await.unwrap();
            }
            assert_eq!(told().await, emails, "{from}");
        }
        let emails = service.emails.emails();
        assert!(emails[0].text.contains("203.0.113.1") && emails[0].text.contains("Client: OpenSSH\n"));
        let rows = "SELECT count(*) FROM activity WHERE kind = 'sign-in'";
        assert_eq!(service.fresh.number(rows).await, 10);
        service.later(31 * 24 * 60 * MINUTE);
        service.try_sign_in_from("203.0.113.77", "ada", FIRST).await.unwrap();
        assert_eq!(told().await, 4, "nothing is known of late, and it is not the first of all");
    }
}
