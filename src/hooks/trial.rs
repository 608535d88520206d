//! `hook test`: a made-up event. The running portal tells it as it tells any other, from its sandbox and with the secrets and
//! the processes that it was started with. Only where none runs, the command tells it by itself.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::outcome::Outcome;
use super::{HookMessage, Hooks};
use crate::domain::hook::{Hook, TEST, TEST_TAKEN, sample};
use crate::domain::id::new_id;
use crate::store::{StoreFault, UnsentDelivery, read_tx, write_tx};

/// How often to look for the outcome.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long the portal may take beside the tries: it looks for events twice a second.
const PATIENCE: Duration = Duration::from_secs(10);

impl Hooks {
    /// A made-up event.
    fn made_up(&self) -> HookMessage {
        let now = self.clock.now();
        let id = new_id(now, &self.entropy);
        HookMessage { body: sample(&id, now), id }
    }

    /// Whether a portal runs that was seen within so many milliseconds.
    pub async fn does_portal_run(&self, within_ms: i64) -> Result<bool, StoreFault> {
        let since = self.clock.now().plus_ms(-within_ms);
        read_tx!(self.store, StoreFault, |tx| tx.has_node_seen_since(since).await).await
    }

    /// Tells a hook of a made-up event at once and once, from this process.
    pub async fn test_here(&self, hook: &Hook) -> (String, Outcome) {
        let message = self.made_up();
        let outcome = self.tell(hook, &message).await;
        (message.id, outcome)
    }

    /// Has the running portal tell a hook of a made-up event, once. `None`: it has not taken it up in time.
    pub async fn test_through_portal(&self, hook: &Hook) -> Result<(String, Option<Outcome>), StoreFault> {
        let HookMessage { id, body } = self.made_up();
        let (now, name) = (self.clock.now(), hook.name.as_str());
        let inserted =
            write_tx!(self.store, StoreFault, |tx| tx.insert_test_delivery(&id, name, &body, now).await);
        inserted.await?;
        // All tries that a hook has at a time may just have begun.
        let until = Instant::now() + 2 * hook.timeout + PATIENCE;
        let outcome = loop {
            let found = read_tx!(self.store, StoreFault, |tx| tx.find_unsent_delivery(&id, name).await);
            match found.await?.map(outcome_of) {
                // Dropped, with others that were too many.
                None => break None,
                Some(Some(outcome)) => break Some(outcome),
                Some(None) if Instant::now() >= until => break None,
                Some(None) => sleep(LOOK_AGAIN).await,
            }
        };
        write_tx!(self.store, StoreFault, |tx| tx.delete_delivery(&id, name).await).await?;
        Ok((id, outcome))
    }
}

/// What the first try came to, once it was made.
fn outcome_of(unsent: UnsentDelivery) -> Option<Outcome> {
    let reason = unsent.reason?;
    Some(match (unsent.kind.as_str(), unsent.dead_at) {
        (TEST_TAKEN, _) => Outcome::Taken(reason),
        (TEST, Some(_)) => Outcome::Refused(reason),
        _ => Outcome::Failed { reason, retry_after_s: None },
    })
}
