//! One connection from accept to close: the one place with its deadlines. Whatever happens, the kill
//! switch is pulled at the end, and the connection counts as present until russh's task is gone too.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use russh::Disconnect;
use russh::server::{Config, RunningSession, run_stream};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::SessionHost;
use super::admission::{Offence, Permit};
use super::handler::ConnectionHandler;
use super::keepalive;
use super::links::{ChannelOutcome, HandlerLinks, Launch};
use super::prompts::{LoginDeadline, PromptSlots};
use super::server::ConnectionGuard;
use super::settings::SshSettings;
use super::stream::{GuardedStream, Socket, Traffic};
use crate::domain::exit_code;
use crate::session::ExitStatus;

/// How long a session task may take to notice that its stream is cut.
const CUT: Duration = Duration::from_secs(5);

/// What all connections of one server share.
pub(super) struct Shared<H> {
    pub(super) host: H,
    pub(super) settings: Arc<SshSettings>,
    pub(super) config: Arc<Config>,
    /// For those who are asked questions before they are let in.
    pub(super) places: Arc<PromptSlots>,
    /// Cancelled when the server stops: sessions say goodbye.
    pub(super) stop: CancellationToken,
    /// Cancelled when they have had the time for it.
    pub(super) kill: CancellationToken,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum ConnectionEnd {
    /// After authentication, in whatever way.
    Left,
    /// Before it, without a real attempt.
    NoAuth,
    /// Before it, after a refused attempt.
    AuthFailed,
    /// It had not authenticated in time.
    GraceExceeded,
    /// It sent what no client sends.
    Malformed,
    /// A panic, on whichever side of the wire.
    Crashed,
    /// The server stopped.
    Stopped,
}

impl ConnectionEnd {
    /// What its source has to answer for.
    pub(super) fn offence(&self) -> Option<Offence> {
        match self {
            Self::Left | Self::Stopped => None,
            Self::NoAuth => Some(Offence::NoAuth),
            Self::AuthFailed => Some(Offence::AuthFailed),
            Self::GraceExceeded => Some(Offence::GraceExceeded),
            Self::Malformed | Self::Crashed => Some(Offence::Crash),
        }
    }
}

type Connection<H> = RunningSession<ConnectionHandler<H>>;

/// The connection's own ends of what ties it to its handler.
struct ConnectionSignals {
    kill: CancellationToken,
    refused: Arc<AtomicBool>,
    login_by: watch::Receiver<Instant>,
    authenticated: oneshot::Receiver<()>,
    business: oneshot::Receiver<ChannelOutcome>,
}

/// Carries one connection to its end.
pub(super) async fn carry<H: SessionHost, S: Socket>(
    shared: &Shared<H>,
    line: S,
    peer: SocketAddr,
    mut permit: Permit,
    present: Arc<ConnectionGuard>,
) -> ConnectionEnd {
    let settings = &*shared.settings;
    let kill = shared.kill.child_token();
    let _cut_in_the_end = kill.clone().drop_guard();
    let traffic = Arc::<Traffic>::default();
    let (ties, mut desk) = tie(shared, peer, &permit, &kill, present);
    let stream = GuardedStream::new(line, kill, Arc::clone(&traffic));
    let handler = ConnectionHandler::new(shared.host.clone(), ties);

    let greeting = timeout(
        settings.banner_grace_time.min(settings.login_grace_time),
        run_stream(Arc::clone(&shared.config), stream, handler),
    );
    let mut session = tokio::select! {
        () = shared.stop.cancelled() => return ConnectionEnd::Stopped,
        greeting = greeting => match greeting {
            Err(_) => return ConnectionEnd::GraceExceeded,
            Ok(Err(error)) => return before_login(&Err(error), &desk),
            Ok(Ok(session)) => session,
        },
    };

    let ending = loop {
        let login_by = *desk.login_by.borrow_and_update();
        tokio::select! {
            biased;
            Ok(()) = &mut desk.authenticated => break None,
            ended = &mut session => return before_login(&ended, &desk),
            () = shared.stop.cancelled() => break Some(ConnectionEnd::Stopped),
            // It has one of the few places where questions are asked, and leaves its place as a startup.
            Ok(()) = desk.login_by.changed() => permit.started(),
            () = tokio::time::sleep_until(login_by) => break Some(ConnectionEnd::GraceExceeded),
        }
    };
    if let Some(ending) = ending {
        cut(&mut session, &desk.kill).await;
        return ending;
    }
    permit.started();
    let ending = serve(shared, session, desk, &traffic).await;
    tracing::debug!(read = traffic.read(), written = traffic.written(), "bytes of a session");
    ending
}

fn tie<H>(
    shared: &Shared<H>,
    peer: SocketAddr,
    permit: &Permit,
    kill: &CancellationToken,
    present: Arc<ConnectionGuard>,
) -> (HandlerLinks, ConnectionSignals) {
    let (authenticated_tx, authenticated) = oneshot::channel();
    let (business_tx, business) = oneshot::channel();
    let (accepted, settings) = (Instant::now(), &shared.settings);
    let ordinary = accepted + settings.login_grace_time;
    let asked = ordinary.max(accepted + settings.reset_grace_time);
    let (login_by_tx, login_by) = watch::channel(ordinary);
    let refused = Arc::<AtomicBool>::default();
    let ties = HandlerLinks {
        peer,
        source: permit.source(),
        settings: Arc::clone(&shared.settings),
        stop: shared.stop.clone(),
        kill: kill.clone(),
        patience: Arc::new(LoginDeadline { login_by: login_by_tx, ordinary, asked }),
        places: Arc::clone(&shared.places),
        refused: Arc::clone(&refused),
        authenticated: Some(authenticated_tx),
        business: Some(business_tx),
        _present: present,
    };
    (ties, ConnectionSignals { kill: kill.clone(), refused, login_by, authenticated, business })
}

/// From authentication to the end.
async fn serve<H: SessionHost>(
    shared: &Shared<H>,
    mut session: Connection<H>,
    mut desk: ConnectionSignals,
    traffic: &Traffic,
) -> ConnectionEnd {
    let settings = &*shared.settings;
    let request_by = Instant::now() + settings.request_grace_time;
    let business = tokio::select! {
        biased;
        Ok(business) = &mut desk.business => Some(business),
        ended = &mut session => return after_login(&ended),
        () = shared.stop.cancelled() => None,
        () = tokio::time::sleep_until(request_by) => None,
    };
    match business {
        Some(ChannelOutcome::Session(start)) => {
            run_session(shared, session, &desk.kill, traffic, *start).await
        }
        Some(ChannelOutcome::Dismissed) => {
            hang_up(&mut session, &desk.kill, settings, std::future::ready(())).await;
            ConnectionEnd::Left
        }
        None => {
            cut(&mut session, &desk.kill).await;
            ConnectionEnd::Left
        }
    }
}

/// How a session and its connection stand when one of them is over.
enum SessionOver {
    /// The session has ended, by itself or by a panic.
    Session(std::thread::Result<ExitStatus>),
    /// The client has closed the channel, or the stream was cut.
    Channel,
    /// The session has ended.
    Connection(Result<(), russh::Error>),
}

/// One session, and the goodbye on the wire after it.
async fn run_session<H: SessionHost>(
    shared: &Shared<H>,
    mut session: Connection<H>,
    kill: &CancellationToken,
    traffic: &Traffic,
    start: Launch,
) -> ConnectionEnd {
    let Launch { channel, start, sink, inbox, session_input, gone } = start;
    let end = start.end.clone();
    let mut visiting = pin!(AssertUnwindSafe(shared.host.session(start, sink)).catch_unwind());
    let (handle, settings) = (session.handle(), &shared.settings);
    let over = tokio::select! {
        biased;
        never = inbox.carry_to(session_input) => match never {},
        exit_status = &mut visiting => SessionOver::Session(exit_status),
        ended = &mut session => SessionOver::Connection(ended),
        () = gone.cancelled() => SessionOver::Channel,
        () = keepalive::gone(&handle, traffic, settings.client_alive_interval, settings.client_alive_count_max) => {
            tracing::debug!("cut a client that does not answer");
            kill.cancel();
            SessionOver::Channel
        }
    };
    match over {
        SessionOver::Session(exit_status) => {
            let exit_code =
                exit_status.as_ref().map_or(exit_code::INTERNAL, |exit_status| exit_status.exit_code);
            let goodbye = async {
                // Each fails only when the session has ended, which is what is waited for anyway.
                let _ = handle.exit_status_request(channel, exit_code).await;
                let _ = handle.eof(channel).await;
                let _ = handle.close(channel).await;
            };
            hang_up(&mut session, kill, &shared.settings, goodbye).await;
            if exit_status.is_ok() { ConnectionEnd::Left } else { ConnectionEnd::Crashed }
        }
        SessionOver::Connection(ended) => {
            gone.cancel();
            end.cancel();
            wind_down(shared, visiting).await;
            after_login(&ended)
        }
        SessionOver::Channel => {
            end.cancel();
            wind_down(shared, visiting).await;
            hang_up(&mut session, kill, &shared.settings, std::future::ready(())).await;
            ConnectionEnd::Left
        }
    }
}

/// Lets a session whose connection is gone finish what it is doing, but not for ever.
async fn wind_down<H>(shared: &Shared<H>, visiting: impl Future) {
    tokio::select! {
        _ = timeout(shared.settings.wind_down, visiting) => {}
        () = shared.kill.cancelled() => {}
    }
}

/// Says `goodbye`, and waits for the client to hang up; then disconnects it, and then cuts it.
async fn hang_up<H: SessionHost>(
    session: &mut Connection<H>,
    kill: &CancellationToken,
    settings: &SshSettings,
    goodbye: impl Future<Output = ()>,
) {
    let start = Instant::now();
    let handle = session.handle();
    if ends_by(start + settings.disconnect_after, session, goodbye).await {
        return;
    }
    let disconnect = async {
        let _ = handle.disconnect(Disconnect::ByApplication, "goodbye".to_owned(), String::new()).await;
    };
    if ends_by(start + settings.kill_after, session, disconnect).await {
        return;
    }
    cut(session, kill).await;
}

/// Does `first`, and tells whether the session has ended by `deadline`. A stalled client can hold up
/// `first` for ever, so that is within the deadline too.
async fn ends_by<H: SessionHost>(
    deadline: Instant,
    session: &mut Connection<H>,
    first: impl Future<Output = ()>,
) -> bool {
    let first = async {
        first.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = session => true,
        never_or_late = timeout_at(deadline, first) => never_or_late.is_ok(),
    }
}

/// Pulls the kill switch, and waits until russh's task has noticed.
async fn cut<H: SessionHost>(session: &mut Connection<H>, kill: &CancellationToken) {
    kill.cancel();
    if timeout(CUT, session).await.is_err() {
        tracing::error!("a session did not end after its stream was cut");
    }
}

fn before_login(ended: &Result<(), russh::Error>, desk: &ConnectionSignals) -> ConnectionEnd {
    tracing::debug!(?ended, "left before authentication");
    match ended {
        Err(russh::Error::Join(_)) => ConnectionEnd::Crashed,
        Err(error) if is_malformed(error) => ConnectionEnd::Malformed,
        _ if desk.refused.load(Ordering::Relaxed) => ConnectionEnd::AuthFailed,
        _ => ConnectionEnd::NoAuth,
    }
}

fn after_login(ended: &Result<(), russh::Error>) -> ConnectionEnd {
    tracing::debug!(?ended, "the client is gone");
    match ended {
        Err(russh::Error::Join(_)) => ConnectionEnd::Crashed,
        _ => ConnectionEnd::Left,
    }
}

/// Errors that no client causes which merely leaves, is too old, or has a key of an unknown type.
fn is_malformed(error: &russh::Error) -> bool {
    use russh::Error;
    matches!(
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
