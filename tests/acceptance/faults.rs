//! SIGKILL at the boundaries of transactions and emails, power cuts and histories, in small: the scripts of `tests/faults`
//! do it a thousand times.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a script of `tests/faults` exits with on a machine that cannot run it.
const NOT_HERE: i32 = 77;

/// Runs `script` with `words` against the program under test; it must find nothing wrong. `None`: not on this machine.
fn run(script: &str, words: &[&str]) -> Option<String> {
    let done = Command::new(format!("{}/tests/faults/{script}", env!("CARGO_MANIFEST_DIR")))
        .args(words)
        .env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey"))
        .stdin(Stdio::null())
        .output()
        .expect("python3 with python3-asyncssh and python3-aiosmtpd");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.code() == Some(NOT_HERE) {
        let _ = writeln!(std::io::stderr(), "{script} did not run: {said}");
        return None;
    }
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{}\n{said}\n{errors}", done.status);
    Some(said)
}

/// Kills at every `STRIDE`th time that a boundary is reached in one person's story; the script walks them all.
fn walk(engine: &str) {
    const STRIDE: &str = "20";
    let words = ["--engine", engine, "--mode", "walk", "--stride", STRIDE, "--kills", "24", "--seed", "7"];
    let said = run("kills", &words).unwrap();
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
    let said = run("kills", &["--self-test"]).unwrap();
    assert!(said.matches("found: ").count() >= 10 && !said.contains("MISSED"), "{said}");
}

/// Needs a machine that mounts file systems of user space; it says so where it did not run.
#[test]
fn a_power_cut_on_sqlite_takes_nothing_that_was_told() {
    // A disk that loses nothing would prove nothing.
    if run("power_loss", &["--self-test"]).is_some() {
        let words = ["--rounds", "2", "--seed", "7"];
        let said = run("power_loss", &words).unwrap();
        assert!(said.contains("power cuts"), "{said}");
    }
}

/// The script lets each of them fail; here a few of each kind.
#[test]
fn whichever_write_sync_or_read_of_a_whole_reset_fails_the_answer_is_true() {
    let said = run("sweep", &["--stride", "100"]).unwrap();
    assert!(said.contains("reset: done") && !said.contains("VIOLATED"), "{said}");
    let faults = [
        "sync of doorkey.db-wal fails with EIO",
        "write of doorkey.db-wal fails with EIO",
        "write of doorkey.db-wal fails with ENOSPC",
        "read of doorkey.db fails with EIO",
        "read of doorkey.db-wal fails with EIO",
    ];
    for fault in faults {
        let row = said.lines().find(|line| line.trim_start().starts_with(&format!("{fault} ")));
        assert!(row.is_some_and(|row| !row.ends_with(" 0 times")), "{fault}:\n{said}");
    }
    // A portal that hears of none of them would prove nothing.
    assert!(said.contains(": unavailable"), "{said}");
}

#[test]
fn the_checker_of_histories_rejects_wrong_ones_and_accepts_right_ones() {
    let said = run("histories", &["--self-test"]).unwrap();
    assert!(said.matches("right: ").count() >= 19 && !said.contains("WRONG"), "{said}");
}

#[test]
fn members_emails_reach_a_real_relay_within_seconds_while_sign_ups_flood() {
    let said = run("../hostile/emails", &["--quick"]).unwrap();
    assert!(said.contains("a member's reset code  p50"), "{said}");
}
