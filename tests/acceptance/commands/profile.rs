//! `profile` and `email_addresses`: shapes, texts, exit codes, and what needs the password again.

use serde_json::json;

use super::{CaseEntry, Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server};

/// Runs a line with ada's password on standard input.
pub(super) fn with_password(server: &Server, line: &str) -> CaseEntry {
    let line = format!("{line} --password-stdin");
    Laptop::without_key(server).pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &line)
}

#[test]
fn the_profile_is_shown_and_changed_by_what_is_named() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let profile = laptop.runs("account", "profile get --json").json();
    is_as_documented("profile get", &profile);
    assert_eq!(profile["time_zone"], "UTC");
    let set = "profile set --display-name 'Ada Lovelace' --time-zone -03:30 --plain yes --no-color no --json";
    let changed = laptop.runs("account", set).json();
    is_as_documented("profile set", &changed);
    let (now, plain) = (&changed["changed"], json!(true));
    assert_eq!((&now["display_name"], &now["plain"]), (&json!("Ada Lovelace"), &plain));
    assert_eq!((&now["time_zone"], &now["name"]), (&json!("-03:30"), &json!("ada")));
    let said = laptop.runs("account", "profile set --display-name '' --language EN");
    assert!(
        said.out.starts_with("OK: Your profile has been changed [profile-changed]\nUsername: ada\n"),
        "{said:?}"
    );
    assert!(said.out.contains("Language: en\n"), "{said:?}");
    let said = laptop.runs("account", "help profile set").out;
    assert!(said.contains("--language <auto|en|de>"), "{said}");
    let said = laptop.runs("account", "profile get").out;
    assert!(said.contains("Display name: \n") && said.contains("Plain prompts: yes\n"), "{said}");
}

#[test]
fn what_is_refused_names_its_reason_and_changes_nothing() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.runs("account", "profile set").is_refused(64, "usage");
    laptop.runs("account", "profile set --plain maybe").is_refused(64, "usage");
    laptop.runs("account", "profile set --language tlh --json").is_refused(64, "usage");
    laptop.runs("account", "profile set --time-zone Mars").is_refused(65, "time-zone-refused");
    let marks = "\u{301}".repeat(1_000);
    laptop
        .runs("account", &format!("profile set --display-name 'a{marks}'"))
        .is_refused(65, "display-name-refused");
    laptop.runs("account", "profile set --display-name 'a\u{202e}b'").is_refused(65, "display-name-refused");
    laptop.runs("account", "profile set --user-name queen").is_refused(77, "confirm-needed");
    with_password(&server, "profile set --user-name Support").is_refused(65, "name-refused");
    with_password(&server, "profile set --user-name grace").is_refused(65, "name-taken");
    with_password(&server, "profile set --user-name 'ada lovelace'").is_refused(65, "name-refused");
    assert_eq!(laptop.runs("account", "profile get --json").json()["name"], "ada");
    let said = with_password(&server, "profile set --user-name queen --json");
    assert_eq!(said.json()["changed"]["name"], "queen");
    assert_eq!(laptop.runs("queen", "whoami").out, "queen\n");
}

#[test]
fn an_address_is_added_verified_chosen_and_removed() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.runs("account", "emails add lovelace@example.org").is_refused(77, "confirm-needed");
    let added = with_password(&server, "emails add lovelace@example.org --json").json();
    is_as_documented("emails add ADDRESS", &added);
    let verify = "emails verify lovelace@example.org";
    laptop.pipes("BBBB-BBBB\n", "account", verify).is_refused(77, "code-refused");
    laptop.pipes("", "account", verify).is_refused(64, "input-ended");
    laptop.runs("account", &format!("{verify} BBBB-BBBB")).is_refused(64, "secret-as-argument");
    let code = server.code("lovelace", 1);
    let verified = laptop.pipes(&format!("{code}\n"), "account", &format!("{verify} --json")).json();
    is_as_documented("emails verify ADDRESS", &verified);
    let list = laptop.runs("account", "emails list --json").json();
    is_as_documented("emails list", &list);
    assert_eq!(list["emails"].as_array().unwrap().len(), 2);
    assert_eq!(laptop.runs("account", "emails list --jsonl").out.lines().count(), 2);
    let table = laptop.runs("account", "emails list").out;
    assert!(table.starts_with("ADDRESS ") && table.contains("lovelace@example.org  verified"), "{table}");
    with_password(&server, "emails remove ada@example.org").is_refused(65, "email-primary");
    let removed = with_password(&server, "emails remove lovelace@example.org --json").json();
    assert_eq!(removed["removed"]["address"], "lovelace@example.org");
    with_password(&server, "emails remove ada@example.org").is_refused(65, "address-last");
    for name in ["ada", "lovelace"] {
        server.email(name, "address was removed", 1);
    }
    with_password(&server, "emails remove nobody@example.org").is_refused(1, "not-found");
    with_password(&server, "emails add 'a b@example.org'").is_refused(65, "address-refused");
}

#[test]
fn another_address_becomes_the_primary_one_and_the_former_stays_for_a_while() {
    let server = Server::start();
    with_password(&server, "emails add lovelace@example.org");
    let code = server.code("lovelace", 1);
    let verify = "emails verify lovelace@example.org --password-stdin";
    let input = format!("{ADAS_PASSWORD}\n{code}\n");
    assert_eq!(Laptop::without_key(&server).pipes(&input, "ada", verify).code, Some(0));
    let main = with_password(&server, "emails primary lovelace@example.org --json").json();
    is_as_documented("emails primary ADDRESS", &main);
    with_password(&server, "emails primary lovelace@example.org").is_refused(65, "email-already-primary");
    with_password(&server, "emails remove ada@example.org").is_refused(65, "email-former-primary");
    let email = server.email("ada", "primary address", 1);
    assert!(email.text.contains("cannot be removed for 7 days"), "{}", email.text);
}

#[test]
fn on_a_terminal_the_password_and_the_code_are_asked_for() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).on_a_terminal();
    let said = laptop.pipes(&format!("{ADAS_PASSWORD}\r"), "account", "emails add lovelace@example.org");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("Password: \r\n") && said.out.contains("[code-sent]"), "{}", said.out);
    let code = server.code("lovelace", 1);
    let said = laptop.pipes(&format!("{code}\r"), "account", "emails verify lovelace@example.org");
    assert!(said.out.ends_with("OK: lovelace@example.org is verified [email-verified]\r\n"), "{}", said.out);
    assert!(!said.out.contains(&code), "{}", said.out);
}

#[test]
fn times_are_in_the_zone_of_the_profile_and_in_utc_as_json() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let added = || laptop.runs("account", "keys list").out.lines().nth(1).unwrap().to_owned();
    let json = || laptop.runs("account", "keys list --json").json()["keys"][0]["added_at"].clone();
    let (utc, same) = (added(), json());
    assert!(utc.contains(same.as_str().unwrap()), "{utc}");
    let said = laptop.runs("account", "profile set --time-zone +05:45").out;
    assert!(said.contains("Time zone: +05:45"), "{said}");
    assert!(added().contains("+05:45  "), "{}", added());
    assert_eq!(json(), same);
    let emails = laptop.runs("account", "emails list").out;
    assert!(emails.lines().nth(1).unwrap().ends_with("+05:45"), "{emails}");
}
