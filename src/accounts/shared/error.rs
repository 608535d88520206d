//! Why a request was not carried out: refused, which is expected and has a stable id, or failed, which is logged
//! once and shown as "unavailable". Stories pass both on with `?`.
//!
//! An error rolls its transaction back, a refusal too. What must stay counted although the answer is no (attempts,
//! rate limits, audit rows of refusals) is committed by a transaction of its own before the answer, or by
//! [`commit_even_if_refused`], whose name says it.

use super::hashing::HashFault;
use crate::accounts::request::profile::ProfileRefusal;
use crate::accounts::request::{DeletionRefusal, JoinRefusal, Refusal, TeamRefusal};
use crate::directory::DirectoryFault;
use crate::domain::case::CaseRefusal;
use crate::domain::keyring::UnsealError;
use crate::domain::password::PasswordRefusal;
use crate::domain::ssh_key::KeyRefusal;
use crate::store::{StoreFault, TransactionError};

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An expected "no". Never transient, so no transaction is tried again because of it.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// An unexpected failure.
    #[error(transparent)]
    Fault(Fault),
}

/// An unexpected failure. `Display` is for the log: it holds no address and no secret, and no name but where an entry of a
/// directory is that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A sealed text was not opened: a secret key is missing, or the row is damaged.
    #[error("a sealed text cannot be opened: {0}")]
    Seal(#[from] UnsealError),
    /// A stored password hash cannot be read, its pepper is missing, or the hashing threads are gone.
    #[error(transparent)]
    Hash(#[from] HashFault),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    /// The account was deleted after its proof was checked.
    #[error("an account was deleted while it was in use")]
    AccountGone,
    /// An email cannot be serialised for the outbox.
    #[error("an email cannot be serialised: {0}")]
    EmailMessage(#[from] serde_json::Error),
}

impl Fault {
    /// True when what was asked for may have been done all the same.
    pub(in crate::accounts) fn is_of_unknown_outcome(&self) -> bool {
        match self {
            Self::Store(fault) => matches!(fault, StoreFault::OutcomeUnknown(_)),
            Self::Directory(fault) => fault.is_of_unknown_outcome(),
            _ => false,
        }
    }
}

impl TransactionError for Error {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_transient())
    }
}

impl TransactionError for Fault {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Store(fault) if fault.is_transient())
    }
}

macro_rules! error_from {
    ($($source:ty => $error:expr;)*) => {
        $(impl From<$source> for Error {
            fn from(source: $source) -> Self {
                $error(source)
            }
        })*
    };
}

error_from! {
    Refusal => Error::Refused;
    PasswordRefusal => |no| Error::Refused(Refusal::Password(no));
    ProfileRefusal => |no| Error::Refused(Refusal::Profile(no));
    KeyRefusal => |no| Error::Refused(Refusal::Key(no));
    CaseRefusal => |no| Error::Refused(Refusal::Case(no));
    TeamRefusal => |no| Error::Refused(Refusal::Team(no));
    JoinRefusal => |no| Error::Refused(Refusal::Join(no));
    DeletionRefusal => |no| Error::Refused(Refusal::Deletion(no));
    StoreFault => |fault| Fault::Store(fault).into();
    DirectoryFault => |fault| Error::Fault(Fault::Directory(fault));
    // Turned away before anything was done.
    Fault => |fault| match fault {
        Fault::Store(StoreFault::Busy(seconds)) => Error::Refused(Refusal::Busy(seconds)),
        fault => Error::Fault(fault),
    };
    UnsealError => |fault| Error::Fault(Fault::Seal(fault));
}

impl From<HashFault> for Error {
    fn from(fault: HashFault) -> Self {
        match fault {
            HashFault::Busy(seconds) => Self::Refused(Refusal::Busy(seconds)),
            fault => Self::Fault(fault.into()),
        }
    }
}

/// Like `write_tx!`, but a refusal commits what was written before it: for work that counts as it goes, so that
/// asking again is not free. A fault rolls back.
macro_rules! commit_even_if_refused {
    ($store:expr, |$tx:ident| $work:expr) => {
        async {
            let decided = $crate::store::write_tx!($store, $crate::accounts::Error, |$tx| {
                let done: Result<_, $crate::accounts::Error> = async { $work }.await;
                match done {
                    Err($crate::accounts::Error::Refused(refusal)) => Ok(Err(refusal)),
                    done => done.map(Ok),
                }
            });
            decided.await?.map_err($crate::accounts::Error::Refused)
        }
    };
}

pub(in crate::accounts) use commit_even_if_refused;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_turned_away_by_the_database_hears_when_to_come_back() {
        let direct = Error::from(StoreFault::Busy(3));
        let through_a_fault = Error::from(Fault::from(StoreFault::Busy(3)));
        for error in [direct, through_a_fault] {
            assert!(matches!(error, Error::Refused(Refusal::Busy(3))), "{error:?}");
        }
        let fault = Error::from(StoreFault::NoAnswer);
        assert!(matches!(fault, Error::Fault(Fault::Store(StoreFault::NoAnswer))), "{fault:?}");
    }
}
