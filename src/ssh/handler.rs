//! russh's callbacks. Every request gets exactly one reply, and none awaits the session: a callback that
//! waits for somebody who waits for the client would hold the connection for ever.
//!
//! What is not here (forwarding, agent) is refused by russh's own defaults. One channel at a time, and one
//! session or message per connection. Whoever asks for a second channel (OpenSSH's `ControlMaster`) is told
//! that there is none left, and then connects anew by itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use russh::keys::{Certificate, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Error, Pty, Sig};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::SessionHost;
use super::algorithms::WINDOW;
use super::auth::Login;
use super::client::{self, Environment};
use super::inbox::{self, Inbox};
use super::links::{ChannelOutcome, HandlerLinks, Launch};
use super::prompts::{PromptDialog, PromptStep};
use super::sink::ChannelSink;
use crate::domain::exit_code;
use crate::domain::ssh_key::{Fingerprint, ProvenKey};
use crate::session::{ClientInfo, SessionMode, SessionStart};
use crate::terminal::size::Size;

/// `SSH_EXTENDED_DATA_STDERR` (RFC 4254 section 5.2).
const STDERR: u32 = 1;

/// The window of a client whose session is behind: the smallest that russh still renews.
const TRICKLE: u32 = 2;

/// Channels that may be opened one after the other before anything is asked of one.
const MAX_OPENED: u32 = 16;

/// One connection, as russh sees it.
pub(super) struct ConnectionHandler<H> {
    host: H,
    ties: HandlerLinks,
    login: Login,
    open: Option<OpenChannel>,
    opened: u32,
}

/// The channel that is open now.
struct OpenChannel {
    id: ChannelId,
    terminal: Option<Terminal>,
    environment: Environment,
    app: ChannelUse,
}

struct Terminal {
    term: String,
    size: watch::Sender<Size>,
}

enum ChannelUse {
    None,
    Dismissed,
    Session { inbox: Arc<Inbox>, gone: CancellationToken },
}

impl<H: SessionHost> ConnectionHandler<H> {
    pub(super) fn new(host: H, ties: HandlerLinks) -> Self {
        Self { host, ties, login: Login::default(), open: None, opened: 0 }
    }

    async fn registered(&mut self, key: &PublicKey) -> bool {
        let fingerprint = Fingerprint::of(key);
        let asking = self.host.registered(self.login.user(), &fingerprint);
        let registered = timeout(self.ties.settings.key_lookup, asking).await.unwrap_or(false);
        self.login.shows(key, registered);
        registered
    }

    fn refusing(&self, answer: Auth) -> Auth {
        if self.login.refused_any() {
            self.ties.refused.store(true, Ordering::Relaxed);
        }
        answer
    }

    fn take_turn(&mut self, turn: PromptStep) -> Auth {
        match turn {
            PromptStep::On(talk, question) => {
                self.login.keep(talk);
                question
            }
            PromptStep::Done(talk, told) => self.login.done(talk, told),
            PromptStep::Refused => {
                let answer = self.login.misled();
                self.refusing(answer)
            }
        }
    }

    fn open(&mut self, id: ChannelId) -> Option<&mut OpenChannel> {
        self.open.as_mut().filter(|open| open.id == id)
    }

    /// The channel, when nothing has been started on it yet.
    fn fresh(&mut self, id: ChannelId) -> Option<&mut OpenChannel> {
        self.open(id).filter(|open| matches!(open.app, ChannelUse::None))
    }

    fn inbox(&mut self, id: ChannelId) -> Option<&Inbox> {
        match self.open(id) {
            Some(OpenChannel { app: ChannelUse::Session { inbox, .. }, .. }) => Some(inbox),
            _ => None,
        }
    }

    /// Says what is possible instead, and closes the channel. Everything goes through the session, in
    /// this order: what goes through its handle could be overtaken.
    fn dismiss(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        let Some(open) = self.fresh(id) else {
            return session.channel_failure(id);
        };
        open.app = ChannelUse::Dismissed;
        let line_end = if open.terminal.is_some() { "\r\n" } else { "\n" };
        let usage = format!("{}{line_end}", self.ties.settings.usage);
        session.channel_success(id)?;
        session.extended_data(id, STDERR, usage.into_bytes())?;
        session.exit_status_request(id, exit_code::USAGE)?;
        session.eof(id)?;
        session.close(id)?;
        self.hand_over(ChannelOutcome::Dismissed);
        Ok(())
    }

    /// Starts what was asked for on a channel on which nothing has been started yet.
    fn start(&mut self, channel: ChannelId, mode: SessionMode, session: &mut Session) -> Result<(), Error> {
        match self.open.take_if(|open| open.id == channel && matches!(open.app, ChannelUse::None)) {
            Some(open) => {
                // The reply goes first: the session may draw as soon as it is handed over.
                session.channel_success(channel)?;
                self.open = Some(self.begin(open, mode, session));
                Ok(())
            }
            None => session.channel_failure(channel),
        }
    }

    /// Hands the channel `open` over to a session.
    fn begin(&mut self, mut open: OpenChannel, mode: SessionMode, session: &mut Session) -> OpenChannel {
        let terminal = open.terminal.as_ref();
        let size =
            terminal.map_or_else(|| watch::channel(Size::DEFAULT).1, |terminal| terminal.size.subscribe());
        let client = ClientInfo {
            peer: self.ties.peer,
            source: self.ties.source,
            user: client::user(self.login.user()),
            proven: self.login.proven(),
            shown: self.login.shown(),
            client: client::client(session.remote_sshid()),
            has_pty: terminal.is_some(),
            term: terminal.map(|terminal| terminal.term.clone()).unwrap_or_default(),
            env: open.environment.take(),
        };
        let inbox = Arc::<Inbox>::default();
        let (session_input, input) = mpsc::channel(inbox::QUEUE);
        let (gone, end) = (self.ties.kill.child_token(), self.ties.stop.child_token());
        let stall_limit = self.ties.settings.stall_limit;
        let sink =
            ChannelSink::new(session.handle(), open.id, stall_limit, gone.clone(), self.ties.kill.clone());
        let start = SessionStart { client, mode, told: self.login.told(), input, size, end };
        open.app = ChannelUse::Session { inbox: Arc::clone(&inbox), gone: gone.clone() };
        let start = Launch { channel: open.id, start, sink, inbox, session_input, gone };
        self.hand_over(ChannelOutcome::Session(Box::new(start)));
        open
    }

    fn hand_over(&mut self, business: ChannelOutcome) {
        let taken = self.ties.business.take().map(|desk| desk.send(business));
        if !matches!(taken, Some(Ok(()))) {
            // There was one before, or the connection's task is already ending this connection.
            self.ties.kill.cancel();
        }
    }
}

impl<H: SessionHost> Handler for ConnectionHandler<H> {
    type Error = Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Error> {
        self.login.asks_for(user);
        Ok(self.login.without_credentials(&self.ties.settings.guests))
    }

    async fn auth_password(&mut self, user: &str, _password: &str) -> Result<Auth, Error> {
        self.login.asks_for(user);
        let answer = self.login.password();
        Ok(self.refusing(answer))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Error> {
        self.login.asks_for(user);
        let registered = self.registered(offer.public_key).await;
        let answer = self.login.key(registered, self.ties.settings.max_keys);
        Ok(self.refusing(answer))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Error> {
        self.login.asks_for(user);
        // Asked again: the key may have been taken off the account since it was offered.
        let registered = self.registered(key.public_key).await;
        let answer = self.login.signature(ProvenKey::by(&key), registered, self.ties.settings.max_keys);
        Ok(self.refusing(answer))
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        _certificate: &Certificate,
    ) -> Result<Auth, Error> {
        self.login.asks_for(user);
        let answer = self.login.key(false, self.ties.settings.max_keys);
        Ok(self.refusing(answer))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        let talk = self.login.goes_on(user);
        self.login.asks_for(user);
        let turn = match (response, talk) {
            (Some(response), Some(talk)) => talk.answered(response).await,
            (Some(_), None) => PromptStep::Refused,
            (None, abandoned) => {
                drop(abandoned);
                let Some(prompts) = self.host.prompts(user, self.ties.source) else {
                    return Ok(self.login.without_question());
                };
                PromptDialog::begin(prompts, &self.ties.places, self.ties.source, &self.ties.patience).await
            }
        };
        Ok(self.take_turn(turn))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Error> {
        if let Some(authenticated) = self.ties.authenticated.take() {
            // Nobody listens when the connection is being ended already.
            let _ = authenticated.send(());
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        self.opened = self.opened.saturating_add(1);
        if self.open.is_some() || self.ties.business.is_none() || self.opened > MAX_OPENED {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let id = channel.id();
        self.open = Some(OpenChannel {
            id,
            terminal: None,
            environment: Environment::default(),
            app: ChannelUse::None,
        });
        // The channel itself is dropped here: one that is held and not read freezes the session.
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Error> {
        if let Some(open) = self.open.take_if(|open| open.id == channel)
            && let ChannelUse::Session { gone, .. } = open.app
        {
            gone.cancel();
        }
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Error> {
        if let Some(inbox) = self.inbox(channel) {
            inbox.close();
        }
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _session: &mut Session) -> Result<(), Error> {
        if let Some(inbox) = self.inbox(channel)
            && inbox.push(data).is_err()
        {
            tracing::info!("cut a client that sends more than it was granted");
            self.ties.kill.cancel();
        }
        Ok(())
    }

    fn adjust_window(&mut self, channel: ChannelId, _current: u32) -> u32 {
        if self.inbox(channel).is_some_and(Inbox::is_pressed) { TRICKLE } else { WINDOW }
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        cols: u32,
        rows: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Error> {
        match self.fresh(channel).filter(|open| open.terminal.is_none()) {
            Some(open) => {
                let (size, _) = watch::channel(Size::clamped(cols, rows));
                open.terminal = Some(Terminal { term: client::term(term), size });
                session.channel_success(channel)
            }
            None => session.channel_failure(channel),
        }
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        match self.fresh(channel).map(|open| open.environment.offer(name, value)) {
            Some(true) => session.channel_success(channel),
            Some(false) | None => session.channel_failure(channel),
        }
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Error> {
        self.start(channel, SessionMode::Portal, session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        match client::command(command) {
            Some(command) => self.start(channel, SessionMode::Exec(command), session),
            None => self.dismiss(channel, session),
        }
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _auth_protocol: &str,
        _auth_cookie: &str,
        _screen_number: u32,
        session: &mut Session,
    ) -> Result<(), Error> {
        session.channel_failure(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        cols: u32,
        rows: u32,
        _pix_width: u32,
        _pix_height: u32,
        session: &mut Session,
    ) -> Result<(), Error> {
        match self.open(channel).and_then(|open| open.terminal.as_ref()) {
            Some(terminal) => {
                let asked = Size::clamped(cols, rows);
                terminal.size.send_if_modified(|size| std::mem::replace(size, asked) != asked);
                session.channel_success(channel)
            }
            None => session.channel_failure(channel),
        }
    }

    async fn signal(&mut self, channel: ChannelId, _signal: Sig, session: &mut Session) -> Result<(), Error> {
        session.channel_failure(channel)
    }
}
