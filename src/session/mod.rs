//! One person's session: the loop where input, flow, ui and service meet. Read this first.
//!
//! `ssh` starts a session with a [`SessionStart`] and a [`ClientSink`]; [`run`] returns when the person has left,
//! a deadline has passed, or the connection is gone. Nothing here knows SSH.
//!
//! ```text
//! bytes -> terminal::input -> ui -> flow --Request--> accounts (beside the loop)
//!                             ^      |<-----Reply--------'
//! bytes <- terminal::painter -'<-page'
//! ```
//!
//! `dispatch` chooses the ui, `app` is the event loop, `inbox` and `latest_size` are what it reads, `pace` how often it
//! paints, `driver` what it shares with the other ways to show pages.

mod app;
mod dispatch;
mod driver;
mod end;
mod exec;
pub mod inbox;
pub mod latest_size;
mod pace;
pub mod place;
pub mod prompts;
mod timeouts;

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::accounts::request::keys::RecognisedKey;
use crate::accounts::{Accounts, Fault, RequestContext};
use crate::domain::capabilities::Capabilities;
use crate::domain::exit_code;
use crate::domain::login_attempt::LoginAttempt;
use crate::domain::portal::PortalInfo;
use crate::domain::source::Source;
use crate::domain::ssh_key::{Fingerprint, ProvenKey, SshKey};
use crate::log::record;
use crate::messages::{Label, Language};
use crate::metrics::Open;
use crate::terminal::painter::Painter;
use crate::ui::{FirstFrames, Output};
use crate::{label, text};

use dispatch::Dispatched;
use inbox::Inbox;
use latest_size::LatestSize;
use place::Place;
use prompts::PromptOutcome;
pub use timeouts::SessionLimits;

/// What somebody is told whose request did not end before the server did.
const CUT_SHORT: Label = label!("ended-cut-short");

/// What a guest is told whose place goes to somebody else, and its id.
const GAVE_WAY: Label = label!("ended-gave-way");
const GAVE_WAY_ID: &str = "full";

/// The way back to the client. A frame is built whole and sent once.
pub trait ClientSink: Clone + Send + Sync + 'static {
    /// Resolves when the connection has taken `bytes`; the session makes one call at a time.
    fn send(&self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Disconnected>> + Send;

    /// The same for standard error, which only a session without a terminal has.
    fn send_error(&self, bytes: Vec<u8>) -> impl Future<Output = Result<(), Disconnected>> + Send;
}

/// The connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

/// Who connects. Everything but `peer`, `source` and `proven` is the client's own claim.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// Where the connection came from.
    pub peer: SocketAddr,
    /// What rate limits count it by.
    pub source: Source,
    /// The name before the `@`; it opens a page and identifies nobody.
    pub user: String,
    /// The registered key that the connection proved to hold under that name, if any.
    pub proven: Option<ProvenKey>,
    /// Keys that it showed under that name and that are not registered there; bounded. They prove nothing.
    pub offered_keys: Arc<[SshKey]>,
    /// What it was let in with although that proves nothing.
    pub attempt: LoginAttempt,
    /// The client's own version line, `SSH-2.0-OpenSSH_9.2p1`, bounded, untrusted text.
    pub client: String,
    /// Whether the client asked for a terminal: then the portal echoes, and there is one stream only.
    pub has_pty: bool,
    /// `TERM` of the pty; empty without one.
    pub term: String,
    /// The accepted environment variables (`LANG`, `LC_*`, `COLORTERM`, `COLORFGBG`, `NO_COLOR`, `ACCESSIBLE`), bounded.
    pub env: Vec<(String, String)>,
}

impl ClientInfo {
    fn request_context(&self, accounts: &Accounts) -> RequestContext {
        let cx = accounts.request_context(self.source, &self.client);
        let language = Language::of_locale(&self.env);
        RequestContext { proven: self.proven, offered_keys: self.offered_keys.clone(), language, ..cx }
    }
}

/// What a session is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionMode {
    /// The portal itself (`ssh account@host`).
    Portal,
    /// A command line (`ssh account@host whoami`), bounded, untrusted text.
    Exec(String),
    /// A subsystem (`sftp`), bounded, untrusted text; none is served.
    Subsystem(String),
}

/// Everything that a session begins with.
#[derive(Debug)]
pub struct SessionStart {
    /// Who connects.
    pub client: ClientInfo,
    /// What the session is for.
    pub mode: SessionMode,
    /// What came of prompts inside authentication; the session then only prints this.
    pub outcome: Option<PromptOutcome>,
    /// What the client sends; bounded, and the sender never waits.
    pub input: Arc<Inbox>,
    /// The terminal's size, within bounds.
    pub size: Arc<LatestSize>,
    /// What is done with the connection's place, and how it is asked back when the server is full.
    pub place: Arc<Place>,
    /// Cancelled when the connection is gone: nobody reads any more.
    pub end: CancellationToken,
    /// Cancelled when the server stops: what is under way is finished and answered, nothing new begins.
    pub stop: CancellationToken,
}

/// How a session ended; `ssh` closes the channel with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitStatus {
    /// One of [`exit_code`].
    pub exit_code: u32,
}

/// What all sessions share.
#[derive(Debug)]
pub struct AppState {
    /// The service.
    pub accounts: Arc<Accounts>,
    /// What pages say about this portal, in English whoever reads it.
    pub portal: Arc<PortalInfo>,
    /// The same for screens.
    pub screens: ScreenPortals,
    /// Usernames that open a page.
    pub names: PageUsers,
    /// How long a session may last.
    pub limits: SessionLimits,
    /// The first pages, as they were drawn for others.
    pub first_frames: Arc<FirstFrames>,
}

/// Usernames (before the `@`) that open a page instead of naming a person.
#[derive(Clone, Debug)]
pub struct PageUsers {
    /// Opens the portal.
    pub account: String,
    /// Opens the portal for clients that support only `none`.
    pub guest: String,
    /// Opens the forgot-password flow.
    pub forgot: String,
    /// Is the forgot-password flow, inside authentication prompts.
    pub reset: String,
    /// Takes an undo code, inside authentication prompts.
    pub undo: String,
    /// Opens the page that takes an invitation.
    pub join: String,
    /// Opens the SSH keys, behind the sign-in.
    pub keys: String,
    /// Opens support.
    pub support: String,
    /// Opens the page that takes the setup code.
    pub setup: String,
}

impl PageUsers {
    /// Every one of them.
    #[must_use]
    pub fn all(&self) -> [&String; 9] {
        // Destructured, so that a new one is not forgotten here.
        let Self { account, guest, forgot, reset, undo, join, keys, support, setup } = self;
        [account, guest, forgot, reset, undo, join, keys, support, setup]
    }

    /// True for a name that is served inside authentication prompts.
    fn is_prompted(&self, user: &str) -> bool {
        user == self.reset || user == self.undo
    }

    /// Whether what `user` opens can be done where accounts and passwords live.
    fn can_open(&self, user: &str, can: Capabilities) -> bool {
        let is_reset = [&self.forgot, &self.reset, &self.undo].into_iter().any(|name| name == user);
        let is_of_accounts = user == self.join || user == self.setup;
        (can.reset || !is_reset) && (can.accounts || !is_of_accounts)
    }

    /// The person that `user` names; `None` if it names a page.
    #[must_use]
    pub fn person<'a>(&self, user: &'a str) -> Option<&'a str> {
        let is_page = self.all().into_iter().any(|name| name == user);
        (!is_page && !user.is_empty()).then_some(user)
    }
}

/// The portal in each language, shared by all screens that speak it.
#[derive(Debug)]
pub struct ScreenPortals([Arc<PortalInfo>; Language::ALL.len()]);

impl ScreenPortals {
    /// The languages of `portal`, each until a member's profile says otherwise.
    #[must_use]
    pub fn of(portal: &Arc<PortalInfo>) -> Self {
        Self(Language::ALL.map(|language| portal.first_in(language)))
    }

    fn in_language(&self, language: Language) -> Arc<PortalInfo> {
        let [first, ..] = &self.0;
        Arc::clone(self.0.iter().find(|portal| portal.language == language).unwrap_or(first))
    }
}

impl AppState {
    /// Whether a client that asks to be `user` may authenticate by a key or a password. What is served inside
    /// authentication prompts takes neither: a client that is accepted by them is not prompted.
    #[must_use]
    pub fn takes_credentials(&self, user: &str) -> bool {
        !self.is_prompted(user)
    }

    /// True for a name that is served inside authentication prompts here.
    #[must_use]
    pub fn is_prompted(&self, user: &str) -> bool {
        self.names.is_prompted(user) && self.can_open(user)
    }

    /// Whether what `user` opens can be done where accounts and passwords live.
    fn can_open(&self, user: &str) -> bool {
        self.names.can_open(user, self.portal.capabilities)
    }

    /// Whether `key` is registered on any account.
    pub async fn is_key_registered(&self, key: &Fingerprint) -> bool {
        let registered = self.accounts.is_registered_key(key).await;
        registered.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "a key could not be looked up; it is taken for one that nobody has");
            false
        })
    }

    /// The id of the account that `user` names and that has registered `key`, or that has proven it if `user` names a page.
    pub async fn account_of_key(&self, user: &str, key: &Fingerprint) -> Option<String> {
        known_key(self.accounts.account_of_key(key, self.names.person(user)).await)
    }

    /// Whether some account, older than a week, signed in from `source` lately; `None` when nobody can say.
    pub async fn is_known_source(&self, source: Source) -> Option<bool> {
        let known = self.accounts.is_known_source(source).await;
        known.inspect_err(|fault| tracing::warn!(%fault, "a source could not be looked up")).ok()
    }

    /// Whose `key` is, which the connection of `user` has proven to hold.
    async fn recognise_key(&self, user: &str, key: ProvenKey) -> Option<RecognisedKey> {
        known_key(self.accounts.recognise_key(key, self.names.person(user)).await)
    }

    async fn owner_of_key(&self, user: &str, key: &Fingerprint) -> Option<String> {
        known_key(self.accounts.owner_of_key(key, self.names.person(user)).await)
    }
}

/// What was found out about a key; nothing where it could not be looked up.
fn known_key<T>(found: Result<Option<T>, Fault>) -> Option<T> {
    found.unwrap_or_else(|fault| {
        tracing::warn!(%fault, "a key could not be looked up; the session begins without it");
        None
    })
}

/// How long a request may still take once the server stops: more than any request has, less than the server waits.
const LAST_REQUEST: Duration = Duration::from_secs(8);

/// How long the last line may take when the connection is slow.
const LAST_LINE: Duration = Duration::from_secs(2);

/// Runs one session to its end. A panic ends this session only: the terminal is restored, the
/// person is told, and it is logged once.
pub async fn run<W: ClientSink>(state: Arc<AppState>, start: Box<SessionStart>, sink: W) -> ExitStatus {
    let cx = start.client.request_context(&state.accounts);
    let span = session_span(&cx);
    async {
        let mut logged = LoggedSession::begin(&start);
        let (mut on_screen, mut language) = (false, Language::English);
        let session = async {
            // Boxed: the pages need no room for what came before them.
            match Box::pin(dispatch::run(state, start, cx, sink.clone())).await {
                Dispatched::Ended(exit_status) => exit_status,
                Dispatched::Pages { app, typed } => {
                    (on_screen, language) = (app.is_on_screen(), app.language());
                    Box::pin(app.run(typed)).await
                }
            }
        };
        if let Ok(exit_status) = AssertUnwindSafe(session).catch_unwind().await {
            logged.exit_code = Some(exit_status.exit_code);
            return exit_status;
        }
        logged.exit_code = Some(exit_code::INTERNAL);
        tracing::error!("a session panicked and was ended");
        let mut bytes = if on_screen { Painter::restore() } else { Vec::new() };
        bytes.extend_from_slice(format!("{}\r\n", text!(language, "ended-fault")).as_bytes());
        // The connection may be gone as well; there is nobody left to tell.
        let _ = Box::pin(timeout(LAST_LINE, sink.send(bytes))).await;
        ExitStatus { exit_code: exit_code::INTERNAL }
    }
    .instrument(span)
    .await
}

/// What every log line of a session carries: the id that the audit has, and who is signed in. It is an error span, so
/// that no log level leaves it out.
fn session_span(cx: &RequestContext) -> Span {
    tracing::error_span!("session", session = %cx.session, account = Empty, reason = Empty)
}

/// A session in the log, from its begin to its end, also when it is dropped on the way.
#[derive(Debug)]
struct LoggedSession {
    kind: &'static str,
    since: Instant,
    exit_code: Option<u32>,
    _open: Open,
}

impl LoggedSession {
    fn begin(start: &SessionStart) -> Self {
        let kind = match (&start.mode, &start.outcome) {
            (_, Some(_)) => "outcome",
            (SessionMode::Portal, None) => "portal",
            (SessionMode::Exec(_) | SessionMode::Subsystem(_), None) => "command",
        };
        Self::begin_as(kind, &start.client.client)
    }

    fn begin_as(kind: &'static str, client: &str) -> Self {
        record!(SessionBegun, kind, client);
        Self { kind, since: Instant::now(), exit_code: None, _open: Open::session(kind) }
    }
}

impl Drop for LoggedSession {
    fn drop(&mut self) {
        record!(
            SessionEnded,
            kind = self.kind,
            exit_code = self.exit_code,
            seconds = self.since.elapsed().as_secs()
        );
    }
}

/// Sends what a ui printed, errors first: they are about what comes next.
async fn deliver<W: ClientSink>(sink: &W, output: Output) -> Result<(), Disconnected> {
    if !output.err.is_empty() {
        sink.send_error(output.err).await?;
    }
    if output.out.is_empty() { Ok(()) } else { sink.send(output.out).await }
}
