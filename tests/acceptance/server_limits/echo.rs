//! The session that these tests' server runs: it prints what it knows of its client, and has one key for each
//! kind of trouble.

use std::future::pending;
use std::io::{BufRead, stdin};
use std::time::Duration;

use doorkey::domain::source::Source;
use doorkey::domain::ssh_key::Fingerprint;
use doorkey::session::inbox::Incoming;
use doorkey::session::{ClientSink, Disconnected, ExitStatus, SessionMode, SessionStart};
use doorkey::ssh::SessionHost;
use doorkey::ssh::admission::AdmissionLimits;
use doorkey::ssh::host_key::{HostKey, HostKeyKind};
use doorkey::ssh::server::Server;
use doorkey::ssh::settings::SshSettings;
use doorkey::ssh::sink::ChannelSink;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Echo {
    /// Every key is everybody's.
    has_every_key: bool,
}

impl SessionHost for Echo {
    async fn is_registered(&self, _source: Source, _key: &Fingerprint) -> bool {
        self.has_every_key
    }

    async fn account_of_key(&self, _source: Source, user: &str, _key: &Fingerprint) -> Option<String> {
        self.has_every_key.then(|| user.to_owned())
    }

    async fn session(&self, start: Box<SessionStart>, mut sink: ChannelSink) -> ExitStatus {
        run(start, &mut sink).await.unwrap_or(ExitStatus { exit_code: 1 })
    }
}

async fn run(start: Box<SessionStart>, sink: &mut ChannelSink) -> Result<ExitStatus, Disconnected> {
    let SessionStart { client, mode, input, size, end, stop, .. } = *start;
    if mode != SessionMode::Portal || !client.has_pty {
        sink.send_error(format!("{mode:?} without a screen\n").into_bytes()).await?;
        return Ok(ExitStatus { exit_code: 64 });
    }
    let now = size.get();
    let welcome = format!(
        "welcome user={} term={} size={}x{} client={} env={:?}\r\n",
        client.user,
        client.term,
        now.cols(),
        now.rows(),
        client.client,
        client.env
    );
    sink.send(welcome.into_bytes()).await?;
    let mut got = 0_usize;
    loop {
        tokio::select! {
            () = end.cancelled() => return Ok(ExitStatus { exit_code: 0 }),
            () = stop.cancelled() => {
                sink.send(b"goodbye\r\n".to_vec()).await?;
                return Ok(ExitStatus { exit_code: 0 });
            }
            () = size.changed() => {
                let now = size.get();
                sink.send(format!("size={}x{}\r\n", now.cols(), now.rows()).into_bytes()).await?;
            }
            incoming = input.recv() => match incoming {
                Some(Incoming::Bytes(bytes)) => {
                    got += bytes.len();
                    if let Some(exit_status) = answer(&bytes, got, sink).await? {
                        return Ok(exit_status);
                    }
                }
                Some(Incoming::Eof) | None => {
                    sink.send(format!("eof got={got}\r\n").into_bytes()).await?;
                    return Ok(ExitStatus { exit_code: 0 });
                }
            },
        }
    }
}

async fn answer(
    bytes: &[u8],
    got: usize,
    sink: &mut ChannelSink,
) -> Result<Option<ExitStatus>, Disconnected> {
    match bytes {
        b"q" => return Ok(Some(ExitStatus { exit_code: 42 })),
        b"!" => panic!("asked to"),
        // Draws for as long as anybody takes it.
        b"F" => loop {
            sink.send(vec![b'.'; 8 * 1024]).await?;
        },
        // Reads no more, and does not notice the end either.
        b"S" => pending().await,
        b"?" => sink.send(format!("got={got}\r\n").into_bytes()).await?,
        // A whole frame for each key.
        keys if keys.iter().all(|key| *key == b'k') => {
            for _ in keys {
                sink.send(vec![b'#'; 8 * 1024]).await?;
            }
        }
        other if other.len() <= 64 => {
            sink.send(format!("echo={}\r\n", String::from_utf8_lossy(other)).into_bytes()).await?;
        }
        _ => {}
    }
    Ok(None)
}

/// The server process. It takes its limits from the environment, prints where it listens, answers a
/// line on its standard input with the number of connections it has, and stops at the end of input.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a server that the other tests start"]
async fn echo_server() {
    let Ok(limits) = std::env::var("DOORKEY_TEST_LIMITS") else { return };
    let mut rng = StdRng::seed_from_u64(1);
    let key = HostKey::make(HostKeyKind::Ed25519, &mut rng).unwrap();
    // A word among the limits, and none of them.
    let (limits, has_every_key) = match limits.strip_prefix("has_every_key ") {
        Some(limits) => (limits.to_owned(), true),
        None => (limits, false),
    };
    let server = Server::new(settings(&limits), &[key], Echo { has_every_key });
    let (connections, stop) = (server.connections(), CancellationToken::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nlistening {}", listener.local_addr().unwrap());
    let at_eof = stop.clone();
    // A thread, because reading the standard input cannot be given up.
    std::thread::spawn(move || {
        for _line in stdin().lock().lines() {
            println!("\nconnections {}", connections.now());
        }
        at_eof.cancel();
    });
    server.serve(listener, rng, stop).await;
    println!("\nstopped");
}

/// `login=2 stall=2` and so on: seconds, or counts.
fn settings(limits: &str) -> SshSettings {
    let mut settings = SshSettings { limits: AdmissionLimits::single_source(), ..SshSettings::default() };
    for limit in limits.split_whitespace() {
        let (name, value) = limit.split_once('=').unwrap();
        let number: u32 = value.parse().unwrap();
        let seconds = Duration::from_secs(number.into());
        match name {
            "banner" => settings.banner_grace_time = seconds,
            "login" => settings.login_grace_time = seconds,
            "request" => settings.request_grace_time = seconds,
            "idle" => settings.idle_connection = seconds,
            "connections" => settings.limits.max_connections = number,
            "sessions" => settings.max_sessions = usize::try_from(number).unwrap(),
            "stall" => settings.stall_limit = seconds,
            "alive" => settings.client_alive_interval = seconds,
            "wind_down" => settings.wind_down = seconds,
            "shutdown" => settings.shutdown_grace = seconds,
            "source_startups" => settings.limits.per_source_max_startups = number,
            "penalties" => settings.limits.penalties.max_sources = usize::try_from(number).unwrap(),
            other => panic!("no such limit: {other}"),
        }
    }
    settings
}
