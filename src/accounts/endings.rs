//! Telling visits that their account was changed elsewhere, so that they end.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::{Mutex, RwLock, RwLockReadGuard, broadcast};
use tokio_util::sync::CancellationToken;

use super::request::SignedIn;
use super::{Accounts, Fault};

/// How often the store is asked what other nodes and operators' commands have changed.
const POLL: Duration = Duration::from_secs(5);
/// How far back each poll looks: more than clocks of nodes differ and transactions last.
const LOOK_BACK_MS: i64 = 60_000;
/// Endings that may wait for a visit; one that falls further behind asks the store instead.
const WAITING: usize = 1024;

/// An account's epoch rose: every proof of an older epoch is void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The account's id.
    pub account: String,
    /// The epoch that holds from now on.
    pub epoch: i64,
    /// The visit that did it, which goes on under its new proof; `None` when it was done elsewhere.
    pub by: Option<String>,
}

/// The way in which endings reach visits.
#[derive(Debug)]
pub struct Endings {
    told: broadcast::Sender<Ending>,
    /// Held for reading from before a change is committed until it is announced, so that the poll does not
    /// announce it first, without saying which visit did it.
    changing: RwLock<()>,
    /// The last epoch announced for an account, so that nothing is announced twice.
    announced: Mutex<HashMap<String, i64>>,
}

impl Default for Endings {
    fn default() -> Self {
        Self { told: broadcast::channel(WAITING).0, changing: RwLock::default(), announced: Mutex::default() }
    }
}

impl Endings {
    /// To be held while a change is committed and announced.
    pub(super) async fn hold(&self) -> RwLockReadGuard<'_, ()> {
        self.changing.read().await
    }

    /// Tells every visit.
    pub(super) async fn announce(&self, ending: Ending) {
        let mut announced = self.announced.lock().await;
        let last = announced.entry(ending.account.clone()).or_insert(i64::MIN);
        if ending.epoch > *last {
            *last = ending.epoch;
            // Nobody listening is nobody to tell.
            let _ = self.told.send(ending);
        }
    }
}

impl Accounts {
    /// Every ending from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Ending> {
        self.endings.told.subscribe()
    }

    /// Resolves when `member`'s proof is void because somebody other than `visit` changed the account.
    pub async fn ended(&self, member: &SignedIn, visit: &str) {
        let mut endings = self.subscribe();
        loop {
            match endings.recv().await {
                Ok(ending) => {
                    let concerns = ending.account == member.account() && ending.epoch > member.epoch();
                    if concerns && ending.by.as_deref() != Some(visit) {
                        return;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    if matches!(self.is_current(member).await, Ok(false)) {
                        return;
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// True when the proof still holds.
    pub async fn is_current(&self, member: &SignedIn) -> Result<bool, Fault> {
        self.read(async |tx| Ok(tx.is_current(member.account(), member.epoch()).await?)).await
    }

    /// Announces what other nodes and operators' commands have changed of late.
    pub async fn announce_endings(&self) -> Result<(), Fault> {
        let _nobody_changes = self.endings.changing.write().await;
        let since = self.clock.now().plus_ms(-LOOK_BACK_MS);
        let raised = self.read(async |tx| Ok(tx.list_raised_epochs(since).await?)).await?;
        // What is older than a poll looks back is not asked for again.
        self.endings.announced.lock().await.retain(|account, _| raised.iter().any(|(id, _)| id == account));
        for (account, epoch) in raised {
            self.endings.announce(Ending { account, epoch, by: None }).await;
        }
        Ok(())
    }

    pub(super) async fn watch_endings_until(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(fault) = self.announce_endings().await {
                tracing::warn!(%fault, "could not ask which visits to end; asking again");
            }
        }
    }
}
