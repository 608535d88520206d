//! Tells sessions that their account was changed elsewhere, so that they end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, Fault};
use crate::store::read_tx;

/// How often the store is asked what other nodes and operators' commands have changed: often enough that a revoked
/// session ends within five seconds.
const POLL: Duration = Duration::from_secs(3);
/// How far back each poll looks, in milliseconds: more than clocks of nodes differ and transactions last.
const LOOK_BACK_MS: i64 = 60_000;
/// Revocations that may wait for a session. One that falls further behind finds out with its next request, which
/// the store refuses.
const WAITING: usize = 1024;

/// An account's epoch rose: every proof of an older epoch is void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The account's id.
    pub account: String,
    /// The epoch that holds from now on. The session that raised it receives this too, and holds a proof of
    /// this epoch as soon as it has its answer.
    pub epoch: i64,
}

/// Broadcasts revocations to the sessions of this node.
#[derive(Debug)]
pub(in crate::accounts) struct Revocations {
    sender: broadcast::Sender<Revocation>,
    /// The last epoch announced for an account, so that nothing is announced twice.
    announced: Mutex<HashMap<String, i64>>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self { sender: broadcast::channel(WAITING).0, announced: Mutex::default() }
    }
}

impl Revocations {
    /// Tells every session of this node, once.
    pub(in crate::accounts) fn announce(&self, account: &str, epoch: i64) {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        let last = announced.entry(account.to_owned()).or_insert(i64::MIN);
        if epoch > *last {
            *last = epoch;
            // Fails only when no session listens.
            let _ = self.sender.send(Revocation { account: account.to_owned(), epoch });
        }
    }

    /// Forgets accounts that no poll will ask for again.
    fn keep_only(&self, raised: &[(String, i64)]) {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced.retain(|account, _| raised.iter().any(|(id, _)| id == account));
    }
}

impl Accounts {
    /// Every revocation from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Revocation> {
        self.revocations.sender.subscribe()
    }

    /// Announces what other nodes and operators' commands have changed recently.
    pub async fn announce_revocations(&self) -> Result<(), Fault> {
        let since = self.clock.now().plus_ms(-LOOK_BACK_MS);
        let raised = read_tx!(self.store, Fault, |tx| Ok(tx.list_raised_epochs(since).await?)).await?;
        for (account, epoch) in &raised {
            self.revocations.announce(account, *epoch);
        }
        self.revocations.keep_only(&raised);
        Ok(())
    }

    pub(in crate::accounts) async fn watch_revocations_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let (announced, ended) = tokio::join!(self.announce_revocations(), self.end_sessions());
            if let Err(fault) = announced.and(ended) {
                tracing::warn!(%fault, "cannot find out which sessions to end; trying again");
            }
        }
    }
}
