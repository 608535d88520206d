//! Secret text: wiped on drop, redacted in `Debug`.
//!
//! What this program holds of a password, a code or an email lives in types that are wiped ([`Secret`], `Code`,
//! `Zeroizing`), and no longer than the page or request that needs it; a password that came with a connection, as long as
//! that, for the commands that follow. Copies that other crates make are out of its
//! reach: russh's packets and channel buffers, `serde_json` and minijinja while an email is sealed and written, lettre's
//! message and rustls's records while it is sent, sqlx's buffers for bound values. All of these are on the heap, and
//! the program's allocator (`main.rs`) wipes whatever is freed; they are freed at the latest with their connection. Not
//! wiped are registers and stack frames: a thread that waits keeps what its last calls left there. So secrets of a fixed
//! length stand on the heap as well ([`SecretBytes`]). Not wiped either is what a kernel holds of a socket. Swap and
//! core dumps are the operator's to turn off.

use std::fmt;
use std::ops::{Deref, DerefMut};

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

/// Secret bytes of a fixed length. On the heap, where they stay: an array that is moved leaves a copy in each stack frame
/// that it came through. Wiped on drop, redacted in `Debug`.
#[derive(PartialEq, Eq)]
pub(super) struct SecretBytes<const N: usize>(Box<Zeroizing<[u8; N]>>);

impl<const N: usize> SecretBytes<N> {
    /// Zeros, to be filled in place.
    pub(super) fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; N])))
    }

    /// A copy of `bytes`; `None` unless there are `N`.
    pub(super) fn copy_of(bytes: &[u8]) -> Option<Self> {
        let mut own = Self::zeroed();
        (bytes.len() == N).then(|| {
            own.copy_from_slice(bytes);
            own
        })
    }
}

impl<const N: usize> Clone for SecretBytes<N> {
    fn clone(&self) -> Self {
        let mut own = Self::zeroed();
        own.copy_from_slice(&**self);
        own
    }
}

impl<const N: usize> Deref for SecretBytes<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> DerefMut for SecretBytes<N> {
    fn deref_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(***)")
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
        assert_eq!(format!("{:?}", SecretBytes::<2>::zeroed()), "SecretBytes(***)");
    }

    #[test]
    fn a_secret_is_replaced_and_cleared() {
        let mut secret = Secret::default();
        assert!(secret.is_empty());
        secret.set("hunter2");
        assert_eq!((secret.expose(), secret.is_empty()), ("hunter2", false));
        secret.clear();
        assert_eq!((secret.expose(), secret.is_empty()), ("", true));
    }

    #[test]
    fn bytes_are_copied_whole_or_not_at_all() {
        let bytes = SecretBytes::<3>::copy_of(b"abc").unwrap();
        assert_eq!(*bytes.clone(), *b"abc");
        assert_eq!(SecretBytes::<3>::copy_of(b"ab"), None);
        assert_eq!(SecretBytes::<3>::copy_of(b"abcd"), None);
    }

    #[test]
    fn bytes_stay_where_they_are_when_they_are_moved() {
        let bytes = SecretBytes::<3>::copy_of(b"abc").unwrap();
        let place = bytes.as_ptr();
        let moved = [Some(bytes)];
        assert_eq!(moved[0].as_ref().unwrap().as_ptr(), place);
    }
}
