//! Requests about a member's teams.

use serde::Serialize;

use crate::domain::email::EmailRefusal;
use crate::domain::invitation::Invitation;
use crate::domain::membership::{Member, Membership};
use crate::domain::team::{Role, TeamInfo, TeamInfoRefusal, TeamNameRefusal};
use crate::domain::throttle::{OPEN_INVITATIONS_PER_TEAM, TEAMS_PER_OWNER};
use crate::domain::timestamp::Timestamp;
use crate::message;
use crate::messages::Message;

use super::activity::EventKind;

/// What may be asked. `team` is always [`Membership::id`]; a team that the member is not in is not found.
#[derive(Debug)]
pub enum TeamsRequest {
    /// The teams this member has.
    List,
    /// The same with how the account is protected: what a member sees first.
    Dashboard,
    /// Stop suggesting two-factor authentication for a while.
    PostponeTwoFactor,
    /// One of them.
    Open {
        /// Which.
        team: String,
    },
    /// Create one, with this member as its only member and owner.
    Create {
        /// Its name, as typed.
        name: String,
    },
    /// Leave it.
    Leave {
        /// Which.
        team: String,
    },
    /// For owners: edit the description and the links.
    Edit {
        /// Which.
        team: String,
        /// What it said, and what it is to say.
        edit: Box<TeamEdit>,
    },
    /// For owners: change a member's role.
    SetRole {
        /// Which.
        team: String,
        /// Username.
        who: String,
        /// The role.
        role: Role,
    },
    /// For owners: remove a member.
    Remove {
        /// Which.
        team: String,
        /// Username.
        who: String,
    },
    /// For owners: invite somebody by email.
    Invite {
        /// To which.
        team: String,
        /// As typed.
        address: String,
    },
    /// For owners: withdraw an open invitation.
    Withdraw {
        /// To which.
        team: String,
        /// [`Invitation::id`], or its address.
        invitation: String,
    },
}

impl TeamsRequest {
    /// Whether it changes what a team says or who is in it.
    #[must_use]
    pub fn is_change(&self) -> bool {
        match self {
            Self::List | Self::Dashboard | Self::PostponeTwoFactor | Self::Open { .. } => false,
            Self::Create { .. }
            | Self::Leave { .. }
            | Self::Edit { .. }
            | Self::SetRole { .. }
            | Self::Remove { .. }
            | Self::Invite { .. }
            | Self::Withdraw { .. } => true,
        }
    }

    /// See [`super::Request::is_sensitive`]: what changes who owns a team, or removes somebody from it.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::SetRole { .. } | Self::Remove { .. })
    }
}

/// An edit of a team.
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
    /// The teams, and how the account is protected.
    Dashboard(Box<Dashboard>),
    /// Two-factor authentication is not suggested for a while.
    TwoFactorPostponed,
    /// One team.
    Team(Box<TeamDetail>),
    /// It was created.
    Created(Box<TeamDetail>),
    /// It is done; the team as it is now.
    Changed(TeamChange, Box<TeamDetail>),
    /// Another owner edited the team first; nothing was changed. The team as it is.
    ChangedMeanwhile(Box<TeamDetail>),
    /// The member has left.
    Left(Membership),
}

/// What a member sees first.
#[derive(Clone, Debug, Default)]
pub struct Dashboard {
    /// The teams, in the order of their names.
    pub teams: Vec<Membership>,
    /// How the account is protected.
    pub protection: Protection,
}

/// How an account is protected, in short.
#[derive(Clone, Debug, Default)]
pub struct Protection {
    /// The last sign-in before this session's.
    pub last_sign_in: Option<LastSignIn>,
    /// Recovery codes left; `None` while two-factor authentication is off.
    pub recovery_codes: Option<i64>,
    /// When the owner last found the email addresses right.
    pub emails_reviewed_at: Option<Timestamp>,
    /// That was long ago, or never although the account is old.
    pub is_review_due: bool,
    /// Two-factor authentication is off, and was not postponed lately.
    pub suggests_two_factor: bool,
}

/// A sign-in of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSignIn {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub ip: String,
    /// How: the event that it left.
    pub kind: Option<EventKind>,
}

/// What was done to a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    /// Its description or links were edited.
    Edited,
    /// A member has another role.
    RoleSet {
        /// Username.
        who: String,
        /// The new role.
        role: Role,
    },
    /// A member was removed.
    Removed {
        /// Username.
        who: String,
    },
    /// An invitation is on its way.
    Invited(Invitation),
    /// An invitation was withdrawn.
    Withdrawn(Invitation),
}

/// Why a team was not changed. `Display` says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum TeamRefusal {
    /// Only operators create teams here.
    CreationOff,
    /// The name is none.
    Name(#[from] TeamNameRefusal),
    /// There is one of that name.
    NameTaken,
    /// The member owns too many.
    TooManyTeams,
    /// Only owners may.
    NotOwner,
    /// The team would have no owner left.
    LastOwner,
    /// The description or a link is not accepted.
    TeamInfo(#[from] TeamInfoRefusal),
    /// Not an address.
    Address(#[from] EmailRefusal),
    /// It is invited already.
    InvitedAlready,
    /// Too many invitations are open.
    TooManyInvitations,
}

impl TeamRefusal {
    /// The words.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::CreationOff => message!("refused-team-creation-off"),
            Self::Name(why) => message!("refused-team-name", why = why.message()),
            Self::NameTaken => message!("refused-team-name-taken"),
            Self::TooManyTeams => message!("refused-too-many-teams", most = TEAMS_PER_OWNER),
            Self::NotOwner => message!("refused-not-owner"),
            Self::LastOwner => message!("refused-last-owner"),
            Self::TeamInfo(why) => message!("refused-team-info", why = why.message()),
            Self::Address(why) => message!("refused-sending", why = why.message()),
            Self::InvitedAlready => message!("refused-invited-already"),
            Self::TooManyInvitations => {
                message!("refused-too-many-invitations", most = OPEN_INVITATIONS_PER_TEAM)
            }
        }
    }

    /// The stable id; scripts rely on it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::CreationOff => "team-creation-off",
            Self::Name(_) => "team-name-refused",
            Self::NameTaken => "team-name-taken",
            Self::TooManyTeams => "too-many-teams",
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
    /// Description and links.
    #[serde(flatten)]
    pub info: TeamInfo,
    /// The member's own role.
    pub role: String,
    /// When the member opened it before this time.
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
