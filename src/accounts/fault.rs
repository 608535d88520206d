//! What can fail unexpectedly while a request is carried out. Logged once, shown as "unavailable".

use super::hashing::HashFault;
use crate::domain::keyring::UnsealError;
use crate::store;

/// An unexpected failure. `Display` is for the log: no name, no address, no secret is in it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::StoreFault),
    /// Something sealed was not opened: a secret key is missing, or the row was damaged.
    #[error("a sealed text cannot be opened: {0}")]
    Seal(#[from] UnsealError),
    /// A kept password cannot be read, its pepper is not among the secret keys, or the threads are gone.
    #[error(transparent)]
    Hash(#[from] HashFault),
    /// An account is not there any more although its proof was good a moment ago.
    #[error("an account went while it was in hand")]
    AccountGone,
    /// An email cannot be put into words for the outbox.
    #[error("an email cannot be written down: {0}")]
    EmailMessage(#[from] serde_json::Error),
}

impl store::TransactionError for Fault {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Store(fault) if fault.is_transient())
    }
}
