//! A note beside the file of secret keys, `secret_keys.in_use`: accounts were once kept with these keys.
//!
//! The rule: keys with that note and a database without accounts do not belong together. The database was lost, is
//! another one, or is a torn copy; new accounts in it would hide that. Keys without the note may be new, made by a
//! first start or handed out to all nodes before one. So nobody has to tell old keys from new ones by their age, and
//! whoever means to begin anew removes the keys.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::private_file;

const TEXT: &str = "The database has accounts whose passwords need the secret keys in this folder.\n";

/// Where the note about the keys at `path` is.
#[must_use]
pub fn note_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
    name.push(".in_use");
    path.with_file_name(name)
}

/// Notes that there are accounts. A folder that cannot be written to goes without the note.
pub fn note(path: &Path) {
    let note = note_of(path);
    // Its being there is what counts: a sandboxed server may make a file here, and may not write to it.
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDONLY | OFlags::CLOEXEC;
    if let Ok(made) = rustix::fs::open(&note, flags, Mode::RUSR | Mode::WUSR) {
        let _ = private_file::hand_over(&note, &fs::File::from(made));
        // Root may do this in another user's folder, who could have put a link in its place.
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if let Ok(file) = rustix::fs::open(&note, flags, Mode::empty()) {
            let _ = fs::File::from(file).write_all(TEXT.as_bytes());
        }
    }
}

/// True if the keys are there, and accounts were once kept with them.
#[must_use]
pub fn is_noted(path: &Path) -> bool {
    path.exists() && note_of(path).exists()
}

/// Forgets about keys that are gone; new ones take their place.
pub fn forget(path: &Path) {
    if !path.exists() {
        // Mostly there is none.
        let _ = fs::remove_file(note_of(path));
    }
}
