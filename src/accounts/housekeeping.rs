//! Forgetting what is old, so that no table grows without bound.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Accounts, Fault};
use crate::domain::timestamp::Timestamp;
use crate::store::{retentions, write_tx};

/// How often the house is swept.
const EVERY: Duration = Duration::from_mins(10);
/// Batches of each table that one sweep takes at most; the rest waits for the next.
const BATCHES: usize = 200;

impl Accounts {
    /// Deletes what is no longer kept, in small transactions; gives how many rows went.
    pub async fn keep_house(&self) -> Result<u64, Fault> {
        let now = self.clock.now();
        let mut gone = 0;
        for _ in 0..BATCHES {
            let batch = self.sweep_once(now).await?;
            gone += batch;
            if batch == 0 {
                break;
            }
        }
        Ok(gone)
    }

    /// One batch of every rule, each in a transaction of its own.
    async fn sweep_once(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut gone = 0;
        for rule in retentions() {
            gone += write_tx!(self.store, Fault, |tx| Ok(tx.sweep(rule, now).await?)).await?;
        }
        gone += write_tx!(self.store, Fault, |tx| Ok(tx.sweep_throttles(now).await?)).await?;
        Ok(gone)
    }

    pub(super) async fn run_housekeeping_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(fault) = self.keep_house().await {
                tracing::warn!(%fault, "could not sweep the store; trying again");
            }
        }
    }
}
