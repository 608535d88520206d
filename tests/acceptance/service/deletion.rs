//! Deleting an account at its owner's request: the days of grace, what cancels it, and what is left afterwards.

use doorkey::accounts::Rules;
use doorkey::accounts::admin::{AdminError, NewUser};
use doorkey::accounts::request::deletion::{DeletionPreview, DeletionReply, DeletionRequest};
use doorkey::accounts::request::teams::{TeamsReply, TeamsRequest};
use doorkey::accounts::request::{DeletionRefusal, FRESH_MS, Refusal, Reply, Request, SignedIn, TeamRefusal};
use doorkey::domain::team::Role;
use doorkey::domain::throttle::{DAY_MS, DELETION_GRACE_MS, RELEASED_NAME_KEPT_MS};
use doorkey::store::lock_order;
use futures_util::future::join_all;

use super::team_members::{ask as ask_teams, leave, set_role};
use super::{FIRST, SECOND, Service, patient};
use crate::engine::on_both_engines;
use crate::waiting::PATIENCE;

/// The account with this name, as a number.
const ADAS: &str = "SELECT count(*) FROM accounts WHERE name = 'ada'";

async fn ask(
    service: &Service,
    member: &SignedIn,
    request: DeletionRequest,
) -> Result<DeletionReply, Refusal> {
    match service.ask(Request::Deletion(member.clone(), request)).await {
        Reply::Deletion(reply) => Ok(reply),
        Reply::Refused(refusal) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// Asks for it; gives no proof back, for there is none any more.
pub(super) async fn delete(service: &Service, member: &SignedIn) -> Result<(), Refusal> {
    match ask(service, member, DeletionRequest::Delete).await? {
        DeletionReply::Requested(then) => {
            assert_eq!(then, service.clock.now().plus_ms(DELETION_GRACE_MS));
            Ok(())
        }
        other @ DeletionReply::Preview(_) => panic!("{other:?}"),
    }
}

async fn preview(service: &Service, member: &SignedIn) -> DeletionPreview {
    match ask(service, member, DeletionRequest::Preview).await.unwrap() {
        DeletionReply::Preview(preview) => preview,
        other @ DeletionReply::Requested(_) => panic!("{other:?}"),
    }
}

async fn create_team(service: &Service, member: &SignedIn, name: &str) -> String {
    match ask_teams(service, member, TeamsRequest::Create { name: name.into() }).await.unwrap() {
        TeamsReply::Created(team) => team.id,
        other => panic!("{other:?}"),
    }
}

fn new_ada() -> NewUser {
    NewUser { name: "ada".into(), email: "ada@new.example".into(), ..NewUser::default() }
}

on_both_engines! {
    async fn an_account_goes_a_week_after_its_owner_asked_for_it_and_on_one_node_only(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        create_team(&service, &ada, "Night watch").await;
        let alone = DeletionPreview { teams_deleted: vec!["Night watch".into()], ..DeletionPreview::default() };
        assert_eq!(preview(&service, &ada).await, alone);
        delete(&service, &ada).await.unwrap();
        assert_eq!(service.teams(&ada).await, Err(Refusal::SignedOutElsewhere));
        assert_eq!(service.emails_with("will be deleted").await, 1);
        let emails = service.emails.emails();
        let email = emails.iter().find(|email| email.subject.contains("will be deleted")).unwrap();
        assert!(email.text.contains("on 2026-11-29 10:05 UTC") && email.text.contains("sign in before then"), "{}", email.text);

        let seen = service.accounts.show_user("ada").await.unwrap();
        assert_eq!(seen.delete_at, Some(service.clock.now().plus_ms(DELETION_GRACE_MS)));

        service.later(DELETION_GRACE_MS - 1);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 1);
        service.later(1);
        let nodes = [service.another().await, service.another().await, service.another().await];
        for done in join_all(nodes.iter().map(|node| node.run_housekeeping())).await {
            done.unwrap();
        }
        assert_eq!(service.fresh.number(ADAS).await, 0);
        assert_eq!(service.emails_with("was deleted").await, 1, "one email, whichever node did it");
        for none in [
            "SELECT count(*) FROM teams",
            "SELECT count(*) FROM email_addresses",
            "SELECT count(*) FROM undo_snapshots",
            "SELECT count(*) FROM activity WHERE account IS NOT NULL OR ip <> '' OR client <> '' OR session <> ''",
        ] {
            assert_eq!(service.fresh.number(none).await, 0, "{none}");
        }
        let kinds = service.fresh.kinds().await;
        assert!(kinds.iter().any(|kind| kind == "sign-in"), "what happened stays: {kinds:?}");
        assert_eq!(kinds.iter().filter(|kind| *kind == "account-deleted").count(), 1);
        assert_eq!(service.fresh.number("SELECT count(DISTINCT subject) FROM activity").await, 1);

        // Her username is not free at once, and her address is.
        let taken = service.accounts.add_user(new_ada()).await;
        assert!(matches!(taken, Err(AdminError::NameTaken(_))), "{taken:?}");
        service.accounts.add_user(NewUser { name: "grace".into(), email: "ada@example.org".into(), ..NewUser::default() }).await.unwrap();
        service.later(RELEASED_NAME_KEPT_MS);
        service.accounts.add_user(new_ada()).await.unwrap();
    }

    async fn an_account_that_cannot_be_deleted_leaves_the_others_their_turn(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "bob", "eve"] {
            service.add(name).await;
            delete(&service, &service.sign_in(name, FIRST).await).await.unwrap();
            // The longest due first.
            service.later(1);
        }
        service.fresh.execute_sql("CREATE TABLE holds (account TEXT NOT NULL REFERENCES accounts (id))").await.unwrap();
        service.fresh.execute_sql("INSERT INTO holds SELECT id FROM accounts WHERE name = 'ada'").await.unwrap();
        service.later(DELETION_GRACE_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
        assert_eq!(service.fresh.number(ADAS).await, 1, "only what is held stays");
        service.fresh.execute_sql("DROP TABLE holds").await.unwrap();
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 0, "it is tried again");
    }

    async fn nobody_takes_the_name_of_a_deleted_account_by_another_name(engine: Engine) {
        use doorkey::accounts::request::profile::{Changes, ProfileRefusal, ProfileRequest};
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("eve").await;
        delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
        service.later(DELETION_GRACE_MS);
        service.accounts.run_housekeeping().await.unwrap();
        let eve = service.sign_in("eve", FIRST).await;
        let changes = Box::new(Changes { name: Some("ada".into()), ..Changes::default() });
        let reply = service.ask(Request::Profile(eve, ProfileRequest::Set { changes, seen: None })).await;
        assert!(matches!(reply, Reply::Refused(Refusal::Profile(ProfileRefusal::NameTaken))), "{reply:?}");
    }

    async fn every_way_in_cancels_it_and_tells_every_address(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let mut told = 0;
        for way in ["sign-in", "reset", "disable"] {
            let ada = service.sign_in("ada", if way == "disable" { SECOND } else { FIRST }).await;
            assert!(!ada.has_cancelled_deletion());
            delete(&service, &ada).await.unwrap();
            service.work().await;
            service.later(DELETION_GRACE_MS - 1_000);
            match way {
                "sign-in" => assert!(service.sign_in("ada", FIRST).await.has_cancelled_deletion()),
                "reset" => {
                    let (request, code) = service.receive_code("ada").await;
                    let grant = service.prove("ada", Some(&request), &code).await.unwrap();
                    assert_eq!(service.fresh.number("SELECT count(*) FROM accounts WHERE deletion_requested_at IS NOT NULL").await, 1);
                    assert!(service.set(grant, SECOND).await.unwrap().unwrap().has_cancelled_deletion());
                }
                _ => service.accounts.disable_user("ada").await.unwrap(),
            }
            told += 1;
            assert_eq!(service.emails_with("will not be deleted").await, told, "{way}");
            service.later(2 * DELETION_GRACE_MS);
            service.accounts.run_housekeeping().await.unwrap();
            assert_eq!(service.fresh.number(ADAS).await, 1, "{way}");
        }
        assert_eq!(service.fresh.number("SELECT count(*) FROM activity WHERE kind = 'account-deletion-cancelled'").await, 3);
    }

    async fn a_reset_that_signs_nobody_in_cancels_it_too(engine: Engine) {
        let service = Service::with(engine, Rules { sign_in_after_reset: false, ..patient() }).await;
        service.add("ada").await;
        delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
        service.work().await;
        let (request, code) = service.receive_code("ada").await;
        let grant = service.prove("ada", Some(&request), &code).await.unwrap();
        assert!(service.set(grant, SECOND).await.unwrap().is_none());
        assert_eq!(service.emails_with("will not be deleted").await, 1);
        service.later(DELETION_GRACE_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 1);
    }

    async fn asking_again_begins_the_week_anew(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
        service.later(6 * DAY_MS);
        // Whoever asks again has signed in.
        delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
        service.later(DELETION_GRACE_MS - 1);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 1);
        service.later(1);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 0);
    }

    async fn the_last_owner_hands_the_team_over_first(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "grace", "linus"] {
            service.add(name).await;
        }
        let team = service.accounts.add_team("Ops", "").await.unwrap().id;
        for (user, role) in [("ada", Role::Owner), ("grace", Role::Owner), ("linus", Role::Member)] {
            service.accounts.add_member("Ops", user, role).await.unwrap();
        }
        let (ada, grace) = (service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await);
        assert_eq!(preview(&service, &grace).await, DeletionPreview::default());
        delete(&service, &grace).await.unwrap();
        // Who is to be deleted is no owner who stays.
        assert_eq!(ask_teams(&service, &ada, leave(&team)).await.unwrap_err(), Refusal::Team(TeamRefusal::LastOwner));
        assert_eq!(preview(&service, &ada).await.last_owner_of, ["Ops"]);
        let refused = DeletionRefusal::LastOwner(vec!["Ops".into()]);
        assert!(refused.to_string().contains("Make another member an owner"), "{refused}");
        assert_eq!(delete(&service, &ada).await.unwrap_err(), Refusal::Deletion(refused));
        ask_teams(&service, &ada, set_role(&team, "linus", Role::Owner)).await.unwrap();
        delete(&service, &ada).await.unwrap();
        service.later(DELETION_GRACE_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number("SELECT count(*) FROM memberships WHERE role = 'owner'").await, 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
    }

    async fn of_two_last_owners_who_ask_at_once_one_stays(engine: Engine) {
        let service = Service::start(engine).await;
        for name in ["ada", "grace", "linus"] {
            service.add(name).await;
        }
        service.accounts.add_team("Ops", "").await.unwrap();
        for (user, role) in [("ada", Role::Owner), ("grace", Role::Owner), ("linus", Role::Member)] {
            service.accounts.add_member("Ops", user, role).await.unwrap();
        }
        let both = [service.sign_in("ada", FIRST).await, service.sign_in("grace", FIRST).await];
        let done = join_all(both.iter().map(|member| delete(&service, member))).await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    }

    async fn a_team_that_would_lose_its_owner_keeps_the_account(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        service.add("linus").await;
        let ada = service.sign_in("ada", FIRST).await;
        create_team(&service, &ada, "Night watch").await;
        delete(&service, &ada).await.unwrap();
        // An operator does as an operator likes.
        service.accounts.add_member("Night watch", "linus", Role::Member).await.unwrap();
        service.later(DELETION_GRACE_MS);
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 1);
        service.accounts.add_member("Night watch", "linus", Role::Owner).await.unwrap();
        service.accounts.run_housekeeping().await.unwrap();
        assert_eq!(service.fresh.number(ADAS).await, 0);
    }

    async fn a_thief_with_the_password_alone_does_not_get_past_the_second_factor(engine: Engine) {
        let service = Service::start(engine).await;
        let (ada, app, _) = service.add_with_second_factor("ada").await;
        service.later(FRESH_MS + 1);
        let ada = service.confirm(&ada, FIRST).await.unwrap();
        let reply = service.ask(Request::Deletion(ada.clone(), DeletionRequest::Delete)).await;
        assert!(matches!(reply, Reply::ReauthenticateFirst(_)), "{reply:?}");
        let code = app.shows(service.clock.now());
        let ada = service.confirm_by(&ada, &code, true).await.unwrap();
        delete(&service, &ada).await.unwrap();
    }

    async fn where_the_setting_is_off_nothing_is_deleted(engine: Engine) {
        let service = Service::with(engine, Rules { account_deletion: false, ..patient() }).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        for request in [DeletionRequest::Preview, DeletionRequest::Delete] {
            assert_eq!(ask(&service, &ada, request).await.unwrap_err(), Refusal::Deletion(DeletionRefusal::Off));
        }
        assert_eq!(service.teams(&ada).await, Ok(0), "the session goes on");
    }

    async fn it_locks_the_account_first(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ((), violations) = lock_order::recorded(async {
            delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
            delete(&service, &service.sign_in("ada", FIRST).await).await.unwrap();
            service.later(DELETION_GRACE_MS);
            service.accounts.delete_due_accounts().await.unwrap();
        })
        .await;
        assert!(violations.is_empty(), "{}", violations.join("\n"));
        assert_eq!(service.fresh.number(ADAS).await, 0);
    }

    async fn an_account_with_very_many_events_goes_batch_by_batch_and_a_crash_between_stops_nothing(engine: Engine) {
        let mut service = Service::start(engine).await;
        for name in ["ada", "grace"] {
            service.add(name).await;
        }
        let ada = service.sign_in("ada", FIRST).await;
        service.fresh.execute_sql(VERY_MANY_EVENTS).await.unwrap();
        let rows = service.accounts.accept_audit_log().await.unwrap();
        assert!(rows > 3_200, "{rows}");
        delete(&service, &ada).await.unwrap();
        service.later(DELETION_GRACE_MS);

        // The process goes in the middle of it.
        let accounts = service.accounts.clone();
        let sweeping = tokio::spawn(async move { accounts.delete_due_accounts().await });
        some_are_erased(&service).await;
        sweeping.abort();
        assert!(sweeping.await.unwrap_err().is_cancelled());
        assert!(service.fresh.number(ADAS_EVENTS).await > 0);
        assert_eq!(service.accounts.verify_audit_log(None).await.unwrap().faults, []);
        // Nobody comes back to what is half gone, nor takes it back.
        assert_eq!(service.try_sign_in("ada", FIRST).await.unwrap_err(), Refusal::WrongCredentials);
        let denied = service.accounts.enable_user("ada").await.unwrap_err();
        assert!(denied.to_string().contains("being deleted"), "{denied:?}");

        // The next one goes on with it, and what is left is the whole log at each moment.
        service.restart().await;
        let accounts = service.accounts.clone();
        let sweeping = tokio::spawn(async move { accounts.delete_due_accounts().await });
        while !sweeping.is_finished() {
            assert_eq!(service.accounts.verify_audit_log(None).await.unwrap().faults, []);
        }
        assert_eq!(sweeping.await.unwrap().unwrap(), 1);
        assert_eq!(service.fresh.number(ADAS).await, 0);
        assert_eq!(service.emails_with("was deleted").await, 1);

        // An operator's deletion that was interrupted is the sweep's too.
        service.accounts.disable_user("grace").await.unwrap();
        let accounts = service.accounts.clone();
        let deleting = tokio::spawn(async move { accounts.delete_user("grace").await });
        some_are_erased(&service).await;
        deleting.abort();
        assert!(deleting.await.unwrap_err().is_cancelled());
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 1);
        assert_eq!(service.accounts.delete_due_accounts().await.unwrap(), 1);
        assert_eq!(service.fresh.number("SELECT count(*) FROM accounts").await, 0);
        let left = "SELECT count(*) FROM activity WHERE account IS NOT NULL OR ip <> '' OR session <> '' OR client <> ''
                                                        AND kind <> 'audit-log-accepted' AND kind <> 'account-deleted'";
        assert_eq!(service.fresh.number(left).await, 0);
        assert_eq!(service.fresh.number(BY_AN_OPERATOR).await, 1);
        let verdict = service.accounts.verify_audit_log(None).await.unwrap();
        assert_eq!((verdict.faults, verdict.waiting), (vec![], 0));
    }
}

/// Of ada more than can be erased in the time of one transaction; of grace many.
const VERY_MANY_EVENTS: &str =
    "INSERT INTO activity (id, account, kind, at, ip, client, session, last_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3200)
     SELECT 'event ' || i, (SELECT id FROM accounts WHERE name = CASE WHEN i <= 2100 THEN 'ada' ELSE 'grace' END),
            'sign-in', 1795341909000 + i, '192.0.2.7', 'ssh', 'a session', 1795341909000 + i
     FROM n";
const ADAS_EVENTS: &str =
    "SELECT count(*) FROM activity WHERE account = (SELECT id FROM accounts WHERE name = 'ada')";
/// An operator's deletion, as the log tells it.
const BY_AN_OPERATOR: &str =
    "SELECT count(*) FROM activity WHERE kind = 'account-deleted' AND client = 'operator'";

/// Waits until the events of an account that is still there have begun to go.
async fn some_are_erased(service: &Service) {
    const ERASED: &str = "SELECT count(*) FROM activity
                          WHERE subject IN (SELECT subject FROM activity GROUP BY subject HAVING count(*) > 1)
                            AND subject NOT IN (SELECT subject FROM activity WHERE kind = 'account-deleted')";
    let begun = tokio::time::Instant::now();
    while service.fresh.number(ERASED).await == 0 {
        assert!(begun.elapsed() < PATIENCE, "nothing was erased");
        tokio::task::yield_now().await;
    }
}
