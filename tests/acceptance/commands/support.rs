//! `support …` over ssh, and `doorkey support …` beside the server.

use serde_json::Value;

use super::{Key, Laptop, is_as_documented};
use crate::server::Server;

#[test]
fn a_case_is_opened_listed_shown_answered_and_closed() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let none = laptop.runs("account", "support list");
    assert!(none.out.starts_with("You have no case."), "{}", none.out);
    let text = "No email comes.\r\n\r\nSince Monday \u{202e}I think.\n";
    let opened = laptop.pipes(text, "account", "support new --subject 'No mail' --json").json();
    is_as_documented("support new --subject SUBJECT", &opened);
    assert_eq!(opened["opened"]["messages"][0]["text"], "No email comes.\n\nSince Monday I think.");
    assert_eq!(opened["opened"]["facts"][0], "Username: ada");
    let listed = laptop.runs("account", "support list --json").json();
    is_as_documented("support list", &listed);
    assert_eq!(laptop.runs("account", "support list --jsonl").out.lines().count(), 1);
    server.done(&["support", "reply", "1001"], "Look in the junk folder.\n");
    let sent = laptop.pipes("Found it.", "account", "support reply 1001 --json").json();
    is_as_documented("support reply NUMBER", &sent);
    let shown = laptop.runs("account", "support show 1001 --json").json();
    is_as_documented("support show NUMBER", &shown);
    assert_eq!(shown["case"]["messages"][1]["author"], "support");
    let text = laptop.runs("account", "support show 1001").out;
    assert!(text.contains("\n  Look in the junk folder.\n") && text.contains("State: open"), "{text}");
    let closed = laptop.runs("account", "support close 1001 --json").json();
    is_as_documented("support close NUMBER", &closed);
    laptop.pipes("More", "account", "support reply 1001").is_refused(1, "case-closed");
    assert!(laptop.runs("account", "support show 1001").out.contains("State: closed"));
    laptop.runs("account", "support show 1002 --json").is_refused(1, "not-found");
    laptop.runs("account", "support show nonsense").is_refused(64, "usage");
    laptop.pipes(" \n", "account", "support new --subject x").is_refused(65, "case-refused");
    laptop.pipes("x", "account", "support new").is_refused(64, "usage");
}

#[test]
fn the_operator_lists_shows_and_is_told_why_not() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    laptop.pipes("No email comes.", "account", "support new --subject 'No mail'");
    let said = |words: &[&str], input: &str| String::from_utf8(server.done(words, input).stdout).unwrap();
    let listed: Value = serde_json::from_str(&said(&["support", "list", "--json"], "")).unwrap();
    assert_eq!((&listed[0]["number"], &listed[0]["user"]), (&1001.into(), &"ada".into()));
    assert_eq!(listed[0]["contact_verified"], Value::Null);
    let shown: Value = serde_json::from_str(&said(&["support", "show", "1001", "--json"], "")).unwrap();
    assert_eq!((&shown["state"], &shown["messages"][0]["author"]), (&"open".into(), &"member".into()));
    assert!(said(&["support", "close", "1001"], "").starts_with("Closed case 1001. An email says so."));
    assert!(!said(&["support", "list"], "").contains("1001"));
    assert!(said(&["support", "list", "--all"], "").contains("1001"));
    for (words, input, code, why) in [
        (["support", "close", "1001"], "", 1, "is closed"),
        (["support", "reply", "1001"], "Hello", 1, "is closed"),
        (["support", "show", "7"], "", 1, "no support case 7"),
        (["support", "issue-reset-code", "nobody"], "", 1, "no user `nobody`"),
        (["support", "reply", "1001"], " ", 65, "Enter a message"),
    ] {
        let output = server.run(&words, input);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {errors}");
        assert!(errors.contains(why) && output.stdout.is_empty(), "{words:?}: {errors}");
    }
    let issued = said(&["support", "issue-reset-code", "ada"], "");
    let code = issued.lines().next().unwrap();
    let input = format!("{code}\nplum tractor seventeen\n");
    let reset = Laptop::without_key(&server).pipes(&input, "account", "forgot ada --code-stdin");
    assert!(reset.out.contains("[password-reset]"), "{reset:?}");
}
