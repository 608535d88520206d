//! A signed-in session of an account.

use serde::Serialize;

use super::ssh_key::Fingerprint;
use super::timestamp::Timestamp;

/// A session that is signed in now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// UUID.
    pub id: String,
    /// The client's version line, safe to print.
    pub client: String,
    /// The client's IP address.
    pub ip: String,
    /// The key that the connection has proven to hold.
    pub key: Option<Fingerprint>,
    /// When it signed in.
    pub started_at: Timestamp,
    /// When something was last typed, as far as written down: up to a heartbeat ago, it may be more by now. People read how
    /// long ago that was; only their exported records have the moment itself.
    #[serde(skip)]
    pub last_input_at: Timestamp,
}
