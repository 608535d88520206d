//! Teams, and who is in them.

use serde::Serialize;

use super::team::{Role, TeamInfo};
use super::timestamp::Timestamp;

/// A team as operators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Team {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How many members it has.
    pub members: i64,
}

/// A team as one of its members sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The team's UUID.
    pub id: String,
    /// The team's name, safe to print.
    pub name: String,
    /// The member's own role, `owner` or `member`.
    pub role: String,
    /// How many members the team has.
    pub members: i64,
    /// When the member last opened it.
    pub last_opened_at: Option<Timestamp>,
    /// What the team says of itself. The list leaves it out.
    #[serde(skip)]
    pub info: TeamInfo,
}

impl Membership {
    /// True when the member is an owner.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.role == Role::Owner.as_str()
    }
}

/// One member of a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The account's UUID. Other members do not see it.
    #[serde(skip)]
    pub account: String,
    /// Username.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// `owner` or `member`.
    pub role: String,
}
