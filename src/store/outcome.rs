//! What became of a COMMIT that got no answer. The first statement of a transaction that writes inserts a row of its
//! own in `transactions`. Whoever wonders inserts the same row as void: if that works, the transaction was not
//! committed and never can be (on PostgreSQL the unique index waits for one that is still going on, on SQLite
//! there is one writer); if the row is there, it was.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::macros::{claim, scalar, scalar_optional};
use super::{Store, StoreFault, TransactionError, Tx, deadline};
use crate::domain::entropy::Entropy;
use crate::domain::id::random_id;
use crate::fail_point::FailPoint;
use crate::log;

/// How often a transaction is tried in all.
const TRIES: u32 = 4;
/// What is kept of the time for a COMMIT to ask after its outcome.
const TIME_TO_LOOK: Duration = Duration::from_secs(1);
/// The least time that a COMMIT has.
const TIME_TO_COMMIT: Duration = Duration::from_secs(1);
/// How long to wait before asking again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The database's own time, in milliseconds: all that rows of `transactions` go by.
const NOW_ON_SQLITE: &str = "SELECT CAST(unixepoch('subsec') * 1000 AS BIGINT)";
const NOW_ON_POSTGRES: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";

/// One piece of work that writes, over all its tries.
#[derive(Debug)]
pub(crate) struct Write {
    /// The row of the try at hand.
    id: String,
    tries: u32,
    /// The try at hand was found not to be committed.
    is_void: bool,
}

impl Default for Write {
    fn default() -> Self {
        Self { id: random_id(&Entropy::System), tries: 1, is_void: false }
    }
}

impl Write {
    /// Begins a try.
    pub(crate) async fn begin(&self, store: &Store) -> Result<Tx, StoreFault> {
        let key = store.chain_key().await?;
        let (id, now) = (&self.id, store.now_in_sql());
        let first = format!("INSERT INTO transactions (id, begun_at) VALUES ('{id}', ({now}))");
        Ok(store.begin_writing(&first).await?.chain_with(key).told_to(store.hooks()))
    }

    /// Makes the try durable, and finds out whether it was made so when the answer does not come. On any error but
    /// [`StoreFault::OutcomeUnknown`] it is certain that nothing of it was done.
    pub(crate) async fn commit(&mut self, store: &Store, mut tx: Tx) -> Result<(), StoreFault> {
        let events = std::mem::take(tx.events());
        self.commit_for_certain(store, tx).await?;
        log::recorded(&events);
        Ok(())
    }

    async fn commit_for_certain(&mut self, store: &Store, tx: Tx) -> Result<(), StoreFault> {
        // A request that has waited for its turn still gets an answer to its COMMIT: cutting it short would only make a
        // riddle of it.
        let answer = (deadline() - TIME_TO_LOOK).max(Instant::now() + TIME_TO_COMMIT);
        let deadline = answer + TIME_TO_LOOK;
        FailPoint::CommitBefore.reach();
        let cause = match timeout_at(answer, tx.commit()).await {
            Ok(Err(StoreFault::OutcomeUnknown(cause))) => cause,
            Ok(Err(answered)) => return Err(answered),
            Ok(Ok(())) => {
                FailPoint::CommitAfter.reach();
                return Ok(());
            }
            Err(_) => Box::new(StoreFault::NoAnswer),
        };
        tracing::warn!(%cause, "a COMMIT got no answer; looking up its outcome");
        while Instant::now() < deadline {
            match timeout_at(deadline, store.void_unless_committed(&self.id)).await {
                Ok(Ok(false)) => return Ok(()),
                Ok(Ok(true)) => {
                    self.is_void = true;
                    return Err(*cause);
                }
                Ok(Err(fault)) => tracing::debug!(%fault, "the outcome cannot be looked up"),
                Err(_) => break,
            }
            sleep(LOOK_AGAIN).await;
        }
        Err(StoreFault::OutcomeUnknown(cause))
    }

    /// Waits a moment before the next try, or gives the error back when another try is of no use.
    pub(crate) async fn retry_after<E: TransactionError>(&mut self, error: E) -> Result<(), E> {
        // After a look-up the database is known to answer again.
        let is_worth_it = error.is_transient() || self.is_void;
        let pause = pause(self.tries);
        if !is_worth_it || self.tries >= TRIES || Instant::now() + pause >= deadline() {
            return Err(error);
        }
        sleep(pause).await;
        *self = Self { tries: self.tries + 1, ..Self::default() };
        Ok(())
    }
}

impl Store {
    fn now_in_sql(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => NOW_ON_SQLITE,
            Self::Postgres(..) => NOW_ON_POSTGRES,
        }
    }

    /// Makes sure that the transaction `id` will not be committed later; false when it was committed already.
    async fn void_unless_committed(&self, id: &str) -> Result<bool, StoreFault> {
        let mut tx = self.begin().await?;
        if tx.claim_void(id, self.now_in_sql()).await? {
            // This also overwrites what a failed COMMIT of SQLite may have left behind in the -wal file.
            tx.commit().await?;
            return Ok(true);
        }
        let is_void = tx.is_void(id).await;
        tx.rollback().await;
        is_void
    }
}

impl Tx {
    pub(in crate::store) fn now_in_sql(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => NOW_ON_SQLITE,
            Self::Postgres(..) => NOW_ON_POSTGRES,
        }
    }

    async fn claim_void(&mut self, id: &str, now: &'static str) -> Result<bool, StoreFault> {
        let now: i64 = scalar!(self, now)?;
        claim!(
            self,
            "INSERT INTO transactions (id, begun_at, void_at) VALUES ($1, $2, $2) ON CONFLICT (id) DO NOTHING",
            [id, now]
        )
    }

    async fn is_void(&mut self, id: &str) -> Result<bool, StoreFault> {
        let found: Option<i64> = scalar_optional!(
            self,
            "SELECT CAST(CASE WHEN void_at IS NULL THEN 0 ELSE 1 END AS BIGINT) FROM transactions WHERE id = $1",
            [id]
        )?;
        // It was there a moment ago: only deleting it makes it absent, and that happens a day later.
        found.map(|void| void == 1).ok_or(StoreFault::NoAnswer)
    }
}

/// 10, 40, 90 ms and up to as much again: those who collided should not meet again. The jitter is the
/// low bits of an address, which differ between tasks; it need not be hard to guess.
fn pause(tries: u32) -> Duration {
    let base = 10 * tries * tries;
    let jitter = (std::ptr::from_ref(&base).addr() >> 4) % 97;
    Duration::from_millis(u64::from(base) + u64::from(base) * jitter as u64 / 97)
}
