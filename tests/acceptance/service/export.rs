//! The export of an account, format 1: its sections and keys, that it contains everything about the account, and
//! that it contains no secret. Removing a key or changing its meaning requires a new format number.

use std::collections::BTreeSet;

use doorkey::accounts::request::activity::{ActivityReply, ActivityRequest};
use doorkey::accounts::request::{Reply, Request, SignedIn, teams};
use doorkey::domain::team::Role;
use serde_json::{Value, json};

use super::keys::{add, line};
use super::sessions::Session;
use super::{FIRST, START, Service, code_in, team_members};
use crate::engine::on_both_engines;
use crate::oathtool::STEP;

/// Every section with the keys of its objects; of a list, of each of its rows.
const FORMAT_1: [(&str, &[&str]); 14] = [
    ("format", &[]),
    ("portal", &[]),
    ("exported_at", &[]),
    (
        "profile",
        &[
            "appearance",
            "created_at",
            "display_name",
            "emails_reviewed_at",
            "id",
            "language",
            "name",
            "no_color",
            "password_changed_at",
            "plain",
            "time_zone",
        ],
    ),
    (
        "emails",
        &["added_at", "added_client", "added_ip", "address", "primary", "suspended_at", "verified_at"],
    ),
    ("two_factor", &["on_since", "recovery_codes_left"]),
    (
        "keys",
        &[
            "added_at",
            "added_client",
            "added_ip",
            "algorithm",
            "comment",
            "fingerprint",
            "last_used_at",
            "suspended_at",
            "verified_at",
        ],
    ),
    ("sessions", &["client", "ip", "key", "last_input_at", "started_at"]),
    ("teams", &["last_opened_at", "name", "role"]),
    ("invitations_sent", &["address", "expires_at", "invited_at", "team", "used_at", "withdrawn_at"]),
    ("undoable_changes", &["at", "client", "detail", "ip", "kind", "undo_until"]),
    ("activity_complete", &[]),
    ("activity", &["at", "client", "count", "ip", "kind", "last_at"]),
    ("support_cases", &["changed_at", "closed_at", "facts", "messages", "number", "opened_at", "subject"]),
];

async fn export(service: &Service, member: &SignedIn) -> Value {
    match service.ask(Request::Activity(member.clone(), ActivityRequest::Export)).await {
        Reply::Activity(ActivityReply::Records(records)) => records.json().clone(),
        other => panic!("{other:?}"),
    }
}

fn keys_of(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

on_both_engines! {
    async fn everything_of_the_account_is_in_it_under_the_keys_of_its_format_and_no_secret(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let live = Session::begin(&service.accounts, "ada", "192.0.2.8").await;
        service.accounts.add_team("Ops", "").await.unwrap();
        service.accounts.add_member("Ops", "ada", Role::Owner).await.unwrap();
        let ada = service.sign_in("ada", FIRST).await;
        add(&service, &ada, line(1)).await.unwrap();
        service.open_case(&ada).await;
        let list = Request::Teams(ada.clone(), teams::TeamsRequest::List);
        let Reply::Teams(teams::TeamsReply::List(list)) = service.ask(list).await else { panic!("teams") };
        let invite = teams::TeamsRequest::Invite { team: list[0].id.clone(), address: "alan@example.org".into() };
        team_members::ask(&service, &ada, invite).await.unwrap();
        service.work().await;
        let emails = service.emails.emails();
        let code = code_in(emails.iter().find(|email| email.to == "alan@example.org").unwrap());
        let (app, enrolment) = service.enrol(&ada).await;
        let (ada, saved) = service.turn_on(&ada, &enrolment, &app.shows(START)).await.unwrap();
        service.later(STEP);
        // As if that session itself had set up the app, which ends all others.
        let carry_over = "UPDATE sessions SET epoch = (SELECT auth_epoch FROM accounts WHERE id = sessions.account)";
        service.fresh.execute_sql(carry_over).await.unwrap();

        let records = export(&service, &ada).await;
        let sections: BTreeSet<&str> = keys_of(&records).into_iter().collect();
        assert_eq!(sections, FORMAT_1.iter().map(|(section, _)| *section).collect());
        for (section, keys) in FORMAT_1.iter().filter(|(_, keys)| !keys.is_empty()) {
            let rows = match &records[section] {
                Value::Array(rows) => rows.iter().collect(),
                one => vec![one],
            };
            assert!(!rows.is_empty(), "{section} is empty");
            for row in rows {
                assert_eq!(keys_of(row), *keys, "{section}");
            }
        }
        assert_eq!((&records["format"], &records["portal"]), (&json!(1), &json!("Doorkey")));
        let profile = &records["profile"];
        assert_eq!((&profile["language"], &profile["time_zone"]), (&json!("auto"), &json!("UTC")));
        assert_eq!(records["two_factor"], json!({ "on_since": START.to_string(), "recovery_codes_left": 8 }));
        assert_eq!(records["teams"][0]["role"], "owner");
        assert_eq!(records["sessions"][0]["ip"], "192.0.2.8");
        let invitation = &records["invitations_sent"][0];
        assert_eq!((&invitation["address"], &invitation["team"]), (&json!("alan@example.org"), &json!("Ops")));
        assert_eq!(records["support_cases"][0]["messages"][0]["text"], "No email comes.");

        let text = records.to_string();
        let secrets = [code, app.0.clone(), app.0.replace(' ', ""), saved[0].clone(), "argon2".to_owned()];
        for secret in secrets {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
        drop(live);
    }

    async fn an_account_without_any_of_it_has_the_same_sections(engine: Engine) {
        let service = Service::start(engine).await;
        service.add("ada").await;
        let ada = service.sign_in("ada", FIRST).await;
        let records = export(&service, &ada).await;
        assert_eq!(keys_of(&records).len(), FORMAT_1.len());
        assert_eq!(records["two_factor"], json!({ "on_since": null, "recovery_codes_left": 0 }));
        for empty in ["keys", "sessions", "teams", "invitations_sent", "support_cases"] {
            assert_eq!(records[empty], json!([]), "{empty}");
        }
    }
}
