//! One row of the audit log.

use serde::Serialize;

use super::timestamp::Timestamp;

/// Something that happened. Serialised, it is what the account's owner sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// UUID.
    pub id: String,
    /// The account it is about; `None` for a name that nobody has.
    #[serde(skip)]
    pub account: Option<String>,
    /// For a name that nobody has: its keyed hash.
    #[serde(skip)]
    pub subject: Option<String>,
    /// What happened, `sign-in-failed`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The client's IP address; empty for an operator's command.
    pub ip: String,
    /// The client's version line, safe to print.
    pub client: String,
    /// The session's id.
    #[serde(skip)]
    pub session: String,
}
