//! The PostgreSQL servers of `store.url`, and the connections to the one that takes writes.
//!
//! After a failover it is another one. A connection that says so (it is lost, or the server turns out to be a
//! standby) is closed, and the next transaction first asks every server which of them takes writes now. Behind one
//! address (`HAProxy`, a virtual IP, `PgBouncer`) the same makes all connections anew.

mod hosts;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres, Row};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

pub use hosts::certificate_files;

use super::pool::pool_options;
use super::turns::Turns;
use super::{OpenTx, Purpose, StoreFault, Tx, migrations, take_turn};

/// Connections to the server, of each node.
const CONNECTIONS: u32 = 16;
/// A connection that nobody took for so long is closed by whoever would take it: a firewall may have forgotten it.
const LONGEST_IDLE: Duration = Duration::from_mins(10);
/// A connection that is older is closed by whoever gives it back: the server's memory for it has grown.
const OLDEST: Duration = Duration::from_mins(30);
/// How long to wait for a free connection before the answer is "unavailable".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait for a connection before the other servers are asked.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a server has to say whether it takes writes: at the start, and while people wait.
const TIME_TO_ANSWER_AT_START: Duration = Duration::from_secs(5);
const TIME_TO_ANSWER: Duration = Duration::from_secs(1);
/// How soon the servers are asked again at the soonest.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// What a server is asked: 2 is a standby, 1 takes no writes for another reason.
const IS_READ_ONLY: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN '2' \
     WHEN current_setting('transaction_read_only') = 'on' THEN '1' ELSE '0' END";
/// What every transaction begins with: the settings that durability and safety rest on. SET LOCAL and not start-up
/// parameters: `PgBouncer` refuses the latter, and in its transaction mode a plain SET would stay behind on a
/// connection that is somebody else's next.
const BEGIN: &str = "BEGIN; \
     SET LOCAL synchronous_commit = on; \
     SET LOCAL lock_timeout = '2s'; \
     SET LOCAL statement_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '10s'";
const STANDBY: &str = "a standby (read-only): name the primary, or all hosts, in store.url";
const READ_ONLY: &str = "read-only: default_transaction_read_only is on for this server, database or role";
/// Any number, the same in all programs that migrate: which advisory lock lets one node at a time do so.
const MIGRATION_LOCK: i64 = 0x0064_6f6f_726b_6579;

/// The servers of one URL. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct PostgresServers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    servers: Vec<PgConnectOptions>,
    prepares_statements: bool,
    current: RwLock<Current>,
    /// A connection was lost, or its server takes no writes.
    is_suspect: AtomicBool,
    /// When the servers were asked last; whoever holds it is asking.
    asked: Mutex<Option<Instant>>,
    /// Whose turn it is to have a connection.
    turns: Turns,
}

#[derive(Clone, Debug)]
struct Current {
    /// Its place among the servers.
    position: usize,
    pool: PgPool,
}

impl PostgresServers {
    /// Connects to the server of `url` that takes writes.
    pub(super) async fn connect(url: &str, prepares_statements: bool) -> Result<Self, StoreFault> {
        let refused = |reason: String| super::open::refused(url, &reason);
        let servers: Vec<_> = hosts::servers_of(url)
            .map_err(refused)?
            .into_iter()
            .map(|server| {
                let capacity = if prepares_statements { 100 } else { 0 };
                // No column is a floating-point number, and `PgBouncer` takes no such parameter.
                let server = server.extra_float_digits(None).statement_cache_capacity(capacity);
                server.application_name("doorkey")
            })
            .collect();
        let position = first_writable(&servers, 0, TIME_TO_ANSWER_AT_START).await?;
        let current = RwLock::new(Current { position, pool: pool(&servers[position]) });
        Ok(Self(Arc::new(Shared {
            servers,
            prepares_statements,
            current,
            is_suspect: AtomicBool::new(false),
            asked: Mutex::new(None),
            turns: Turns::new(CONNECTIONS),
        })))
    }

    /// Brings the schema up to date. One transaction and not a connection's lock: in `PgBouncer`'s transaction
    /// mode the next statement may be on another connection.
    pub(super) async fn migrate(&self) -> Result<(), StoreFault> {
        let server = &self.0.servers[self.current().position];
        let mut connection = server.connect().await?;
        if is_migrated(&mut connection).await {
            return Ok(connection.close().await?);
        }
        let mut tx = connection.begin().await?;
        // Migrating, or waiting for another node that does, may take longer than a statement of a transaction.
        sqlx::raw_sql("SET LOCAL lock_timeout = '60s'").execute(&mut *tx).await?;
        if !self.prepares_statements() {
            // sqlx names the few statements of a migration whatever it is told; the names may be taken.
            sqlx::raw_sql("DEALLOCATE ALL").execute(&mut *tx).await?;
        }
        let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK);
        lock.persistent(false).execute(&mut *tx).await?;
        migrations::run(migrations::POSTGRES, &mut *tx).await?;
        if !self.prepares_statements() {
            sqlx::raw_sql("DEALLOCATE ALL").execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(connection.close().await?)
    }

    /// Begins a transaction with `first` as its first statement, if the server takes writes. Those that only read
    /// begin the same way: a standby's answers may be old.
    pub(super) async fn begin(&self, first: &str, purpose: Purpose) -> Result<Tx, StoreFault> {
        if self.is_suspect() {
            Box::pin(self.follow(self.current().position)).await;
        }
        let before = self.current();
        let fault = match self.begin_on(&before, first, purpose).await {
            Err(fault) if fault.is_unavailable() => fault,
            done => return done,
        };
        if self.0.servers.len() == 1 && !self.is_suspect() {
            return Err(fault);
        }
        // The connections were made anew, perhaps to another server. Boxed like every step that is seldom taken: each
        // request would carry room for it.
        if Box::pin(self.follow(before.position)).await {
            Box::pin(self.begin_on(&self.current(), first, purpose)).await
        } else {
            Err(fault)
        }
    }

    /// All in one message.
    async fn begin_on(&self, current: &Current, first: &str, purpose: Purpose) -> Result<Tx, StoreFault> {
        let timer = purpose.timer();
        let turn = take_turn(&self.0.turns, purpose).await?;
        let mut tx = OpenTx::on(self.acquire(current).await?, turn, timer);
        let message = sqlx::AssertSqlSafe(format!("{BEGIN}; {IS_READ_ONLY}; {first}"));
        let begun = sqlx::raw_sql(message).fetch_one(&mut *tx).await.map_err(StoreFault::from);
        let server = hosts::name_of(&self.0.servers[current.position]);
        match begun.and_then(|answer| writable(&server, &answer)) {
            Ok(()) => Ok(Tx::Postgres(tx, self.clone())),
            Err(fault) => {
                if fault.is_lost_connection() {
                    self.suspect();
                }
                Err(fault)
            }
        }
    }

    /// A connection, where it takes long after a look for a better server.
    async fn acquire(&self, current: &Current) -> Result<PoolConnection<Postgres>, StoreFault> {
        let mut acquiring = Box::pin(current.pool.acquire());
        if self.0.servers.len() == 1 {
            return Ok(acquiring.await?);
        }
        if let Ok(acquired) = timeout(PATIENCE, &mut acquiring).await {
            return Ok(acquired?);
        }
        tokio::select! {
            acquired = &mut acquiring => Ok(acquired?),
            moved = Box::pin(self.follow(current.position)) => {
                if moved { Ok(Box::pin(self.current().pool.acquire()).await?) } else { Ok(acquiring.await?) }
            }
        }
    }

    /// Asks every server whether it takes writes. True when from now on there are new connections: to another server,
    /// or to the same one when those before were suspect.
    async fn follow(&self, position: usize) -> bool {
        let mut asked = self.0.asked.lock().await;
        let before = self.current();
        if before.position != position {
            return true;
        }
        if asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN_AFTER) {
            return false;
        }
        let found = first_writable(&self.0.servers, before.position, TIME_TO_ANSWER).await;
        *asked = Some(Instant::now());
        match found {
            Ok(found) if found == before.position && !self.is_suspect() => false,
            Ok(found) => {
                if found != before.position {
                    tracing::warn!(server = hosts::name_of(&self.0.servers[found]), "following the primary");
                }
                self.0.is_suspect.store(false, Ordering::Release);
                let new = Current { position: found, pool: pool(&self.0.servers[found]) };
                *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                // Those in use are closed when they come back.
                tokio::spawn(async move { before.pool.close().await });
                true
            }
            Err(fault) => {
                tracing::debug!(%fault, "no server takes writes");
                false
            }
        }
    }

    /// From the next transaction on the server may be another one.
    pub(super) fn suspect(&self) {
        self.0.is_suspect.store(true, Ordering::Release);
    }

    fn is_suspect(&self) -> bool {
        self.0.is_suspect.load(Ordering::Acquire)
    }

    pub(super) fn prepares_statements(&self) -> bool {
        self.0.prepares_statements
    }

    fn current(&self) -> Current {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn close(&self) {
        self.current().pool.close().await;
    }
}

/// Whether there is nothing to migrate, which is found out without a lock. No prepared statement: its name may be taken.
async fn is_migrated(connection: &mut PgConnection) -> bool {
    let Ok(rows) = sqlx::raw_sql(migrations::APPLIED).fetch_all(connection).await else { return false };
    let applied: sqlx::Result<Vec<_>> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect();
    applied.is_ok_and(|applied| migrations::is_applied(migrations::POSTGRES, &applied))
}

fn pool(server: &PgConnectOptions) -> PgPool {
    pool_options()
        .max_connections(CONNECTIONS)
        .before_acquire(|_, connection| Box::pin(async move { Ok(connection.idle_for < LONGEST_IDLE) }))
        .after_release(|_, connection| Box::pin(async move { Ok(connection.age < OLDEST) }))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(server.clone())
}

/// The server that takes writes: the one at `preferred` if it does, else the first that does.
async fn first_writable(
    servers: &[PgConnectOptions],
    preferred: usize,
    time: Duration,
) -> Result<usize, StoreFault> {
    let mut answers = join_all(servers.iter().map(|server| is_writable(server, time))).await;
    let is_good = |answer: &Result<(), StoreFault>| answer.is_ok();
    if answers.get(preferred).is_some_and(is_good) {
        return Ok(preferred);
    }
    if let Some(found) = answers.iter().position(is_good) {
        return Ok(found);
    }
    let say = |(server, answer): (&PgConnectOptions, &Result<(), StoreFault>)| match answer {
        Err(fault @ StoreFault::ReadOnly { .. }) => fault.to_string(),
        Err(fault) => format!("{}: {fault}", hosts::name_of(server)),
        Ok(()) => hosts::name_of(server),
    };
    match answers.pop() {
        Some(Err(only)) if answers.is_empty() => Err(only),
        last => {
            answers.extend(last);
            let said: Vec<_> = servers.iter().zip(&answers).map(say).collect();
            Err(StoreFault::NoPrimary { servers: said.join("; ") })
        }
    }
}

async fn is_writable(server: &PgConnectOptions, time: Duration) -> Result<(), StoreFault> {
    let asking = async {
        let mut connection: PgConnection = server.connect().await?;
        let answer = sqlx::raw_sql(IS_READ_ONLY).fetch_one(&mut connection).await?;
        // Politeness; the answer counts.
        let _ = connection.close().await;
        writable(&hosts::name_of(server), &answer)
    };
    timeout(time, asking).await.unwrap_or(Err(StoreFault::NoAnswer))
}

/// Whether the server that gave `answer` takes writes.
fn writable(server: &str, answer: &PgRow) -> Result<(), StoreFault> {
    match answer.try_get(0)? {
        "0" => Ok(()),
        "1" => Err(StoreFault::ReadOnly { server: server.to_owned(), why: READ_ONLY }),
        _ => Err(StoreFault::ReadOnly { server: server.to_owned(), why: STANDBY }),
    }
}
