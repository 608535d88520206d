//! SIGKILL at the boundaries of transactions and emails, in small: `tests/faults/kills` does it a thousand times.

use std::process::{Command, Stdio};

/// Runs the script with `words` against the program under test; it must find nothing wrong.
fn kills(words: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/kills");
    let done = Command::new(script)
        .args(words)
        .env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey"))
        .stdin(Stdio::null())
        .output()
        .expect("python3 with python3-asyncssh and python3-aiosmtpd");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{}\n{said}\n{errors}", done.status);
    said
}

/// Until `forgot --code-stdin` redeems the code and sets the password in one transaction, a kill in between leaves the
/// code used and the old password. Then this list becomes empty.
const UNTIL_ONE_TRANSACTION: [&str; 3] = ["--allow-half-reset", "--email-patience", "200"];

/// Kills at every `STRIDE`th time that a boundary is reached in one person's story; the script walks them all.
fn walk(engine: &str) {
    const STRIDE: &str = "9";
    let words = ["--engine", engine, "--mode", "walk", "--stride", STRIDE, "--kills", "40", "--seed", "7"];
    let said = kills(&[&words[..], &UNTIL_ONE_TRANSACTION].concat());
    for point in ["begin.after", "commit.before", "commit.after", "email.before_send", "email.after_250"] {
        let row = said.lines().find(|line| line.trim_start().starts_with(point));
        assert!(row.is_some(), "no kill at {point}:\n{said}");
    }
}

#[test]
fn a_kill_at_any_boundary_on_sqlite_leaves_nothing_half_done() {
    walk("sqlite");
}

#[test]
fn a_kill_at_any_boundary_on_postgresql_leaves_nothing_half_done() {
    walk("postgres");
}

#[test]
fn the_judgement_after_a_kill_finds_what_was_lost_or_undone() {
    let said = kills(&["--self-test"]);
    assert!(said.matches("found: ").count() >= 10 && !said.contains("MISSED"), "{said}");
}
