//! Everything that a member can get in by, for a look at it after a reset.

use serde::Serialize;

use super::sessions::ActiveSession;
use crate::domain::email_address::EmailAddress;
use crate::domain::registered_key::RegisteredKey;
use crate::domain::timestamp::Timestamp;

/// The ways into an account, each with when and from where it was added.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    /// The primary address first, then the verified ones.
    pub emails: Vec<EmailAddress>,
    /// The oldest first.
    pub keys: Vec<RegisteredKey>,
    /// The second factor.
    pub two_factor: ReviewedFactor,
    /// The newest first.
    pub sessions: Vec<ActiveSession>,
    /// How many keys and addresses are suspended.
    pub suspended: usize,
}

/// The second factor of an account; all is empty without one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReviewedFactor {
    /// Since when there is one.
    pub on_since: Option<Timestamp>,
    /// The IP address that it was turned on from.
    pub added_ip: Option<String>,
    /// The client that it was turned on with, safe to print.
    pub added_client: Option<String>,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: i64,
}
