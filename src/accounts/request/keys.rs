//! The SSH keys of a member: what may be asked, and the answers.

use super::SignedIn;
use crate::domain::timestamp::Timestamp;

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
        /// [`KeyView::id`] or [`KeyView::fingerprint`].
        key: String,
        /// The comment that was seen; `None` to change it whatever it is.
        seen: Option<String>,
        /// The new one.
        comment: String,
    },
    /// Take one off the account.
    Remove {
        /// [`KeyView::id`] or [`KeyView::fingerprint`].
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
    List(Vec<KeyView>, Vec<ShownKey>),
    /// The key is registered.
    Added(KeyView),
    /// The key has another comment.
    Renamed(KeyView),
    /// Somebody else gave it another comment meanwhile: this one. Nothing was changed.
    RenamedElsewhere(KeyView),
    /// The key is gone; the old proof is void, this one goes on.
    Removed(SignedIn, KeyView),
}

/// An SSH key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Names the key in [`KeysRequest`].
    pub id: String,
    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// The owner's own text, safe to print; may be empty.
    pub comment: String,
    /// When it was registered.
    pub added_at: Timestamp,
    /// When it was last signed in with.
    pub last_used_at: Option<Timestamp>,
    /// When a connection first proved to hold it.
    pub verified_at: Option<Timestamp>,
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
