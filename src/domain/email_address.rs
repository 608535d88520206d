//! An email address of an account.

use serde::Serialize;

use super::timestamp::Timestamp;

/// An address of an account, verified or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EmailAddress {
    /// UUID.
    pub id: String,
    /// As its owner spelled it.
    pub address: String,
    /// The form that is unique among verified addresses.
    #[serde(skip)]
    pub canonical: String,
    /// True for the one that emails and codes go to first.
    #[serde(rename = "primary")]
    pub is_primary: bool,
    /// When its owner proved to read it, or an operator vouched for it.
    pub verified_at: Option<Timestamp>,
    /// When it was added.
    pub added_at: Timestamp,
    /// When another address took its place as the primary one.
    #[serde(skip)]
    pub primary_until: Option<Timestamp>,
    /// The IP address that it was added from; `None` when an operator's command added it.
    pub added_ip: Option<String>,
    /// The client that it was added with, safe to print.
    pub added_client: Option<String>,
    /// When a password reset suspended it, unless its owner has kept it since.
    pub suspended_at: Option<Timestamp>,
}

impl EmailAddress {
    /// True when it receives emails and codes and identifies its account: it is verified and not suspended.
    #[must_use]
    pub const fn is_in_use(&self) -> bool {
        self.verified_at.is_some() && self.suspended_at.is_none()
    }
}
