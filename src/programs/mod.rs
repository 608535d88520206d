//! Programs that an operator has the portal run. The portal itself gives up running any before it lets anyone in
//! ([`crate::sandbox`]), so it starts one process first that does it: `doorkey run-programs PROGRAM...` speaks over its
//! standard input, runs nothing but the programs that it was started with, and ends with the portal.
//!
//! A program gets its input on standard input: no argument, and nothing in its environment but what it is told and `PATH`
//! and `LC_ALL`. What it does is bounded in time and in output; the end of what it writes on standard error is one field of an
//! event in the log. What it has started ends with it.

mod runner;

use std::collections::HashMap;
use std::fmt;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OnceCell, oneshot};
use zeroize::Zeroizing;

use crate::domain::text::inert;
use crate::log::record;

pub use runner::run;

/// The most bytes of what a program says.
const MAX_OUTPUT: usize = 64 * 1024;
/// The longest line between the portal and the runner.
const MAX_LINE: u64 = 16 * 1_024;
/// Characters of standard error in the reason of a failure.
const REASON_CHARS: usize = 160;
/// How much later than the program's own time the portal gives up.
const GRACE: Duration = Duration::from_secs(2);

/// Where programs are run.
pub struct Programs {
    /// Our end, until the first program is run: it belongs to the runtime from then on.
    ours: Mutex<Option<StdUnixStream>>,
    connection: OnceCell<RunnerSocket>,
    process: Mutex<Child>,
    /// All that are run.
    known: Vec<PathBuf>,
}

/// The socket to the runner, shared by all who wait for a program.
struct RunnerSocket {
    write: Arc<tokio::sync::Mutex<OwnedWriteHalf>>,
    waiting: Arc<RunWaiters>,
}

/// The waiters by the id of their run; `None` once the runner is gone.
type RunWaiters = Mutex<Option<HashMap<u64, oneshot::Sender<ProgramOutput>>>>;

/// What became of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramOutput {
    /// How it ended.
    pub end: End,
    /// What it wrote on standard output.
    pub output: Vec<u8>,
    /// The end of what it wrote on standard error.
    pub stderr: String,
}

impl ProgramOutput {
    /// `told`, and the last line of standard error, which mostly says why.
    #[must_use]
    pub fn with_reason(&self, told: &str) -> String {
        let last = self.stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
        last.map_or_else(|| told.to_owned(), |last| format!("{told}: {}", inert(last, REASON_CHARS)))
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By itself, with this status.
    Exited(i32),
    /// It was ended by a signal.
    Killed,
    /// It took too long, and was ended.
    TimedOut,
    /// It does not start, or is none of the programs that may be run.
    NotStarted,
}

/// Nothing is known of a program: the process that runs programs is gone.
#[derive(Debug, thiserror::Error)]
#[error("the process that runs programs is gone: restart the portal")]
pub struct RunnerGone;

impl From<std::io::Error> for RunnerGone {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// What the runner is asked. The input follows.
#[derive(Debug, Serialize, Deserialize)]
struct RunOrder {
    id: u64,
    /// One of the programs that it was started with.
    program: PathBuf,
    environment: Vec<(String, String)>,
    timeout_ms: u64,
    input: usize,
}

/// What it says. The output follows.
#[derive(Debug, Serialize, Deserialize)]
struct RunReport {
    id: u64,
    end: End,
    output: usize,
    stderr: String,
}

impl Programs {
    /// Starts the process that runs `programs`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(programs: &[PathBuf]) -> std::io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        let process = Command::new(std::env::current_exe()?)
            .arg("run-programs")
            .args(programs)
            // Settings are there too, and with them passwords.
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            // What a terminal sends to the portal is not for it: it ends with the portal.
            .process_group(0)
            .spawn()?;
        let (ours, process) = (Mutex::new(Some(ours)), Mutex::new(process));
        Ok(Self { ours, connection: OnceCell::new(), process, known: programs.to_vec() })
    }

    /// Whether `program` is one of those that are run.
    #[must_use]
    pub fn runs(&self, program: &Path) -> bool {
        self.known.iter().any(|known| known == program)
    }

    /// Runs `program`, one of those that this was started with, with `input` on its standard input and these variables in its
    /// environment.
    ///
    /// # Errors
    /// The process that runs programs is gone, and whatever it was running may have been done.
    pub async fn run(
        &self,
        program: &Path,
        environment: &[(&str, &str)],
        input: &[u8],
        timeout: Duration,
    ) -> Result<ProgramOutput, RunnerGone> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let connection = self.connection.get_or_try_init(|| async { self.connect() }).await?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let (sender, told) = oneshot::channel();
        lock(&connection.waiting).as_mut().ok_or(RunnerGone)?.insert(id, sender);
        let _forget = Forget { waiting: &connection.waiting, id };
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (program, environment) = (program.to_owned(), environment.collect());
        let order = RunOrder { id, program, environment, timeout_ms, input: input.len() };
        let mut frame = Zeroizing::new(serde_json::to_vec(&order).map_err(|_| RunnerGone)?);
        frame.push(b'\n');
        frame.extend_from_slice(input);
        // To its end, whoever gives up meanwhile: half an order would be read as part of the next one.
        let write = Arc::clone(&connection.write);
        let written = tokio::spawn(async move { write.lock().await.write_all(&frame).await });
        written.await.map_err(|_| RunnerGone)??;
        let ran = match tokio::time::timeout(timeout + GRACE, told).await {
            Ok(ran) => ran.map_err(|_| RunnerGone)?,
            Err(_) => ProgramOutput { end: End::TimedOut, output: Vec::new(), stderr: String::new() },
        };
        if !ran.stderr.is_empty() {
            let program = order.program.display();
            record!(ProgramStderr, %program, stderr = ran.stderr.as_str());
        }
        Ok(ran)
    }

    fn connect(&self) -> Result<RunnerSocket, RunnerGone> {
        let ours = lock(&self.ours).take().ok_or(RunnerGone)?;
        ours.set_nonblocking(true)?;
        let (read, write) = UnixStream::from_std(ours)?.into_split();
        let waiting = Arc::new(RunWaiters::new(Some(HashMap::new())));
        tokio::spawn(hear(BufReader::new(read), Arc::clone(&waiting)));
        Ok(RunnerSocket { write: Arc::new(tokio::sync::Mutex::new(write)), waiting })
    }
}

/// Removes the waiter of a run when its future is dropped.
struct Forget<'a> {
    waiting: &'a RunWaiters,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(self.waiting).as_mut().map(|waiting| waiting.remove(&self.id));
    }
}

/// Reads reports from the runner and hands each to its waiter, until the socket closes.
async fn hear(mut read: BufReader<OwnedReadHalf>, waiting: Arc<RunWaiters>) {
    while let Ok((id, ran)) = next_report(&mut read).await {
        let sender = lock(&waiting).as_mut().and_then(|waiting| waiting.remove(&id));
        if let Some(sender) = sender {
            // It may have given up just now.
            let _ = sender.send(ran);
        }
    }
    *lock(&waiting) = None;
}

async fn next_report(read: &mut BufReader<OwnedReadHalf>) -> std::io::Result<(u64, ProgramOutput)> {
    let mut line = String::new();
    (&mut *read).take(MAX_LINE).read_line(&mut line).await?;
    let RunReport { id, end, output, stderr } = serde_json::from_str(&line)?;
    let mut bytes = vec![0; output.min(MAX_OUTPUT)];
    read.read_exact(&mut bytes).await?;
    Ok((id, ProgramOutput { end, output: bytes, stderr }))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Programs {
    fn drop(&mut self) {
        // It ends when nobody holds the other end of its socket.
        lock(&self.ours).take();
        self.connection.take();
        if let Ok(process) = self.process.get_mut() {
            // Reaped by the kernel when this process ends, if it is still busy.
            let _ = process.try_wait();
        }
    }
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Programs(..)")
    }
}

/// Whether a program of the settings can be run: what is wrong with it, if anything.
#[must_use]
pub fn trouble_with(program: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(program) {
        Err(error) => {
            Some(format!("{}: {error}; it is the path of a program, without arguments", program.display()))
        }
        Ok(found) if !found.is_file() => Some("is no file".to_owned()),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => Some("is not executable".to_owned()),
        Ok(found) if found.permissions().mode() & 0o022 != 0 => {
            Some("can be written by others than its owner".to_owned())
        }
        Ok(_) => None,
    }
}
