//! Single packets that no client of good will sends: tests/hostile/packets, against the portal.

use std::process::{Command, Stdio};

use crate::server::TempFolder;

#[test]
fn a_packet_that_breaks_the_protocol_ends_its_own_connection_only() {
    let server = TempFolder::new().with("DOORKEY__SSH__STALL_TIME", "2").start();
    let (port, id) = (server.address().port().to_string(), server.id().to_string());
    let done = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/packets"))
        .args([&port, &id])
        .stdin(Stdio::null())
        .output()
        .expect("python3 with python3-asyncssh");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), 12, "{said}");
    assert!(!server.said().contains("panicked"), "{}", server.said());
}
