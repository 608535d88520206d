//! What ties a handler to its connection: what one is told when it is made, and what it hands over.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use russh::ChannelId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::inbox::Inbox;
use super::prompts::{LoginDeadline, PromptSlots};
use super::server::ConnectionGuard;
use super::settings::SshSettings;
use super::sink::ChannelSink;
use crate::domain::source::Source;
use crate::session::{Incoming, SessionStart};

/// What a client turned out to want.
#[derive(Debug)]
pub(super) enum ChannelOutcome {
    /// The portal, on a terminal.
    Session(Box<Launch>),
    /// Something that is not served; it was told so and its channel is closed.
    Dismissed,
}

/// Everything that a session needs to begin, and to be ended.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) channel: ChannelId,
    pub(super) start: SessionStart,
    pub(super) sink: ChannelSink,
    pub(super) inbox: Arc<Inbox>,
    pub(super) session_input: mpsc::Sender<Incoming>,
    pub(super) gone: CancellationToken,
}

/// What ties a handler to its connection.
#[derive(Debug)]
pub(super) struct HandlerLinks {
    pub(super) peer: SocketAddr,
    pub(super) source: Source,
    pub(super) settings: Arc<SshSettings>,
    /// Cancelled when the server stops.
    pub(super) stop: CancellationToken,
    /// Cuts the stream.
    pub(super) kill: CancellationToken,
    /// The deadline of authentication, and the places for those who may take longer.
    pub(super) patience: Arc<LoginDeadline>,
    pub(super) places: Arc<PromptSlots>,
    /// Raised when a real attempt to authenticate was refused.
    pub(super) refused: Arc<AtomicBool>,
    pub(super) authenticated: Option<oneshot::Sender<()>>,
    pub(super) business: Option<oneshot::Sender<ChannelOutcome>>,
    /// Counted for as long as russh's own task holds this handler.
    pub(super) _present: Arc<ConnectionGuard>,
}
