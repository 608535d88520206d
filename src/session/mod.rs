//! One person's session: the loop where input, flow, face and service meet. Read this first.
//!
//! `ssh` opens a session with an [`SessionStart`] and a [`ClientSink`]; [`run`] returns when the person has left,
//! was sent away, or fell silent. Nothing here knows SSH.
//!
//! ```text
//! bytes -> terminal::input -> face::screen -> flow --Ask--> accounts (beside the loop)
//!                                  ^            |<--Reply-----'
//! bytes <- terminal::painter <-----'<-- page <--'
//! ```

mod app;
mod dispatch;
mod end;
mod exec;
pub mod prompts;
mod timeouts;
mod waits;

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, RequestContext};
use crate::domain::exit_code;
use crate::domain::portal::PortalInfo;
use crate::domain::source::Source;
use crate::domain::ssh_key::{Fingerprint, ProvenKey, SshKey};
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;

use prompts::PromptOutcome;
pub use timeouts::SessionLimits;

/// The way back to the person's terminal. A frame is built whole and sent once.
pub trait ClientSink: Clone + Send + Sync + 'static {
    /// Resolves when the connection has taken `bytes`; the session makes one call at a time.
    fn send(&self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Disconnected>> + Send;

    /// The same for standard error, which only a session without a terminal has.
    fn send_error(&self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Disconnected>> + Send;
}

/// The connection is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

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
pub struct ClientInfo {
    /// Where the connection came from.
    pub peer: SocketAddr,
    /// What throttles count it by.
    pub source: Source,
    /// The name before the `@`; a mode, not an identity.
    pub user: String,
    /// The registered key that the connection proved to hold under that name, if any.
    pub proven: Option<ProvenKey>,
    /// Keys that it showed under that name and that are not registered there; bounded. Anybody can show any.
    pub shown: Vec<SshKey>,
    /// The client's own version line, `SSH-2.0-OpenSSH_9.2p1`, bounded, untrusted text.
    pub client: String,
    /// Whether there is a terminal of ours: we echo, and there is one stream only.
    pub has_pty: bool,
    /// `TERM` of the pty; empty without one.
    pub term: String,
    /// The environment that was let in (`LANG`, `LC_*`, `COLORTERM`, `NO_COLOR`, `ACCESSIBLE`), bounded.
    pub env: Vec<(String, String)>,
}

impl ClientInfo {
    /// Who knocks, for the service.
    fn request_context(&self, accounts: &Accounts) -> RequestContext {
        let cx = accounts.request_context(self.source, &self.client);
        RequestContext { proven: self.proven, shown: self.shown.as_slice().into(), ..cx }
    }
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionMode {
    /// The portal itself (`ssh account@host`).
    Portal,
    /// A command line (`ssh account@host whoami`), bounded, untrusted text.
    Exec(String),
}

/// Everything a session begins with.
#[derive(Debug)]
pub struct SessionStart {
    /// Who came.
    pub client: ClientInfo,
    /// What for.
    pub mode: SessionMode,
    /// What came of questions that were asked before the session; then it only tells this.
    pub told: Option<PromptOutcome>,
    /// What is typed; bounded, and the sender never waits for it.
    pub input: mpsc::Receiver<Incoming>,
    /// The terminal's size, always within bounds; only the latest counts.
    pub size: watch::Receiver<Size>,
    /// Cancelled when the connection is gone or the server stops; the session says goodbye and ends.
    pub end: CancellationToken,
}

/// How a session ended, for the wire to close the channel with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// Exit status of the channel; 0 when the person left by choice.
    pub exit_code: u32,
}

/// What all sessions of a server share.
#[derive(Debug)]
pub struct AppState {
    /// The service.
    pub accounts: Arc<Accounts>,
    /// What pages say of this portal.
    pub portal: Arc<PortalInfo>,
    /// Usernames that open a page.
    pub names: PageUsers,
    /// How long a session may last.
    pub limits: SessionLimits,
}

/// Usernames (before the `@`) that open a page instead of naming a person.
#[derive(Clone, Debug)]
pub struct PageUsers {
    /// Opens the portal.
    pub account: String,
    /// Opens the portal for clients that can do no more than `none`.
    pub guest: String,
    /// Opens the forgot-password flow.
    pub forgot: String,
    /// Is the forgot-password flow, inside authentication prompts.
    pub reset: String,
    /// Opens the page that takes an invitation.
    pub join: String,
    /// Opens the SSH keys, behind the sign-in.
    pub keys: String,
    /// Opens support.
    pub support: String,
}

impl PageUsers {
    /// Every one of them.
    #[must_use]
    pub fn all(&self) -> [&String; 7] {
        // Taken apart, so that no name of a page is forgotten here.
        let Self { account, guest, forgot, reset, join, keys, support } = self;
        [account, guest, forgot, reset, join, keys, support]
    }

    /// The name of the person that `user` names; `None` when it names a page.
    #[must_use]
    pub fn person<'a>(&self, user: &'a str) -> Option<&'a str> {
        let is_page = self.all().into_iter().any(|name| name == user);
        (!is_page && !user.is_empty()).then_some(user)
    }
}

impl AppState {
    /// Whether `key` is registered on the account that `user` names, or on any when `user` names a page. A
    /// reset inside the prompts of ssh takes no key: whoever is let in by one is not asked anything.
    pub async fn knows_key(&self, user: &str, key: &Fingerprint) -> bool {
        user != self.names.reset && self.owner_of_key(user, key).await.is_some()
    }

    async fn owner_of_key(&self, user: &str, key: &Fingerprint) -> Option<String> {
        let owner = self.accounts.owner_of_key(key, self.names.person(user)).await;
        owner.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "a key could not be looked up; the session begins without it");
            None
        })
    }
}

/// How long the last words may take when the connection is slow.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs one session to its end. A panic inside ends this session only: the terminal is restored, the
/// person is told, and it is logged once.
pub async fn run<W: ClientSink>(app: Arc<AppState>, start: SessionStart, sink: W) -> ExitStatus {
    let peer = start.client.source;
    let inner = dispatch::receive(app, start, sink.clone());
    if let Ok(exit_status) = AssertUnwindSafe(inner).catch_unwind().await {
        return exit_status;
    }
    tracing::error!(source = %peer, "a session panicked and was ended");
    let mut bytes = Painter::restore();
    bytes.extend_from_slice(
        b"Something went wrong on our side and this session was ended. Connect again.\r\n",
    );
    // The connection may be gone as well; there is nobody left to tell.
    let _ = tokio::time::timeout(LAST_WORDS, sink.send(bytes)).await;
    ExitStatus { exit_code: exit_code::INTERNAL }
}
