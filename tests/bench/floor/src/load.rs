//! The load: people who connect, look at the first frame, type, or just sit there. One program for every
//! server under test, with one key exchange and one cipher, so that only the servers differ.
//!
//! ```text
//! load sessions ADDRESS WHO --count N --clients C    come, see the first frame, leave
//! load idle   ADDRESS WHO --stages 100,2000        come and stay; a line on stdin leads to the next stage
//! load keys   ADDRESS WHO --idle N --count K       type K keys while N others sit there
//!      [--pause-ms P]                              as fast as they are painted, or with so long a pause after each
//! load resize ADDRESS WHO --count N --pause-ms P    N people resize their terminals every P ms, until a line on stdin
//! load sign-ins ADDRESS WHO --names A,B --password P --people N
//!                                                  N people sign in at once, and come back as told, while one types
//! WHO: --user NAME [--key FILE] [--until TEXT]     without a key: keyboard-interactive with no prompt
//!      [--kex mlkem|x25519]                        one that all servers have
//! ```
//! Each answers one line of JSON a result on stdout; any session that fails makes the whole run fail.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use russh::client::{self, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{Channel, ChannelMsg, Disconnect, Preferred, cipher, kex};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// No single wait takes longer; a server that does not answer fails the run.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where to go and as whom.
struct Plan {
    address: String,
    user: String,
    key: Option<Arc<PrivateKey>>,
    until: String,
    config: Arc<client::Config>,
}

struct Anyone;

impl client::Handler for Anyone {
    type Error = russh::Error;

    /// The server is our own child on the loopback interface.
    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// One session that has seen its first frame.
struct ClientSession {
    connection: Handle<Anyone>,
    channel: Channel<client::Msg>,
    first_frame: Duration,
    frame_bytes: usize,
}

impl ClientSession {
    async fn open(plan: &Plan) -> Fallible<Self> {
        timeout(PATIENCE, Self::come(plan)).await.map_err(|_| "no first frame in time")?
    }

    async fn come(plan: &Plan) -> Fallible<Self> {
        Self::come_to(plan, "xterm-256color", &plan.until).await
    }

    async fn come_to(plan: &Plan, terminal: &str, until: &str) -> Fallible<Self> {
        let start = Instant::now();
        let mut connection = client::connect(Arc::clone(&plan.config), &plan.address[..], Anyone).await?;
        let let_in = match &plan.key {
            Some(key) => {
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
                connection.authenticate_publickey(&plan.user, key).await?.success()
            }
            None => {
                let mut answer = connection.authenticate_keyboard_interactive_start(&plan.user, None).await?;
                if matches!(answer, KeyboardInteractiveAuthResponse::InfoRequest { .. }) {
                    answer = connection.authenticate_keyboard_interactive_respond(Vec::new()).await?;
                }
                matches!(answer, KeyboardInteractiveAuthResponse::Success)
            }
        };
        if !let_in {
            return Err("the server let nobody in".into());
        }
        let mut channel = connection.channel_open_session().await?;
        channel.request_pty(false, terminal, 80, 24, 0, 0, &[]).await?;
        channel.request_shell(false).await?;
        let frame_bytes = read_until(&mut channel, until).await?;
        Ok(Self { connection, channel, first_frame: start.elapsed(), frame_bytes })
    }

    /// Types `bytes` and waits for the answer: how long it took and how many bytes it was.
    async fn press(&mut self, bytes: &[u8]) -> Fallible<(Duration, usize)> {
        let start = Instant::now();
        self.channel.data_bytes(bytes.to_vec()).await?;
        let painted =
            timeout(PATIENCE, next_data(&mut self.channel)).await.map_err(|_| "a key was not answered")??;
        Ok((start.elapsed(), painted.len()))
    }

    async fn leave(self) -> Fallible<()> {
        self.connection.disconnect(Disconnect::ByApplication, "", "").await?;
        Ok(())
    }
}

async fn next_data(channel: &mut Channel<client::Msg>) -> Fallible<Vec<u8>> {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Data { data }) => return Ok(data.to_vec()),
            Some(ChannelMsg::Failure) => return Err("the server refused the terminal".into()),
            Some(_) => {}
            None => return Err("the server hung up".into()),
        }
    }
}

/// Reads until the words `until` stand on the screen; how many bytes came.
async fn read_until(channel: &mut Channel<client::Msg>, until: &str) -> Fallible<usize> {
    let until = until.replace(' ', "");
    let mut seen = Vec::new();
    while !words_of(&seen).contains(&until) {
        seen.extend(next_data(channel).await?);
    }
    Ok(seen.len())
}

/// What a terminal would print of `bytes`, without blanks: a frame moves the cursor over those.
fn words_of(bytes: &[u8]) -> String {
    let mut words = String::new();
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\x1b' {
            words.extend((c != ' ').then_some(c));
        } else if rest.next() == Some('[') {
            let _final_byte = rest.find(|c| ('@'..='~').contains(c));
        }
    }
    words
}

/// `count` sessions by `clients` people at a time.
async fn sessions(plan: Arc<Plan>, count: usize, clients: usize) -> Fallible<()> {
    let left = Arc::new(AtomicUsize::new(count));
    let start = Instant::now();
    let mut people = JoinSet::new();
    for _ in 0..clients {
        let (plan, left) = (Arc::clone(&plan), Arc::clone(&left));
        people.spawn(async move {
            let mut seen = Vec::new();
            while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
                let session = ClientSession::open(&plan).await?;
                seen.push((session.first_frame, session.frame_bytes));
                session.leave().await?;
            }
            Fallible::Ok(seen)
        });
    }
    let mut seen = Vec::new();
    while let Some(done) = people.join_next().await {
        seen.extend(done??);
    }
    let wall = start.elapsed();
    let bytes = seen.iter().map(|(_, bytes)| bytes).sum::<usize>() / seen.len().max(1);
    let (p50, p99) = quantiles(seen.into_iter().map(|(time, _)| time).collect());
    println!(r#"{{"p50_us":{p50},"p99_us":{p99},"frame_bytes":{bytes},"wall_us":{}}}"#, wall.as_micros());
    Ok(())
}

/// Opens sessions, `AT_ONCE` at a time, until `held` has `count`.
async fn gather(plan: &Arc<Plan>, held: &mut Vec<ClientSession>, count: usize) -> Fallible<()> {
    const AT_ONCE: usize = 8;
    let mut arriving = JoinSet::new();
    while held.len() < count {
        while arriving.len() < AT_ONCE && held.len() + arriving.len() < count {
            let plan = Arc::clone(plan);
            arriving.spawn(async move { ClientSession::open(&plan).await });
        }
        if let Some(session) = arriving.join_next().await {
            held.push(session??);
        }
    }
    Ok(())
}

/// People who come and stay, stage by stage.
async fn idle(plan: Arc<Plan>, stages: &str) -> Fallible<()> {
    let mut held = Vec::new();
    for stage in stages.split(',') {
        gather(&plan, &mut held, stage.parse()?).await?;
        println!(r#"{{"idle":{}}}"#, held.len());
        std::io::stdout().flush()?;
        tokio::task::spawn_blocking(|| std::io::stdin().lock().read_line(&mut String::new())).await??;
    }
    Ok(())
}

/// One person types `count` keys while `others` sit there.
async fn keys(plan: Arc<Plan>, count: usize, others: usize, pause: Duration) -> Fallible<()> {
    /// As many as fit into the field before it is emptied again.
    const RUN: usize = 30;
    let mut held = Vec::new();
    gather(&plan, &mut held, others).await?;
    let mut session = ClientSession::open(&plan).await?;
    let (mut times, mut bytes) = (Vec::new(), 0);
    for n in 0..count {
        if n % RUN == 0 && n > 0 {
            session.press(b"\x15").await?;
        }
        let (time, painted) = session.press(b"a").await?;
        times.push(time);
        bytes += painted;
        sleep(pause).await;
    }
    let p95 = at_percent(&mut times, 95);
    let (p50, p99) = quantiles(times);
    println!(
        r#"{{"p50_us":{p50},"p95_us":{p95},"p99_us":{p99},"key_bytes":{}}}"#,
        bytes as f64 / count as f64
    );
    Ok(())
}

/// `count` people who resize their terminals every `pause`, and read what is painted; says how often and how much.
async fn resize(plan: Arc<Plan>, count: usize, pause: Duration) -> Fallible<()> {
    let mut held = Vec::new();
    gather(&plan, &mut held, count).await?;
    println!(r#"{{"resizing":{count}}}"#);
    std::io::stdout().flush()?;
    let (sent, painted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let start = Instant::now();
    let mut people = JoinSet::new();
    for session in held {
        let (mut read, write) = session.channel.split();
        let (sent, painted) = (Arc::clone(&sent), Arc::clone(&painted));
        people.spawn(async move {
            let _connection = session.connection;
            let resizing = async {
                for nth in 0.. {
                    write.window_change(80 + nth % 40, 24 + nth % 20, 0, 0).await?;
                    sent.fetch_add(1, Ordering::Relaxed);
                    sleep(pause).await;
                }
                Fallible::Ok(())
            };
            let reading = async {
                while let Some(message) = read.wait().await {
                    if let ChannelMsg::Data { data } = message {
                        painted.fetch_add(data.len(), Ordering::Relaxed);
                    }
                }
                Fallible::Ok(())
            };
            tokio::select! { ended = resizing => ended, ended = reading => ended }
        });
    }
    tokio::task::spawn_blocking(|| std::io::stdin().lock().read_line(&mut String::new())).await??;
    let (sent, painted) = (sent.load(Ordering::Relaxed), painted.load(Ordering::Relaxed));
    println!(r#"{{"sizes":{sent},"painted_bytes":{painted},"wall_us":{}}}"#, start.elapsed().as_micros());
    people.abort_all();
    Ok(())
}

/// How often the one who types beside others presses a key.
const TYPING: Duration = Duration::from_millis(70);

/// Somebody in line mode, who has been asked for the name.
async fn arrive_at_the_prompt(plan: &Plan) -> Fallible<ClientSession> {
    let coming = ClientSession::come_to(plan, "dumb", "Email or username:");
    timeout(PATIENCE, coming).await.map_err(|_| "no prompt in time")?
}

/// Types name and password until they are taken; waits before the next time as long as told. How often not.
async fn sign_in(session: &mut ClientSession, name: &str, password: &str) -> Fallible<u32> {
    let (mut refused, mut name) = (0, name);
    loop {
        session.channel.data_bytes(format!("{name}\r{password}\r").into_bytes()).await?;
        let mut heard = Vec::new();
        let told = loop {
            heard.extend(timeout(PATIENCE, next_data(&mut session.channel)).await.map_err(|_| "no answer")??);
            let text = String::from_utf8_lossy(&heard);
            if text.contains("Your teams") {
                return Ok(refused);
            }
            if let Some((said, _)) = text.split_once("[busy]") {
                let seconds = said.rsplit_once("again in ").and_then(|(_, rest)| rest.split(' ').next());
                break seconds.ok_or("no time was told")?.parse()?;
            }
            if text.contains("Error:") && text.contains(']') {
                return Err(format!("not signed in: {text}").into());
            }
        };
        // The name is kept.
        (refused, name) = (refused + 1, "");
        tokio::time::sleep(Duration::from_secs(told)).await;
    }
}

/// Everybody signs in at once; `people` share the `names`. One person types beside them until all are in.
async fn sign_ins(plan: Arc<Plan>, names: &str, password: &str, people: usize) -> Fallible<()> {
    let names: Vec<String> = names.split(',').map(str::to_owned).collect();
    let mut arrived = Vec::new();
    for _ in 0..people {
        arrived.push(arrive_at_the_prompt(&plan).await?);
    }
    let mut typist = ClientSession::open(&plan).await?;
    let (start, mut all) = (Instant::now(), JoinSet::new());
    for (mut session, name) in arrived.into_iter().zip(names.iter().cycle().cloned()) {
        let password = password.to_owned();
        all.spawn(async move {
            let refused = sign_in(&mut session, &name, &password).await?;
            let took = start.elapsed();
            session.leave().await?;
            Fallible::Ok((took, refused))
        });
    }
    let (mut signed_in, mut refused, mut typed) = (Vec::new(), 0, Vec::new());
    let mut pace = tokio::time::interval(TYPING);
    while signed_in.len() < people {
        tokio::select! {
            Some(done) = all.join_next() => {
                let (took, times) = done??;
                signed_in.push(took);
                refused += times;
            }
            _ = pace.tick() => {
                let key: &[u8] = if typed.len() % 31 == 30 { b"\x15" } else { b"a" };
                typed.push(typist.press(key).await?.0);
            }
        }
    }
    // What the threads get done while people wait for them; the last who were told to come back are few.
    signed_in.sort_unstable();
    let most = signed_in.len() - signed_in.len() / 10;
    let rate = most as f64 / signed_in.get(most - 1).ok_or("nobody")?.as_secs_f64();
    let all = signed_in.len() as f64 / signed_in.last().ok_or("nobody")?.as_secs_f64();
    let refused = f64::from(refused) / people as f64;
    let (p50, p99) = quantiles(typed);
    println!(
        r#"{{"per_second":{rate},"per_second_all":{all},"refused":{refused},"typing_p50_us":{p50},"typing_p99_us":{p99}}}"#
    );
    Ok(())
}

/// The median and the 99th percentile, in microseconds.
fn quantiles(mut times: Vec<Duration>) -> (u128, u128) {
    (at_percent(&mut times, 50), at_percent(&mut times, 99))
}

fn at_percent(times: &mut [Duration], percent: usize) -> u128 {
    times.sort_unstable();
    let at = times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
    at.map_or(0, Duration::as_micros)
}

fn client_config(exchange: kex::Name) -> Arc<client::Config> {
    let preferred = Preferred {
        kex: Cow::Owned(vec![
            exchange,
            kex::EXTENSION_SUPPORT_AS_CLIENT,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        ]),
        cipher: Cow::Borrowed(&[cipher::CHACHA20_POLY1305]),
        ..Preferred::default()
    };
    Arc::new(client::Config { preferred, nodelay: true, ..client::Config::default() })
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut words = std::env::args().skip(1);
    let mode =
        words.next().ok_or("usage: load sessions|idle|keys|resize|sign-ins ADDRESS --user NAME ...")?;
    let address = words.next().ok_or("an address is missing")?;
    let mut flags = HashMap::new();
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
        flags.insert(flag, value);
    }
    let flag = |name: &str, unset: &str| flags.get(name).cloned().unwrap_or_else(|| unset.to_owned());
    let key = flags.get("--key").map(|path| load_secret_key(path, None)).transpose()?.map(Arc::new);
    let until = flag("--until", "Ctrl-C quit");
    let exchange = match flag("--kex", "mlkem").as_str() {
        "mlkem" => kex::MLKEM768X25519_SHA256,
        "x25519" => kex::CURVE25519,
        other => return Err(format!("no such key exchange: {other}").into()),
    };
    let config = client_config(exchange);
    let plan = Arc::new(Plan { address, user: flag("--user", "account"), key, until, config });
    let count = flag("--count", "100").parse()?;
    let pause = Duration::from_millis(flag("--pause-ms", "0").parse()?);
    match mode.as_str() {
        "sessions" => sessions(plan, count, flag("--clients", "1").parse()?).await,
        "idle" => idle(plan, &flag("--stages", "100")).await,
        "keys" => keys(plan, count, flag("--idle", "0").parse()?, pause).await,
        "resize" => resize(plan, count, pause).await,
        "sign-ins" => {
            let (names, password) = (flag("--names", ""), flag("--password", ""));
            sign_ins(plan, &names, &password, flag("--people", "1").parse()?).await
        }
        other => Err(format!("no such mode: {other}").into()),
    }
}
