//! The accept loop that never dies, and the shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rand::{Rng, RngExt};
use strum::VariantArray as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::SessionHost;
use super::admission::{Admission, Permit, Rejection};
use super::algorithms;
use super::connection::{self, ConnectionEnd, Shared};
pub use super::context::ConnectionCount;
use super::context::ConnectionGuard;
use super::host_key::HostKey;
use super::known_sources::KnownSources;
use super::prompts::PromptSlots;
use super::proxy::{self, Origin};
use super::settings::SshSettings;
use super::stream::bound_buffers;
use crate::domain::source::Source;
use crate::log::record;
use crate::metrics::metrics;

/// The first and the longest pause after a failed accept, such as one for want of file descriptors.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Connections of proxies whose header is being read: a proxy sends it at once.
const MAX_HEADERS: usize = 64;
/// Health checks of proxies that are being answered.
const MAX_CHECKS: usize = 64;

/// Channels that may be kept after they have ended of themselves, in all and for each connection that there may be.
const ENDED_CHANNELS: usize = 2;

const LOG_EVERY: Duration = Duration::from_mins(1);

/// How long connections may take to end once their streams are cut.
const CUT: Duration = Duration::from_secs(10);

/// What a client that is turned away is told; RFC 4253 section 4.2 lets a server send lines before its
/// version line.
const NOT_ALLOWED: &[u8] = b"Not allowed at this time\r\n";

/// A portal's SSH server.
pub struct Server<H> {
    settings: Arc<SshSettings>,
    config: SharedConfig,
    host: H,
    connections: ConnectionCount,
}

impl<H: SessionHost> Server<H> {
    /// A server with the host keys `keys` whose sessions `host` runs.
    #[must_use]
    pub fn new(settings: SshSettings, keys: &[HostKey], host: H) -> Self {
        let config = SharedConfig::new(algorithms::config(&settings, keys));
        let failed = ConnectionEnd::VARIANTS.iter().filter(|end| end.offence().is_some());
        metrics().declare_connections(
            Rejection::VARIANTS.iter().map(|&reason| reason.into()),
            failed.map(Into::into),
        );
        Self { settings: Arc::new(settings), config, host, connections: ConnectionCount::default() }
    }

    /// What gives it other host keys while [`Server::serve`] runs.
    #[must_use]
    pub fn host_keys(&self) -> HostKeys {
        HostKeys { settings: Arc::clone(&self.settings), config: self.config.clone() }
    }

    /// How many connections there are, also while [`Server::serve`] runs.
    #[must_use]
    pub fn connections(&self) -> ConnectionCount {
        self.connections.clone()
    }

    /// Serves until `stop` is cancelled; then lets every session say goodbye, and returns when all have
    /// ended. `rng` decides the random early drop.
    pub async fn serve(self, listener: TcpListener, mut rng: impl Rng, stop: CancellationToken) {
        let kill = CancellationToken::new();
        let admission = Admission::new(self.settings.limits.clone(), kill.clone());
        let max_connections = self.settings.limits.max_connections as usize;
        let shared = Arc::new(Shared {
            host: self.host,
            settings: Arc::clone(&self.settings),
            config: self.config,
            known_sources: KnownSources::default(),
            further: Arc::new(Semaphore::new(max_connections)),
            ended_channels: Arc::new(Semaphore::new(ENDED_CHANNELS * max_connections)),
            prompt_slots: Arc::new(PromptSlots::of(&self.settings.limits)),
            stop: stop.clone(),
            kill: kill.clone(),
        });
        let (turns, headless) = (Arc::<ProxyTurns>::default(), Arc::<Mutex<RepeatedWarning>>::default());
        if let Err(error) = bound_buffers(&listener, self.settings.stall_limit) {
            tracing::warn!(%error, "clients that do not read may take much memory");
        }
        let tracker = TaskTracker::new();
        let mut accept_warning = RepeatedWarning::default();
        let mut pause = FIRST_PAUSE;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => {
                    pause = FIRST_PAUSE;
                    metrics().connections_accepted.add();
                    let entropy = rng.random_range(0..100);
                    let is_proxied = self.settings.proxy_protocol_from.contain(peer.ip());
                    let source = Source::of(peer.ip());
                    let arrival = AcceptedConnection { tcp, peer, entropy };
                    // The common case takes no task of its own where it is refused.
                    let admitted = if is_proxied {
                        None
                    } else {
                        Some(admission.admit(source, false, Instant::now(), entropy))
                    };
                    if let Some(Err(reason)) = &admitted
                        && !reason.is_for_strangers()
                    {
                        turn_away(&arrival.tcp, source, *reason);
                        continue;
                    }
                    let (shared, admission) = (Arc::clone(&shared), Arc::clone(&admission));
                    let guard = self.connections.enter();
                    let (turns, headless) = (Arc::clone(&turns), Arc::clone(&headless));
                    // Boxed, because each of the steps below that it is handed to keeps room for it.
                    let arrival = Box::new(arrival);
                    tracker.spawn(async move {
                        let (arrival, admitted) = if let Some(admitted) = admitted {
                            (arrival, admitted)
                        } else {
                            let read = Box::pin(behind_proxy(arrival, &turns, &headless));
                            let Some(arrival) = read.await else { return };
                            let source = Source::of(arrival.peer.ip());
                            (arrival, admission.admit(source, false, Instant::now(), entropy))
                        };
                        receive(shared, admission, arrival, admitted, guard).await;
                    });
                }
                // The client left the queue by itself.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    accept_warning.note(
                        |unlogged| tracing::error!(%error, unlogged, "cannot accept connections for now"),
                    );
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        drop(listener);
        tracker.close();
        if timeout(self.settings.shutdown_grace, tracker.wait()).await.is_err() {
            kill.cancel();
            if timeout(CUT, tracker.wait()).await.is_err() {
                tracing::error!("connections are left although the server stopped");
            }
        }
    }
}

/// russh's configuration, as new connections get it.
#[derive(Clone)]
pub(super) struct SharedConfig(Arc<RwLock<Arc<russh::server::Config>>>);

impl SharedConfig {
    fn new(config: russh::server::Config) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    pub(super) fn get(&self) -> Arc<russh::server::Config> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The host keys of a running server.
#[derive(Clone)]
pub struct HostKeys {
    settings: Arc<SshSettings>,
    config: SharedConfig,
}

impl HostKeys {
    /// New connections see `keys`; those that are there keep what they have seen.
    pub fn replace(&self, keys: &[HostKey]) {
        let config = Arc::new(algorithms::config(&self.settings, keys));
        *self.config.0.write().unwrap_or_else(PoisonError::into_inner) = config;
    }
}

/// A connection that was accepted.
struct AcceptedConnection {
    tcp: TcpStream,
    /// Where it is from.
    peer: SocketAddr,
    /// From 0 to 99, for the random early drop.
    entropy: u32,
}

/// What proxies can do at a time before a connection counts as anybody's.
struct ProxyTurns {
    headers: Semaphore,
    checks: Semaphore,
}

impl Default for ProxyTurns {
    fn default() -> Self {
        Self { headers: Semaphore::new(MAX_HEADERS), checks: Semaphore::new(MAX_CHECKS) }
    }
}

/// The same with the address that its proxy tells; nothing when it tells none, or has only looked whether somebody listens.
async fn behind_proxy(
    mut arrival: Box<AcceptedConnection>,
    ProxyTurns { headers, checks }: &ProxyTurns,
    headless: &Mutex<RepeatedWarning>,
) -> Option<Box<AcceptedConnection>> {
    let proxy = arrival.peer;
    let read = async {
        let _turn = headers.try_acquire().map_err(io::Error::other)?;
        proxy::origin(&mut arrival.tcp).await
    };
    match read.await {
        Ok(Origin::Client(peer)) => {
            arrival.peer = peer;
            Some(arrival)
        }
        Ok(Origin::HealthCheck) => {
            if let Ok(_turn) = checks.try_acquire() {
                Box::pin(proxy::answer_health_check(arrival.tcp)).await;
            }
            None
        }
        Err(error) => {
            let mut warning = headless.lock().unwrap_or_else(PoisonError::into_inner);
            warning.note(|unlogged| {
                tracing::warn!(%proxy, %error, unlogged, "closed a connection from a proxy whose header was not read");
            });
            None
        }
    }
}

/// Serves a connection that was admitted, or that is of a source which some account knows.
async fn receive<H: SessionHost>(
    shared: Arc<Shared<H>>,
    admission: Arc<Admission>,
    arrival: Box<AcceptedConnection>,
    admitted: Result<Permit, Rejection>,
    guard: Arc<ConnectionGuard>,
) {
    let source = Source::of(arrival.peer.ip());
    // An error span, so that no log level leaves it out.
    let span = tracing::error_span!("connection", %source);
    let received = async {
        let admitted = match admitted {
            Err(reason)
                if reason.is_for_strangers()
                    && Box::pin(shared.known_sources.contain(source, &shared.host, Instant::now())).await =>
            {
                admission.admit(source, true, Instant::now(), arrival.entropy)
            }
            admitted => admitted,
        };
        match admitted {
            Ok(permit) => serve_connection(shared, admission, arrival, permit, guard).await,
            Err(reason) => turn_away(&arrival.tcp, source, reason),
        }
    };
    received.instrument(span).await;
}

async fn serve_connection<H: SessionHost>(
    shared: Arc<Shared<H>>,
    admission: Arc<Admission>,
    arrival: Box<AcceptedConnection>,
    permit: Permit,
    guard: Arc<ConnectionGuard>,
) {
    let AcceptedConnection { tcp, peer, .. } = *arrival;
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "keys will be echoed late");
    }
    let source = permit.source();
    // The connection counts until its penalty is noted: nobody slips in between.
    let mut end = connection::run(&shared, tcp, peer, &permit, Arc::clone(&guard)).await;
    if permit.was_dropped() {
        end = ConnectionEnd::Dropped;
    }
    tracing::debug!(?end, "a connection ended");
    if let Some(offence) = end.offence() {
        metrics().connections_failed.add((&end).into());
        record!(ConnectionFailed, reason = <&str>::from(&end));
        admission.penalise(source, offence, Instant::now());
    }
    drop(permit);
}

fn turn_away(tcp: &TcpStream, source: Source, reason: Rejection) {
    // Best effort; errors are ignored.
    let _ = tcp.try_write(NOT_ALLOWED);
    metrics().connections_turned_away.add(reason.into());
    record!(ConnectionTurnedAway, %source, reason = <&str>::from(reason));
}

/// A warning that is logged once a minute however often it is due.
#[derive(Debug, Default)]
struct RepeatedWarning {
    logged: Option<Instant>,
    unlogged: u64,
}

impl RepeatedWarning {
    /// Calls `log` with how often it was due and not logged, unless it was called less than a minute ago.
    fn note(&mut self, log: impl FnOnce(u64)) {
        let now = Instant::now();
        if self.logged.is_some_and(|last| now < last + LOG_EVERY) {
            self.unlogged += 1;
            return;
        }
        self.logged = Some(now);
        log(std::mem::take(&mut self.unlogged));
    }
}
