//! The sieges of tests/hostile/sieges take minutes and a quiet machine; here only that they would notice a server that
//! fails.

use std::process::{Command, Stdio};

#[test]
fn the_measures_of_a_siege_notice_a_server_that_fails() {
    let done = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/sieges"))
        .arg("--self-test")
        .env("DOORKEY_BINARY", env!("CARGO_BIN_EXE_doorkey"))
        .stdin(Stdio::null())
        .output()
        .expect("python3 with python3-asyncssh");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), 7, "{said}");
}
