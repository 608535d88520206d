//! `doorkey top`: the numbers of a running server, live.

mod reading;

use std::io::{IsTerminal as _, Read as _, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use self::reading::{History, Reading};
use crate::config::Settings;
use crate::domain::exit_code;
use crate::domain::metrics_address::MetricsAddress;
use crate::terminal::local::LocalTerminal;
use crate::ui::top;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer answer is none of this program.
const MAX_BYTES: u64 = 4 << 20;
const CTRL_C: u8 = 3;
const ESC: u8 = 27;

pub(super) const HELP: &str = "\
It asks the server where `metrics.listen` says, and needs that setting. Where standard output is no terminal it prints the
numbers once.";

#[derive(Debug, Args)]
pub(super) struct TopArgs {
    /// Where to ask: `127.0.0.1:PORT` or `unix:/PATH` (default: `metrics.listen`)
    #[arg(long, value_name = "ADDRESS")]
    from: Option<MetricsAddress>,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    interval: u64,
    /// Print the numbers once, as text
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(settings: &Settings, args: &TopArgs, out: &mut dyn Write) -> anyhow::Result<u32> {
    let Some(address) = args.from.as_ref().or(settings.metrics.listen.as_ref()) else {
        bail!(
            "there is nobody to ask: set metrics.listen, such as 127.0.0.1:9222, and restart the portal; or say where \
             with --from"
        );
    };
    let mut history = History::default();
    history.add(ask(address).await?, Instant::now());
    if args.once || !std::io::stdout().is_terminal() {
        let page = history.page();
        writeln!(out, "{}", page.title)?;
        for row in page.rows {
            writeln!(out, "{:<18}{}", row.label, row.value)?;
        }
        for (reason, count) in page.refusals {
            writeln!(out, "refused {reason:<20}{count}")?;
        }
        return Ok(exit_code::DONE);
    }
    watch(address, Duration::from_secs(args.interval), history).await
}

/// Draws until a key ends it. What is on the terminal stays when the server is gone for a moment.
async fn watch(address: &MetricsAddress, interval: Duration, mut history: History) -> anyhow::Result<u32> {
    let mut terminal = LocalTerminal::take().context("this is no terminal; use --once")?;
    let mut keys = keys();
    let mut page = history.page();
    loop {
        terminal.draw(|frame| top::draw(&page, frame))?;
        tokio::select! {
            key = keys.recv() => if key.is_none_or(|key| [b'q', CTRL_C, ESC].contains(&key)) {
                return Ok(exit_code::DONE);
            },
            () = tokio::time::sleep(interval) => match ask(address).await {
                Ok(reading) => {
                    history.add(reading, Instant::now());
                    page = history.page();
                }
                Err(fault) => page.fault = Some(format!("{fault:#}")),
            },
        }
    }
}

/// The keys, from a thread that waits for them; it ends with the process.
fn keys() -> mpsc::UnboundedReceiver<u8> {
    let (typed, keys) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut key = [0];
        while std::io::stdin().read_exact(&mut key).is_ok() && typed.send(key[0]).is_ok() {}
    });
    keys
}

async fn ask(address: &MetricsAddress) -> anyhow::Result<Reading> {
    let asked = async {
        match address {
            MetricsAddress::Tcp(address) => read(TcpStream::connect(address).await?).await,
            MetricsAddress::Unix(path) => read(UnixStream::connect(path).await?).await,
        }
    };
    let answer = timeout(PATIENCE, asked).await;
    let answer = answer.map_err(|_| anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs()));
    let text = answer
        .and_then(|read| Ok(read?))
        .with_context(|| format!("the server does not answer at {address}"))?;
    let body = text.strip_prefix("HTTP/1.1 200 ").and_then(|rest| rest.split_once("\r\n\r\n"));
    let Some((_, body)) = body else { bail!("what answers at {address} is no Doorkey server") };
    Ok(Reading::of(body))
}

async fn read(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<String> {
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut text = String::new();
    stream.take(MAX_BYTES).read_to_string(&mut text).await?;
    Ok(text)
}
