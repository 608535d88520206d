//! `activity` and `export`: rows for people and programs, and what a key alone may not take out.

use serde_json::Value;

use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server};

#[test]
fn activity_is_listed_filtered_and_gone_on_with() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.runs("account", "whoami");
    let listed = laptop.runs("account", "activity --json").json();
    is_as_documented("activity", &listed);
    let rows = listed["activity"].as_array().unwrap();
    assert_eq!(
        (rows[0]["kind"].as_str(), rows[0]["result"].as_str()),
        (Some("sign-in-with-key"), Some("ok"))
    );
    assert!(rows.iter().any(|row| row["kind"] == "key-added"), "{listed}");
    assert_eq!(rows.last().unwrap()["kind"], "account-added");

    let lines = laptop.runs("account", "activity --jsonl --limit 2").out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    let before = lines[1]["id"].as_str().unwrap();
    let older = laptop.runs("account", &format!("activity --jsonl --limit 1 --before {before}")).out;
    let older: Value = serde_json::from_str(&older).unwrap();
    assert!(older["at"].as_str() <= lines[1]["at"].as_str() && older["id"] != lines[1]["id"], "{older}");

    let refused = laptop.runs("account", "activity --kind refused --json").json();
    assert_eq!(refused["activity"].as_array().unwrap().len(), 0);
    let keys = laptop.runs("account", "activity --kind key-added --since 1d --jsonl").out;
    assert_eq!(keys.lines().count(), 1, "{keys}");
    assert_eq!(laptop.runs("account", "activity --since 2100-01-01T00:00:00Z --jsonl").out, "");
    let summary = laptop.runs("account", "activity --summary --json").json();
    let days = summary["days"].as_array().unwrap();
    assert!(days.len() == 30 && days[29]["sign_ins"].as_u64() >= Some(1), "{summary}");
    let said = laptop.runs("account", "activity --summary").out;
    assert!(said.starts_with("Last 30 days: ") && said.contains("no refusals"), "{said}");
    let table = laptop.runs("account", "activity").out;
    assert!(table.starts_with("TIME ") && table.contains("SSH key added"), "{table}");
    assert!(table.contains("Signed in with an SSH key") && table.contains("the operator"), "{table}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    for line in [
        "activity --kind nonsense",
        "activity --since yesterday",
        "activity --limit 0",
        "activity --limit 9999",
    ] {
        laptop.runs("account", line).is_refused(64, "usage");
    }
    laptop.runs("account", "activity --before nonsense --json").is_refused(1, "not-found");
    Laptop::without_key(&server).runs("account", "activity").is_refused(77, "sign-in-needed");
    Laptop::without_key(&server).runs("account", "export").is_refused(77, "sign-in-needed");
}

#[test]
fn records_need_the_password_and_come_as_one_file() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.runs("account", "export").is_refused(77, "confirm-needed");
    laptop.pipes("No email comes.", "account", "support new --subject 'No mail'");
    let password = format!("{ADAS_PASSWORD}\n");
    let said = Laptop::without_key(&server).pipes(&password, "ada", "export --password-stdin");
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(said.out.lines().count() > 20, "a file of many lines: {}", said.out);
    let records: Value = serde_json::from_str(&said.out).unwrap();
    is_as_documented("export", &records);
    assert_eq!(records["support_cases"][0]["messages"][0]["text"], "No email comes.");
    assert_eq!(records["keys"][0]["fingerprint"], key.fingerprint());
    let json = Laptop::without_key(&server).pipes(&password, "ada", "export --json --password-stdin");
    assert!(serde_json::from_str::<Value>(&json.out).is_ok());
    let exported = laptop.runs("account", "activity --kind records-exported --jsonl").out;
    assert_eq!(exported.lines().count(), 2);
}

#[test]
fn a_sign_in_by_key_is_one_row_and_no_email() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    server.email("ada", "SSH key was added", 1);
    let rows = || laptop.runs("account", "activity --kind sign-in-with-key --jsonl").out;
    let before = rows().lines().count();
    laptop.runs("account", "whoami");
    assert_eq!(rows().lines().count(), before + 2, "whoami's and its own");
    // A later email comes after whatever the sign-ins would have sent.
    server.done(&["support", "issue-reset-code", "ada"], "");
    server.email("ada", "Support made a reset code", 1);
    assert_eq!(server.emails("ada"), 3, "the team's, the key's own email and the code's");
}
