//! The log: what an operator reads in it, what it never holds, and that no stranger writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::engine::{Engine, Fresh};
use super::person::Person;
use super::server::{ADAS_PASSWORD, Server, TempFolder};
use super::steps::sign_in;
use super::waiting::wait_until;

const NEW_PASSWORD: &str = "marble orbit lantern";
/// A name that nobody has: perhaps a password in the wrong field.
const NOBODY: &str = "hunter-two-canary";

/// What ssh is told, and what it then reads.
fn command(server: &Server, words: &[&str], input: &str) -> Option<i32> {
    let port = server.address().port().to_string();
    let mut ssh = Command::new("ssh");
    ssh.args([
        "-F",
        "/dev/null",
        "-p",
        &port,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]);
    ssh.args([
        "-o",
        "LogLevel=ERROR",
        "-o",
        "IdentityFile=none",
        "-o",
        "IdentityAgent=none",
        "account@127.0.0.1",
    ]);
    let mut child =
        ssh.args(words).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    child.wait().unwrap().code()
}

/// A server at the highest level, and its log of a story: signing in and out, a wrong password, a name that nobody has, a
/// reset.
fn log_of_a_story(format: &str) -> (String, Vec<String>) {
    let place = TempFolder::new().with("DOORKEY__LOG__LEVEL", "trace").with("DOORKEY__LOG__FORMAT", format);
    let server = place.start().furnished();
    let mut ada = Person::arrive(server.address());
    sign_in(&mut ada, "ada", ADAS_PASSWORD);
    ada.hang_up();
    let whoami = |name: &str| ["whoami".to_owned(), "--password-stdin".into(), "--name".into(), name.into()];
    for name in ["ada", NOBODY] {
        let words = whoami(name);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        assert_eq!(command(&server, &words, "purple canary guess\n"), Some(77));
    }
    assert_eq!(command(&server, &["forgot", "ada@example.org"], ""), Some(0));
    assert_eq!(command(&server, &["forgot", NOBODY], ""), Some(0));
    let code = server.code("ada", 1);
    let typed = format!("{code}\n{NEW_PASSWORD}\n");
    assert_eq!(command(&server, &["forgot", "ada@example.org", "--code-stdin"], &typed), Some(0));
    server.email("ada", "password", 1);
    let wanted = ["password-reset\"", "password-reset "];
    let log = wait_until("the email about the reset, and the end of all sessions", || {
        let log = server.said();
        let is_over = |event: &str| log.matches(event).count();
        let sent = log
            .lines()
            .any(|line| line.contains("email-sent") && wanted.iter().any(|kind| line.contains(kind)));
        (sent && is_over("session-begun") == is_over("session-ended")).then_some(log)
    });
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let secrets = [
        ADAS_PASSWORD,
        NEW_PASSWORD,
        "purple canary guess",
        NOBODY,
        "ada@example.org",
        "@example",
        &code,
        &plain,
    ];
    (log.clone(), secrets.map(str::to_owned).into())
}

/// The lines of the log itself; what is said on standard output is not one.
fn log_lines(log: &str) -> impl Iterator<Item = &str> {
    log.lines()
        .filter(|line| !line.starts_with("host key ") && !line.starts_with("listening on "))
        .filter(|line| !line.starts_with("There is no account") && !line.starts_with("setup code "))
}

/// A line of text as its pairs; panics where it is not one line of the documented format.
fn pairs(line: &str) -> BTreeMap<String, String> {
    let (time, rest) = line.split_once(' ').unwrap();
    let (level, mut rest) = rest.split_once(' ').unwrap();
    let is_time = time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T';
    assert!(is_time && ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level), "{line}");
    let mut pairs = BTreeMap::from([("level".to_owned(), level.to_owned())]);
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=').unwrap_or_else(|| panic!("no key in `{rest}` of {line}"));
        assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "the key `{key}` of {line}");
        let end = if let Some(quoted) = value.strip_prefix('"') {
            let mut escaped = false;
            let close = quoted.find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            close.unwrap_or_else(|| panic!("an open quote in {line}")) + 2
        } else {
            value.find(' ').unwrap_or(value.len())
        };
        let old = pairs.insert(key.to_owned(), value[..end].to_owned());
        assert!(old.is_none(), "`{key}` twice in {line}");
        rest = value[end..].trim_start_matches(' ');
    }
    pairs
}

/// Every event in the manual's table, with the keys that it may have.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let manual = TempFolder::new().run(&["generate", "manual"], "");
    let manual = String::from_utf8(manual.stdout).unwrap();
    let chapter = manual.split("\n## Log\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = chapter.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
        (words(cells[0])[0].clone(), words(cells[1]).into_iter().collect())
    });
    rows.collect()
}

fn events(log: &str) -> Vec<BTreeMap<String, String>> {
    log_lines(log).map(pairs).filter(|pairs| pairs.contains_key("event")).collect()
}

#[test]
fn an_operator_reads_who_did_what_from_where_and_no_secret() {
    let (log, secrets) = log_of_a_story("text");
    let documented = documented();
    let events = events(&log);
    let common = ["level", "event", "source", "session", "account", "name_hash"];
    for event in &events {
        let keys = documented.get(&event["event"]).unwrap_or_else(|| panic!("not in the manual: {event:?}"));
        let strange = event.keys().find(|key| !common.contains(&key.as_str()) && !keys.contains(*key));
        assert!(strange.is_none(), "{strange:?} is not in the manual: {event:?}");
    }
    let has = |event: &str, wanted: &[(&str, &str)]| {
        let found = events.iter().any(|line| {
            line["event"] == event
                && wanted
                    .iter()
                    .all(|(key, value)| line.get(*key).is_some_and(|v| v == value || *value == "*"))
        });
        assert!(found, "no {event} with {wanted:?}:\n{log}");
    };
    let here = [("source", "127.0.0.1"), ("session", "*")];
    let with = |more: &[(&'static str, &'static str)]| [here.as_slice(), more].concat();
    has("started", &[("address", "*")]);
    has("session-begun", &with(&[("kind", "portal"), ("client", "*")]));
    has("session-begun", &with(&[("kind", "command")]));
    has("sign-in", &with(&[("account", "ada"), ("client", "*")]));
    has("session-ended", &with(&[("kind", "portal"), ("account", "ada"), ("reason", "*"), ("seconds", "*")]));
    has("refused", &with(&[("request", "sign-in"), ("reason", "wrong-credentials"), ("account", "ada")]));
    has("refused", &with(&[("request", "sign-in"), ("reason", "wrong-credentials"), ("name_hash", "*")]));
    has("reset-requested", &with(&[("reset_request", "*"), ("name_hash", "*")]));
    has("reset-code-sent", &with(&[("account", "ada")]));
    has("email-sent", &[("kind", "reset-code"), ("account", "ada"), ("attempt", "1")]);
    has("reset-code-accepted", &with(&[("account", "ada")]));
    has("password-reset", &with(&[("account", "ada")]));
    for secret in secrets {
        assert!(!log.contains(&secret), "`{secret}` is in the log:\n{log}");
    }
}

#[test]
fn json_has_the_same_keys() {
    let (log, secrets) = log_of_a_story("json");
    let documented = documented();
    let mut seen = BTreeSet::new();
    for line in log_lines(&log) {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(line["time"].is_string() && line["level"].is_string(), "{line}");
        assert!(line["event"].is_string() != line["message"].is_string(), "{line}");
        let Some(event) = line["event"].as_str() else { continue };
        assert!(documented.contains_key(event), "not in the manual: {line}");
        seen.insert(event.to_owned());
    }
    for event in ["sign-in", "refused", "reset-requested", "password-reset", "email-sent", "session-ended"] {
        assert!(seen.contains(event), "no {event}: {seen:?}");
    }
    for secret in secrets {
        assert!(!log.contains(&secret), "`{secret}` is in the log");
    }
}

/// The sources that fail2ban would count, by its own program and the filter that is generated for it.
fn counted_by_fail2ban(folder: &TempFolder, log: &str, mode: &str) -> BTreeMap<String, usize> {
    let filter = folder.run(&["generate", "fail2ban"], "");
    assert!(filter.status.success());
    fs::create_dir_all(folder.path("filter.d")).unwrap();
    fs::write(folder.path("filter.d/doorkey.conf"), filter.stdout).unwrap();
    fs::write(folder.path("log"), log).unwrap();
    let mut regex = Command::new("fail2ban-regex");
    regex.current_dir(folder.path(".")).args(["-c", "."]).arg("-o").arg("id:<ip>");
    let output = regex.arg("log").arg(format!("doorkey[mode={mode}]")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut counted = BTreeMap::new();
    for source in String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.strip_prefix("id:"))
    {
        *counted.entry(source.to_owned()).or_default() += 1;
    }
    counted
}

#[test]
fn nobody_forges_a_line_nor_hides_one_and_fail2ban_counts_who_was_refused() {
    for format in ["text", "json"] {
        let server = Server::with_its_own_limits(format);
        let port = server.address().port().to_string();
        let mut hostile = Command::new("/usr/bin/python3");
        hostile.args(["-W", "ignore", "tests/hostile/forge_log.py", &port, ADAS_PASSWORD]);
        assert!(hostile.status().unwrap().success(), "{}", server.said());
        let log = wait_until("the end of the log", || {
            let log = server.said();
            (log.matches("wrong-credentials").count() >= 4 && log.contains("lines-dropped")).then_some(log)
        });
        let mut by_second = BTreeMap::<&str, usize>::new();
        let mut guesses = BTreeMap::<String, usize>::new();
        for line in log_lines(&log) {
            let said = if format == "text" {
                *by_second.entry(&line[..19]).or_default() += 1;
                pairs(line)
            } else {
                let said: BTreeMap<String, Value> =
                    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                said.into_iter().map(|(key, value)| (key, text(value))).collect()
            };
            if said.get("reason").is_some_and(|reason| reason == "wrong-credentials") {
                *guesses.entry(said["source"].clone()).or_default() += 1;
            }
            let is_plain = |c: char| !c.is_control() && !"\u{2028}\u{202e}\u{200b}".contains(c);
            assert!(line.chars().all(is_plain) && line.len() < 4_096, "{line}");
        }
        let most = by_second.values().max();
        assert!(most.is_none_or(|most| *most < 100), "{by_second:?}");
        let counted = counted_by_fail2ban(&TempFolder::new(), &log, "normal");
        assert_eq!(counted.get("127.77.0.2"), Some(&2), "{counted:?}\n{log}");
        // Its own wrong passwords, and none of what it has said.
        assert_eq!(counted, guesses, "{log}");
        assert!(guesses.keys().eq(["127.66.0.1", "127.66.0.3", "127.77.0.2"]), "{guesses:?}");
    }
}

#[test]
fn fail2ban_reads_the_journal_and_ipv6_too() {
    let head = "2026-11-22T14:05:09.120Z INFO";
    let said = "session=019a0b2c-0000-7000-8000-000000000001 request=sign-in reason=wrong-credentials";
    let log = [
        format!("{head} event=refused source=2001:db8:1:200::/56 {said} account=ada"),
        format!("{head} event=refused source=192.0.2.7 {said}"),
        format!("{head} event=refused source=192.0.2.8 {} name_hash=0011", said.replace("wrong-credentials", "try-later")),
        format!("{head} event=connection-failed source=192.0.2.9 reason=auth-failed"),
        format!("{head} event=session-begun source=192.0.2.10 client=\"x {head} event=refused source=192.0.2.11 {said}\""),
        format!("{head} message=\"event=refused source=192.0.2.12 {said}\" target=russh"),
    ]
    .join("\n");
    let folder = TempFolder::new();
    let counted = |mode: &str| counted_by_fail2ban(&folder, &log, mode).into_keys().collect::<Vec<_>>();
    assert_eq!(counted("normal"), ["192.0.2.7", "2001:db8:1:200::/56"]);
    assert_eq!(counted("aggressive"), ["192.0.2.7", "192.0.2.9", "2001:db8:1:200::/56"]);
}

/// Whoever deletes the end of the audit log's chain is told of, though nobody asks.
fn is_told_that_the_chain_ends(database: &Fresh) {
    let server = TempFolder::new().with("DOORKEY__STORE__URL", &database.url).start().furnished();
    // Each in an event of its own.
    let refused = |name: &str| {
        let words = ["whoami", "--password-stdin", "--name", name];
        assert_eq!(command(&server, &words, "purple canary guess\n"), Some(77));
    };
    refused("ada");
    let delete = database.execute_sql("DELETE FROM audit_chain");
    assert_eq!(tokio::runtime::Runtime::new().unwrap().block_on(delete).unwrap(), 1);
    refused("grace");
    wait_until("the log", || server.said().contains("the row of audit_chain is gone").then_some(()));
}

#[test]
fn a_chain_whose_head_is_gone_is_told_on_sqlite() {
    is_told_that_the_chain_ends(&Fresh::make_now(Engine::Sqlite));
}

#[test]
fn a_chain_whose_head_is_gone_is_told_on_postgresql() {
    is_told_that_the_chain_ends(&Fresh::make_now(Engine::Postgres));
}
