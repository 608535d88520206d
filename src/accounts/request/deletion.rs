//! Requests to delete the member's account.

use serde::Serialize;

use crate::domain::timestamp::Timestamp;
use crate::message;
use crate::messages::Message;

/// What may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionRequest {
    /// What would follow.
    Preview,
    /// Delete it once the days of grace are over.
    Delete,
}

impl DeletionRequest {
    /// See [`super::Request::is_sensitive`].
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::Delete)
    }
}

/// What is answered.
#[derive(Debug)]
pub enum DeletionReply {
    /// What would follow.
    Preview(DeletionPreview),
    /// It will be deleted then, unless somebody signs in before. Every session has ended, this one too.
    Requested(Timestamp),
}

/// What follows from deleting an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeletionPreview {
    /// The names of teams with other members and no other owner. As long as there are any, nothing is deleted.
    pub last_owner_of: Vec<String>,
    /// The names of teams without any other member, which are deleted too.
    pub teams_deleted: Vec<String>,
}

/// Why an account is not to be deleted. `Display` says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum DeletionRefusal {
    /// The setting does not allow it.
    Off,
    /// These teams would have no owner left.
    LastOwner(Vec<String>),
}

/// What keeps the last owner of these teams from leaving, and what to do about it.
#[must_use]
pub fn last_owner(teams: &[String]) -> Message {
    message!("refused-deletion-last-owner", n = teams.len(), teams = teams.join(", "))
}

impl DeletionRefusal {
    /// The words.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Off => message!("refused-deletion-off"),
            Self::LastOwner(teams) => last_owner(teams),
        }
    }

    /// The stable id; scripts rely on it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Off => "account-deletion-off",
            Self::LastOwner(_) => "last-owner",
        }
    }
}
