//! `doorkey serve`: the portal, until a signal stops it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use strum::VariantArray as _;

use super::output::StandardOutput;
use super::service::sockets::{self, MetricsSocket, VerifySocket};
use super::service::{notify, reload};
use super::wiring::ProgramRunners;
use super::{NO_RUNTIME, confine, exposed, listening, open_files, wiring};
use crate::accounts::request::{Refusal, WRONG_GUESSES};
use crate::accounts::{Accounts, EventKind};
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::entropy::Entropy;
use crate::domain::exit_code;
use crate::domain::ldap_tls::LdapTls;
use crate::domain::portal::PortalInfo;
use crate::domain::setup_code::SetupCode;
use crate::domain::timestamp::Timestamp;
use crate::hooks::Hooks;
use crate::ldap::server::{Deadlines, LdapOptions, Privacy};
use crate::ldap::tls::CurrentIdentity;
use crate::log::record;
use crate::metrics::{self, http};
use crate::session::{AppState, ScreenPortals};
use crate::ssh::host_key::HostKey;
use crate::ssh::server::Server;

/// How long requests may take to end once no session waits for them any more.
const LAST_REQUESTS: Duration = Duration::from_secs(8);

/// Runs the portal on `settings` until SIGTERM or SIGINT. Must not run on a runtime: the threads of the one that it
/// starts are to be confined.
pub fn run(settings: &Settings, file: Option<&Path>) -> anyhow::Result<u32> {
    let mut log = wiring::start_log(settings)?;
    open_files::raise_limit();
    let start = Builder::new_current_thread().enable_all().build().context(NO_RUNTIME)?;
    let (listener, sockets) = start.block_on(async {
        let listener = sockets::port(settings)?;
        let sockets = Sockets {
            metrics: sockets::metrics(settings)?,
            verify: sockets::verify(settings)?,
            ldap: ldap_socket(settings)?,
        };
        if settings.ssh.sandbox {
            confine::make_ready(settings).await?;
        }
        anyhow::Ok((listener, sockets))
    })?;
    drop(start);
    // Before the process is confined: it may start no program later.
    let programs = ProgramRunners::start(settings)?;
    if settings.ssh.sandbox {
        confine::confine(settings, file)?;
    }
    // A thread of its own, confined like the others.
    log.write_in_background().context("the log does not start")?;
    Runtime::new().context(NO_RUNTIME)?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        run_on(settings, file, listener, sockets, programs).await
    })
}

/// What is open besides the port.
struct Sockets {
    metrics: Option<MetricsSocket>,
    verify: Option<VerifySocket>,
    ldap: Option<LdapSocket>,
}

/// The port of the LDAP server before the runtime has it, and what it answers by.
struct LdapSocket {
    listener: std::net::TcpListener,
    options: LdapOptions,
    identity: Option<CurrentIdentity>,
}

fn ldap_socket(settings: &Settings) -> anyhow::Result<Option<LdapSocket>> {
    let (Some(listener), Some(base)) = (sockets::ldap(settings)?, settings.ldap.base_dn.clone()) else {
        return Ok(None);
    };
    let identity = wiring::ldap_identity(settings)?.map(CurrentIdentity::new);
    let privacy = match (&identity, settings.ldap.tls) {
        (Some(identity), LdapTls::Ldaps) => Privacy::Tls(identity.clone()),
        (Some(identity), _) => Privacy::StartTls(identity.clone()),
        (None, LdapTls::None) => Privacy::Loopback,
        (None, _) => anyhow::bail!("ldap.tls needs ldap.certificate and ldap.certificate_key"),
    };
    let max_results = usize::try_from(settings.ldap.max_results)?;
    let max_connections = usize::try_from(settings.ldap.max_connections)?;
    let deadlines = Deadlines::default();
    let options = LdapOptions { base, privacy, max_results, max_connections, deadlines };
    Ok(Some(LdapSocket { listener, options, identity }))
}

async fn run_on(
    settings: &Settings,
    file: Option<&Path>,
    listener: TcpListener,
    sockets: Sockets,
    programs: ProgramRunners,
) -> anyhow::Result<u32> {
    let signals = Signals::catch()?;
    let address = listener.local_addr()?;
    let (accounts, hooks) = wiring::accounts_of_a_server(settings, address, programs).await?;
    let served = announce_and_serve(settings, file, listener, sockets, signals, (&accounts, hooks)).await;
    wiring::close(settings, &accounts).await;
    served.map(|()| exit_code::DONE)
}

async fn announce_and_serve(
    settings: &Settings,
    file: Option<&Path>,
    listener: TcpListener,
    sockets: Sockets,
    signals: Signals,
    (accounts, hooks): (&Arc<Accounts>, Arc<Hooks>),
) -> anyhow::Result<()> {
    begin_metrics();
    let keys = wiring::host_keys(settings, accounts).await?;
    record!(Started, address = %listener.local_addr()?, version = env!("CARGO_PKG_VERSION"));
    exposed::warn(settings, &hooks.all());
    if let Err(fault) = accounts.prepare().await {
        tracing::warn!(%fault, "cannot write the first heartbeat; trying again");
    }
    let mut out = StandardOutput::new();
    for (key, file) in keys.iter().zip(wiring::host_key_files(settings)) {
        writeln!(out, "host key {} ({})", key.fingerprint(), file.path.display())?;
    }
    if let Some((code, expires_at)) = accounts.setup_code().await? {
        let portal = reachable_at(settings.portal(), listener.local_addr()?);
        write_setup(&mut out, &portal, &code, expires_at)?;
    }
    let Sockets { metrics, verify, ldap } = sockets;
    if let Some(socket) = &metrics {
        writeln!(out, "metrics on {}", socket.place())?;
    }
    if let Some(socket) = &verify {
        writeln!(out, "services on {}", socket.place())?;
    }
    if let Some(socket) = &ldap {
        writeln!(out, "ldap on {}", socket.listener.local_addr()?)?;
    }
    writeln!(out, "listening on {}", listener.local_addr()?)?;
    out.flush()?;
    #[cfg(debug_assertions)]
    try_the_sandbox().await?;
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    if let Some(socket) = metrics {
        tokio::spawn(http::serve(socket.on_runtime()?, accounts.clone(), stop.clone()));
    }
    if let Some(VerifySocket { listener, services }) = verify {
        let listener = UnixListener::from_std(listener)?;
        tokio::spawn(crate::verify::server::serve(listener, services, accounts.clone(), stop.clone()));
    }
    let mut identity = None;
    if let Some(LdapSocket { listener, options, identity: shown }) = ldap {
        let listener = TcpListener::from_std(listener)?;
        tokio::spawn(crate::ldap::server::serve(listener, options, accounts.clone(), stop.clone()));
        identity = shown;
    }
    tokio::spawn(notify::feed_watchdog(stop));
    notify::ready(&format!("Listening on {}", listener.local_addr()?));
    serve(settings, file, listener, signals, (accounts.clone(), Some(hooks)), (&keys, identity)).await
}

/// The signals that a server follows. They are caught before anybody is told that it runs: a SIGHUP would end it, and a
/// SIGTERM would end it halfway.
pub(super) struct Signals {
    /// Read the settings again.
    settings: Signal,
    /// Read the secret keys again.
    keys: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn catch() -> std::io::Result<Self> {
        let hangup = SignalKind::hangup();
        Ok(Self {
            settings: signal(hangup)?,
            keys: signal(hangup)?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// The portal with the address that it listens at, unless it has a public one or listens at every address.
fn reachable_at(portal: PortalInfo, listening: SocketAddr) -> PortalInfo {
    let here = (!listening.ip().is_unspecified()).then(|| listening.to_string().parse().ok()).flatten();
    PortalInfo { address: portal.address.or(here), ..portal }
}

/// How to create the first account. On standard output alone, beside the fingerprints: the log goes to other readers and
/// to other machines.
fn write_setup(
    out: &mut impl Write,
    portal: &PortalInfo,
    code: &SetupCode,
    expires_at: Timestamp,
) -> std::io::Result<()> {
    writeln!(
        out,
        "There is no account yet. To create the first one: {}",
        portal.ssh("", &portal.setup_user)
    )?;
    let code = code.grouped();
    writeln!(out, "setup code {} (until {}, for one account)", code.expose(), expires_at.date_minute())
}

/// Makes known what the metrics cannot know by themselves.
fn begin_metrics() {
    metrics::metrics().declare_events(
        EventKind::VARIANTS.iter().filter(|kind| !kind.is_refusal()).map(|kind| kind.as_str()),
    );
    metrics::metrics().declare_refusals(WRONG_GUESSES.iter().map(Refusal::id));
    metrics::metrics().began_ms(Clock::wall_clock().epoch_ms());
}

/// On both kinds of threads of the runtime.
#[cfg(debug_assertions)]
async fn try_the_sandbox() -> anyhow::Result<()> {
    tokio::task::spawn_blocking(crate::sandbox::probe::run).await?;
    Ok(tokio::spawn(async { crate::sandbox::probe::run() }).await?)
}

/// Binds the port, before anything else is touched. `chosen_by` names the setting to change if the port is taken.
pub(super) async fn listen(settings: &Settings, chosen_by: &str) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(settings.ssh.listen_address, settings.ssh.port);
    TcpListener::bind(address)
        .await
        .map_err(|error| anyhow::Error::msg(listening::refusal(&error, address, chosen_by)))
}

/// Serves until SIGTERM or SIGINT. Then every session finishes the request under way and shows its last message, and
/// only then the workers stop: a reset that was requested is still resolved, its email still committed.
pub(super) async fn serve(
    settings: &Settings,
    file: Option<&Path>,
    listener: TcpListener,
    mut signals: Signals,
    (accounts, hooks): (Arc<Accounts>, Option<Arc<Hooks>>),
    (host_keys, ldap_identity): (&[HostKey], Option<CurrentIdentity>),
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let stop_workers = CancellationToken::new();
    let workers = tokio::spawn(accounts.clone().run_workers(stop_workers.clone()));
    let telling = hooks.clone().map(|hooks| tokio::spawn(hooks.run_until(stop_workers.clone())));
    let keys = settings.keys.secret_keys.clone();
    let followed = tokio::spawn(super::keys::follow(keys, accounts.clone(), signals.keys, stop.clone()));
    let portal = Arc::new(settings.portal());
    let app = Arc::new(AppState {
        screens: ScreenPortals::of(&portal),
        portal,
        names: wiring::page_users(settings),
        limits: wiring::session_limits(settings),
        accounts: accounts.clone(),
        first_frames: Arc::default(),
    });
    let mut ssh_settings = wiring::ssh_settings(settings);
    if let Some(few) = open_files::few_files(ssh_settings.limits.max_connections) {
        tracing::warn!("too few open files: {few}");
        ssh_settings.limits.max_connections = few.connections;
    }
    let server = Server::new(ssh_settings, host_keys, app);
    let running = reload::Running {
        settings: settings.clone(),
        accounts: accounts.clone(),
        host_keys: server.host_keys(),
        hooks,
        ldap_identity,
    };
    let reloads =
        tokio::spawn(reload::follow(file.map(Path::to_owned), running, signals.settings, stop.clone()));
    let serving = server.serve(listener, Entropy::System, stop.clone());
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        _ = signals.terminate.recv() => {}
        _ = signals.interrupt.recv() => {}
    }
    record!(Stopping);
    notify::stopping();
    stop.cancel();
    serving.await;
    if timeout(LAST_REQUESTS, accounts.requests_done()).await.is_err() {
        tracing::error!("requests are cut that take too long");
    }
    stop_workers.cancel();
    reloads.await.context("a worker failed")?;
    followed.await.context("a worker failed")?;
    if let Some(telling) = telling {
        telling.await.context("a worker failed")?;
    }
    workers.await.context("a worker failed")
}
