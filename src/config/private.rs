//! Files that only their owner, and the service they are for, may read.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::domain::input::{self, NotText};

/// Larger files are refused.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a private file was refused. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrivateFault {
    #[error("there is no such file")]
    Missing,
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Not this user's to read.
    #[error("this user may not read it; as root, type: {0}")]
    Denied(String),
    /// Others have access.
    #[error("{0}")]
    Exposed(Exposed),
    /// Not in UTF-8.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// Not a small text file.
    #[error("is not a text file of at most 64 KiB")]
    Shape,
}

/// The variable in which systemd names the folder of a service's credentials.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The name of the credential of systemd that `path` stands for as it is written in the settings, if this process was given
/// none: only the service is.
pub(super) fn credential_not_given(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix('$')?.strip_prefix(CREDENTIALS)?.strip_prefix('/')
}

/// A file that others can read or write. `Display` says so, and what to type.
#[derive(Debug)]
pub(super) struct Exposed {
    mode: u32,
    remedy: String,
}

impl Exposed {
    /// `None` for a file that only those can use whom it is for: its owner, and the group of a file of root's, as the
    /// package makes the settings. Nobody but root can give such a file its group, and the service that is in it could not
    /// read a file of mode 0600.
    pub(super) fn of(path: &Path, found: &Metadata) -> Option<Self> {
        let is_shared_by_root = found.uid() == 0 && found.gid() != 0;
        // Below the folder of credentials the mask of an access control list stands for the group: systemd lets the user of
        // the service read by one, and nobody else.
        let is_credential = std::env::var_os(CREDENTIALS).is_some_and(|folder| path.starts_with(folder));
        let others = if is_shared_by_root || is_credential { 0o037 } else { 0o077 };
        let mode = found.mode() & 0o7777;
        if mode & others == 0 {
            return None;
        }
        let (found_at, path) = (path, path.display());
        let remedy = if is_shared_by_root {
            format!("chmod 640 {path}")
        } else if found.uid() == 0 && !rustix::process::geteuid().is_root() {
            for_own_group(found_at)
        } else {
            format!("chmod 600 {path}")
        };
        Some(Self { mode, remedy })
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, remedy } = self;
        write!(f, "its mode is {mode:04o}, so others can read it; type: {remedy}")
    }
}

/// What root types to let the group of this process read a file.
fn for_own_group(path: &Path) -> String {
    let (group, path) = (rustix::process::getegid().as_raw(), path.display());
    format!("chgrp {group} {path} && chmod 640 {path}")
}

/// Reads `path`, but refuses it if others can read or write it.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, PrivateFault> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PrivateFault::Missing,
        io::ErrorKind::PermissionDenied => PrivateFault::Denied(for_own_group(path)),
        _ => PrivateFault::Unreadable(error),
    })?;
    // Checks the open file, because the path could point to another file by now (CWE-367).
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(PrivateFault::Shape);
    }
    if let Some(exposed) = Exposed::of(path, &metadata) {
        return Err(PrivateFault::Exposed(exposed));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0)));
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = input::text(&bytes)?;
    Ok(Zeroizing::new(text.to_owned()))
}
