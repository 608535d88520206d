//! Files that only their owner may read.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
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
    /// Group or others have access.
    #[error("its mode is {mode:04o}, so others can read it; type: chmod 600 {path}")]
    Exposed {
        /// The file mode.
        mode: u32,
        /// The file.
        path: String,
    },
    /// Not in UTF-8.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// Not a small text file.
    #[error("is not a text file of at most 64 KiB")]
    Shape,
}

/// The variable in which systemd names the folder of a service's credentials.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The bits of the mode that others have. Below the folder of credentials the mask of an access control list stands for the
/// group: systemd lets the user of the service read by one, and nobody else.
fn others(path: &Path) -> u32 {
    let is_credential = std::env::var_os(CREDENTIALS).is_some_and(|folder| path.starts_with(folder));
    if is_credential { 0o037 } else { 0o077 }
}

/// Reads `path`, but refuses it if group or others can read or write it.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, PrivateFault> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PrivateFault::Missing,
        _ => PrivateFault::Unreadable(error),
    })?;
    // Checks the open file, because the path could point to another file by now (CWE-367).
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(PrivateFault::Shape);
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & others(path) != 0 {
        return Err(PrivateFault::Exposed { mode, path: path.display().to_string() });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0)));
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = input::text(&bytes)?;
    Ok(Zeroizing::new(text.to_owned()))
}
