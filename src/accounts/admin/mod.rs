//! What an operator's commands may do. They ask for no proof: an operator has the database already.

mod emails;
mod import;
mod secret_keys;
mod support;
mod teams;
mod users;

use serde::Serialize;

pub use emails::ParkedEmailView;
pub use import::{BadRow, ImportFault, ImportRow};
pub use secret_keys::{KeyView, SecretKeysView, key_of_another_node};
pub use support::{AnswerDelivery, CaseDetail, CaseListing, IssuedCode};
pub use users::NewUser;

use super::Fault;
use super::shared::hashing::HashFault;
use crate::domain::case::CaseRefusal;
use crate::domain::email::EmailRefusal;
use crate::domain::hash::HashRefusal;
use crate::domain::name::NameRefusal;
use crate::domain::password::PasswordRefusal;
use crate::domain::team::NoSuchRole;
use crate::domain::text;
use crate::domain::timestamp::Timestamp;
use crate::store;

/// The most characters of a display name, a team's name and a team's description.
const MAX_DISPLAY_CHARS: usize = 128;

/// Why a command was not carried out. `Display` is what the operator reads.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The username cannot be one.
    #[error("username `{0}`: {1}")]
    Name(String, NameRefusal),
    /// The address cannot be one.
    #[error("address `{0}`: {1}")]
    Address(String, EmailRefusal),
    /// The password breaks the policy.
    #[error("{0}")]
    Password(#[from] PasswordRefusal),
    /// The hash cannot be taken as it is.
    #[error("password hash: {0}")]
    PasswordHash(#[from] HashRefusal),
    /// The role is none.
    #[error("role `{0}`: {1}")]
    Role(String, NoSuchRole),
    /// A text has characters that could trick a terminal, or too many.
    #[error("{0} may have at most 128 characters, none of them invisible or a control character")]
    Text(&'static str),
    /// The team's name is empty.
    #[error("a team needs a name")]
    TeamName,
    /// The username is taken in some spelling.
    #[error("the username `{0}` is taken, perhaps in another spelling")]
    NameTaken(String),
    /// The address belongs to an account in some spelling.
    #[error("the address `{0}` belongs to an account already, perhaps in another spelling")]
    EmailTaken(String),
    /// The team's name is taken in some spelling.
    #[error("the team `{0}` exists already, perhaps in another spelling")]
    TeamTaken(String),
    /// There is no such account.
    #[error("there is no user `{0}`")]
    NoUser(String),
    /// There is no such team.
    #[error("there is no team `{0}`; add it first with `team add`")]
    NoTeam(String),
    /// The account is disabled already.
    #[error("`{0}` is disabled already")]
    AlreadyDisabled(String),
    /// The account is not disabled.
    #[error("`{0}` is not disabled")]
    NotDisabled(String),
    /// The account has no second factor.
    #[error("`{0}` has no two-factor authentication")]
    NoSecondFactor(String),
    /// The account is not in the team.
    #[error("`{0}` is not in that team")]
    NotMember(String),
    /// The team would be left without an owner.
    #[error("`{0}` is the team's last owner; make somebody else an owner first")]
    LastOwner(String),
    /// The account is disabled, so a code would be of no use.
    #[error("`{0}` is disabled; enable it first")]
    Disabled(String),
    /// There is no such case.
    #[error("there is no support case {0}")]
    NoCase(i64),
    /// The case is closed.
    #[error("support case {0} is closed")]
    CaseClosed(i64),
    /// No parked email has this id, or it is no longer worth sending.
    #[error("no parked email has the id `{0}`, or it has expired; `email list` shows those there are")]
    NoParkedEmail(String),
    /// The text of the message is refused.
    #[error("{0}")]
    Case(#[from] CaseRefusal),
    /// There are so many live codes that one more would make guessing easier.
    #[error("`{0}` has as many live codes as an account may have; wait until some have expired")]
    TooManyCodes(String),
    /// A new file of secret keys lacks the key in use.
    #[error("the file lacks the key {0}, which is in use")]
    KeyLost(String),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFault),
    /// Something failed unexpectedly.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<store::StoreFault> for AdminError {
    fn from(fault: store::StoreFault) -> Self {
        Self::Fault(fault.into())
    }
}

impl store::TransactionError for AdminError {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_transient())
    }
}

/// An account as an operator sees it. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// UUID.
    pub id: String,
    /// Username.
    pub name: String,
    /// May be empty.
    pub display_name: String,
    /// Verified addresses, the primary one first.
    pub emails: Vec<String>,
    /// Teams with the role in each.
    pub teams: Vec<MembershipView>,
    /// True when there is a password.
    pub has_password: bool,
    /// When the password was last set.
    pub password_changed_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it will be deleted, as its owner asked.
    pub delete_at: Option<Timestamp>,
}

/// One membership of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MembershipView {
    /// The team's name.
    pub team: String,
    /// `owner` or `member`.
    pub role: String,
}

/// Checks a text that people will see on their terminals; the error names it.
fn checked_text(what: &'static str, given: &str) -> Result<String, AdminError> {
    let trimmed = given.trim();
    if text::is_inert(trimmed) && trimmed.chars().nth(MAX_DISPLAY_CHARS).is_none() {
        Ok(trimmed.to_owned())
    } else {
        Err(AdminError::Text(what))
    }
}
