//! One person's visit: the loop where input, flow, face and service meet. Read this first.
//!
//! `ssh` opens a visit with an [`Opening`] and a [`Wire`]; [`run`] returns when the person has left,
//! was sent away, or fell silent. Nothing here knows SSH.

use std::future::Future;
use std::net::SocketAddr;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::source::Source;
use crate::terminal::size::Size;

/// The way back to the person's terminal. A frame is built whole and sent once.
pub trait Wire: Send + 'static {
    /// Resolves when the connection has taken `bytes`; one call at a time.
    fn send(&mut self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Gone>> + Send;
}

/// The connection is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// What came in from the person's terminal.
#[derive(Debug)]
pub enum Incoming {
    /// Bytes as typed, in order.
    Bytes(Vec<u8>),
    /// The person's side will send no more.
    Eof,
}

/// Who came, as the wire tells it. Everything in it but the addresses is the client's own claim.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Where the connection came from.
    pub peer: SocketAddr,
    /// What throttles count it by.
    pub source: Source,
    /// The name before the `@`; a wish, not an identity.
    pub user: String,
    /// The client's own version line, `SSH-2.0-OpenSSH_9.2p1`, bounded, untrusted text.
    pub client: String,
    /// `TERM` of the pty.
    pub term: String,
    /// The environment that was let in (`LANG`, `LC_*`, `COLORTERM`, `NO_COLOR`, `ACCESSIBLE`), bounded.
    pub env: Vec<(String, String)>,
}

/// Everything a visit on a pty begins with.
#[derive(Debug)]
pub struct Opening {
    /// Who came.
    pub caller: Caller,
    /// What is typed; bounded, and the sender never waits for it.
    pub input: mpsc::Receiver<Incoming>,
    /// The terminal's size, always within bounds; only the latest counts.
    pub size: watch::Receiver<Size>,
    /// Cancelled when the connection is gone or the server stops; the visit says goodbye and ends.
    pub end: CancellationToken,
}

/// How a visit ended, for the wire to close the channel with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Exit status of the channel; 0 when the person left by choice.
    pub exit_code: u32,
}
