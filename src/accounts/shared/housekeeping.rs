//! Deletes what is old, so that no table grows without bound.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, Fault};
use crate::domain::timestamp::Timestamp;
use crate::store::{retentions, write_tx};

const EVERY: Duration = Duration::from_mins(10);
/// Batches of each table that one run deletes at most; the rest waits for the next.
const BATCHES: usize = 200;

impl Accounts {
    /// Deletes what is no longer kept, in small transactions; gives how many rows were deleted.
    pub async fn run_housekeeping(&self) -> Result<u64, Fault> {
        let now = self.clock.now();
        let mut deleted = 0;
        for _ in 0..BATCHES {
            let batch = self.delete_batches(now).await?;
            deleted += batch;
            if batch == 0 {
                break;
            }
        }
        Ok(deleted)
    }

    /// One batch of every rule, each in a transaction of its own.
    async fn delete_batches(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut deleted = 0;
        for rule in retentions() {
            deleted += write_tx!(self.store, Fault, |tx| Ok(tx.sweep(rule, now).await?)).await?;
        }
        deleted += write_tx!(self.store, Fault, |tx| Ok(tx.sweep_throttles(now).await?)).await?;
        deleted += write_tx!(self.store, Fault, |tx| Ok(tx.drop_expired_parked_emails(now).await?)).await?;
        Ok(deleted)
    }

    pub(in crate::accounts) async fn run_housekeeping_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(fault) = self.run_housekeeping().await {
                tracing::warn!(%fault, "cannot delete old rows; trying again");
            }
        }
    }
}
