//! SSH keys as identity for commands: registering, using, removing, and every way in which one does not count.

use serde_json::json;

use super::{Key, Laptop, is_as_documented};
use crate::server::{ADAS_PASSWORD, Server};

#[test]
fn a_key_is_added_listed_used_and_removed() {
    let server = Server::start();
    let (first, second) = (Key::make(), Key::of_kind(&["-t", "ecdsa", "-b", "384"]));
    let input = format!("{ADAS_PASSWORD}\n{}", first.public());
    let added = Laptop::without_key(&server).pipes(&input, "ada", "keys add --json --password-stdin").json();
    is_as_documented("keys add", &added);
    assert_eq!(added["added"]["fingerprint"], json!(first.fingerprint()));
    assert_eq!(added["added"]["comment"], "ada@laptop");
    let letter = server.letter("ada", "SSH key was added", 1);
    assert!(letter.text.contains(&first.fingerprint()), "{}", letter.text);

    let laptop = Laptop::with_key(&server, &first).in_batch_mode();
    let said = laptop.pipes(&second.public(), "account", "keys add");
    assert_eq!(said.out, format!("OK: {} is registered [key-added]\n", second.fingerprint()));
    let keys = laptop.runs("account", "keys list --json").json();
    is_as_documented("keys list", &keys);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(
        keys["keys"][0]["last_used_at"].is_string() && keys["keys"][1]["last_used_at"].is_null(),
        "{keys}"
    );
    assert_eq!(laptop.runs("account", "keys list --jsonl").out.lines().count(), 2);
    let table = laptop.runs("account", "keys list").out;
    assert!(table.starts_with("FINGERPRINT ") && table.contains(&second.fingerprint()), "{table}");

    let other = Laptop::with_key(&server, &second).in_batch_mode();
    let removed = other.runs("ada", &format!("keys remove {} --json", first.fingerprint())).json();
    is_as_documented("keys remove KEY", &removed);
    server.letter("ada", "SSH key was removed", 1);
    assert_eq!(laptop.runs("account", "whoami").code, Some(255), "ssh itself refuses");
    let id = keys["keys"][1]["id"].as_str().unwrap();
    other.runs("account", "keys remove SHA256:nonsense").is_refused(1, "not-found");
    assert_eq!(other.runs("account", &format!("keys remove {id}")).code, Some(0));
    assert_eq!(other.runs("account", "whoami").code, Some(255));
}

#[test]
fn what_is_no_public_key_is_refused_and_a_private_one_is_told_so() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let private = std::fs::read_to_string(key.path()).unwrap();
    let said = laptop.pipes(&private, "account", "keys add");
    said.is_refused(65, "key-refused");
    assert!(said.err.contains("private key"), "{}", said.err);
    laptop.pipes("hello\n", "account", "keys add --json").is_refused(65, "key-refused");
    laptop.pipes("", "account", "keys add").is_refused(65, "key-refused");
    laptop.pipes(&key.public(), "account", "keys add").is_refused(65, "key-taken");
    laptop.pipes("a\0b\n", "account", "keys add").is_refused(64, "line-refused");
    laptop.pipes(&"x".repeat(70_000), "account", "keys add").is_refused(64, "too-much-input");
    let short = Key::of_kind(&["-t", "rsa", "-b", "2048"]);
    laptop.pipes(&short.public(), "account", "keys add").is_refused(65, "key-refused");
    assert_eq!(laptop.runs("account", "keys list --jsonl").out.lines().count(), 1);
}

#[test]
fn a_key_that_is_not_registered_makes_a_guest() {
    let server = Server::start();
    let stranger = Key::make();
    let laptop = Laptop::with_key(&server, &stranger);
    for line in ["whoami", "teams --json", "team Platform", "keys list", "keys add", "passwd"] {
        laptop.runs("account", line).is_refused(77, "sign-in-needed");
    }
    assert_eq!(Laptop::with_key(&server, &stranger).in_batch_mode().runs("ada", "whoami").code, Some(255));
}

#[test]
fn a_key_opens_its_own_account_only() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    Laptop::with_key(&server, &adas).runs("grace", "whoami").is_refused(77, "sign-in-needed");
    Laptop::with_key(&server, &adas).runs("nobody", "whoami").is_refused(77, "sign-in-needed");
    let laptop = Laptop::with_key(&server, &adas).in_batch_mode();
    laptop.runs("account", "whoami --name grace").is_refused(77, "key-not-registered");
    assert_eq!(laptop.runs("account", "whoami --name ada").out, "ada\n");
}

#[test]
fn a_key_that_is_only_shown_and_not_proven_never_counts() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    // ssh now offers the public half, is told that it would do, and cannot sign.
    adas.remove_private_half();
    for user in ["account", "ada"] {
        Laptop::with_key(&server, &adas).runs(user, "whoami --json").is_refused(77, "sign-in-needed");
    }
}

#[test]
fn a_shut_account_s_key_opens_nothing() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    server.done(&["user", "disable", "ada"], "");
    Laptop::with_key(&server, &adas).runs("account", "whoami").is_refused(77, "sign-in-needed");
}

#[test]
fn a_key_does_not_skip_the_questions_of_a_reset() {
    let server = Server::start();
    let adas = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &adas).in_batch_mode();
    assert_eq!(laptop.runs("forgot", "whoami").out, "ada\n");
    assert_eq!(laptop.runs("reset", "whoami").code, Some(255), "it must not be let in by key");
}
