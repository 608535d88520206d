//! The teams of a member: what may be asked, and the answers.

use serde::Serialize;

use crate::domain::email::EmailRefusal;
use crate::domain::invitation::Invitation;
use crate::domain::membership::{Member, Membership};
use crate::domain::team::{Role, TeamInfo, TeamInfoRefusal};
use crate::domain::timestamp::Timestamp;

/// What may be asked. `team` is always [`Membership::id`]; a team that the member is not in is not found.
#[derive(Debug)]
pub enum TeamsRequest {
    /// The teams this member has.
    List,
    /// One of them.
    Open {
        /// Which.
        team: String,
    },
    /// Be in it no more.
    Leave {
        /// Which.
        team: String,
    },
    /// For owners: say something else about the team.
    Edit {
        /// Which.
        team: String,
        /// What it said, and what it is to say.
        edit: Box<TeamEdit>,
    },
    /// For owners: give a member another role.
    SetRole {
        /// Which.
        team: String,
        /// Username.
        who: String,
        /// The role.
        role: Role,
    },
    /// For owners: take somebody out of it.
    Remove {
        /// Which.
        team: String,
        /// Username.
        who: String,
    },
    /// For owners: invite whoever reads that address.
    Invite {
        /// To which.
        team: String,
        /// As typed.
        address: String,
    },
    /// For owners: take an open invitation back.
    Withdraw {
        /// To which.
        team: String,
        /// [`Invitation::id`], or its address.
        invitation: String,
    },
}

impl TeamsRequest {
    /// See [`super::Request::is_sensitive`]: what decides who answers for a team, and who is in it no more.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::SetRole { .. } | Self::Remove { .. })
    }
}

/// A change of what a team says of itself.
#[derive(Debug)]
pub struct TeamEdit {
    /// What it said when the change was begun.
    pub seen: TeamInfo,
    /// The description, as typed.
    pub description: String,
    /// The links, as typed.
    pub links: Vec<String>,
}

/// What is answered.
#[derive(Debug)]
pub enum TeamsReply {
    /// The teams, in the order of their names.
    List(Vec<Membership>),
    /// One team.
    Team(Box<TeamDetail>),
    /// It is done; the team as it is now.
    Changed(TeamChange, Box<TeamDetail>),
    /// Somebody else said something else about the team meanwhile; nothing was changed. The team as it is.
    ChangedMeanwhile(Box<TeamDetail>),
    /// The member is not in it any more.
    Left(Membership),
}

/// What was done to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    /// It says something else of itself.
    Edited,
    /// A member has another role.
    RoleSet {
        /// Username.
        who: String,
        /// The new role.
        role: Role,
    },
    /// Somebody is out of it.
    Removed {
        /// Username.
        who: String,
    },
    /// An invitation is on its way.
    Invited(Invitation),
    /// An invitation was taken back.
    Withdrawn(Invitation),
}

/// Why something is not done to a team. `Display` says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TeamRefusal {
    /// Only owners may.
    #[error("Only an owner of the team may do that. Nothing was changed. Ask one of them.")]
    NotOwner,
    /// The team would have no owner left.
    #[error(
        "Every team needs an owner, and this would leave it without one. Nothing was changed. \
         Make another member an owner first."
    )]
    LastOwner,
    /// It cannot say that of itself.
    #[error("{0} Nothing was changed.")]
    TeamInfo(#[from] TeamInfoRefusal),
    /// Not an address.
    #[error("That cannot be invited: {0}. Nothing was sent.")]
    Address(#[from] EmailRefusal),
    /// It is invited already.
    #[error(
        "That address has an open invitation to this team already. Nothing was sent. \
         Withdraw it first to send another."
    )]
    InvitedAlready,
    /// Too many invitations are open.
    #[error(
        "This team has 20 open invitations already. Nothing was sent. Withdraw one, or wait until it expires."
    )]
    TooManyInvitations,
}

impl TeamRefusal {
    /// The stable id; scripts rely on it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::NotOwner => "not-owner",
            Self::LastOwner => "last-owner",
            Self::TeamInfo(TeamInfoRefusal::Description) => "description-refused",
            Self::TeamInfo(_) => "link-refused",
            Self::Address(_) => "address-refused",
            Self::InvitedAlready => "invited-already",
            Self::TooManyInvitations => "too-many-invitations",
        }
    }
}

/// A team as its own page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamDetail {
    /// Names the team in [`TeamsRequest`].
    pub id: String,
    /// Its name, safe to print.
    pub name: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub info: TeamInfo,
    /// The member's own role.
    pub role: String,
    /// When the member opened it the time before.
    pub last_opened_at: Option<Timestamp>,
    /// Its members, in the order of their usernames.
    pub members: Vec<Member>,
    /// Its open invitations, the oldest first; for its owners only.
    pub invitations: Vec<Invitation>,
}

impl TeamDetail {
    /// True when the member who looks at it is an owner.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.role == Role::Owner.as_str()
    }
}

#[cfg(test)]
mod for_test {
    //! Teams for tests of flows and faces, which have no service to ask.

    use super::{Member, Membership, TeamDetail};
    use crate::domain::team::TeamInfo;

    impl Membership {
        pub(crate) fn for_test(name: &str) -> Self {
            Self {
                id: "7".into(),
                name: name.into(),
                role: "owner".into(),
                members: 3,
                last_opened_at: None,
                info: TeamInfo::default(),
            }
        }
    }

    impl TeamDetail {
        /// The team `Platform` for its owner ada, with grace as its other member.
        pub(crate) fn for_test(role: &str) -> Self {
            let member = |name: &str, display_name: &str, role: &str| Member {
                account: name.into(),
                name: name.into(),
                display_name: display_name.into(),
                role: role.into(),
            };
            Self {
                id: "7".into(),
                name: "Platform".into(),
                info: TeamInfo { description: "Keeps the lights on.".into(), links: Vec::new() },
                role: role.into(),
                last_opened_at: None,
                members: vec![member("ada", "Ada Lovelace", role), member("grace", "", "member")],
                invitations: Vec::new(),
            }
        }
    }
}
