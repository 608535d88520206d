//! An operator's commands beside a live portal: their errors as JSON, `activity --follow`, and output that nobody reads.

use std::io::{BufRead, BufReader};
use std::process::{Child, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::{Key, Laptop};
use crate::server::Server;
use crate::waiting::PATIENCE;

#[test]
fn an_error_is_an_object_on_standard_error_when_json_was_asked_for() {
    let server = Server::start();
    for (words, code, id) in [
        (&["user", "show", "nobody", "--json"] as &[&str], 1, "no-user"),
        (&["user", "delete", "nobody", "--yes", "--json"], 1, "no-user"),
        (&["activity", "nobody", "--json"], 1, "no-user"),
        (&["support", "show", "7", "--json"], 1, "no-case"),
        (&["limits", "clear", "000000000000", "--json"], 1, "no-limit"),
        (&["user", "add", "a b", "--email", "ab@example.org", "--json"], 65, "name"),
    ] {
        let said = server.run(words, "");
        let text = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(code), "{words:?}: {text}");
        assert_eq!(String::from_utf8(said.stdout).unwrap(), "", "{words:?}");
        let error: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{words:?}: {text}"));
        assert_eq!(error["error"]["id"], id, "{words:?}");
        assert!(error["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{text}");
    }
}

/// A command that goes on; killed when dropped.
struct Following(Child);

impl Drop for Following {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `activity --follow --jsonl` and gives its lines as they come.
fn follow(server: &Server) -> (Following, Receiver<Value>) {
    let mut command = server.place().command(&["activity", "--follow", "--jsonl"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (lines, read) = channel();
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if lines.send(serde_json::from_str(&line).unwrap()).is_err() {
                return;
            }
        }
    });
    (Following(child), read)
}

#[test]
fn activity_is_followed_while_people_use_the_portal() {
    let server = Server::start();
    let (_following, lines) = follow(&server);
    let mut seen = Vec::new();
    let mut until = |kind: &str, user: &str| loop {
        let event = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {kind} of {user}"));
        let place = (event["id"].clone(), event["count"].clone());
        assert!(!seen.contains(&place), "twice: {event}");
        seen.push(place);
        if event["kind"] == kind && event["user"] == user {
            return event;
        }
    };
    // What was there before comes first, the oldest at its head.
    until("account-added", "ada");
    until("team-joined", "grace");
    let key = Key::make().registered_by_ada(&server);
    assert_eq!(until("key-added", "ada")["refused"], false);
    Laptop::with_key(&server, &key).in_batch_mode().runs("account", "whoami");
    until("sign-in-with-key", "ada");
    server.done(&["user", "disable", "grace"], "");
    let disabled = until("account-disabled", "grace");
    assert_eq!(disabled["client"], "operator", "{disabled}");
}

/// Runs a command into a pipe whose reader has left.
fn into_a_closed_pipe(server: &Server, words: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = server.place().command(words);
    command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap()
}

#[test]
fn output_that_nobody_reads_ends_a_command_quietly_and_undoes_nothing() {
    let server = Server::start();
    let file = server.place_path("copy.db");
    let file = file.to_str().unwrap();
    for words in [
        &["user", "add", "alan", "--email", "alan@example.org"] as &[&str],
        &["user", "show", "ada", "--json"],
        &["user", "list"],
        &["backup", file],
        &["activity", "--follow"],
        &["check"],
        &["generate", "manual"],
    ] {
        let said = into_a_closed_pipe(&server, words);
        let complaint = String::from_utf8(said.stderr).unwrap();
        assert_eq!((said.status.code(), complaint.as_str()), (Some(141), ""), "{words:?}");
    }
    let done = |words: &[&str]| String::from_utf8(server.done(words, "").stdout).unwrap();
    assert!(done(&["user", "list"]).contains("alan"));
    assert!(std::fs::metadata(file).unwrap().len() > 0);
    // What is refused says so, whoever reads.
    let refused = into_a_closed_pipe(&server, &["user", "show", "nobody"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(!refused.stderr.is_empty());
}
