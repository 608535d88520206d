//! Secret text: wiped on drop, redacted in `Debug`.
//!
//! What this program holds of a password, a code or an email lives in types that are wiped ([`Secret`], `Code`,
//! `Zeroizing`), and no longer than the page or request that needs it; a password that came with a connection, as long as
//! that, for the commands that follow. Copies that other crates make are out of its
//! reach: russh's packets and channel buffers, `serde_json` and minijinja while an email is sealed and written, lettre's
//! message and rustls's records while it is sent, sqlx's buffers for bound values. All of these are on the heap, and
//! the program's allocator (`main.rs`) wipes whatever is freed; they are freed at the latest with their connection. Not
//! wiped are registers and stack frames, which the next calls overwrite, and what a kernel holds of a socket. Swap and
//! core dumps are the operator's to turn off.

use std::fmt;

use zeroize::Zeroizing;

/// A password or a code as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`. Callers must wipe any copy of their own.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The plain text, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces the text and wipes the old one.
    pub fn set(&mut self, text: &str) {
        self.0 = Zeroizing::new(text.to_owned());
    }

    pub fn clear(&mut self) {
        self.0 = Zeroizing::default();
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(***)");
    }
}
