//! The sessions that are signed in at this node, in memory: so that they can be ended, and so that what a person
//! types costs no write.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, RequestContext};
use crate::domain::timestamp::Timestamp;

/// All of this node.
#[derive(Debug)]
pub(in crate::accounts) struct LiveSessions {
    node: String,
    present: Mutex<HashMap<String, Arc<LiveSession>>>,
    /// Those that left and whose rows are still there.
    left: Mutex<Vec<String>>,
    /// Rung when one left.
    bell: Notify,
}

/// One of them.
#[derive(Debug)]
struct LiveSession {
    end: CancellationToken,
    /// When something was last typed, in milliseconds of the epoch.
    input_at: AtomicI64,
    /// What of that stands in the store.
    written_at: AtomicI64,
}

/// Held by a session for as long as it is signed in. Dropped, the session is over.
#[derive(Debug)]
pub struct SessionGuard {
    accounts: Arc<Accounts>,
    session: String,
    live: Arc<LiveSession>,
}

impl Accounts {
    /// The session of `cx` is signed in from now on.
    #[must_use]
    pub fn attend(self: &Arc<Self>, cx: &RequestContext) -> SessionGuard {
        let now = self.clock.now().epoch_ms();
        let (input_at, written_at) = (AtomicI64::new(now), AtomicI64::new(now));
        let live = Arc::new(LiveSession { end: CancellationToken::new(), input_at, written_at });
        self.sessions.present().insert(cx.session.clone(), live.clone());
        SessionGuard { accounts: self.clone(), session: cx.session.clone(), live }
    }
}

impl SessionGuard {
    /// Something was typed.
    pub fn note_input(&self) {
        self.live.input_at.store(self.accounts.clock.now().epoch_ms(), Ordering::Relaxed);
    }

    /// Resolves when another session has ended this one.
    pub async fn ended(&self) {
        self.live.end.cancelled().await;
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        let sessions = &self.accounts.sessions;
        sessions.present().remove(&self.session);
        sessions.left().push(std::mem::take(&mut self.session));
        sessions.bell.notify_one();
    }
}

impl LiveSessions {
    /// None yet, at a node of this name.
    pub(in crate::accounts) fn new(node: String) -> Self {
        Self { node, present: Mutex::default(), left: Mutex::default(), bell: Notify::new() }
    }

    /// What this node is called among all that share a store.
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Ends a session, if it is at this node.
    pub(super) fn end(&self, session: &str) {
        if let Some(live) = self.present().get(session) {
            live.end.cancel();
        }
    }

    /// When something was last typed in a session, if it is at this node.
    pub(super) fn last_input(&self, session: &str) -> Option<Timestamp> {
        let at = self.present().get(session)?.input_at.load(Ordering::Relaxed);
        Some(Timestamp::from_epoch_ms(at))
    }

    /// The sessions that are here.
    pub(super) fn ids(&self) -> HashSet<String> {
        self.present().keys().cloned().collect()
    }

    /// What was typed since this was asked last, and in which sessions.
    pub(super) fn take_inputs(&self) -> Vec<(String, Timestamp)> {
        let present = self.present();
        let notification = present.iter().filter_map(|(session, live)| {
            let at = live.input_at.load(Ordering::Relaxed);
            let is_new = live.written_at.swap(at, Ordering::Relaxed) != at;
            is_new.then(|| (session.clone(), Timestamp::from_epoch_ms(at)))
        });
        notification.collect()
    }

    /// Those that left since this was asked last.
    pub(super) fn take_left(&self) -> Vec<String> {
        std::mem::take(&mut self.left())
    }

    /// Their rows could not be deleted; they are tried again.
    pub(super) fn put_back(&self, left: Vec<String>) {
        self.left().extend(left);
    }

    /// Resolves when a session has left.
    pub(super) async fn one_left(&self) {
        self.bell.notified().await;
    }

    fn present(&self) -> MutexGuard<'_, HashMap<String, Arc<LiveSession>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, Vec<String>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
