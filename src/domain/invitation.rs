//! Invitations to a team.

use serde::Serialize;

use super::timestamp::Timestamp;

/// An open invitation, as the team's owners see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// UUID.
    pub id: String,
    /// The address as an owner typed it.
    pub address: String,
    /// When it was sent.
    pub invited_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// An invitation, open or not, in the records of the account that sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentInvitation {
    /// The team's name.
    pub team: String,
    /// The address as it was typed.
    pub address: String,
    /// When it was sent.
    pub invited_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When somebody joined with it.
    pub used_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}
