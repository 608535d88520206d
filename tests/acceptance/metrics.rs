//! What monitoring reads of a running, confined server: numbers that follow what people do, and whether it is well.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::{sign_in, try_to_sign_in};
use super::waiting::wait_until;

/// Sends one request and reads the answer: its head and its body.
pub(crate) fn get(mut stream: impl Read + Write, path: &str) -> (String, String) {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The address after `metrics on `.
fn place(server: &Server) -> String {
    server.said().lines().find_map(|line| line.strip_prefix("metrics on ").map(str::to_owned)).unwrap()
}

pub(crate) fn tcp(server: &Server) -> TcpStream {
    let place = place(server);
    TcpStream::connect(place.trim_start_matches("http://").trim_end_matches("/metrics")).unwrap()
}

/// Waits until the metrics have these lines: what a session counts may come a moment after what it shows.
fn wait_for(server: &Server, lines: &[&str]) {
    for line in lines {
        wait_until(&format!("the metric {line}"), || {
            let (_, body) = get(tcp(server), "/metrics");
            body.lines().any(|found| found == *line).then_some(())
        });
    }
}

#[test]
fn the_numbers_follow_what_people_do() {
    let server = TempFolder::new().with("DOORKEY__METRICS__LISTEN", "127.0.0.1:0").start().furnished();
    let (head, body) = get(tcp(&server), "/metrics");
    assert!(head.contains("Content-Type: text/plain; version=0.0.4"), "{head}");
    for line in [
        "doorkey_sign_ins_total{method=\"password\"} 0",
        "doorkey_events_total{kind=\"sign-in\"} 0",
        "doorkey_connections 0",
    ] {
        assert!(body.lines().any(|found| found == line), "{line} is not in:\n{body}");
    }
    let mut ada = Person::arrive(server.address());
    try_to_sign_in(&mut ada, "ada", "not the password at all");
    ada.wait_for("That name and password do not match.");
    wait_for(
        &server,
        &["doorkey_refusals_total{reason=\"wrong-credentials\"} 1", "doorkey_sessions{kind=\"portal\"} 1"],
    );
    let mut grace = Person::arrive(server.address());
    sign_in(&mut grace, "ada", ADAS_PASSWORD);
    wait_for(
        &server,
        &[
            "doorkey_sign_ins_total{method=\"password\"} 1",
            "doorkey_connections 2",
            "doorkey_connections_accepted_total 2",
            "doorkey_ready 1",
            "doorkey_outbox_oldest_age_seconds 0.0",
        ],
    );
    drop((ada, grace));
    wait_for(&server, &["doorkey_sessions{kind=\"portal\"} 0", "doorkey_connections 0"]);
    let (_, body) = get(tcp(&server), "/metrics");
    promtool(&["check", "metrics"], &body);
    for typed in ["=\"ada\"", "=\"grace\"", "127.0.0.1"] {
        assert!(!body.contains(typed), "{typed} is in:\n{body}");
    }
}

#[test]
fn a_unix_socket_answers_and_readiness_tells_of_a_lost_database() {
    let place = TempFolder::new();
    let socket = place.path("metrics.sock");
    let server = place.with("DOORKEY__METRICS__LISTEN", &format!("unix:{}", socket.display())).start();
    let ask = |path| get(UnixStream::connect(&socket).unwrap(), path);
    assert!(ask("/readyz").0.starts_with("HTTP/1.1 200 "));
    let database = server.place_path("doorkey.db");
    std::fs::rename(&database, server.place_path("elsewhere.db")).unwrap();
    wait_until("not ready", || ask("/readyz").0.starts_with("HTTP/1.1 503 ").then_some(()));
    assert!(ask("/metrics").1.contains("\ndoorkey_ready 0\n"));
    assert!(ask("/healthz").0.starts_with("HTTP/1.1 200 "), "the process itself is well");
    std::fs::rename(server.place_path("elsewhere.db"), &database).unwrap();
    wait_until("ready again", || ask("/readyz").0.starts_with("HTTP/1.1 200 ").then_some(()));
}

#[test]
fn the_network_is_refused_with_the_reason() {
    let place = TempFolder::new().with("DOORKEY__METRICS__LISTEN", "0.0.0.0:9222");
    let output = place.run(&["serve"], "");
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("metrics.listen") && said.contains("not a loopback address"), "{said}");
}

/// Prometheus' own judgement, where it is installed; its rules are also in the tests of `src/metrics`.
fn promtool(words: &[&str], input: &str) {
    let spawned = Command::new("promtool")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = spawned else { return };
    tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{words:?}: {said}");
}

#[test]
fn prometheus_accepts_the_alert_rules() {
    let place = TempFolder::new();
    let rules = place.run(&["generate", "alert-rules"], "");
    let file = place.path("rules.yml");
    std::fs::write(&file, &rules.stdout).unwrap();
    assert!(String::from_utf8_lossy(&rules.stdout).contains("- alert: DoorkeyNotReady"));
    promtool(&["check", "rules", &file.display().to_string()], "");
}

#[test]
fn top_shows_the_numbers_once_or_live_and_leaves_the_terminal_as_it_was() {
    let place = TempFolder::new();
    let socket = format!("unix:{}", place.path("metrics.sock").display());
    let server = place.with("DOORKEY__METRICS__LISTEN", &socket).start().furnished();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    let once = server.done(&["top", "--once"], "");
    let once = String::from_utf8(once.stdout).unwrap();
    assert!(once.starts_with("Doorkey ") && once.contains(" · ready\n"), "{once}");
    assert!(once.contains("\nConnections       1\n"), "{once}");
    for label in ["Hash p50", "Hash p99", "Store p50", "Store p99"] {
        let line =
            once.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("{label}: {once}"));
        let ms: f64 = line[label.len()..].trim().trim_end_matches(" ms").parse().unwrap();
        assert!(ms > 0.0, "{line}");
    }
    let script = format!(
        "set timeout 30\nspawn -noecho {} top --from {socket} --interval 1\n\
         expect \"Connections\" {{}} timeout {{ exit 2 }} eof {{ exit 3 }}\nsend q\n\
         expect eof {{}} timeout {{ exit 4 }}\nexit [lindex [wait] 3]",
        env!("CARGO_BIN_EXE_doorkey")
    );
    let expect = Command::new("expect").args(["-c", &script]).env("TERM", "xterm-256color").output().unwrap();
    let said = String::from_utf8_lossy(&expect.stdout);
    assert_eq!(expect.status.code(), Some(0), "{said}");
    assert!(said.contains("\u{1b}[?1049h") && said.contains("\u{1b}[?1049l"), "{said}");
}

#[test]
fn top_says_whom_it_cannot_ask() {
    let place = TempFolder::new();
    let said = |words: &[&str]| String::from_utf8(place.run(words, "").stderr).unwrap();
    assert!(said(&["top"]).contains("set metrics.listen"));
    let nobody = format!("unix:{}", place.path("nobody.sock").display());
    assert!(said(&["top", "--from", &nobody]).contains("does not answer"));
    assert!(said(&["top", "--from", "192.0.2.1:9222"]).contains("not a loopback address"));
}
