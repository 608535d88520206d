//! russh's callbacks. Every request gets exactly one reply, and none awaits the session: a callback that
//! waits for a session that waits for the client would hold the connection for ever.
//!
//! What is not here (forwarding, agent) is refused by russh's own defaults.
//!
//! A connection has several channels (RFC 4254 section 5), each with one session: at the same time, up to
//! [`SshSettings::max_sessions`](super::settings::SshSettings::max_sessions), and one after the other. One that is too many
//! is refused as sshd refuses it; OpenSSH's client then opens another connection by itself. Each session has its own
//! terminal, input, log lines, deadlines and sign-in.
//!
//! What carries over from one session to the next is what authentication has come to, since the name before the `@` and
//! the key are the same by construction: that name, the proof of a registered key, the keys that were shown, and the
//! outcome of prompts, which every session of such a connection prints and nothing else. What does not is all that somebody
//! has proven in a session: who is signed in, a reauthentication, a second factor, a grant to choose a new password.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use russh::keys::{Certificate, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, ChannelWriteHalf, Error, Pty, Sig};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::SessionHost;
use super::algorithms::{self, WINDOW};
use super::auth::Login;
use super::client::{self, Environment};
use super::context::{HandlerContext, PendingSession};
use super::key_request::is_signed;
use super::prompts::{PromptDialog, PromptStep, PromptsState};
use super::sink::ChannelSink;
use crate::domain::exit_code;
use crate::domain::ssh_key::Fingerprint;
use crate::session::inbox::{Backlog, Inbox};
use crate::session::latest_size::LatestSize;
use crate::session::place::Place;
use crate::session::{ClientInfo, SessionMode, SessionStart};
use crate::terminal::size::Size;

/// `SSH_EXTENDED_DATA_STDERR` (RFC 4254 section 5.2).
const STDERR: u32 = 1;

/// The window of a client whose sessions are behind: the smallest that russh still renews.
const SMALLEST_WINDOW: u32 = 2;

/// Channels of one connection that may end of themselves without a part of what all connections have for it; and with it.
const FREE_ENDED: usize = 16;
const MAX_ENDED: usize = 512;

/// One connection, as russh sees it. Small, because russh's task has room for it four times over: the future of a
/// session is moved twice on its way into the task, and each move keeps the place it came from.
pub(super) struct ConnectionHandler<H> {
    host: H,
    context: Box<HandlerContext>,
    login: Box<Login>,
    channels: Vec<OpenChannel>,
    backlog: Backlog,
    ended: EndedChannels,
    /// Whether the key that was shown last is one to sign with, by its algorithm.
    may_sign: bool,
    /// What had been read of the client when it asked for something last.
    read_before: u64,
    /// How often it has asked to be authenticated.
    login_requests: u32,
}

/// The channels of a connection that we closed before its client did. russh forgets a channel when the client closes it and
/// looks at nothing more of one that we have closed, so it keeps 3 KiB of each of these until the connection ends.
#[derive(Default)]
struct EndedChannels {
    count: usize,
    /// The part that those beyond the free ones have of what all connections may keep.
    held: Option<OwnedSemaphorePermit>,
}

impl EndedChannels {
    /// Room for one more channel beside `open` ones to end of itself: with a permit where there are too many for none.
    fn room(
        &self,
        open: usize,
        in_all: &Arc<Semaphore>,
    ) -> Result<Option<OwnedSemaphorePermit>, ChannelOpenFailure> {
        let full = ChannelOpenFailure::ResourceShortage;
        match self.count + open {
            ..FREE_ENDED => Ok(None),
            FREE_ENDED..MAX_ENDED => Arc::clone(in_all).try_acquire_owned().map(Some).map_err(|_| full),
            MAX_ENDED.. => Err(full),
        }
    }

    /// Another has ended of itself.
    fn add(&mut self, permit: Option<OwnedSemaphorePermit>) {
        self.count += 1;
        match (&mut self.held, permit) {
            (Some(held), Some(permit)) => held.merge(permit),
            (held @ None, permit) => *held = permit,
            (Some(_), None) => {}
        }
    }
}

/// A channel that is open, or whose session has ended of itself: nobody tells when the client has closed that.
struct OpenChannel {
    id: ChannelId,
    /// For the time after it has ended of itself.
    when_ended: Option<OwnedSemaphorePermit>,
    terminal: Option<Terminal>,
    environment: Environment,
    used: ChannelUse,
}

struct Terminal {
    term: String,
    size: Arc<LatestSize>,
}

enum ChannelUse {
    /// Not yet.
    None {
        writer: Option<ChannelWriteHalf<Msg>>,
        further: Option<OwnedSemaphorePermit>,
    },
    Session {
        inbox: Arc<Inbox>,
        closed: CancellationToken,
    },
}

impl OpenChannel {
    fn is_open(&self) -> bool {
        match &self.used {
            ChannelUse::None { .. } => true,
            ChannelUse::Session { closed, .. } => !closed.is_cancelled(),
        }
    }
}

impl<H: SessionHost> ConnectionHandler<H> {
    pub(super) fn new(host: H, context: HandlerContext) -> Self {
        let (context, login) = (Box::new(context), Box::default());
        let backlog = Backlog::of(WINDOW);
        Self {
            host,
            context,
            login,
            channels: Vec::new(),
            backlog,
            ended: EndedChannels::default(),
            may_sign: false,
            read_before: 0,
            login_requests: 0,
        }
    }

    /// Whether a signature by `key` is wanted: whether any account has it, whoever the client asks to be.
    async fn is_wanted(&self, key: &PublicKey) -> bool {
        let fingerprint = Fingerprint::of(key);
        let lookup =
            self.host.is_registered(self.context.source, &fingerprint).instrument(self.context.span.clone());
        self.host.takes_credentials(self.login.user())
            && Box::pin(timeout(self.context.settings.key_lookup, lookup)).await.unwrap_or(false)
    }

    /// The account of whoever the client asks to be, if `key`, which it has signed with, is theirs.
    async fn account_of_key(&self, key: &PublicKey) -> Option<Arc<str>> {
        let (user, fingerprint) = (self.login.user(), Fingerprint::of(key));
        if !self.host.takes_credentials(user) {
            return None;
        }
        let lookup = self
            .host
            .account_of_key(self.context.source, user, &fingerprint)
            .instrument(self.context.span.clone());
        let found = Box::pin(timeout(self.context.settings.key_lookup, lookup)).await;
        found.ok().flatten().map(Arc::from)
    }

    /// How much came since the client asked for something last, nothing where this is the same packet; and whether it is
    /// the first that it asks for.
    fn measured(&mut self) -> (u64, bool) {
        if let Some(phase) = &self.context.phase {
            phase.answered.store(true, Ordering::Relaxed);
        }
        let read = self.context.traffic.read();
        let came = read - std::mem::replace(&mut self.read_before, read);
        self.login_requests = self.login_requests.saturating_add(u32::from(came > 0));
        (came, self.login_requests == 1)
    }

    /// Refuses a password or a signature. Whoever begins with it may not be able to make another attempt.
    fn turn_down(&mut self, is_first: bool) -> Auth {
        let answer = self.login.turn_down();
        if let Some(phase) = self.context.phase.as_ref().filter(|_| is_first) {
            phase.turned_down.cancel();
        }
        self.noting_refusal(answer)
    }

    /// Tells the connection's task of refused attempts.
    fn noting_refusal(&self, answer: Auth) -> Auth {
        if let Some(phase) = self.context.phase.as_ref().filter(|_| self.login.refused_any()) {
            phase.refused.store(true, Ordering::Relaxed);
        }
        answer
    }

    fn set_prompts(&self, state: PromptsState) {
        if let Some(phase) = &self.context.phase {
            phase.prompts_state.send_replace(state);
        }
    }

    fn follow(&mut self, step: PromptStep) -> Auth {
        let state = match &step {
            PromptStep::Ask(dialog, _) if dialog.asks() => PromptsState::Asking,
            PromptStep::Ask(..) | PromptStep::Done(..) => PromptsState::Answering,
            PromptStep::Refused => PromptsState::None,
        };
        self.set_prompts(state);
        match step {
            PromptStep::Ask(dialog, prompt) => {
                if let Auth::Partial { instructions, prompts, .. } = &prompt {
                    let bytes = instructions.len()
                        + prompts.iter().map(|(prompt, _)| prompt.len() + 5).sum::<usize>();
                    self.context.traffic.announce(bytes, 1);
                }
                self.login.keep(dialog);
                prompt
            }
            PromptStep::Done(dialog, outcome) => self.login.done(dialog, outcome),
            PromptStep::Refused => {
                let answer = self.login.wrong_answers();
                self.noting_refusal(answer)
            }
        }
    }

    fn open(&mut self, id: ChannelId) -> Option<&mut OpenChannel> {
        self.channels.iter_mut().find(|open| open.id == id)
    }

    /// The channel, when nothing has been started on it yet.
    fn fresh(&mut self, id: ChannelId) -> Option<&mut OpenChannel> {
        self.open(id).filter(|open| matches!(open.used, ChannelUse::None { .. }))
    }

    fn inbox(&mut self, id: ChannelId) -> Option<&Inbox> {
        match self.open(id) {
            Some(OpenChannel { used: ChannelUse::Session { inbox, .. }, .. }) => Some(inbox),
            _ => None,
        }
    }

    /// Room for one more session, with its part of what all connections have beyond one session each.
    fn room(&self) -> Result<Option<OwnedSemaphorePermit>, ChannelOpenFailure> {
        let HandlerContext { settings, further, .. } = &*self.context;
        let full = ChannelOpenFailure::ResourceShortage;
        if self.channels.len() >= settings.max_sessions {
            Err(full)
        } else if self.channels.is_empty() {
            Ok(None)
        } else {
            Arc::clone(further).try_acquire_owned().map(Some).map_err(|_| full)
        }
    }

    /// Says what is possible instead, and closes the channel. Everything goes through russh's session, in
    /// this order: what goes through its handle could be overtaken.
    fn reject(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        let Some(open) = self.fresh(id) else {
            return session.channel_failure(id);
        };
        let line_end = if open.terminal.is_some() { "\r\n" } else { "\n" };
        let usage = format!("{}{line_end}", self.context.settings.usage);
        self.context.traffic.announce(usage.len(), 5);
        session.channel_success(id)?;
        session.extended_data(id, STDERR, usage.into_bytes())?;
        session.exit_status_request(id, exit_code::USAGE)?;
        session.eof(id)?;
        session.close(id)?;
        self.forget_ended(|open| open.id == id);
        Ok(())
    }

    /// Forgets the channels that have ended of themselves: russh does not.
    fn forget_ended(&mut self, has_ended: impl Fn(&OpenChannel) -> bool) {
        for channel in self.channels.extract_if(.., |channel| has_ended(channel)) {
            self.ended.add(channel.when_ended);
        }
    }

    /// Starts what was asked for on a channel on which nothing has been started yet.
    fn start(&mut self, channel: ChannelId, mode: SessionMode, session: &mut Session) -> Result<(), Error> {
        let Some(open) = self.channels.iter_mut().find(|open| open.id == channel) else {
            return session.channel_failure(channel);
        };
        let ChannelUse::None { writer, further } = &mut open.used else {
            return session.channel_failure(channel);
        };
        let (Some(writer), further) = (writer.take(), further.take()) else {
            return session.channel_failure(channel);
        };
        // The reply goes first: a session may draw as soon as it is handed over.
        session.channel_success(channel)?;
        let terminal = open.terminal.as_ref();
        let size = terminal
            .map_or_else(|| Arc::new(LatestSize::new(Size::DEFAULT)), |terminal| Arc::clone(&terminal.size));
        let client = ClientInfo {
            peer: self.context.peer,
            source: self.context.source,
            user: client::user(self.login.user()),
            proven: self.login.proven(),
            attempt: self.login.attempt(self.context.settings.max_keys),
            offered_keys: self.login.offered_keys(),
            client: client::client(session.remote_sshid()),
            has_pty: terminal.is_some(),
            term: terminal.map(|terminal| terminal.term.clone()).unwrap_or_default(),
            env: open.environment.take(),
        };
        let inbox = Arc::new(Inbox::new(self.backlog.clone()));
        let (kill, stop) = (self.context.kill.clone(), self.context.stop.clone());
        let (closed, end) = (kill.child_token(), CancellationToken::new());
        let traffic = Arc::clone(&self.context.traffic);
        let sink = ChannelSink::new(writer, self.context.settings.stall_limit, traffic, closed.clone(), kill);
        let outcome = self.login.outcome();
        let place = Arc::new(Place::new(Instant::now()));
        let start = Box::new(SessionStart {
            client,
            mode,
            outcome,
            input: Arc::clone(&inbox),
            size,
            place,
            end,
            stop,
        });
        open.used = ChannelUse::Session { inbox, closed: closed.clone() };
        let pending = PendingSession { channel, start, sink, closed, further };
        self.context.traffic.hold_reply();
        self.context.sessions.push(pending);
        Ok(())
    }
}

impl<H: SessionHost> Handler for ConnectionHandler<H> {
    type Error = Error;

    /// The client begins: from here on each of its requests is measured.
    async fn authentication_banner(&mut self) -> Result<Option<String>, Error> {
        self.read_before = self.context.traffic.read();
        Ok(None)
    }

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Error> {
        self.measured();
        self.login.set_user(user);
        Ok(self.login.without_credentials(&self.context.settings.guests))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Error> {
        let (_, is_first) = self.measured();
        self.login.set_user(user);
        if self.host.takes_credentials(user) {
            Ok(self.login.password(password))
        } else {
            Ok(self.turn_down(is_first))
        }
    }

    /// Called for a question about a key, and for a signature that was not asked for: that is looked at next.
    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Error> {
        let (came, is_first) = self.measured();
        let at_once = is_first && is_signed(user, offer.public_key, offer.algorithm, came);
        self.may_sign = algorithms::may_sign(offer.algorithm);
        self.login.set_user(user);
        let max_keys = self.context.settings.max_keys;
        let is_looked_up = self.login.takes_key_try(max_keys) && self.may_sign;
        if self.login.asks_on(self.context.settings.max_auth_tries) {
            return Err(Error::NotAuthenticated);
        }
        let wanted = is_looked_up && self.is_wanted(offer.public_key).await;
        if at_once && !wanted {
            return Ok(if self.host.takes_credentials(user) { Auth::Accept } else { self.turn_down(true) });
        }
        let answer = self.login.offer(offer.public_key, wanted, max_keys);
        Ok(self.noting_refusal(answer))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Error> {
        let at_once = self.measured() == (0, true);
        self.login.set_user(user);
        let may_sign = algorithms::may_sign(key.algorithm);
        let account = if may_sign { self.account_of_key(key.public_key).await } else { None };
        let answer = self.login.signature(&key, account, at_once, self.context.settings.max_keys);
        Ok(self.noting_refusal(answer))
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, Error> {
        let at_once = self.measured() == (0, true);
        self.login.set_user(user);
        let key = PublicKey::new(certificate.public_key().clone(), "");
        // russh names the algorithm of a certificate's signature only when it asks about the key, just before.
        let may_prove = at_once && self.may_sign;
        let account = if may_prove { self.account_of_key(&key).await } else { None };
        let answer = self.login.certificate(&key, account, at_once, self.context.settings.max_keys);
        Ok(self.noting_refusal(answer))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        self.measured();
        let (dialog, asked_nothing) = (self.login.resume(user), self.login.resume_without_prompts(user));
        self.login.set_user(user);
        let span = self.context.span.clone();
        // Not where prompts were given up: what is sent next decides.
        self.set_prompts(PromptsState::Answering);
        let step = match (response, dialog) {
            // Boxed, as below: russh's task would keep room for it for as long as the connection lives.
            (Some(response), Some(dialog)) => Box::pin(dialog.answered(response)).instrument(span).await,
            (Some(response), None) if asked_nothing => {
                self.set_prompts(PromptsState::None);
                let answers = response.take(1).count();
                return Ok(if answers == 0 { Auth::Accept } else { self.follow(PromptStep::Refused) });
            }
            (Some(_), None) => PromptStep::Refused,
            (None, abandoned) => {
                drop(abandoned);
                let HandlerContext { source, stop, .. } = &*self.context;
                let prompts = span.in_scope(|| self.host.prompts(user, *source, stop));
                let (Some(prompts), Some(phase)) = (prompts, &self.context.phase) else {
                    self.set_prompts(PromptsState::None);
                    return Ok(self.login.without_prompts());
                };
                let begun = PromptDialog::begin(prompts, &phase.prompt_slots, *source, &phase.login_deadline);
                Box::pin(begun).instrument(span).await
            }
        };
        Ok(self.follow(step))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Error> {
        // Here and not where it is heard of: the next packet may be read before that.
        self.context.traffic.authenticated();
        if let Some(phase) = self.context.phase.take() {
            // Nobody listens when the connection is being ended already.
            let _ = phase.authenticated.send(self.login.account());
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        self.forget_ended(|channel| !channel.is_open());
        let when_ended = self.ended.room(self.channels.len(), &self.context.ended_channels);
        let (further, when_ended) = match self.room().and_then(|further| Ok((further, when_ended?))) {
            Ok(room) => room,
            Err(reason) => {
                reply.reject(reason).await;
                return Ok(());
            }
        };
        let id = channel.id();
        // The other half is dropped: one that is held and not read freezes the connection.
        let (_, writer) = channel.split();
        // Most connections have only one.
        self.channels.reserve_exact(1);
        self.channels.push(OpenChannel {
            id,
            when_ended,
            terminal: None,
            environment: Environment::default(),
            used: ChannelUse::None { writer: Some(writer), further },
        });
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Error> {
        let closed = self.channels.extract_if(.., |open| open.id == channel);
        for open in closed {
            if let ChannelUse::Session { closed, .. } = open.used {
                closed.cancel();
            }
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
            tracing::info!(parent: &self.context.span, "cut a client that sends more than it was granted");
            self.context.kill.cancel();
        }
        Ok(())
    }

    fn adjust_window(&mut self, _channel: ChannelId, _current: u32) -> u32 {
        // russh has one target for all channels of a connection.
        if self.backlog.is_behind() { SMALLEST_WINDOW } else { WINDOW }
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
                let size = Arc::new(LatestSize::new(Size::clamped(cols, rows)));
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
        self.start(channel, SessionMode::Portal, session)?;
        // The session paints meanwhile, and its first frame goes out with the reply.
        yield_now().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        match client::command(command) {
            Some(command) => self.start(channel, SessionMode::Exec(command), session),
            None => self.reject(channel, session),
        }
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        match client::command(name.as_bytes()) {
            Some(name) => self.start(channel, SessionMode::Subsystem(name), session),
            None => self.reject(channel, session),
        }
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
                terminal.size.set(Size::clamped(cols, rows));
                session.channel_success(channel)
            }
            None => session.channel_failure(channel),
        }
    }

    async fn signal(&mut self, channel: ChannelId, _signal: Sig, session: &mut Session) -> Result<(), Error> {
        session.channel_failure(channel)
    }
}
