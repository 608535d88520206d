//! What a connection's task and its handler share: the handler gets a [`HandlerContext`] and hands each
//! [`PendingSession`] back.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use russh::ChannelId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::prompts::{LoginDeadline, PromptSlots, PromptsState};
use super::settings::SshSettings;
use super::sink::ChannelSink;
use super::stream::Traffic;
use crate::domain::source::Source;
use crate::metrics::metrics;
use crate::session::SessionStart;

/// A session that is to begin.
#[derive(Debug)]
pub(super) struct PendingSession {
    pub(super) channel: ChannelId,
    pub(super) start: Box<SessionStart>,
    pub(super) sink: ChannelSink,
    /// Cancelled when the client has closed the channel, and when the session has ended.
    pub(super) closed: CancellationToken,
    /// Its place among the further sessions of all connections, unless it is the only one of its own.
    pub(super) further: Option<OwnedSemaphorePermit>,
}

/// Sessions on their way from the handler, which never waits, to the connection's task. No more than a connection may have.
#[derive(Debug, Default)]
pub(super) struct PendingSessions {
    waiting: Mutex<VecDeque<Box<PendingSession>>>,
    more: Notify,
}

impl PendingSessions {
    pub(super) fn push(&self, pending: PendingSession) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(Box::new(pending));
        self.more.notify_one();
    }

    /// Waits for the next one; dropping the future loses nothing.
    pub(super) async fn next(&self) -> Box<PendingSession> {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            if let Some(pending) = next {
                return pending;
            }
            self.more.notified().await;
        }
    }
}

/// What a handler needs until its client has authenticated, and reports of that. Dropped then: it takes a kibibyte.
#[derive(Debug)]
pub(super) struct LoginPhase {
    pub(super) login_deadline: Arc<LoginDeadline>,
    pub(super) prompt_slots: Arc<PromptSlots>,
    pub(super) prompts_state: watch::Sender<PromptsState>,
    /// Set when the client has been answered anything to a request to authenticate.
    pub(super) answered: Arc<AtomicBool>,
    /// Set when a real attempt to authenticate was refused.
    pub(super) refused: Arc<AtomicBool>,
    /// Cancelled when the client was refused what it may be able to try only once; [`super::connection`] listens.
    pub(super) turned_down: CancellationToken,
    /// With the id of the account whose key it was, if it was one.
    pub(super) authenticated: oneshot::Sender<Option<Arc<str>>>,
}

/// What a handler knows of its connection, and how it reports back.
#[derive(Debug)]
pub(super) struct HandlerContext {
    pub(super) peer: SocketAddr,
    pub(super) source: Source,
    pub(super) settings: Arc<SshSettings>,
    /// The connection's span: russh calls the handler in a task of its own, outside of it.
    pub(super) span: Span,
    /// Cancelled when the server stops.
    pub(super) stop: CancellationToken,
    /// Cuts the stream.
    pub(super) kill: CancellationToken,
    /// What crosses the stream.
    pub(super) traffic: Arc<Traffic>,
    /// What is of use until the client has authenticated.
    pub(super) phase: Option<Box<LoginPhase>>,
    pub(super) sessions: Arc<PendingSessions>,
    /// Room for sessions beyond the first one of each connection.
    pub(super) further: Arc<Semaphore>,
    /// Room for channels that have ended of themselves, beyond the first ones of each connection.
    pub(super) ended_channels: Arc<Semaphore>,
    /// Counted for as long as russh's own task holds this handler.
    pub(super) _guard: Arc<ConnectionGuard>,
}

/// How many connections there are. One counts until the last task that served it has ended.
#[derive(Clone, Debug, Default)]
pub struct ConnectionCount(Arc<AtomicUsize>);

impl ConnectionCount {
    /// The count now.
    #[must_use]
    pub fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn enter(&self) -> Arc<ConnectionGuard> {
        self.0.fetch_add(1, Ordering::SeqCst);
        metrics().connections.change(1);
        Arc::new(ConnectionGuard(Arc::clone(&self.0)))
    }
}

/// One connection that is counted until the last of its guards is dropped.
#[derive(Debug)]
pub(super) struct ConnectionGuard(Arc<AtomicUsize>);

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
        metrics().connections.change(-1);
    }
}
