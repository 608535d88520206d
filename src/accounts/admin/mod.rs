//! What an operator's commands may do. They ask for no proof: an operator has the database already.

mod activity;
mod addresses;
mod audit;
mod deletion;
mod details;
mod import;
mod keys;
mod limits;
mod outbox;
mod secret_keys;
mod service_accounts;
mod sessions;
mod support;
mod teams;
mod users;

use serde::Serialize;
use strum::IntoStaticStr;

pub use activity::{OperatorEvent, OperatorEvents};
pub use audit::{AuditFault, AuditVerdict, ExportedEvent};
pub use details::{FactorDetails, UserDetails};
pub use import::{BadRow, ImportFault, ImportRow};
pub use limits::{LimitView, LimitsInForce, MOST_COUNTED, Unlocked};
pub use outbox::{EmailState, UnsentEmailView};
pub use secret_keys::{KeyView, SecretKeysView, key_of_another_node};
pub use service_accounts::{PosixWanted, ServiceAccountView};
pub use support::{AnswerDelivery, CaseDetail, CaseListing, IssuedCode, SentResetCode};
pub use users::NewUser;

use super::Fault;
use super::shared::hashing::HashFault;
use crate::domain::case::CaseRefusal;
use crate::domain::email::EmailRefusal;
use crate::domain::hash::HashRefusal;
use crate::domain::name::NameRefusal;
use crate::domain::password::PasswordRefusal;
use crate::domain::posix::PosixRefusal;
use crate::domain::team::NoSuchRole;
use crate::domain::text;
use crate::domain::timestamp::Timestamp;
use crate::store;

/// The most characters of a display name, a team's name and a team's description.
const MAX_DISPLAY_CHARS: usize = 128;

/// Why a command was not carried out. `Display` is what the operator reads; the id of `--json` is the name in kebab case.
#[derive(Debug, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum AdminError {
    /// A directory has what was to be made or changed.
    #[error("people live in the directory of directory.kind: {0} there")]
    InDirectory(&'static str),
    /// The directory could not be asked.
    #[error("{0}")]
    Directory(String),
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
    /// The service account's name is taken.
    #[error("the service account `{0}` exists already; remove it first for a new secret")]
    ServiceAccountTaken(String),
    /// There is no such service account.
    #[error("there is no service account `{0}`; `service-account list` shows those there are")]
    NoServiceAccount(String),
    /// The numbers or paths are not taken.
    #[error("{0}")]
    Posix(PosixRefusal),
    /// Another account has the number.
    #[error("the number {0} belongs to another account")]
    UidTaken(i64),
    /// There is no such account.
    #[error("there is no user `{0}`; `user list` shows those there are")]
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
    /// The account is being deleted.
    #[error("`{0}` is being deleted, and half gone already")]
    DeletionBegun(String),
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
    /// No unsent email has this id.
    #[error(
        "no unsent email has the id `{0}`: it was sent or dropped, has expired, or is being sent right now; `outbox list` \
         shows those that wait"
    )]
    NoUnsentEmail(String),
    /// No limit in force has this id.
    #[error("no limit in force has the id `{0}`; `limits list` shows those there are")]
    NoLimit(String),
    /// The account does not have this address.
    #[error("`{0}` does not have the address `{1}`; `user show` lists those there are")]
    NoEmail(String, String),
    /// The address is not verified.
    #[error("`{0}` is not verified; `user email add` vouches for it")]
    EmailNotVerified(String),
    /// A reset has suspended the address.
    #[error(
        "`{0}` was suspended by a password reset until its owner keeps it; remove it and add it again to vouch for it"
    )]
    EmailSuspended(String),
    /// It is the primary address already.
    #[error("`{0}` is the primary address already")]
    AlreadyPrimary(String),
    /// The primary address stays.
    #[error("`{0}` is the primary address; make another one primary first with `user email primary`")]
    PrimaryEmail(String),
    /// No account is left without an address.
    #[error("`{0}` is the only address in use; add another one first with `user email add`")]
    LastEmail(String),
    /// As many as there may be.
    #[error("`{0}` has as many addresses as an account may have; remove one first with `user email remove`")]
    TooManyEmails(String),
    /// The account has no address that a reset code can go to.
    #[error("`{0}` has no address in use; add one first with `user email add`")]
    NoAddress(String),
    /// The account has no such session.
    #[error("no session of `{0}` has the id `{1}`; `user show` lists those there are")]
    NoSession(String, String),
    /// The account has no such key.
    #[error("`{0}` has no SSH key with the id or fingerprint `{1}`; `user keys list` shows those there are")]
    NoKey(String, String),
    /// Teams with other members would be left without an owner.
    #[error(
        "`{0}` is the last owner of {teams}; nothing was deleted. Make somebody else an owner first with `team add-member \
         --role owner`",
        teams = .1.join(", ")
    )]
    OwnsTeams(String, Vec<String>),
    /// The text of the message is refused.
    #[error("{0}")]
    Case(#[from] CaseRefusal),
    /// There are so many live codes that one more would make guessing easier.
    #[error("`{0}` has as many live codes as an account may have; wait until some have expired")]
    TooManyCodes(String),
    /// The key of the audit log cannot be read.
    #[error(
        "the key of the audit log cannot be read: {0}. Restore the file of secret keys that belongs to this database"
    )]
    AuditKey(String),
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

impl AdminError {
    /// The stable id, `no-user`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.into()
    }
}

/// An account as a list shows it. Times are RFC 3339, UTC.
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
