//! `ssh` on a machine that knows nothing: neither hosts nor settings of whoever runs the tests.

use std::net::SocketAddr;
use std::process::Command;

/// What it is told so that it reads no settings, knows no host, remembers none and asks about none.
pub(crate) const STRANGER: [&str; 4] =
    ["-F", "none", "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"];

/// Such an `ssh` to the port at `address`, which ends after a minute; the rest follows: options, `USER@HOST`, a command.
pub(crate) fn stranger_ssh(address: SocketAddr) -> Command {
    let mut command = Command::new("timeout");
    command.args(["60", "ssh"]).args(STRANGER).args(["-p", &address.port().to_string()]);
    command
}
