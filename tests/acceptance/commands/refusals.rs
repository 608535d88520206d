//! What is said wrong, and what is no more: usage, secrets as arguments, throttles, a backend that is down.

use std::process::Stdio;

use serde_json::Value;

use super::{Key, Laptop};
use crate::server::{ADAS_PASSWORD, Server};

#[test]
fn an_unknown_command_comes_with_a_suggestion() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let said = laptop.runs("account", "whoam");
    said.is_refused(64, "unknown-command");
    assert!(said.err.contains("Did you mean `whoami`?"), "{}", said.err);
    let said = laptop.runs("account", "support new --subject No mail");
    said.is_refused(64, "usage");
    let form = r#"Type: ssh account@HOST "support new --subject 'No mail'" [usage]"#;
    assert!(said.err.contains(form), "{}", said.err);
    laptop.runs("account", "whoam --json").is_refused(64, "unknown-command");
    let said = laptop.runs("account", "keys");
    said.is_refused(64, "usage");
    assert!(said.err.contains("`keys` needs a subcommand: `keys list`, `keys add`"), "{}", said.err);
    laptop.runs("account", "whoami --jsno").is_refused(64, "usage");
    laptop.runs("account", "team").is_refused(64, "usage");
    laptop.runs("account", "team 'Platform").is_refused(64, "usage");
    laptop.runs("account", "whoami; id").is_refused(64, "unknown-command");
}

#[test]
fn a_secret_as_an_argument_is_refused_with_the_reason() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    for line in ["passwd old-one new-one", "whoami --password old-one", "forgot ada old-one --json"] {
        let said = laptop.runs("ada", line);
        said.is_refused(64, "secret-as-argument");
        assert!(said.err.contains("never goes on the command line"), "{}", said.err);
        assert!(!said.err.contains("old-one"), "{}", said.err);
    }
}

#[test]
fn too_many_tries_say_for_how_many_seconds_to_wait() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    let said = (0..20)
        .map(|_| laptop.pipes("wrong\n", "ada", "whoami --json --password-stdin"))
        .find(|said| said.code != Some(77))
        .expect("a throttle");
    said.is_refused(75, "try-later");
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert!(error["error"]["retry_after_s"].as_i64().unwrap() >= 1, "{error}");
}

#[test]
fn a_command_whose_reader_is_gone_ends_all_the_same() {
    let server = Server::start();
    let key = Key::make().registered_by_ada(&server);
    let laptop = Laptop::with_key(&server, &key).in_batch_mode();
    let mut child = laptop.ssh("account", "keys list --json").stdin(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait().unwrap();
    assert_ne!(ended.code(), Some(124), "it hung");
    assert_eq!(laptop.runs("account", "whoami").out, "ada\n");
}

#[test]
fn a_log_of_all_this_holds_no_secret() {
    let server = Server::start();
    let laptop = Laptop::without_key(&server);
    laptop.pipes(&format!("{ADAS_PASSWORD}\n"), "ada", "whoami --password-stdin");
    laptop.runs("ada", "passwd hunter2-hunter2 hunter3");
    let said = server.said();
    assert!(!said.contains(ADAS_PASSWORD) && !said.contains("hunter2-hunter2"), "{said}");
}
