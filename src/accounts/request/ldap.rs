//! What the LDAP server asks for whoever is bound to it.

use super::verify::VerifiedAccount;
use crate::domain::ldap_attribute::AttributeScope;
use crate::domain::posix::PosixAccount;
use crate::domain::secret::Secret;
use crate::domain::service_account::ServiceAccount;
pub use crate::store::{ListedTeam, PersonBy, TeamBy};

/// What it asks.
#[derive(Debug)]
pub enum LdapRequest {
    /// Whether this is the secret of the service account of this name.
    BindService {
        /// As typed.
        name: String,
        /// As typed.
        secret: Secret,
    },
    /// People that the reader may find.
    People(LdapReader, PeopleWanted),
    /// Teams that the reader may find.
    Teams(LdapReader, TeamsWanted),
    /// Change the password of a person who is bound.
    ChangePassword {
        /// Who.
        member: VerifiedAccount,
        /// The current password, as typed.
        current: Secret,
        /// The new one, as typed.
        new: Secret,
    },
}

/// What it is answered.
#[derive(Debug)]
pub enum LdapReply {
    /// It is.
    Service(VerifiedService),
    /// The people, in the order of their canonical names.
    People(Vec<Person>),
    /// The teams, in the order of their canonical names.
    Teams(Vec<TeamEntry>),
    /// The password is changed; this proof goes on.
    PasswordChanged(VerifiedAccount),
}

/// Proof that a service account's secret was shown. Only `accounts` makes one.
#[derive(Clone, Debug)]
pub struct VerifiedService(pub(in crate::accounts) ServiceAccount);

impl VerifiedService {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

/// Who reads.
#[derive(Clone, Debug)]
pub enum LdapReader {
    /// A person: their own entry, and their teams.
    Person(VerifiedAccount),
    /// A service account: what it was allowed.
    Service(VerifiedService),
}

impl LdapReader {
    /// What they may read of each entry.
    #[must_use]
    pub fn attributes(&self) -> AttributeScope {
        match self {
            Self::Person(_) => AttributeScope::all(),
            Self::Service(service) => service.0.attributes.clone(),
        }
    }

    /// The id of who reads.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Person(member) => member.member().account(),
            Self::Service(service) => &service.0.id,
        }
    }
}

/// Which people, and what of them.
#[derive(Clone, Debug)]
pub struct PeopleWanted {
    /// What they are found by.
    pub by: PersonBy,
    /// Behind this canonical name.
    pub after: String,
    /// So many at most.
    pub limit: i64,
    /// What of them besides names.
    pub parts: PersonParts,
}

/// What a person has besides names: each is a query more.
#[expect(clippy::struct_excessive_bools, reason = "each is a part of its own")]
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonParts {
    /// Addresses.
    pub mail: bool,
    /// Teams.
    pub teams: bool,
    /// Public SSH keys.
    pub keys: bool,
    /// Numbers, home directory and shell.
    pub posix: bool,
}

/// Which teams, and whether with their members.
#[derive(Clone, Debug)]
pub struct TeamsWanted {
    /// What they are found by.
    pub by: TeamBy,
    /// Behind this canonical name.
    pub after: String,
    /// So many at most.
    pub limit: i64,
    /// Whether with the names of their members.
    pub members: bool,
}

/// A person who can sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// UUID.
    pub id: String,
    /// Username.
    pub name: String,
    /// The order of people.
    pub name_canonical: String,
    /// May be empty.
    pub display_name: String,
    /// Addresses in use, the primary one first.
    pub mail: Vec<String>,
    /// Names of their teams, those that the reader may find.
    pub teams: Vec<String>,
    /// Public SSH keys, each without options and comment.
    pub keys: Vec<String>,
    /// What they are on Unix machines.
    pub posix: Option<PosixAccount>,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamEntry {
    /// The team.
    pub team: ListedTeam,
    /// Usernames of its members who can sign in.
    pub members: Vec<String>,
}
