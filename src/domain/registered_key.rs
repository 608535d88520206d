//! A public SSH key that an account has registered.

use serde::Serialize;

use super::ssh_key::Fingerprint;
use super::timestamp::Timestamp;

/// A key of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisteredKey {
    /// UUID.
    pub id: String,
    /// Printed as `SHA256:…`, like `ssh-keygen -l`.
    pub fingerprint: Fingerprint,
    /// `ssh-ed25519`.
    pub algorithm: String,
    /// The owner's own text, safe to print; may be empty.
    pub comment: String,
    /// When it was registered.
    pub added_at: Timestamp,
    /// When it was last used to sign in.
    pub last_used_at: Option<Timestamp>,
    /// When a connection first proved to hold it.
    pub verified_at: Option<Timestamp>,
    /// The IP address that it was added from; `None` when the portal does not know.
    pub added_ip: Option<String>,
    /// The client that it was added with, safe to print.
    pub added_client: Option<String>,
    /// When a password reset suspended it, unless its owner has kept it since. It then counts nowhere.
    pub suspended_at: Option<Timestamp>,
}
