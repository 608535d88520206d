//! Landlock: the files and folders that the server still reaches, and no others, whatever their permissions say
//! (<https://docs.kernel.org/userspace-api/landlock.html>).
//!
//! A right holds for everything below a folder and nothing below takes it away again: keys that lie below the folder of
//! the database can be written like the database.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// What of Landlock is used: all of Linux 6.15. An older kernel gives what it has, from Linux 5.13 on; newer ones have
/// rights about sockets by name, which the database may need.
const NEWEST: ABI = ABI::V7;

/// What the system's library of C reads when it looks up a host name, and what a resolver's settings link to.
const NAME_SERVICE: [&str; 14] = [
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/run/NetworkManager",
    "/run/nscd",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/run/systemd/machines",
    "/var/lib/misc",
];

/// The libraries that it loads for that, by nsswitch.conf(5).
const LIBRARIES: [&str; 7] =
    ["/etc/ld.so.cache", "/lib", "/lib64", "/nix/store", "/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// Certificates of authorities, where distributions keep them. `/etc/ssl/private` is none of these.
const AUTHORITIES: [&str; 8] = [
    "/etc/ca-certificates",
    "/etc/pki",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/pki",
];

/// Facts about the machine: how many processors this process may use, which decides the number of threads, and which
/// kernel this is, by which a node knows its own id again.
const MACHINE: [&str; 6] = [
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/random/boot_id",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];

/// Of the devices, those that hold nothing.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/random", "/dev/urandom"];

/// The files and folders of one portal. What is not there counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Read.
    pub read: Vec<PathBuf>,
    /// Folders that are read, and where new, empty files can be made; nothing in them can be changed or removed.
    pub noted: Vec<PathBuf>,
    /// Read and written: files made, changed, renamed and removed.
    pub written: Vec<PathBuf>,
}

/// Confines this thread, and those that it will start, to `reach` and what the system's libraries read. Also forbids to
/// listen on TCP ports, and to signal other processes, where the kernel can.
pub(super) fn confine(reach: &Reach) -> Result<(), String> {
    let status = apply(reach).map_err(|error| format!("Landlock failed ({error})"))?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced, _) => Ok(()),
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("Landlock is turned off in this kernel; add `landlock` to its parameter `lsm=`".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => {
            Err("this kernel has no Landlock; Linux 5.13 and later can have it".to_owned())
        }
    }
}

fn apply(reach: &Reach) -> Result<landlock::RestrictionStatus, RulesetError> {
    let read: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg | AccessFs::RemoveFile;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&reach.read, read))?
        .add_rules(path_beneath_rules(&reach.noted, read | AccessFs::MakeReg))?
        .add_rules(path_beneath_rules(&reach.written, write))?
        .add_rules(path_beneath_rules(NAME_SERVICE, read))?
        .add_rules(path_beneath_rules(LIBRARIES, read))?
        .add_rules(path_beneath_rules(AUTHORITIES, read))?
        .add_rules(path_beneath_rules(MACHINE, read))?
        .add_rules(path_beneath_rules(DEVICES, read | AccessFs::WriteFile))?
        .restrict_self()
}
