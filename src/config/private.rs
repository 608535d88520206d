//! Files that nobody but their owner may read.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// A larger file is no secret of ours.
const MAX_BYTES: u64 = 64 * 1024;

/// Why a private file was not taken. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrivateFault {
    /// There is none.
    #[error("there is no such file")]
    Missing,
    /// The system refused.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Others can read it.
    #[error("its mode is {0:04o}, so others can read it; type: chmod 600 FILE")]
    Exposed(u32),
    /// Not a small text file.
    #[error("is not a text file of at most 64 KiB")]
    Shape,
}

/// The text of `path`, refused when group or others may read or write it.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, PrivateFault> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PrivateFault::Missing,
        _ => PrivateFault::Unreadable(error),
    })?;
    // Of the open file and not of its name, which could mean another one by now.
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > MAX_BYTES {
        return Err(PrivateFault::Shape);
    }
    let mode = facts.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFault::Exposed(mode));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or(0)));
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| PrivateFault::Shape)?;
    Ok(Zeroizing::new(text.to_owned()))
}
