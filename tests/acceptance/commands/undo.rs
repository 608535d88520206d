//! Undoing a change by a command only: what it would do, what it did, and what it refuses.

use serde_json::json;

use super::two_factor::enroll;
use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server};

const THIEVES: &str = "a thief was here today";
const NEW: &str = "plum tractor seventeen";
const WRONG: &str = "BBBB-BBBB-BBBB-BBBB";

#[test]
fn a_script_looks_at_a_change_and_undoes_it() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let key = Key::make();
    assert_eq!(key.added_by(&server, "ada", ADAS_PASSWORD).code, Some(0));
    let with_key = Laptop::with_key(&server, &key).in_batch_mode();
    assert_eq!(with_key.runs("ada", "whoami").out, "ada\n");
    let code = server.email("ada", "SSH key was added", 1).undo_code().unwrap().to_owned();
    let passwords = format!("{ADAS_PASSWORD}\n{THIEVES}\n");
    assert_eq!(laptop.pipes(&passwords, "ada", "passwd --stdin").code, Some(0));

    let seen = laptop.pipes(&format!("{code}\n"), "account", "undo --code-stdin --preview --json").json();
    is_as_documented("undo --preview", &seen);
    assert_eq!((&seen["undone"], &seen["change"]), (&json!(false), &json!("key-added")));
    assert_eq!((&seen["name"], &seen["detail"]), (&json!("ada"), &json!(key.fingerprint())));
    let gone = json!([{ "kind": "key", "fingerprint": key.fingerprint(), "comment": "ada@laptop" }]);
    assert_eq!((&seen["restored"], &seen["dropped"]), (&json!([]), &gone));
    let text = laptop.pipes(&format!("{code}\n"), "account", "undo --code-stdin --preview").out;
    assert!(text.starts_with("Account: ada\nChange: SSH key added: SHA256:"), "{text}");
    assert!(text.contains(&format!("\nRemoves: SSH key {} (ada@laptop)\n", key.fingerprint())), "{text}");
    assert_eq!(with_key.runs("ada", "whoami").out, "ada\n", "looking changes nothing");

    let input = format!("{}\nshort\n{NEW}\n", code.to_lowercase());
    let undone = laptop.pipes(&input, "account", "undo --code-stdin --json").json();
    is_as_documented("undo", &undone);
    assert_eq!((&undone["undone"], &undone["dropped"]), (&json!(true), &gone));
    assert_eq!(with_key.runs("ada", "whoami").code, Some(255), "the key is gone, so ssh is not let in");
    for old in [THIEVES, ADAS_PASSWORD] {
        let refused = laptop.pipes(&format!("{old}\n"), "ada", "whoami --password-stdin");
        refused.is_refused(77, "wrong-credentials");
    }
    assert_eq!(laptop.pipes(&format!("{NEW}\n"), "ada", "whoami --password-stdin").out, "ada\n");
    laptop.pipes(&input, "account", "undo --code-stdin").is_refused(77, "undo-code-refused");
    assert!(server.email("ada", "was undone", 1).text.contains("SSH key added"));
}

#[test]
fn what_is_no_undo_code_or_half_a_pipe_changes_nothing() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    laptop.runs("account", "undo").is_refused(64, "usage");
    laptop.runs("account", "undo --preview").is_refused(64, "usage");
    laptop.runs("account", &format!("undo {WRONG}")).is_refused(64, "secret-as-argument");
    laptop.runs("account", "undo --code-stdin").is_refused(64, "input-ended");
    for (typed, code, id) in [
        (WRONG, 77, "undo-code-refused"),
        ("WDJB-MJHT", 65, "code-malformed"),
        ("nothing like it", 65, "code-malformed"),
    ] {
        let input = format!("{typed}\n{NEW}\n");
        laptop.pipes(&input, "account", "undo --code-stdin --json").is_refused(code, id);
    }
    let said = laptop.pipes(&format!("{WRONG}\n{NEW}\n"), "account", "undo --code-stdin");
    let sentence = "Error: This undo code doesn't work. It may be mistyped, used or expired. Nothing was changed. \
                    [undo-code-refused]\n";
    assert_eq!(said.err, sentence);

    let passwords = format!("{ADAS_PASSWORD}\n{THIEVES}\n");
    assert_eq!(laptop.pipes(&passwords, "ada", "passwd --stdin").code, Some(0));
    let code = server.email("ada", "password was changed", 1).undo_code().unwrap().to_owned();
    for half in [format!("{code}\n"), format!("{code}\n{NEW}")] {
        laptop.pipes(&half, "account", "undo --code-stdin").is_refused(64, "input-ended");
    }
    let weak = format!("{code}\nshort\n");
    laptop.pipes(&weak, "account", "undo --code-stdin --json").is_refused(65, "password-refused");
    let thief = laptop.pipes(&format!("{THIEVES}\n"), "ada", "whoami --password-stdin");
    assert_eq!(thief.out, "ada\n", "nothing was undone");
}

#[test]
fn the_second_factor_of_before_the_change_is_the_third_line() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let (app, codes) = enroll(&laptop);
    let key = Key::make();
    let input = format!("{ADAS_PASSWORD}\n{}\n{}", codes[0], key.public());
    assert_eq!(laptop.pipes(&input, "ada", "keys add --password-stdin").code, Some(0));
    let code = server.email("ada", "SSH key was added", 1).undo_code().unwrap().to_owned();
    let seen = laptop.pipes(&format!("{code}\n"), "account", "undo --code-stdin --preview --json").json();
    assert_eq!(seen["asks_two_factor"], true);
    laptop.pipes(&format!("{code}\n{NEW}\n"), "account", "undo --code-stdin").is_refused(64, "input-ended");
    let wrong = format!("{code}\n{NEW}\n{}\n", app.does_not_show());
    laptop.pipes(&wrong, "account", "undo --code-stdin").is_refused(77, "two-factor-refused");
    let right = format!("{code}\n{NEW}\n{}\n", codes[1]);
    let undone = laptop.pipes(&right, "account", "undo --code-stdin --json").json();
    is_as_documented("undo", &undone);
    let signed_in = laptop.pipes(&format!("{NEW}\n{}\n", codes[2]), "ada", "whoami --password-stdin");
    assert_eq!(signed_in.out, "ada\n", "{signed_in:?}");
}
