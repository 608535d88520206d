//! Golden files: what a screen or a dialog should look like, as plain text. `BLESS=1 cargo test` writes them anew, for
//! review in the diff. Not insta: a test here waits until a live screen looks as the file says, and insta compares once.

use std::fmt;
use std::path::{Path, PathBuf};

/// One file. A frame is named `PAGE-COLSxROWS`, a transcript of line mode `PAGE`.
pub(crate) struct Golden(PathBuf);

impl Golden {
    /// `folder` is relative to the repository.
    pub(crate) fn new(folder: &str, name: &str) -> Self {
        Self(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{name}.txt")))
    }

    /// True if the file is to be written anew instead of compared.
    pub(crate) fn is_blessing() -> bool {
        std::env::var_os("BLESS").is_some_and(|bless| bless == "1")
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(&self.0, text).unwrap();
    }

    /// Empty if there is no such file yet.
    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Golden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (BLESS=1 writes it anew)", self.0.display())
    }
}
