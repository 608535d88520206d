//! Requests about a member's SSH keys.

use super::SignedIn;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::ssh_key::ProvenKey;

/// A key that the connection has proven to hold and that an open account has registered.
#[derive(Clone, Debug)]
pub struct RecognisedKey {
    /// The proof.
    pub key: ProvenKey,
    /// The username of the account.
    pub name: String,
    /// What the owner calls it, with the beginning of its fingerprint.
    pub label: String,
    /// It signs in together with the second factor.
    pub may_sign_in: bool,
}

/// What may be asked.
#[derive(Debug)]
pub enum KeysRequest {
    /// List them, and those that this connection has shown besides.
    List,
    /// Register one.
    Add {
        /// The public key as it stands in a `.pub` file.
        line: String,
    },
    /// Change a comment.
    Rename {
        /// [`RegisteredKey::id`] or [`RegisteredKey::fingerprint`].
        key: String,
        /// The comment that was seen; `None` to change it whatever it is.
        seen: Option<String>,
        /// The new one.
        comment: String,
    },
    /// Remove one.
    Remove {
        /// [`RegisteredKey::id`] or [`RegisteredKey::fingerprint`].
        key: String,
    },
    /// Keep one that a reset has suspended.
    Keep {
        /// [`RegisteredKey::id`] or [`RegisteredKey::fingerprint`].
        key: String,
    },
}

impl KeysRequest {
    /// See [`super::Request::is_sensitive`]: who adds or keeps a key can come in by it, who removes one ends sessions.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Remove { .. } | Self::Keep { .. })
    }
}

/// What is answered.
#[derive(Debug)]
pub enum KeysReply {
    /// The keys, the oldest first, and those of this connection that could be added without typing.
    List(Vec<RegisteredKey>, Vec<OfferedKey>),
    /// The key is registered.
    Added(RegisteredKey),
    /// The comment is changed.
    Renamed(RegisteredKey),
    /// Another session changed the comment first, to this one. Nothing was changed.
    RenamedElsewhere(RegisteredKey),
    /// The key is removed; the old proof is void and this one replaces it.
    Removed(SignedIn, RegisteredKey),
    /// The key is no longer suspended.
    Kept(RegisteredKey),
}

/// A key that this connection has shown and that the account does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// For [`KeysRequest::Add`].
    pub line: String,
}

#[cfg(test)]
impl RecognisedKey {
    pub(crate) fn for_test(name: &str, may_sign_in: bool) -> Self {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXTSpkeozT7u+LUVl9etO/Ymy91LWo/tMwHEHLvbiVW";
        let key = ProvenKey::for_test(crate::domain::ssh_key::SshKey::parse(line).unwrap().fingerprint());
        Self { key, name: name.into(), label: "\"ada@laptop\" (SHA256:xYil3VoVw+)".into(), may_sign_in }
    }
}
