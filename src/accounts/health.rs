//! What monitoring asks: whether people can sign in, and the numbers that nobody counts as they change.

use std::time::{Duration, Instant};

use super::{Accounts, Error};
use crate::domain::timestamp::Timestamp;
use crate::metrics::http::Health;
use crate::metrics::metrics;
use crate::store::{StoreFault, read_tx};

/// How long an answer is taken for granted: anybody on this machine may ask, and an answer costs a write and a look at
/// the outbox.
const HOLDS_FOR: Duration = Duration::from_secs(1);

impl Health for Accounts {
    async fn is_ready(&self) -> bool {
        metrics().hash_queue.set(i64::from(self.hasher.waiting()));
        // One look tells everybody who asks in the same moment.
        let mut observed = self.observed.lock().await;
        if let Some((at, ready)) = *observed
            && at.elapsed() <= HOLDS_FOR
        {
            return ready;
        }
        let ready = match self.observe().await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(?error, "not ready");
                false
            }
        };
        metrics().ready.set(i64::from(ready));
        *observed = Some((Instant::now(), ready));
        ready
    }
}

impl Accounts {
    async fn observe(&self) -> Result<(), Error> {
        let now = Box::pin(self.status()).await?;
        let counted = read_tx!(self.store, StoreFault, |tx| {
            Ok((tx.count_outbox().await?, tx.count_deliveries().await?))
        });
        let (outbox, deliveries) = counted.await?;
        metrics().outbox.set(outbox.waiting);
        metrics().outbox_parked.set(outbox.parked);
        let age_ms = |oldest: Option<Timestamp>| {
            oldest.map_or(0, |at| now.epoch_ms().saturating_sub(at.epoch_ms()).max(0))
        };
        metrics().outbox_age.set_ms(age_ms(outbox.oldest));
        metrics().hooks_pending.set(deliveries.iter().map(|hook| hook.pending).sum());
        metrics().hooks_dead.set(deliveries.iter().map(|hook| hook.dead).sum());
        metrics().hooks_age.set_ms(age_ms(deliveries.iter().filter_map(|hook| hook.oldest).min()));
        Ok(())
    }
}
