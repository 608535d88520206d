//! `visits`: where somebody is signed in, told and ended from a script.

use serde_json::json;

use super::{Key, Laptop, Said, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server};
use crate::steps::sign_in;
use crate::visitor::Visitor;
use crate::waiting::wait_until;

/// What a command says to whoever knows ada's password.
fn ada_says(server: &Server, line: &str) -> Said {
    let line = format!("{line} --password-stdin");
    Laptop::without_key(server).pipes(&format!("{ADAS_PASSWORD}\n"), "ada", &line)
}

fn signed_in(server: &Server) -> Visitor {
    let mut visitor = Visitor::arrive(server.address());
    sign_in(&mut visitor, "ada", ADAS_PASSWORD);
    visitor
}

#[test]
fn visits_are_listed_and_ended_one_by_one_or_all_at_once() {
    let server = Server::start();
    assert_eq!(ada_says(&server, "visits list").out, "You are signed in nowhere.\n");
    assert_eq!(ada_says(&server, "visits list --json").json(), json!({ "visits": [] }));
    let (mut first, mut second) = (signed_in(&server), signed_in(&server));
    let list = ada_says(&server, "visits list --json").json();
    is_as_documented("visits list", &list);
    let visits = list["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 2, "the command itself is over with its answer");
    assert_eq!(visits[0]["source"], "127.0.0.1");
    assert_eq!(ada_says(&server, "visits list --jsonl").out.lines().count(), 2);
    let table = ada_says(&server, "visits list").out;
    assert!(table.starts_with("ID ") && table.contains("127.0.0.1"), "{table}");

    let oldest = visits[1]["id"].as_str().unwrap();
    let ended = ada_says(&server, &format!("visits end {oldest} --json")).json();
    is_as_documented("visits end ID", &ended);
    assert_eq!(ended, json!({ "ended": [oldest] }));
    assert_eq!(first.wait_for_the_end(), Some(77));
    first.see("This visit was ended from another one.");
    ada_says(&server, &format!("visits end {oldest}")).is_refused(1, "not-found");

    let said = ada_says(&server, "visits end --others");
    assert_eq!(said.out, "OK: 1 visit is ended [visits-ended]\n", "{said:?}");
    assert_eq!(second.wait_for_the_end(), Some(77));
    assert_eq!(ada_says(&server, "visits end --others --json").json(), json!({ "ended": [] }));
}

#[test]
fn ending_wants_the_password_and_says_which_way() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(laptop.runs("account", "visits list").code, Some(0));
    laptop.runs("account", "visits end --others").is_refused(77, "confirm-needed");
    for line in ["visits", "visits end", "visits end x --others", "visits end --others --jsonl"] {
        laptop.runs("account", line).is_refused(64, "usage");
    }
    Laptop::without_key(&server).runs("account", "visits list").is_refused(77, "sign-in-needed");
}

#[test]
fn who_hangs_up_is_no_longer_in_the_list() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let list = || laptop.runs("account", "visits list --jsonl").out.lines().count();
    let (_stays, gone) = (signed_in(&server), signed_in(&server));
    assert_eq!(list(), 2);
    gone.hang_up();
    wait_until("the other visit alone", || (list() == 1).then_some(()));
}
