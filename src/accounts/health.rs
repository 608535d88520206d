//! What monitoring asks: whether people can sign in, and the numbers that nobody counts as they change.

use std::time::{Duration, Instant};

use super::{Accounts, Error};
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
        let outbox = read_tx!(self.store, StoreFault, |tx| tx.count_outbox().await).await?;
        metrics().outbox.set(outbox.waiting);
        metrics().outbox_parked.set(outbox.parked);
        let age_ms = outbox.oldest.map_or(0, |at| now.epoch_ms().saturating_sub(at.epoch_ms()).max(0));
        metrics().outbox_age.set_ms(age_ms);
        Ok(())
    }
}
