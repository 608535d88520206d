//! The SSH keys of a member: what may be asked, and the answers.

use super::SignedIn;
use crate::domain::registered_key::RegisteredKey;

/// What may be asked.
#[derive(Debug)]
pub enum KeysRequest {
    /// Which there are, and which this connection has shown besides.
    List,
    /// Register one.
    Add {
        /// The public key as it stands in a `.pub` file.
        line: String,
    },
    /// Give one another comment.
    Rename {
        /// [`RegisteredKey::id`] or [`RegisteredKey::fingerprint`].
        key: String,
        /// The comment that was seen; `None` to change it whatever it is.
        seen: Option<String>,
        /// The new one.
        comment: String,
    },
    /// Take one off the account.
    Remove {
        /// [`RegisteredKey::id`] or [`RegisteredKey::fingerprint`].
        key: String,
    },
}

impl KeysRequest {
    /// See [`super::Request::is_sensitive`]: who adds a key can come in by it, who removes one ends sessions.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Remove { .. })
    }
}

/// What is answered.
#[derive(Debug)]
pub enum KeysReply {
    /// The keys, the oldest first, and those that could be added without typing.
    List(Vec<RegisteredKey>, Vec<ShownKey>),
    /// The key is registered.
    Added(RegisteredKey),
    /// The key has another comment.
    Renamed(RegisteredKey),
    /// Somebody else gave it another comment meanwhile: this one. Nothing was changed.
    RenamedElsewhere(RegisteredKey),
    /// The key is gone; the old proof is void, this one goes on.
    Removed(SignedIn, RegisteredKey),
}

/// A key that this connection has shown and that the account does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// For [`KeysRequest::Add`].
    pub line: String,
}
