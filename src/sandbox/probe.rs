//! Trying what a sandboxed server can still do, for tests: only in builds with debug assertions.
//!
//! `DOORKEY_SANDBOX_PROBE="read /etc/shadow;exec /bin/true"` makes `serve` try each of these once it listens, and say on
//! standard error what came of it: `sandbox probe: read /etc/shadow: Permission denied (os error 13)`, or `... done`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::{TcpListener, ToSocketAddrs as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Tries what the environment asks for, on the thread that calls.
pub fn run() {
    let Ok(wanted) = std::env::var("DOORKEY_SANDBOX_PROBE") else { return };
    for probe in wanted.split(';') {
        let (action, what) = probe.split_once(' ').unwrap_or((probe, ""));
        let outcome = match attempt(action, what) {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        // For the test that set the variable.
        let _ = writeln!(io::stderr(), "sandbox probe: {probe}: {outcome}");
    }
}

fn attempt(action: &str, what: &str) -> io::Result<()> {
    match action {
        "read" => File::open(what).map(drop),
        "list" => fs::read_dir(what).map(drop),
        "write" => OpenOptions::new().append(true).open(what).map(drop),
        "make" => OpenOptions::new().write(true).create_new(true).open(what).map(drop),
        "remove" => fs::remove_file(what),
        "rename" => fs::rename(what, format!("{what}.renamed")),
        "listen" => TcpListener::bind(what).map(drop),
        "resolve" => (what, 0).to_socket_addrs().map(drop),
        "spawn" => Command::new(what).spawn().map(drop),
        // Comes back only if it failed.
        "exec" => Err(Command::new(what).exec()),
        _ => Err(io::Error::other("no such probe")),
    }
}
