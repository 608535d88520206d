//! The sandbox of `serve`: what a process that strangers talk to gives up before it lets anyone in. Whoever takes it over
//! then can run no program, read and write only its own files, and gain no privilege.
//!
//! Three things of Linux, none of which needs root and none of which can be taken back:
//!
//! | | what goes |
//! |---|---|
//! | [`landlock`] | files and folders that are not the portal's, new TCP ports, signals to others |
//! | [`seccomp`] | system calls that the server does not use; the first try of `execve` ends the process |
//! | not dumpable | core dumps, and debuggers of the same user: both would show keys and passwords |
//!
//! Landlock binds the thread that asks and those it starts later, so [`enter`] comes before the runtime's threads.
//!
//! No library can be loaded afterwards. glibc loads those that look names up when it needs them (nsswitch.conf(5)), so it is
//! made to need them before. One that is added to `/etc/nsswitch.conf` later counts as unavailable until the next start.

mod landlock;
#[cfg(debug_assertions)]
pub mod probe;
mod seccomp;

use std::net::ToSocketAddrs as _;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

pub use self::landlock::Reach;

/// Why the process is not confined. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server cannot be confined, so it was not started: {0}. To run it without this protection, set ssh.sandbox = false"
)]
pub struct SandboxFault(String);

/// Confines this process for good to `reach`; must come before other threads are started.
///
/// # Errors
/// The kernel does not offer it, or refuses.
pub fn enter(reach: &Reach) -> Result<(), SandboxFault> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| SandboxFault(format!("core dumps cannot be turned off ({error})")))?;
    load_name_service();
    landlock::confine(reach).map_err(SandboxFault)?;
    seccomp::confine().map_err(SandboxFault)
}

/// Has the system's library of C look up a name that there cannot be: a label has at most 63 characters (RFC 1035 section
/// 2.3.4), so no name server is asked. Every service that looks up names is asked in vain, and loaded for that.
fn load_name_service() {
    let _ = ("x".repeat(64), 0).to_socket_addrs();
}
