//! SQL, and only here. One text per query, `$1` placeholders, run on whichever engine the store is.
//!
//! Everything happens in a transaction ([`Tx`]): `write_tx!` commits on `Ok`, rolls back on `Err`, and runs the
//! work again after a transient failure; `read_tx!` reads one consistent state. Queries are methods of [`Tx`], one
//! file a noun: `find_` gives an `Option`, `insert_` and `set_` do, `claim_` gives whether this caller and nobody
//! else did.

mod accounts;
mod activity;
mod cases;
mod codes;
mod email_addresses;
mod fault;
mod invitations;
mod keys;
mod known_sources;
mod macros;
mod migrations;
mod open;
mod outbox;
mod profile;
mod rate_limits;
mod reset_requests;
mod retention;
mod row;
mod second_factor;
mod sessions;
mod teams;

use std::time::Duration;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use accounts::{Account, NewAccount, PasswordUpdate};
pub use activity::EventsWanted;
pub use cases::NewCase;
pub use codes::{LiveCode, NewCode, NewGrant};
pub use fault::StoreFault;
pub use invitations::{LiveInvitation, NewInvitation};
pub use keys::KeyOwner;
pub(crate) use macros::{read_tx, write_tx};
pub use outbox::{DueEmail, NewEmail, NewLease, Recipient, TroubledEmails};
pub use profile::{NewName, ProfileChange};
pub use rate_limits::RateLimit;
pub use reset_requests::ResetRequest;
pub use retention::{Retention, retentions};
pub use second_factor::{NewRecoveryCode, SecondFactorStatus, TotpAttempt, UnusedRecoveryCode};
pub use sessions::NewSession;

/// How often a transaction is tried in all.
const TRIES: u32 = 4;
/// How long one try may take: a little longer than either engine waits for a lock or a statement.
const TIME_FOR_A_TRY: Duration = Duration::from_secs(6);

/// The database. Clones share the same connections.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one writer, several readers.
    Sqlite {
        /// The one connection that writes; whoever waits for it waits in turn.
        write: SqlitePool,
        /// Connections that only read.
        read: SqlitePool,
    },
    /// A server that several nodes share.
    Postgres(PgPool),
}

/// A transaction on either engine. Dropped without [`Tx::commit`], it never happened.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL, READ COMMITTED: rules are kept by conditional statements, not by isolation.
    Postgres(Transaction<'static, Postgres>),
}

/// Why work inside a transaction ended without a result: the store failed, or the caller's own reason.
pub trait TransactionError: From<StoreFault> {
    /// True when the same work may go through if it is tried once more, from its beginning.
    fn is_transient(&self) -> bool;
}

impl TransactionError for StoreFault {
    fn is_transient(&self) -> bool {
        Self::is_transient(self)
    }
}

/// How often this transaction was tried.
#[derive(Debug)]
pub(crate) struct Retry {
    tries: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 1 }
    }
}

impl Retry {
    /// Waits a moment before the next try, or gives the error back when another try is of no use.
    pub(crate) async fn after<E: TransactionError>(&mut self, error: E) -> Result<(), E> {
        if !error.is_transient() || self.tries >= TRIES {
            return Err(error);
        }
        tokio::time::sleep(pause(self.tries)).await;
        self.tries += 1;
        Ok(())
    }
}

impl Store {
    /// Begins a transaction that only reads.
    pub async fn begin_reading(&self) -> Result<Tx, StoreFault> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that writes. Mostly through [`write_tx`], which tries again.
    pub async fn begin(&self) -> Result<Tx, StoreFault> {
        Ok(match self {
            // A transaction that begins by reading and then writes could find the file changed in between.
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Closes every connection and waits until they are closed.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Asks the database for an answer, whatever it is.
    pub async fn ping(&mut self) -> Result<(), StoreFault> {
        let (_one,): (i64,) = macros::fetch_one!(self, "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }

    /// Undoes what was done. Dropping the transaction does so too, but only once its connection is used again;
    /// until then its locks would keep others waiting. A connection that fails here is replaced by the pool.
    pub(crate) async fn rollback(self) {
        let undone = match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        };
        if let Err(error) = undone {
            tracing::debug!(%error, "a transaction could not be rolled back");
        }
    }

    /// Makes what was done durable.
    pub async fn commit(self) -> Result<(), StoreFault> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Gives `work`, one try of a transaction, its time: a server that hangs with its connections open would
/// otherwise be waited for without end.
pub(crate) async fn in_time<T, E: TransactionError>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(TIME_FOR_A_TRY, work).await.unwrap_or_else(|_| Err(StoreFault::NoAnswer.into()))
}

/// 10, 40, 90 ms and up to as much again: those who collided should not meet again. The jitter is the
/// low bits of an address, which differ between tasks; it need not be hard to guess.
fn pause(tries: u32) -> Duration {
    let base = 10 * tries * tries;
    let jitter = (std::ptr::from_ref(&base).addr() >> 4) % 97;
    Duration::from_millis(u64::from(base) + u64::from(base) * jitter as u64 / 97)
}
