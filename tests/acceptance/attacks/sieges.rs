//! The sieges of tests/hostile/sieges take minutes and a quiet machine; here only that they would notice a server that
//! fails, and one of them that is short, since it counts and measures no time.

use std::process::{Command, Stdio};

fn sieges(words: &[&str]) -> String {
    let done = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/sieges"))
        .args(words)
        .env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey"))
        .stdin(Stdio::null())
        .output()
        .expect("python3 with python3-asyncssh");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    said.into_owned()
}

#[test]
fn the_measures_of_a_siege_notice_a_server_that_fails() {
    let said = sieges(&["--self-test"]);
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), 7, "{said}");
}

#[test]
fn whoever_asks_about_keys_without_end_is_answered_a_few_times() {
    let said = sieges(&["--quick", "--busy", "--only", "key-queries"]);
    assert!(said.contains("for each connection"), "{said}");
}
