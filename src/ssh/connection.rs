//! One connection from accept to close: the one place with its deadlines. Whatever happens, the kill
//! switch is pulled at the end, and the connection counts until russh's own task has ended too.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use russh::Disconnect;
use russh::server::{Handle, RunningSession, run_stream};
use strum::{IntoStaticStr, VariantArray};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::SessionHost;
use super::admission::{Offence, Permit};
use super::context::{ConnectionGuard, HandlerContext, LoginPhase, PendingSession, PendingSessions};
use super::handler::ConnectionHandler;
use super::keepalive;
use super::known_sources::KnownSources;
use super::prompts::{LoginDeadline, PromptSlots, PromptsState};
use super::server::SharedConfig;
use super::settings::SshSettings;
use super::stream::{GuardedStream, Socket, Traffic};
use crate::domain::exit_code;
use crate::session::place::Place;

/// How long an authenticated client may take to ask for a session once the server stops.
const LAST_CHANNEL_REQUEST: Duration = Duration::from_secs(2);

/// How long somebody may take to read the first prompt.
const TO_READ: Duration = Duration::from_secs(30);

/// How long a client may take to be told why it is disconnected.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What somebody hears whose client asks them something when the server stops (RFC 4253 section 11.1).
const RESTARTING: &str = "The portal is being restarted. Connect again in a moment.";

/// What somebody hears whose prompts have to give way: nothing has happened since the last one.
const GAVE_WAY: &str =
    "Too many resets and undos are under way. Connect again in a minute, or use the account page.";

/// What a client is told that has had no session for too long (RFC 4253 section 11.1), as with `ssh -N`.
const NO_SESSION: &str = "This connection had no session for a while. Connect again to go on.";

/// What somebody hears whose client sends a key or a password where everything is asked in prompts.
const ONLY_PROMPTS: &str = "This name is answered in prompts alone (keyboard-interactive), and takes neither a key nor a \
     password. Nothing was changed. Turn both off in your client, or use the account page.";

/// What somebody hears whose client makes a second attempt in a way that gets no answer: after `ssh-userauth` was asked for
/// again (RFC 4253 section 10). russh answers that once a connection, and drops what it does not answer without a word.
const ONE_ATTEMPT: &str = "Your client asks for ssh-userauth again before a second attempt, which this server does not \
     answer. Connect again, and begin with the right key, the password, or keyboard-interactive.";

/// How large such a request can be, in a packet of any cipher.
const SERVICE_REQUEST: RangeInclusive<u64> = 42..=105;

/// How long one may go unanswered; longer than anything else that authentication waits for.
const UNANSWERED: Duration = Duration::from_millis(2_500);

/// How long russh's task may take to notice that its stream is cut.
const CUT: Duration = Duration::from_secs(5);

/// What all connections of one server share.
pub(super) struct Shared<H> {
    pub(super) host: H,
    pub(super) settings: Arc<SshSettings>,
    pub(super) config: SharedConfig,
    /// For places that strangers do not get.
    pub(super) known_sources: KnownSources,
    /// For sessions beyond the first one of each connection: as many in all as there may be connections.
    pub(super) further: Arc<Semaphore>,
    /// For what russh keeps of channels that have ended of themselves, beyond the first ones of each connection.
    pub(super) ended_channels: Arc<Semaphore>,
    /// For prompts inside authentication.
    pub(super) prompt_slots: Arc<PromptSlots>,
    /// Cancelled when the server stops: sessions say goodbye.
    pub(super) stop: CancellationToken,
    /// Cancelled when their time for it is over.
    pub(super) kill: CancellationToken,
}

/// How a connection ended.
#[derive(Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum ConnectionEnd {
    /// After authentication, in whatever way.
    Left,
    /// Before it, without a real attempt.
    NoAuth,
    /// Before it, after a refused attempt.
    AuthFailed,
    /// It had not authenticated in time.
    GraceExceeded,
    /// Its prompts gave way to somebody else's.
    GaveWay,
    /// It took so long to authenticate, or to answer anything, that it gave way to somebody else.
    Dropped,
    /// It sent what no client sends.
    Malformed,
    /// A panic, on whichever side of the wire.
    Crashed,
    /// The server stopped.
    Stopped,
}

impl ConnectionEnd {
    /// Of prompts that gave way at `now`: no offence of whoever has answered, or has had no time to. They begin before the
    /// `ordinary` deadline.
    fn given_way(has_answered: bool, ordinary: Instant, now: Instant) -> Self {
        if has_answered || now < ordinary + TO_READ { Self::GaveWay } else { Self::Dropped }
    }

    /// What its source is penalised for.
    pub(super) fn offence(&self) -> Option<Offence> {
        match self {
            Self::Left | Self::GaveWay | Self::Stopped => None,
            Self::NoAuth => Some(Offence::NoAuth),
            Self::AuthFailed => Some(Offence::AuthFailed),
            Self::GraceExceeded | Self::Dropped => Some(Offence::GraceExceeded),
            Self::Malformed | Self::Crashed => Some(Offence::Crash),
        }
    }
}

type Connection<H> = RunningSession<ConnectionHandler<H>>;

/// What a connection's task hears from its handler.
struct HandlerEvents {
    kill: CancellationToken,
    answered: Arc<AtomicBool>,
    refused: Arc<AtomicBool>,
    turned_down: CancellationToken,
    login_by: watch::Receiver<Instant>,
    /// The deadline of whoever has no prompts.
    ordinary: Instant,
    prompts_state: watch::Receiver<PromptsState>,
    gives_way: CancellationToken,
    has_answered: Arc<AtomicBool>,
    authenticated: oneshot::Receiver<Option<Arc<str>>>,
    sessions: Arc<PendingSessions>,
}

impl HandlerEvents {
    /// What is left of them once the client has authenticated.
    fn of_sessions(self) -> (CancellationToken, Arc<PendingSessions>) {
        (self.kill, self.sessions)
    }
}

/// Runs one connection to its end.
pub(super) async fn run<H: SessionHost, S: Socket>(
    shared: &Shared<H>,
    socket: S,
    peer: SocketAddr,
    permit: &Permit,
    guard: Arc<ConnectionGuard>,
) -> ConnectionEnd {
    let settings = &*shared.settings;
    let kill = permit.kill();
    let _cut_in_the_end = kill.clone().drop_guard();
    let traffic = Arc::<Traffic>::default();
    let (context, mut events) = handler_context(shared, peer, permit, &kill, &traffic, guard);
    // Boxed, because russh keeps room for it more than once.
    let stream = Box::new(GuardedStream::new(socket, kill, settings.stall_limit, Arc::clone(&traffic)));
    let handler = ConnectionHandler::new(shared.host.clone(), context);

    // Boxed, as is the session below: a connection keeps no room for what it is through with, or does not come to.
    let greeting = Box::pin(timeout(
        settings.banner_grace_time.min(settings.login_grace_time),
        run_stream(shared.config.get(), stream, handler),
    ));
    let mut connection = tokio::select! {
        () = shared.stop.cancelled() => return ConnectionEnd::Stopped,
        greeting = greeting => match greeting {
            Err(_) => return ConnectionEnd::GraceExceeded,
            Ok(Err(error)) => return before_login(&Err(error), &events),
            Ok(Ok(connection)) => connection,
        },
    };

    let account = match Box::pin(authenticate(shared, &mut connection, &mut events, &traffic, permit)).await {
        Ok(account) => account,
        Err(end) => return end,
    };
    if let Some(account) = account {
        permit.started_with_key(account, Instant::now());
    } else {
        let now = Instant::now();
        let is_known = permit.is_crowded()
            && Box::pin(shared.known_sources.contain(permit.source(), &shared.host, now)).await;
        permit.started(is_known, Instant::now());
    }
    let (kill, requested) = events.of_sessions();
    let end = Box::pin(serve(shared, connection, &kill, &requested, &traffic, permit)).await;
    tracing::debug!(read = traffic.read(), written = traffic.written(), "bytes of a connection");
    end
}

/// Until the client has authenticated, with a key of an account or none; otherwise how the connection ended.
async fn authenticate<H: SessionHost>(
    shared: &Shared<H>,
    connection: &mut Connection<H>,
    events: &mut HandlerEvents,
    traffic: &Arc<Traffic>,
    permit: &Permit,
) -> Result<Option<Arc<str>>, ConnectionEnd> {
    let mut in_vain = Box::pin(asks_in_vain(Arc::clone(traffic), Arc::clone(&events.answered)));
    let mut stopping = false;
    let end = loop {
        let login_by = {
            let login_by = events.login_by.borrow_and_update();
            if login_by.has_changed() {
                // While it has one of the few prompt slots it does not count as a startup.
                permit.set_prompted(*login_by > events.ordinary, Instant::now());
            }
            *login_by
        };
        let prompts_state = *events.prompts_state.borrow_and_update();
        if stopping && prompts_state != PromptsState::Answering {
            if prompts_state == PromptsState::Asking {
                // Somebody at a prompt reads it when they have answered.
                traffic.deliver_rest();
                if Box::pin(disconnect(connection, RESTARTING)).await {
                    return Err(ConnectionEnd::Stopped);
                }
            }
            break ConnectionEnd::Stopped;
        }
        tokio::select! {
            biased;
            Ok(account) = &mut events.authenticated => return Ok(account),
            () = events.gives_way.cancelled() => {
                traffic.deliver_rest();
                let has_answered = events.has_answered.load(Ordering::Relaxed);
                let end = ConnectionEnd::given_way(has_answered, events.ordinary, Instant::now());
                if Box::pin(disconnect(connection, GAVE_WAY)).await {
                    return Err(end);
                }
                break end;
            }
            () = events.turned_down.cancelled() => {
                traffic.deliver_rest();
                if Box::pin(disconnect(connection, ONLY_PROMPTS)).await {
                    return Err(ConnectionEnd::AuthFailed);
                }
                break ConnectionEnd::AuthFailed;
            }
            // Prompts may wait for the service, and are answered all the same.
            () = &mut in_vain, if prompts_state == PromptsState::None => {
                traffic.deliver_rest();
                let end = not_authenticated(events);
                if Box::pin(disconnect(connection, ONE_ATTEMPT)).await {
                    return Err(end);
                }
                break end;
            }
            ended = &mut *connection => return Err(before_login(&ended, events)),
            () = shared.stop.cancelled(), if !stopping => stopping = true,
            Ok(()) = events.prompts_state.changed() => {}
            Ok(()) = events.login_by.changed() => {
                let login_by = *events.login_by.borrow();
                permit.set_prompted(login_by > events.ordinary, Instant::now());
            }
            () = sleep_until(login_by) => break ConnectionEnd::GraceExceeded,
        }
    };
    cut(connection, &events.kill).await;
    Err(end)
}

fn handler_context<H>(
    shared: &Shared<H>,
    peer: SocketAddr,
    permit: &Permit,
    kill: &CancellationToken,
    traffic: &Arc<Traffic>,
    guard: Arc<ConnectionGuard>,
) -> (HandlerContext, HandlerEvents) {
    let (authenticated_tx, authenticated) = oneshot::channel();
    let sessions = Arc::<PendingSessions>::default();
    let (accepted, settings) = (Instant::now(), &shared.settings);
    let ordinary = accepted + settings.login_grace_time;
    let prompted = ordinary.max(accepted + settings.reset_grace_time);
    let (login_by_tx, login_by) = watch::channel(ordinary);
    let (gives_way, turned_down) = (CancellationToken::new(), CancellationToken::new());
    let (prompts_state_tx, prompts_state) = watch::channel(PromptsState::None);
    let (refused, has_answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let answered = Arc::<AtomicBool>::default();
    let context = HandlerContext {
        peer,
        source: permit.source(),
        settings: Arc::clone(&shared.settings),
        span: tracing::Span::current(),
        stop: shared.stop.clone(),
        kill: kill.clone(),
        traffic: Arc::clone(traffic),
        phase: Some(Box::new(LoginPhase {
            login_deadline: Arc::new(LoginDeadline {
                login_by: login_by_tx,
                ordinary,
                prompted,
                gives_way: gives_way.clone(),
                has_answered: Arc::clone(&has_answered),
            }),
            prompt_slots: Arc::clone(&shared.prompt_slots),
            prompts_state: prompts_state_tx,
            answered: Arc::clone(&answered),
            refused: Arc::clone(&refused),
            turned_down: turned_down.clone(),
            authenticated: authenticated_tx,
        })),
        sessions: Arc::clone(&sessions),
        further: Arc::clone(&shared.further),
        ended_channels: Arc::clone(&shared.ended_channels),
        _guard: guard,
    };
    let kill = kill.clone();
    (
        context,
        HandlerEvents {
            kill,
            answered,
            refused,
            turned_down,
            login_by,
            ordinary,
            prompts_state,
            gives_way,
            has_answered,
            authenticated,
            sessions,
        },
    )
}

/// How the time of an authenticated client ends.
enum LastWord {
    /// The connection has ended.
    Ended(Result<(), russh::Error>),
    /// The client is given time to hang up.
    Goodbye,
    /// It is disconnected, and shown why.
    Disconnect(&'static str),
    /// It is cut.
    Cut,
}

/// From authentication to the end: runs every session that the client asks for.
async fn serve<H: SessionHost>(
    shared: &Shared<H>,
    mut connection: Connection<H>,
    kill: &CancellationToken,
    requested: &PendingSessions,
    traffic: &Traffic,
    permit: &Permit,
) -> ConnectionEnd {
    let (settings, handle) = (&*shared.settings, connection.handle());
    let (interval, count_max) = (settings.client_alive_interval, settings.client_alive_count_max);
    let mut unresponsive = pin!(keepalive::unresponsive(&handle, traffic, interval, count_max));
    // When a connection without a session ends.
    let mut idle = pin!(sleep_until(Instant::now() + settings.request_grace_time));
    let mut sessions = FuturesUnordered::new();
    let (mut stopping, mut had_session, mut has_crashed) = (false, false, false);
    let last_word = loop {
        tokio::select! {
            biased;
            pending = requested.next() => {
                had_session = true;
                sessions.push(Box::pin(run_session(shared, &handle, traffic, kill, permit, pending)));
            }
            Some(ended) = sessions.next() => {
                has_crashed |= ended == SessionOutcome::Crashed;
                if !sessions.is_empty() {
                    continue;
                }
                if stopping || ended != SessionOutcome::Ended || permit.has_to_leave() {
                    break LastWord::Goodbye;
                }
                idle.as_mut().reset(Instant::now() + settings.idle_connection);
            }
            ended = &mut connection => break LastWord::Ended(ended),
            () = &mut unresponsive => {
                tracing::debug!("cut a client that does not answer");
                break LastWord::Cut;
            }
            () = shared.stop.cancelled(), if !stopping => {
                stopping = true;
                // Its first request may be on its way, and the outcome of its prompts: a session can say why it
                // ends.
                let wait = if had_session { Duration::ZERO } else { LAST_CHANNEL_REQUEST };
                let last = (Instant::now() + wait).min(idle.deadline());
                idle.as_mut().reset(last);
            }
            () = &mut idle, if sessions.is_empty() => {
                break LastWord::Disconnect(if stopping { RESTARTING } else { NO_SESSION });
            }
        }
    };
    // Sessions that still run are told, and finish what they are doing.
    if matches!(last_word, LastWord::Ended(_) | LastWord::Cut) {
        kill.cancel();
    }
    while let Some(ended) = sessions.next().await {
        has_crashed |= ended == SessionOutcome::Crashed;
    }
    match last_word {
        LastWord::Ended(ended) => return after_login(&ended),
        LastWord::Goodbye => Box::pin(hang_up(&mut connection, kill, settings)).await,
        LastWord::Disconnect(why) => {
            if !Box::pin(disconnect(&mut connection, why)).await {
                cut(&mut connection, kill).await;
            }
        }
        LastWord::Cut => cut(&mut connection, kill).await,
    }
    if has_crashed { ConnectionEnd::Crashed } else { ConnectionEnd::Left }
}

/// What a session means for its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionOutcome {
    /// Another may follow.
    Ended,
    /// It told what came of prompts; there is nothing else to tell.
    Told,
    /// A panic that the session did not survive.
    Crashed,
}

/// One session, and the goodbye on its channel after it.
async fn run_session<H: SessionHost>(
    shared: &Shared<H>,
    handle: &Handle,
    traffic: &Traffic,
    kill: &CancellationToken,
    permit: &Permit,
    pending: Box<PendingSession>,
) -> SessionOutcome {
    let PendingSession { channel, start, sink, closed, further } = *pending;
    let (inbox, place, end) = (Arc::clone(&start.input), Arc::clone(&start.place), start.end.clone());
    let told = if start.outcome.is_some() { SessionOutcome::Told } else { SessionOutcome::Ended };
    permit.session(&place);
    let mut session = Box::pin(AssertUnwindSafe(shared.host.session(start, sink)).catch_unwind());
    let exit_status = tokio::select! {
        biased;
        never = follow_sign_ins(&place, permit) => match never {},
        exit_status = &mut session => Some(exit_status),
        // The client has closed the channel, or the connection is gone.
        () = closed.cancelled() => None,
    };
    let outcome = if let Some(exit_status) = exit_status {
        // Before the client hears of it, so that the place of this channel is free for the next one.
        closed.cancel();
        inbox.abandon();
        drop(further);
        let exit_code = exit_status.as_ref().map_or(exit_code::INTERNAL, |status| status.exit_code);
        traffic.announce(0, 3);
        let goodbye = async {
            // Each fails only when the connection has ended.
            let _ = handle.exit_status_request(channel, exit_code).await;
            let _ = handle.eof(channel).await;
            let _ = handle.close(channel).await;
        };
        if timeout(shared.settings.kill_after, goodbye).await.is_err() {
            kill.cancel();
        }
        if exit_status.is_ok() { told } else { SessionOutcome::Crashed }
    } else {
        inbox.disconnect();
        end.cancel();
        wind_down(shared, session).await;
        inbox.abandon();
        told
    };
    permit.session_ended(&place, Instant::now());
    outcome
}

/// Keeps the table of connections told of who is signed in.
async fn follow_sign_ins(place: &Place, permit: &Permit) -> Infallible {
    let mut signed_in = false;
    loop {
        signed_in = !signed_in;
        place.turns_signed_in(signed_in).await;
        permit.set_signed_in(signed_in, Instant::now());
    }
}

/// Lets a session whose connection is gone finish what it is doing, but not for ever.
async fn wind_down<H>(shared: &Shared<H>, session: impl Future) {
    tokio::select! {
        _ = timeout(shared.settings.wind_down, session) => {}
        () = shared.kill.cancelled() => {}
    }
}

/// Resolves when a client that has been `answered` asks for something that gets no answer.
async fn asks_in_vain(traffic: Arc<Traffic>, answered: Arc<AtomicBool>) {
    let mut read = 0;
    loop {
        sleep(UNANSWERED).await;
        let is_silent = std::mem::replace(&mut read, traffic.read()) == read;
        if is_silent && SERVICE_REQUEST.contains(&traffic.unanswered()) && answered.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Waits for the client to hang up; then disconnects it, and then cuts it.
async fn hang_up<H: SessionHost>(
    connection: &mut Connection<H>,
    kill: &CancellationToken,
    settings: &SshSettings,
) {
    let start = Instant::now();
    let handle = connection.handle();
    if ends_by(start + settings.disconnect_after, connection, std::future::ready(())).await {
        return;
    }
    let disconnect = async {
        let _ = handle.disconnect(Disconnect::ByApplication, "goodbye".to_owned(), String::new()).await;
    };
    if ends_by(start + settings.kill_after, connection, disconnect).await {
        return;
    }
    cut(connection, kill).await;
}

/// Does `first`, and tells whether the connection has ended by `deadline`. A stalled client can hold up
/// `first` for ever, so that is within the deadline too.
async fn ends_by<H: SessionHost>(
    deadline: Instant,
    connection: &mut Connection<H>,
    first: impl Future<Output = ()>,
) -> bool {
    let first = async {
        first.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = connection => true,
        never_or_late = timeout_at(deadline, first) => never_or_late.is_ok(),
    }
}

/// Disconnects the client, which shows `why`; tells whether the connection has ended.
async fn disconnect<H: SessionHost>(connection: &mut Connection<H>, why: &str) -> bool {
    let handle = connection.handle();
    let disconnect = async {
        // Fails only when the connection has ended.
        let _ = handle.disconnect(Disconnect::ServiceNotAvailable, why.to_owned(), String::new()).await;
    };
    ends_by(Instant::now() + LAST_WORD, connection, disconnect).await
}

/// Pulls the kill switch, and waits until russh's task has noticed.
async fn cut<H: SessionHost>(connection: &mut Connection<H>, kill: &CancellationToken) {
    kill.cancel();
    if timeout(CUT, connection).await.is_err() {
        tracing::error!("a connection did not end after its stream was cut");
    }
}

fn before_login(ended: &Result<(), russh::Error>, events: &HandlerEvents) -> ConnectionEnd {
    tracing::debug!(?ended, "ended before authentication");
    match ended {
        Err(russh::Error::Join(_)) => ConnectionEnd::Crashed,
        Err(error) if is_malformed(error) => ConnectionEnd::Malformed,
        _ => not_authenticated(events),
    }
}

fn not_authenticated(events: &HandlerEvents) -> ConnectionEnd {
    if events.refused.load(Ordering::Relaxed) { ConnectionEnd::AuthFailed } else { ConnectionEnd::NoAuth }
}

fn after_login(ended: &Result<(), russh::Error>) -> ConnectionEnd {
    tracing::debug!(?ended, "ended after authentication");
    match ended {
        Err(russh::Error::Join(_)) => ConnectionEnd::Crashed,
        Err(error) if is_refused_by_stream(error) => ConnectionEnd::Malformed,
        _ => ConnectionEnd::Left,
    }
}

/// Errors that a client does not cause by leaving, by being too old, or by a key of an unknown type.
fn is_malformed(error: &russh::Error) -> bool {
    use russh::Error;
    is_refused_by_stream(error)
        || matches!(
            error,
            Error::Inconsistent
                | Error::IndexOutOfBounds
                | Error::PacketAuth
                | Error::PacketSize(_)
                | Error::DecryptionError
                | Error::Pending
                | Error::StrictKeyExchangeViolation { .. }
                | Error::Version
        )
}

fn is_refused_by_stream(error: &russh::Error) -> bool {
    matches!(error, russh::Error::IO(error) if error.kind() == std::io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::LogEvent;

    #[test]
    fn prompts_that_nobody_had_the_time_to_read_give_way_without_an_offence() {
        let ordinary = Instant::now();
        let ends = |has_answered, after: u64| {
            ConnectionEnd::given_way(has_answered, ordinary, ordinary + Duration::from_secs(after)).offence()
        };
        assert_eq!((ends(false, 29), ends(true, 600)), (None, None));
        assert_eq!(ends(false, 31), Some(Offence::GraceExceeded));
    }

    #[test]
    fn the_log_says_of_every_offence_what_it_is_called() {
        let logged = ConnectionEnd::VARIANTS.iter().filter(|end| end.offence().is_some());
        assert_eq!(LogEvent::ConnectionFailed.quoted(), logged.map(<&str>::from).collect());
    }
}
