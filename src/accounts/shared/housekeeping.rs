//! Deletes what is old, so that no table grows without bound, and accounts whose owners asked for it.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, Fault};
use crate::domain::throttle::DAY_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{Retention, read_tx, retentions, write_tx};

const EVERY: Duration = Duration::from_mins(10);
/// How long an event waits at most for its place in the chain, when its own transaction could not give it one.
const LINK_EVERY: Duration = Duration::from_secs(5);
/// The pause after a batch, as a multiple of the time it took.
const PAUSE: u32 = 3;

/// A batch of a sweep, and the pause after it. So a sweep takes a quarter of the only writer that SQLite has, however slow
/// the disk is, and still deletes some 1,000 rows a second.
pub(in crate::accounts) struct SweepPace(Instant);

impl SweepPace {
    /// The batch begins.
    pub(in crate::accounts) fn begin() -> Self {
        Self(Instant::now())
    }

    /// The batch is over: gives others time; `false` when that ended at `stop`.
    pub(in crate::accounts) async fn pause(self, stop: &CancellationToken) -> bool {
        stop.run_until_cancelled(tokio::time::sleep(self.0.elapsed() * PAUSE)).await.is_some()
    }
}

/// What is deleted, batch by batch.
#[derive(Clone, Copy)]
enum Sweep {
    Rows(&'static Retention),
    /// Events from before then.
    Events(Timestamp),
    ParkedEmails,
    Throttles,
    Transactions,
    /// Those beyond the number that is kept, by when they were last touched.
    ThrottlesBefore(Timestamp),
}

impl Accounts {
    /// Deletes what is no longer kept, in small transactions; gives how many rows were deleted.
    pub async fn run_housekeeping(&self) -> Result<u64, Fault> {
        self.delete_old_rows(&CancellationToken::new()).await
    }

    /// The same, until nothing is left or `stop`. Nothing is deleted while the time is not settled: a clock that is
    /// days ahead must not empty the tables.
    async fn delete_old_rows(&self, stop: &CancellationToken) -> Result<u64, Fault> {
        if !self.clock.is_settled() {
            tracing::info!(
                "the portal was stopped for a while, or the clock has jumped; nothing is deleted for its age until the \
                 clock has run evenly for ten minutes"
            );
            return Ok(0);
        }
        self.correct_future_rows().await?;
        let mut deleted = self.delete_due_accounts_until(stop).await?;
        let now = self.clock.now();
        let excess = read_tx!(self.store, Fault, |tx| Ok(tx.find_excess_throttles().await?)).await?;
        let rules = retentions().iter().map(Sweep::Rows);
        let kept_since = now.plus_ms(-self.rules.activity_days.saturating_mul(DAY_MS));
        let others = [Sweep::Events(kept_since), Sweep::ParkedEmails, Sweep::Throttles, Sweep::Transactions];
        for sweep in rules.chain(others).chain(excess.map(Sweep::ThrottlesBefore)) {
            loop {
                let pace = SweepPace::begin();
                let batch = write_tx!(self.store, Fault, |tx| Ok(match sweep {
                    Sweep::Rows(rule) => tx.sweep(rule, now).await?,
                    Sweep::Events(before) => tx.sweep_activity(before).await?,
                    Sweep::ParkedEmails => tx.drop_expired_parked_emails(now).await?,
                    Sweep::Throttles => tx.sweep_throttles(now).await?,
                    Sweep::Transactions => tx.sweep_transactions().await?,
                    Sweep::ThrottlesBefore(kept_since) => tx.sweep_excess_throttles(kept_since).await?,
                }));
                let batch = batch.await?;
                if batch == 0 {
                    break;
                }
                deleted += batch;
                if !pace.pause(stop).await {
                    return Ok(deleted);
                }
            }
        }
        Ok(deleted)
    }

    /// Gives the events that wait for a place in the chain of the audit log theirs; gives whether there were any.
    pub async fn link_waiting_events(&self) -> Result<bool, Fault> {
        if !read_tx!(self.store, Fault, |tx| Ok(tx.has_waiting_events().await?)).await? {
            return Ok(false);
        }
        let mut after = (Timestamp::from_epoch_ms(i64::MIN), String::new());
        loop {
            let batch = write_tx!(self.store, Fault, |tx| Ok(tx.link_waiting_events(&after).await?));
            match batch.await? {
                Some(last) => after = last,
                None => return Ok(true),
            }
        }
    }

    /// The same every few seconds, until `stop`.
    pub(in crate::accounts) async fn link_waiting_events_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(LINK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(fault) = self.link_waiting_events().await {
                tracing::debug!(%fault, "events that wait cannot be linked; trying again");
            }
        }
    }

    pub(in crate::accounts) async fn run_housekeeping_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(fault) = self.delete_old_rows(stop).await {
                tracing::warn!(%fault, "cannot delete old rows; trying again");
            }
        }
    }
}
