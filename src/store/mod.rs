//! SQL, and only here. One text per query, `$1` placeholders, run on whichever engine the store is.
//!
//! Everything happens in a transaction ([`Tx`]): `write_tx!` commits on `Ok`, rolls back on `Err`, and runs the
//! work again after a transient failure; `read_tx!` reads one consistent state. When COMMIT gets no answer,
//! [`outcome`] finds out what became of it before anything is repeated. Queries are methods of [`Tx`], one file a
//! noun: `find_` gives an `Option`, `insert_` and `set_` do, `claim_` gives whether this caller and nobody else did.

mod accounts;
mod activity;
mod audit_chain;
mod cases;
mod clock;
mod codes;
pub mod copy;
mod database_file;
mod deletion;
mod directory_entries;
mod email_addresses;
mod existing;
mod fault;
mod hooks;
mod imports;
mod invitations;
mod keys;
mod known_sources;
mod ldap;
pub mod lock_order;
mod macros;
mod migrations;
mod open;
mod outbox;
mod outcome;
mod pool;
mod postgres;
mod profile;
mod rate_limits;
mod reset_requests;
mod retention;
mod row;
mod second_factor;
mod secret_keys;
mod service_accounts;
mod sessions;
mod setup;
mod teams;
mod turns;
mod undo;

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Database, Executor, Postgres, SqlSafeStr, Sqlite, SqlitePool};
use tokio::time::{Instant, timeout_at};

use crate::domain::audit_event::AuditEvent;
use crate::domain::hook::SharedHooks;
use crate::domain::requester::Requester;
use crate::metrics::{Operation, TransactionTimer};

pub use accounts::{Account, NewAccount, PasswordUpdate};
pub use activity::{EventsWanted, NamedEvent};
pub use audit_chain::{AuditChain, ChainHead};
pub use cases::NewCase;
pub use codes::{CodeHolder, GrantedBy, LiveCode, NewCode, NewGrant};
pub use database_file::DatabaseFile;
pub use deletion::{DueDeletion, OwnedTeam};
pub use directory_entries::KnownEntry;
pub use existing::{Replication, sqlite_file};
pub use fault::StoreFault;
pub use hooks::{DeliveryCount, DeliveryLease, DueDelivery, Replayed, UnsentDelivery};
pub use imports::StagedAccount;
pub use invitations::{LiveInvitation, NewInvitation};
pub use keys::KeyOwner;
pub use ldap::{ListedPerson, ListedTeam, PersonBy, TeamBy};
pub(crate) use macros::{read_tx, write_tx};
pub use outbox::{DueEmail, NewEmail, NewLease, OutboxCount, Recipient, TroubledEmails, UnsentEmail};
pub(crate) use outcome::Write;
pub use postgres::{PostgresServers, certificate_files};
pub use profile::{NewName, ProfileChange};
pub use rate_limits::{Counter, LockedFactor, RateLimit};
pub use reset_requests::ResetRequest;
pub use retention::{Retention, retentions};
pub use second_factor::{
    FactorLock, FactorPlace, NewRecoveryCode, SecondFactorStatus, TotpAttempt, UnusedRecoveryCode,
};
pub use secret_keys::{KeyUse, NodeKeys};
pub use service_accounts::KeptServiceAccount;
pub use sessions::NewSession;
pub use setup::SetupNonce;
pub use turns::Priority;
use turns::{Turn, Turns, Waiter};
pub use undo::{NewUndoCode, NewUndoSnapshot, UndoSnapshot, UndoableChange};

/// From where something was added to an account.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The client's IP address.
    pub ip: &'a str,
    /// The client's version line, made harmless.
    pub client: &'a str,
}

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
        /// Whose turn it is to read or to write.
        turns: SqliteTurns,
        /// What both kinds of connections have open.
        file: Arc<DatabaseFile>,
        /// How the audit log is continued, and who is told of it.
        chain: AuditChain,
    },
    /// A server that several nodes share, and its standbys; and how the audit log is continued and who is told of it.
    Postgres(PostgresServers, AuditChain),
}

/// Who waits for the connections of SQLite.
#[derive(Clone, Debug)]
pub struct SqliteTurns {
    write: Turns,
    read: Turns,
}

/// A transaction on either engine. Dropped without [`Tx::commit`], it never happened.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(OpenTx<Sqlite>),
    /// On PostgreSQL, READ COMMITTED: rules are kept by conditional statements, not by isolation.
    Postgres(OpenTx<Postgres>, PostgresServers),
}

/// A connection with a transaction on it. It goes back to its pool only when the end of the transaction was
/// answered, and is closed otherwise: after a failed COMMIT, ROLLBACK, read or write nobody knows what state it is
/// in, and the pool opens another one at once.
#[derive(Debug)]
pub struct OpenTx<DB: Database> {
    connection: PoolConnection<DB>,
    /// COMMIT or ROLLBACK was answered.
    ended: bool,
    /// A statement failed. PostgreSQL answers COMMIT with a rollback after that.
    failed: bool,
    /// A statement failed in a way that says nothing good about the connection.
    spent: bool,
    /// What is logged once it is committed.
    events: Vec<AuditEvent>,
    chaining: audit_chain::Chaining,
    /// Who is told of the events.
    hooks: SharedHooks,
    /// Ends after the connection went back, so below it.
    _turn: Turn,
    _timer: TransactionTimer,
}

impl<DB: Database> OpenTx<DB> {
    fn on(connection: PoolConnection<DB>, turn: Turn, timer: TransactionTimer) -> Self {
        Self {
            connection,
            ended: false,
            failed: false,
            spent: false,
            events: Vec::new(),
            chaining: audit_chain::Chaining::default(),
            hooks: SharedHooks::default(),
            _turn: turn,
            _timer: timer,
        }
    }
}

impl<DB: Database> Deref for OpenTx<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Database> DerefMut for OpenTx<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: Database> Drop for OpenTx<DB> {
    fn drop(&mut self) {
        if !self.ended || self.spent {
            self.connection.close_on_drop();
        }
    }
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

impl Store {
    /// One connection that writes and some that read `file`, which is open already.
    fn sqlite(write: SqlitePool, read: SqlitePool, file: &Path) -> Result<Self, StoreFault> {
        let readers = read.options().get_max_connections();
        let turns = SqliteTurns { write: Turns::new(1), read: Turns::new(readers) };
        let file = Arc::new(DatabaseFile::opened(file).map_err(sqlx::Error::Io)?);
        Ok(Self::Sqlite { write, read, turns, file, chain: AuditChain::default() })
    }

    /// Begins a transaction that only reads.
    pub async fn begin_reading(&self) -> Result<Tx, StoreFault> {
        match self {
            Self::Sqlite { read, turns, file, .. } => {
                file.require_in_place()?;
                let timer = Purpose::Read.timer();
                let turn = take_turn(&turns.read, Purpose::Read).await?;
                Tx::Sqlite(OpenTx::on(read.acquire().await?, turn, timer)).begin("BEGIN").await
            }
            Self::Postgres(servers, _) => servers.begin("", Purpose::Read).await,
        }
    }

    /// Begins a transaction that writes, and whose outcome cannot be looked up; [`write_tx`]'s can.
    pub async fn begin(&self) -> Result<Tx, StoreFault> {
        self.begin_writing("").await
    }

    /// Begins a transaction that writes with `first` as its first statement, on PostgreSQL without a round trip
    /// of its own.
    async fn begin_writing(&self, first: &str) -> Result<Tx, StoreFault> {
        lock_order::begin();
        match self {
            // A transaction that begins by reading and then writes could find the file changed in between.
            Self::Sqlite { write, turns, file, .. } => {
                let timer = Purpose::Write.timer();
                let turn = take_turn(&turns.write, Purpose::Write).await?;
                file.require_in_place()?;
                let begin = AssertSqlSafe(format!("BEGIN IMMEDIATE; {first}"));
                Tx::Sqlite(OpenTx::on(write.acquire().await?, turn, timer)).begin(begin).await
            }
            Self::Postgres(servers, _) => servers.begin(first, Purpose::Write).await,
        }
    }

    /// Closes every connection and waits until they are closed.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(servers, _) => servers.close().await,
        }
    }
}

impl Tx {
    /// True when the connection keeps prepared statements, to use them again.
    fn prepares_statements(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(_, servers) => servers.prepares_statements(),
        }
    }

    /// Asks the database for an answer, whatever it is.
    pub async fn ping(&mut self) -> Result<(), StoreFault> {
        let (_one,): (i64,) = macros::fetch_one!(self, "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }

    async fn begin(mut self, sql: impl SqlSafeStr + Send) -> Result<Self, StoreFault> {
        // Not by sqlx's own transactions: those go on counting one whose COMMIT failed as open.
        macros::on_engine!(&mut self, c => c.execute(sql).await.map(|_| ()))?;
        Ok(self)
    }

    /// Remembers that a statement failed.
    fn note(&mut self, fault: &StoreFault) {
        let spends = !matches!(fault, StoreFault::Taken(_) | StoreFault::Conflict(_));
        match self {
            Self::Sqlite(tx) => (tx.failed, tx.spent) = (true, tx.spent || spends),
            Self::Postgres(tx, servers) => {
                (tx.failed, tx.spent) = (true, tx.spent || spends);
                if fault.is_lost_connection() {
                    servers.suspect();
                }
            }
        }
    }

    /// The audit events that were inserted.
    fn events(&mut self) -> &mut Vec<AuditEvent> {
        match self {
            Self::Sqlite(tx) => &mut tx.events,
            Self::Postgres(tx, _) => &mut tx.events,
        }
    }

    /// Who is told of the events that are inserted.
    fn hooks(&self) -> SharedHooks {
        match self {
            Self::Sqlite(tx) => tx.hooks.clone(),
            Self::Postgres(tx, _) => tx.hooks.clone(),
        }
    }

    /// Tells these hooks of the events that are inserted.
    fn told_to(mut self, hooks: SharedHooks) -> Self {
        match &mut self {
            Self::Sqlite(tx) => tx.hooks = hooks,
            Self::Postgres(tx, _) => tx.hooks = hooks,
        }
        self
    }

    fn set_ended(&mut self) {
        match self {
            Self::Sqlite(tx) => tx.ended = true,
            Self::Postgres(tx, _) => tx.ended = true,
        }
    }

    /// Undoes what was done. Dropping the transaction does so too, but only once its connection is closed; until
    /// then its locks would keep others waiting.
    pub(crate) async fn rollback(mut self) {
        match macros::on_engine!(&mut self, c => c.execute("ROLLBACK").await.map(|_| ())) {
            Ok(()) => self.set_ended(),
            Err(error) => tracing::debug!(%error, "a transaction could not be rolled back"),
        }
    }

    /// Makes what was done durable. [`StoreFault::OutcomeUnknown`] when that may or may not have been done.
    pub async fn commit(mut self) -> Result<(), StoreFault> {
        if matches!(&self, Self::Postgres(tx, _) if tx.failed) {
            let why = "a transaction with a failed statement cannot be committed";
            return Err(StoreFault::Broken(sqlx::Error::Protocol(why.to_owned())));
        }
        match macros::on_engine!(&mut self, c => c.execute("COMMIT").await.map(|_| ())) {
            Ok(()) => {
                self.set_ended();
                Ok(())
            }
            Err(cause) => {
                let fault = StoreFault::from(cause);
                self.note(&fault);
                Err(match fault {
                    answered @ (StoreFault::Conflict(_) | StoreFault::Taken(_)) => answered,
                    fault => StoreFault::OutcomeUnknown(Box::new(fault)),
                })
            }
        }
    }
}

tokio::task_local! {
    /// The request whose transactions these are.
    static REQUEST: RequestScope;
}

struct RequestScope {
    /// When its last transaction is given up.
    deadline: Cell<Instant>,
    waiter: Cell<Waiter>,
}

/// Carries out `request` of somebody who waits for connections as `priority` says: all transactions in it together have
/// as long as one of them would have alone.
pub(crate) async fn within_deadline<T>(
    priority: Priority,
    requester: Requester,
    request: impl Future<Output = T>,
) -> T {
    let deadline = Cell::new(Instant::now() + TIME_FOR_A_TRY);
    let waiter = Cell::new(Waiter::new(priority, requester));
    REQUEST.scope(RequestScope { deadline, waiter }, request).await
}

/// Does `work` that has nothing to do with the database and ends by itself, such as a hash, without taking its time from
/// that of the request's transactions: on a machine with much else to do, a hash alone takes seconds.
pub(crate) async fn beside_deadline<T>(work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    // Fails for the service's own work, which has no deadline of its own.
    let _ = REQUEST.try_with(|request| request.deadline.set(request.deadline.get() + began.elapsed()));
    done
}

/// From now on the request at hand waits as that of somebody known does.
pub(crate) fn wait_as_known(requester: Requester) {
    // Fails for the service's own work, which does so anyway.
    let _ = REQUEST.try_with(|request| {
        request.waiter.set(Waiter { priority: Priority::Known, requester, ..request.waiter.get() });
    });
}

/// When a step that begins now is given up.
fn deadline() -> Instant {
    let own = Instant::now() + TIME_FOR_A_TRY;
    REQUEST.try_with(|request| own.min(request.deadline.get())).unwrap_or(own)
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
}

impl Purpose {
    fn timer(self) -> TransactionTimer {
        TransactionTimer::start(match self {
            Self::Read => Operation::Read,
            Self::Write => Operation::Write,
        })
    }
}

/// Waits for a connection's turn in the name of the request at hand.
async fn take_turn(turns: &Turns, purpose: Purpose) -> Result<Turn, StoreFault> {
    let waiter = REQUEST.try_with(|request| request.waiter.get()).unwrap_or_else(|_| Waiter::service());
    let taken = turns.take(waiter).await;
    if taken.is_ok() && purpose == Purpose::Write {
        // Fails for the service's own work.
        let _ = REQUEST.try_with(|request| {
            request.waiter.set(Waiter { has_begun: true, ..request.waiter.get() });
        });
    }
    taken
}

/// Gives `work`, one try of a transaction, its time: a server that hangs with its connections open would
/// otherwise be waited for without end.
pub(crate) async fn in_time<T, E: TransactionError>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    timeout_at(deadline(), work).await.unwrap_or_else(|_| Err(StoreFault::NoAnswer.into()))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::domain::source::Source;

    #[tokio::test]
    async fn what_is_done_beside_the_database_takes_nothing_from_its_time() {
        let stranger = Requester::unknown(Source::of(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let took = Duration::from_millis(30);
        within_deadline(Priority::SignIn, stranger, async {
            let first = deadline();
            tokio::time::sleep(took).await;
            assert_eq!(deadline(), first, "waiting for anything else does");
            beside_deadline(tokio::time::sleep(took)).await;
            assert!(deadline() >= first + took);
        })
        .await;
    }
}
