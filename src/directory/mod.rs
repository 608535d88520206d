//! Directories that accounts and passwords may live in instead of the portal's own database: an LDAP server, Active
//! Directory, or whatever a command speaks to. The portal keeps codes, sessions, two-factor authentication, the audit log
//! and the outbox in its own store whatever the directory is.
//!
//! A directory belongs to somebody else and may be down, slow, half configured or wrong. It is asked outside of
//! transactions and within a deadline, and what it says is checked before anything is done with it.

pub mod active_directory;
pub mod command;
pub mod ldap;

use std::fmt;

use futures_util::future::BoxFuture;

pub use crate::domain::capabilities::{Capabilities, PasswordExpiry, PolicyRefusal};
use crate::domain::secret::Secret;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;

tokio::task_local! {
    /// Set while a stranger's question is asked.
    static FOR_STRANGER: ();
}

/// Asks for somebody who is not known: what a directory can do at once is not used up by all of these together.
pub fn for_stranger<T>(question: impl Future<Output = T>) -> impl Future<Output = T> {
    FOR_STRANGER.scope((), question)
}

/// Whether what is asked now is asked for somebody who is not known.
pub(crate) fn is_for_stranger() -> bool {
    FOR_STRANGER.try_with(|()| ()).is_ok()
}

/// A directory.
pub trait Directory: fmt::Debug + Send + Sync {
    /// What it can do. Nothing else is offered to anybody.
    fn capabilities(&self) -> Capabilities;

    /// The one entry whose username or email address is `login`, as somebody typed it: at most 254 bytes without control
    /// characters. Nothing where there is none.
    fn lookup<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>>;

    /// Checks the password of an entry. Where `entry` is nothing the same work is done as far as the directory lets it, and
    /// the verdict is [`Verdict::Wrong`].
    fn verify<'a>(
        &'a self,
        entry: Option<&'a EntryRef>,
        password: &'a Secret,
    ) -> BoxFuture<'a, Result<Verdict, DirectoryFault>>;

    /// Sets a new password as the person themselves, who knows the current one.
    fn change<'a>(
        &'a self,
        entry: &'a EntryRef,
        current: &'a Secret,
        new: &'a Secret,
    ) -> BoxFuture<'a, Result<(), PasswordNotSet>>;

    /// Sets a new password for somebody who has proven who they are in another way.
    fn reset<'a>(&'a self, entry: &'a EntryRef, new: &'a Secret)
    -> BoxFuture<'a, Result<(), PasswordNotSet>>;

    /// The public keys of an entry, one line in the format of `authorized_keys(5)` each, as the directory has them.
    fn ssh_keys<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Vec<String>, DirectoryFault>>;

    /// What the directory has of an entry that was found before; nothing where it is gone.
    fn attributes<'a>(&'a self, entry: &'a EntryRef) -> BoxFuture<'a, Result<Option<Entry>, DirectoryFault>>;

    /// Whether it shows the portal any of it at all. Where it shows nobody, that somebody is not found says nothing of them;
    /// the same of what people have.
    fn shows(&self, shown: Shown) -> BoxFuture<'_, Result<bool, DirectoryFault>>;

    /// Looks whether everything that is configured can be done, without changing anything: what `doorkey check` shows.
    fn try_out(&self) -> BoxFuture<'_, Vec<Finding>>;
}

/// What a directory may show to the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Somebody.
    People,
    /// Somebody with an email address.
    Emails,
    /// A group with somebody in it.
    Groups,
}

/// How an entry is called in later calls. Both parts are the directory's own words and are kept in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRef {
    /// What stays the same as long as the entry is there, renamed or moved: `entryUUID`, `objectGUID`, or a name.
    pub id: String,
    /// Where it is at present: a distinguished name, or a name.
    pub at: String,
}

/// What a directory has of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How it is called in later calls.
    pub entry: EntryRef,
    /// The username.
    pub name: String,
    /// What people call them; may be empty.
    pub display_name: String,
    /// Where codes go.
    pub email: Option<String>,
    /// The names of the groups that they are in.
    pub groups: Vec<String>,
    /// Whether they were disabled: they may not sign in, whatever their password.
    pub is_disabled: bool,
    /// From when on they may not sign in either, where the directory says so.
    pub expires_at: Option<Timestamp>,
}

impl Entry {
    /// Whether they may sign in at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.is_disabled && self.expires_at.is_none_or(|at| at > now)
    }
}

/// What became of a password that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is the password, and not for much longer.
    RightUntil(PasswordExpiry),
    /// It is the password, and another one must be chosen before it opens anything.
    MustChange(MustChange),
    /// It is not, or there is no such entry, or it has no password.
    Wrong,
    /// The directory takes no password of this entry for now, the right one neither.
    Locked,
    /// The entry may not sign in, whatever its password.
    Disabled,
}

/// Why another password must be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MustChange {
    /// It is older than the directory lets passwords become.
    Expired,
    /// Somebody else has set it.
    Reset,
}

/// Why a password was not set. Nothing was changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum PasswordNotSet {
    /// The directory does not take this password, or not now.
    #[error("the directory refused the new password: {0:?}")]
    Refused(PolicyRefusal),
    /// The directory does not take this password, and has a random one now that nobody knows: only a reset sets the next.
    #[error("the directory refused the new password, and has a random one now: {0:?}")]
    RefusedAfterReset(PolicyRefusal),
    /// The current password is wrong.
    #[error("the current password is wrong")]
    WrongCurrent,
    /// The directory could not be asked, or it gave no answer.
    #[error(transparent)]
    Fault(#[from] DirectoryFault),
}

/// Why a directory could not be asked. `Display` is for the log: it names servers, attributes, codes, and where an entry
/// is, and no other value of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DirectoryFault {
    /// It was not reached, or gave no answer in time. Nothing was changed.
    #[error("the directory is not reached: {0}")]
    Unreachable(String),
    /// It gave no answer to a password, which it may have counted as a wrong one. Nothing else was changed.
    #[error("the directory gave no answer to a password: {0}")]
    Unanswered(String),
    /// It gave no answer to a request that may have been carried out.
    #[error("the directory gave no answer, and what was asked may have been done: {0}")]
    OutcomeUnknown(String),
    /// It does not let the portal do this, or does it in a way that the settings do not say.
    #[error("the directory cannot be used as configured: {0}")]
    Misconfigured(String),
    /// It shows the portal nobody at all, so that nobody counts as gone.
    #[error(
        "the directory shows nobody: user_filter finds nobody below user_base, or the service account may not read people"
    )]
    ShowsNobody,
    /// What it says of an entry cannot be used: two entries for one login, a mail attribute with two values. Says which
    /// entry it is, if that is known: [`Self::bad_entry`].
    #[error("the directory has an entry that cannot be used: {0}")]
    BadEntry(String),
}

/// What is shown of where an entry is.
const LOCATION_CHARS: usize = 300;

impl DirectoryFault {
    /// The fault of an entry: what is wrong, and where the directory has it; an empty `location` is not known.
    pub(crate) fn bad_entry(location: &str, what: &str) -> Self {
        let location = inert(location, LOCATION_CHARS);
        Self::BadEntry(if location.is_empty() { what.to_owned() } else { format!("{what}: {location}") })
    }

    /// True when what was asked for may have been done all the same.
    #[must_use]
    pub fn is_of_unknown_outcome(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}

/// What [`Directory::try_out`] has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried: `bind`, `search`, `reset`.
    pub what: &'static str,
    /// What is well, or what is wrong and how to mend it.
    pub told: Result<String, String>,
}
