//! A public SSH key that an account has registered.

use serde::Serialize;

use super::ssh_key::{Fingerprint, is_security_key};
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
    /// Whether its signatures count without a touch; printed only where they do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_touch_required: bool,
}

impl RegisteredKey {
    /// Whether it may sign in here. Whether somebody touched a security key is in its signature, of which the SSH library
    /// tells only that it is right: so such a key counts only where its owner wants no touch.
    #[must_use]
    pub fn may_sign_in(&self) -> bool {
        self.no_touch_required || !is_security_key(&self.algorithm)
    }
}
