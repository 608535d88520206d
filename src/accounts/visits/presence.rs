//! The visits that are signed in at this node, in memory: so that they can be ended, and so that what a person
//! types costs no write.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, Knock};
use crate::domain::moment::Moment;

/// All of this node.
#[derive(Debug)]
pub(in crate::accounts) struct Visits {
    node: String,
    present: Mutex<HashMap<String, Arc<Live>>>,
    /// Those that left and whose rows are still there.
    left: Mutex<Vec<String>>,
    /// Rung when one left.
    bell: Notify,
}

/// One of them.
#[derive(Debug)]
struct Live {
    end: CancellationToken,
    /// When something was last typed, in milliseconds of the epoch.
    input_at: AtomicI64,
    /// What of that stands in the store.
    written_at: AtomicI64,
}

/// Held by a visit for as long as it is signed in. Dropped, the visit is over.
#[derive(Debug)]
pub struct Presence {
    accounts: Arc<Accounts>,
    visit: String,
    live: Arc<Live>,
}

impl Accounts {
    /// The visit of `knock` is signed in from now on.
    #[must_use]
    pub fn attend(self: &Arc<Self>, knock: &Knock) -> Presence {
        let now = self.clock.now().epoch_ms();
        let (input_at, written_at) = (AtomicI64::new(now), AtomicI64::new(now));
        let live = Arc::new(Live { end: CancellationToken::new(), input_at, written_at });
        self.visits.present().insert(knock.visit.clone(), live.clone());
        Presence { accounts: self.clone(), visit: knock.visit.clone(), live }
    }
}

impl Presence {
    /// Something was typed.
    pub fn note_input(&self) {
        self.live.input_at.store(self.accounts.clock.now().epoch_ms(), Ordering::Relaxed);
    }

    /// Resolves when another visit has ended this one.
    pub async fn ended(&self) {
        self.live.end.cancelled().await;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let visits = &self.accounts.visits;
        visits.present().remove(&self.visit);
        visits.left().push(std::mem::take(&mut self.visit));
        visits.bell.notify_one();
    }
}

impl Visits {
    /// None yet, at a node of this name.
    pub(in crate::accounts) fn new(node: String) -> Self {
        Self { node, present: Mutex::default(), left: Mutex::default(), bell: Notify::new() }
    }

    /// What this node is called among all that share a store.
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Ends a visit, if it is at this node.
    pub(super) fn end(&self, visit: &str) {
        if let Some(live) = self.present().get(visit) {
            live.end.cancel();
        }
    }

    /// When something was last typed in a visit, if it is at this node.
    pub(super) fn last_input(&self, visit: &str) -> Option<Moment> {
        let at = self.present().get(visit)?.input_at.load(Ordering::Relaxed);
        Some(Moment::from_epoch_ms(at))
    }

    /// The visits that are here.
    pub(super) fn ids(&self) -> HashSet<String> {
        self.present().keys().cloned().collect()
    }

    /// What was typed since this was asked last, and in which visits.
    pub(super) fn take_inputs(&self) -> Vec<(String, Moment)> {
        let present = self.present();
        let news = present.iter().filter_map(|(visit, live)| {
            let at = live.input_at.load(Ordering::Relaxed);
            let is_new = live.written_at.swap(at, Ordering::Relaxed) != at;
            is_new.then(|| (visit.clone(), Moment::from_epoch_ms(at)))
        });
        news.collect()
    }

    /// Those that left since this was asked last.
    pub(super) fn take_left(&self) -> Vec<String> {
        std::mem::take(&mut self.left())
    }

    /// Their rows could not be deleted; they are tried again.
    pub(super) fn put_back(&self, left: Vec<String>) {
        self.left().extend(left);
    }

    /// Resolves when a visit has left.
    pub(super) async fn one_left(&self) {
        self.bell.notified().await;
    }

    fn present(&self) -> MutexGuard<'_, HashMap<String, Arc<Live>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, Vec<String>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
