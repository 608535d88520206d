//! A portal in the test's own process: the real server and real sessions, on a service whose clock the test moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use doorkey::domain::entropy::Entropy;
use doorkey::domain::login_attempt::LoginAttempt;
use doorkey::domain::portal::PortalInfo;
use doorkey::domain::source::Source;
use doorkey::session::inbox::{Backlog, Inbox};
use doorkey::session::latest_size::LatestSize;
use doorkey::session::place::Place;
use doorkey::session::{
    AppState, ClientInfo, PageUsers, ScreenPortals, SessionLimits, SessionMode, SessionStart,
};
use doorkey::ssh::host_key::{HostKey, HostKeyKind};
use doorkey::ssh::server::Server;
use doorkey::ssh::settings::SshSettings;
use doorkey::terminal::size::Size;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::service::Service;

/// What pages and emails say of the portal.
pub(crate) fn portal() -> PortalInfo {
    PortalInfo {
        organisation: "acme.example".into(),
        support: "support@acme.example".into(),
        sender: "portal@acme.example".into(),
        ..doorkey::config::Settings::default().portal()
    }
}

/// The state of a server for `service`, where a session may last for an hour.
pub(crate) fn app_state(service: &Service) -> Arc<AppState> {
    let hour = Duration::from_hours(1);
    let portal = Arc::new(portal());
    Arc::new(AppState {
        accounts: service.accounts.clone(),
        screens: ScreenPortals::of(&portal),
        portal,
        names: PageUsers {
            account: "account".into(),
            guest: "guest".into(),
            forgot: "forgot".into(),
            reset: "reset".into(),
            undo: "undo".into(),
            join: "join".into(),
            keys: "keys".into(),
            support: "support".into(),
            setup: "setup".into(),
        },
        limits: SessionLimits {
            idle_guest: hour,
            idle_waiting: hour,
            idle_member: hour,
            session_guest: hour,
            session_member: hour,
        },
        first_frames: Arc::default(),
    })
}

/// Starts that server, for as long as the runtime lives.
pub(crate) async fn serve(service: &Service) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let key = HostKey::make(HostKeyKind::Ed25519, &mut Entropy::System).unwrap();
    let server = Server::new(SshSettings::default(), &[key], app_state(service));
    tokio::spawn(server.serve(listener, Entropy::System, CancellationToken::new()));
    address
}

/// A session without a connection, on a terminal of 80x24. What is typed counts as `backlog` until it is read.
pub(crate) fn start(backlog: &Backlog) -> Box<SessionStart> {
    let peer: SocketAddr = "192.0.2.7:1022".parse().unwrap();
    let input = Arc::new(Inbox::new(backlog.clone()));
    let size = Arc::new(LatestSize::new(Size::DEFAULT));
    let client = ClientInfo {
        proven: None,
        offered_keys: Arc::default(),
        attempt: LoginAttempt::None,
        peer,
        source: Source::of(peer.ip()),
        user: "account".into(),
        client: "SSH-2.0-test".into(),
        has_pty: true,
        term: "xterm-256color".into(),
        env: Vec::new(),
    };
    let (end, stop) = (CancellationToken::new(), CancellationToken::new());
    let place = Arc::new(Place::new(tokio::time::Instant::now()));
    Box::new(SessionStart { client, mode: SessionMode::Portal, outcome: None, input, size, place, end, stop })
}
