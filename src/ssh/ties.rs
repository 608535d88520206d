//! What ties a handler to its connection: what one is told when it is made, and what it hands over.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use russh::ChannelId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::inbox::Inbox;
use super::server::Present;
use super::settings::Settings;
use super::talk::{Patience, Places};
use super::wire::SshWire;
use crate::domain::source::Source;
use crate::visit::{Incoming, Opening};

/// What a client turned out to want.
#[derive(Debug)]
pub(super) enum Business {
    /// The portal, on a terminal.
    Visit(Box<Start>),
    /// Something that is not served; it was told so and its channel is closed.
    Dismissed,
}

/// Everything that a visit needs to begin, and to be ended.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) channel: ChannelId,
    pub(super) opening: Opening,
    pub(super) wire: SshWire,
    pub(super) inbox: Arc<Inbox>,
    pub(super) visit_input: mpsc::Sender<Incoming>,
    pub(super) gone: CancellationToken,
}

/// What ties a handler to its connection.
#[derive(Debug)]
pub(super) struct Ties {
    pub(super) peer: SocketAddr,
    pub(super) source: Source,
    pub(super) settings: Arc<Settings>,
    /// Cancelled when the server stops.
    pub(super) stop: CancellationToken,
    /// Cuts the stream.
    pub(super) kill: CancellationToken,
    /// The deadline of authentication, and the places for those who may take longer.
    pub(super) patience: Arc<Patience>,
    pub(super) places: Arc<Places>,
    /// Raised when a real attempt to authenticate was refused.
    pub(super) refused: Arc<AtomicBool>,
    pub(super) authenticated: Option<oneshot::Sender<()>>,
    pub(super) business: Option<oneshot::Sender<Business>>,
    /// Counted for as long as russh's own task holds this handler.
    pub(super) _present: Arc<Present>,
}
