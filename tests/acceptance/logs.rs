//! What the log tells of a session: the session id, and nothing personal.

use super::person::Person;
use super::server::{ADAS_PASSWORD, TempFolder};
use super::steps::sign_in;
use super::waiting::wait_until;

/// The log of a sign-in at the highest level.
fn log_of_a_sign_in(format: &str) -> String {
    let place = TempFolder::new().with("DOORKEY__LOG__LEVEL", "trace").with("DOORKEY__LOG__FORMAT", format);
    let server = place.start().furnished();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.hang_up();
    wait_until("the end of the connection", || {
        let log = server.said();
        log.contains("a connection ended").then_some(log)
    })
}

/// The lines that requests of sessions wrote.
fn request_lines<'a>(log: &'a str, request: &str) -> Vec<&'a str> {
    let lines: Vec<_> = log.lines().filter(|line| line.contains(request)).collect();
    assert!(!lines.is_empty(), "no line of a request:\n{log}");
    lines
}

fn names_nobody(log: &str) {
    for line in log.lines() {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        assert!(
            !words.any(|word| ["ada", "violet"].contains(&word)),
            "a name or a secret is in the log: {line}"
        );
    }
}

#[test]
fn a_log_line_of_a_request_names_its_session_and_nobody() {
    let log = log_of_a_sign_in("text");
    for line in request_lines(&log, ":request: ") {
        let id =
            line.split("connection{source=127.0.0.1}:session{id=").nth(1).and_then(|rest| rest.get(..36));
        let is_id = |id: &str| id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        assert!(id.is_some_and(is_id), "no session in: {line}");
    }
    names_nobody(&log);
}

#[test]
fn so_does_a_log_line_in_json() {
    let log = log_of_a_sign_in("json");
    for line in request_lines(&log, "\"name\":\"request\"") {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let spans = line["spans"].as_array().unwrap();
        let field = |span: &str, name: &str| {
            spans.iter().find(|known| known["name"] == span).and_then(|span| span[name].as_str())
        };
        assert_eq!(field("connection", "source"), Some("127.0.0.1"), "{line}");
        assert_eq!(field("session", "id").map(str::len), Some(36), "{line}");
    }
    names_nobody(&log);
}
