//! The sessions that are signed in at this node, in memory: so that they can be ended, and so that input costs no
//! write.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::in_directory::DueQuestions;
use crate::accounts::{Accounts, RequestContext};
use crate::domain::timestamp::Timestamp;

/// The sessions of this node.
#[derive(Debug)]
pub(in crate::accounts) struct LiveSessions {
    node: String,
    live: Mutex<HashMap<String, Arc<LiveSession>>>,
    /// Ids of sessions that are over and whose rows are not deleted yet.
    left: Mutex<Vec<String>>,
    /// Notified when a session is over.
    session_left: Notify,
    /// About whom the directory is to be asked, and when.
    due_questions: Mutex<DueQuestions>,
}

#[derive(Debug)]
struct LiveSession {
    end: CancellationToken,
    /// Why, once it is to end.
    why: OnceLock<SessionEnd>,
    /// Time of the last input, in milliseconds since the epoch.
    input_at: AtomicI64,
    /// The last input that the store knows of.
    written_at: AtomicI64,
}

/// Why a session is ended by another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Somebody signed it out.
    Revoked,
    /// Its account has signed in again, and has as many sessions as it may.
    OverLimit,
}

/// Held by a session while it is signed in. Dropping it means that the session is over.
#[derive(Debug)]
pub struct SessionGuard {
    accounts: Arc<Accounts>,
    session: String,
    live: Arc<LiveSession>,
}

impl Accounts {
    /// Marks the session of `cx` as signed in.
    #[must_use]
    pub fn attend(self: &Arc<Self>, cx: &RequestContext) -> SessionGuard {
        let now = self.clock.now().epoch_ms();
        let (input_at, written_at) = (AtomicI64::new(now), AtomicI64::new(now));
        let (end, why) = (CancellationToken::new(), OnceLock::new());
        let live = Arc::new(LiveSession { end, why, input_at, written_at });
        self.sessions.live().insert(cx.session.clone(), live.clone());
        SessionGuard { accounts: self.clone(), session: cx.session.clone(), live }
    }
}

impl SessionGuard {
    /// Notes input at this moment.
    pub fn note_input(&self) {
        self.live.input_at.store(self.accounts.clock.now().epoch_ms(), Ordering::Relaxed);
    }

    /// Resolves when another session has ended this one.
    pub async fn ended(&self) -> SessionEnd {
        self.live.end.cancelled().await;
        self.live.why.get().copied().unwrap_or(SessionEnd::Revoked)
    }
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        let sessions = &self.accounts.sessions;
        sessions.live().remove(&self.session);
        sessions.left().push(std::mem::take(&mut self.session));
        sessions.session_left.notify_one();
    }
}

impl LiveSessions {
    /// No sessions yet, at the node with this id.
    pub(in crate::accounts) fn new(node: String) -> Self {
        Self {
            node,
            live: Mutex::default(),
            left: Mutex::default(),
            session_left: Notify::new(),
            due_questions: Mutex::default(),
        }
    }

    /// This node's id among all that share a store.
    pub(in crate::accounts) fn node(&self) -> &str {
        &self.node
    }

    /// Ends a session, if it is at this node.
    pub(in crate::accounts) fn end(&self, session: &str, why: SessionEnd) {
        if let Some(live) = self.live().get(session) {
            live.why.get_or_init(|| why);
            live.end.cancel();
        }
    }

    /// The last input of a session, if it is at this node.
    pub(super) fn last_input(&self, session: &str) -> Option<Timestamp> {
        let at = self.live().get(session)?.input_at.load(Ordering::Relaxed);
        Some(Timestamp::from_epoch_ms(at))
    }

    /// The ids of all sessions of this node.
    pub(super) fn ids(&self) -> HashSet<String> {
        self.live().keys().cloned().collect()
    }

    /// Sessions with input since the last call, and when it was.
    pub(super) fn take_inputs(&self) -> Vec<(String, Timestamp)> {
        let sessions = self.live();
        let inputs = sessions.iter().filter_map(|(session, live)| {
            let at = live.input_at.load(Ordering::Relaxed);
            let is_new = live.written_at.swap(at, Ordering::Relaxed) != at;
            is_new.then(|| (session.clone(), Timestamp::from_epoch_ms(at)))
        });
        inputs.collect()
    }

    /// Sessions that ended since the last call.
    pub(super) fn take_left(&self) -> Vec<String> {
        std::mem::take(&mut self.left())
    }

    /// Puts back sessions whose rows could not be deleted, for the next try.
    pub(super) fn put_back(&self, left: Vec<String>) {
        self.left().extend(left);
    }

    /// Resolves when a session has ended.
    pub(super) async fn one_left(&self) {
        self.session_left.notified().await;
    }

    pub(super) fn due_questions(&self) -> MutexGuard<'_, DueQuestions> {
        self.due_questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, HashMap<String, Arc<LiveSession>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, Vec<String>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
