//! The accept loop that never dies, and the end of the service.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rand::{Rng, RngExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::SessionHost;
use super::admission::{Admission, Permit, Rejection};
use super::algorithms;
use super::connection::{self, Shared};
use super::host_key::HostKey;
use super::prompts::PromptSlots;
use super::settings::SshSettings;
use crate::domain::source::Source;

/// The first and the longest pause after a failed accept.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How often the same kind of trouble is logged.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// How long connections may take to end once their streams are cut.
const CUT: Duration = Duration::from_secs(10);

/// What somebody is told who is turned away before the version line (RFC 4253 section 4.2 lets a
/// server send lines before it).
const NOT_NOW: &[u8] = b"Not allowed at this time\r\n";

/// A portal's SSH server.
pub struct Server<H> {
    settings: Arc<SshSettings>,
    config: Arc<russh::server::Config>,
    host: H,
    gauge: ConnectionCount,
}

impl<H: SessionHost> Server<H> {
    /// A server that proves itself with `key` and lets `host` serve whoever comes.
    #[must_use]
    pub fn new(settings: SshSettings, key: &HostKey, host: H) -> Self {
        let config = Arc::new(algorithms::config(&settings, key));
        Self { settings: Arc::new(settings), config, host, gauge: ConnectionCount::default() }
    }

    /// How many connections are present, also after [`Server::serve`] has taken the door.
    #[must_use]
    pub fn gauge(&self) -> ConnectionCount {
        self.gauge.clone()
    }

    /// Serves until `stop` is cancelled; then lets every session say goodbye, and returns when all are
    /// gone. `rng` draws who is refused when very many come at once.
    pub async fn serve(self, listener: TcpListener, mut rng: impl Rng, stop: CancellationToken) {
        let admission = Admission::new(self.settings.limits.clone());
        let kill = CancellationToken::new();
        let shared = Arc::new(Shared {
            host: self.host,
            settings: Arc::clone(&self.settings),
            config: self.config,
            places: Arc::<PromptSlots>::default(),
            stop: stop.clone(),
            kill: kill.clone(),
        });
        let tracker = TaskTracker::new();
        let (mut failed, mut refused) = (RepeatedWarning::default(), RepeatedWarning::default());
        let mut pause = PAUSE.0;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => {
                    pause = PAUSE.0;
                    match admission.admit(Source::of(peer.ip()), Instant::now(), rng.random_range(0..100)) {
                        Ok(permit) => {
                            let present = self.gauge.enter();
                            tracker.spawn(receive(
                                Arc::clone(&shared),
                                Arc::clone(&admission),
                                tcp,
                                peer,
                                permit,
                                present,
                            ));
                        }
                        Err(why) => turn_away(&tcp, peer, why, &mut refused),
                    }
                }
                // The client left the queue by itself.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    failed.note(|again| tracing::error!(%error, again, "cannot accept connections for now"));
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(PAUSE.1);
                }
            }
        }
        drop(listener);
        tracker.close();
        if timeout(self.settings.shutdown_grace, tracker.wait()).await.is_err() {
            kill.cancel();
            if timeout(CUT, tracker.wait()).await.is_err() {
                tracing::error!("connections are left after the server stopped");
            }
        }
    }
}

async fn receive<H: SessionHost>(
    shared: Arc<Shared<H>>,
    admission: Arc<Admission>,
    tcp: TcpStream,
    peer: SocketAddr,
    permit: Permit,
    present: Arc<ConnectionGuard>,
) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "keys will be echoed late");
    }
    let source = permit.source();
    let ending = connection::carry(&shared, tcp, peer, permit, present).await;
    tracing::debug!(%peer, ?ending, "a connection ended");
    if let Some(offence) = ending.offence() {
        admission.penalise(source, offence, Instant::now());
    }
}

fn turn_away(tcp: &TcpStream, peer: SocketAddr, why: Rejection, refused: &mut RepeatedWarning) {
    // A courtesy; it takes no time, and it does not matter whether it arrives.
    let _ = tcp.try_write(NOT_NOW);
    tracing::debug!(%peer, ?why, "turned away");
    refused.note(
        |again| tracing::warn!(source = %Source::of(peer.ip()), ?why, again, "turning connections away"),
    );
}

/// The same trouble, logged once a minute however often it happens.
#[derive(Debug, Default)]
struct RepeatedWarning {
    logged: Option<Instant>,
    unlogged: u64,
}

impl RepeatedWarning {
    /// Calls `log` with how often it happened unlogged, unless that was done just now.
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

/// How many connections are present. One counts until the last task that served it has ended.
#[derive(Clone, Debug, Default)]
pub struct ConnectionCount(Arc<AtomicUsize>);

impl ConnectionCount {
    /// The count now.
    #[must_use]
    pub fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn enter(&self) -> Arc<ConnectionGuard> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Arc::new(ConnectionGuard(Arc::clone(&self.0)))
    }
}

/// One connection that is counted while this is held by anybody.
#[derive(Debug)]
pub(super) struct ConnectionGuard(Arc<AtomicUsize>);

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
