//! `sessions`: where somebody is signed in, told and ended from a script.

use serde_json::json;

use super::{CaseEntry, Key, Laptop, is_as_documented};
use crate::person::{Key as PersonKey, Person};
use crate::server::{ADAS_PASSWORD, Server};
use crate::steps::{sign_in, sign_out};
use crate::waiting::wait_until;

/// What a command says to whoever knows ada's password.
fn ada_says(server: &Server, line: &str) -> CaseEntry {
    let line = format!("{line} --password-stdin");
    Laptop::without_key(server).pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &line)
}

fn signed_in(server: &Server) -> Person {
    let mut visitor = Person::arrive(server.address());
    sign_in(&mut visitor, "ada", ADAS_PASSWORD);
    visitor
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_or_all_at_once() {
    let server = Server::start();
    assert_eq!(ada_says(&server, "sessions list").out, "You are signed in nowhere.\n");
    assert_eq!(ada_says(&server, "sessions list --json").json(), json!({ "sessions": [] }));
    let (mut first, mut second) = (signed_in(&server), signed_in(&server));
    let list = ada_says(&server, "sessions list --json").json();
    is_as_documented("sessions list", &list);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "the command itself is over with its answer");
    assert_eq!(sessions[0]["ip"], "127.0.0.1");
    assert_eq!(ada_says(&server, "sessions list --jsonl").out.lines().count(), 2);
    let table = ada_says(&server, "sessions list").out;
    assert!(table.starts_with("ID ") && table.contains("127.0.0.1"), "{table}");

    let oldest = sessions[1]["id"].as_str().unwrap();
    let ended = ada_says(&server, &format!("sessions revoke {oldest} --json")).json();
    is_as_documented("sessions revoke [ID]", &ended);
    assert_eq!(ended, json!({ "revoked": [oldest] }));
    assert_eq!(first.wait_for_the_end(), Some(77));
    first.see("This session was ended from another one.");
    ada_says(&server, &format!("sessions revoke {oldest}")).is_refused(1, "not-found");

    let said = ada_says(&server, "sessions revoke --others");
    assert_eq!(said.out, "OK: 1 session was signed out [sessions-revoked]\n", "{said:?}");
    assert_eq!(second.wait_for_the_end(), Some(77));
    assert_eq!(ada_says(&server, "sessions revoke --others --json").json(), json!({ "revoked": [] }));
}

/// The ids of the sessions that `name` is signed in to.
fn ids(server: &Server, name: &str) -> Vec<String> {
    let line = "sessions list --password-stdin --json";
    let list = Laptop::without_key(server).pipes(&format!("{ADAS_PASSWORD}\n"), name, line).json();
    let ids = list["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// All on one channel of one connection, as somebody does who hands a terminal on.
#[test]
fn whoever_signs_in_again_has_another_id_and_the_former_one_opens_and_ends_nothing() {
    let server = Server::start();
    server.add_user("eve", Some(ADAS_PASSWORD));
    let mut terminal = signed_in(&server);
    let first = ids(&server, "ada");
    sign_out(&mut terminal);
    // The name is filled in.
    terminal.type_text(ADAS_PASSWORD);
    terminal.press(PersonKey::Enter);
    terminal.wait_for("Your teams");
    let second = ids(&server, "ada");
    sign_out(&mut terminal);
    terminal.press(PersonKey::BackTab);
    terminal.press(PersonKey::Ctrl('u'));
    terminal.type_text("eve");
    terminal.press(PersonKey::Tab);
    terminal.type_text(ADAS_PASSWORD);
    terminal.press(PersonKey::Enter);
    terminal.wait_for("Your teams");
    let third = ids(&server, "eve");
    assert_eq!((first.len(), second.len(), third.len()), (1, 1, 1), "{first:?} {second:?} {third:?}");
    assert!(first != second && second != third && first != third, "{first:?} {second:?} {third:?}");
    assert_eq!(ids(&server, "ada"), Vec::<String>::new(), "she is signed in nowhere");
    for id in [&first[0], &second[0], &third[0]] {
        ada_says(&server, &format!("sessions revoke {id}")).is_refused(1, "not-found");
    }
    assert_eq!(ids(&server, "eve"), third, "it goes on");
    sign_out(&mut terminal);
}

#[test]
fn ending_wants_the_password_and_says_which_way() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(laptop.runs("account", "sessions list").code, Some(0));
    laptop.runs("account", "sessions revoke --others").is_refused(77, "confirm-needed");
    for line in
        ["sessions", "sessions revoke", "sessions revoke x --others", "sessions revoke --others --jsonl"]
    {
        laptop.runs("account", line).is_refused(64, "usage");
    }
    Laptop::without_key(&server).runs("account", "sessions list").is_refused(77, "sign-in-needed");
}

#[test]
fn who_hangs_up_is_no_longer_in_the_list() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let list = || laptop.runs("account", "sessions list --jsonl").out.lines().count();
    let (_stays, gone) = (signed_in(&server), signed_in(&server));
    assert_eq!(list(), 2);
    gone.hang_up();
    wait_until("the other session alone", || (list() == 1).then_some(()));
}
