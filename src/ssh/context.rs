//! What a connection's task and its handler share: the handler gets a [`HandlerContext`] and hands a
//! [`ChannelRequest`] back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use russh::ChannelId;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::inbox::Inbox;
use super::prompts::{LoginDeadline, PromptSlots, PromptsState};
use super::settings::SshSettings;
use super::sink::ChannelSink;
use super::stream::Traffic;
use crate::domain::source::Source;
use crate::session::{Incoming, SessionStart};

/// What a client asked of its channel.
#[derive(Debug)]
pub(super) enum ChannelRequest {
    /// A session of the portal.
    Session(Box<PendingSession>),
    /// Something that is not served; the client was told so and its channel is closed.
    Rejected,
}

/// A session that is to begin.
#[derive(Debug)]
pub(super) struct PendingSession {
    pub(super) channel: ChannelId,
    pub(super) start: SessionStart,
    pub(super) sink: ChannelSink,
    pub(super) inbox: Arc<Inbox>,
    /// Where the inbox is carried to.
    pub(super) input: mpsc::Sender<Incoming>,
    /// Cancelled when the client has closed the channel.
    pub(super) closed: CancellationToken,
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
    pub(super) login_deadline: Arc<LoginDeadline>,
    pub(super) prompt_slots: Arc<PromptSlots>,
    pub(super) prompts_state: watch::Sender<PromptsState>,
    /// Set when the client has been answered anything to a request to authenticate.
    pub(super) answered: Arc<AtomicBool>,
    /// Set when a real attempt to authenticate was refused.
    pub(super) refused: Arc<AtomicBool>,
    /// Cancelled when the client was refused what it may be able to try only once; [`super::connection`] listens.
    pub(super) turned_down: CancellationToken,
    /// Whether with a key that is the user's.
    pub(super) authenticated: Option<oneshot::Sender<bool>>,
    pub(super) request: Option<oneshot::Sender<ChannelRequest>>,
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
        Arc::new(ConnectionGuard(Arc::clone(&self.0)))
    }
}

/// One connection that is counted until the last of its guards is dropped.
#[derive(Debug)]
pub(super) struct ConnectionGuard(Arc<AtomicUsize>);

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
