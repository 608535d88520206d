//! The server process, as a test sees it from outside.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::SOON;

/// How often something is looked at that cannot be waited for.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pipes: Mutex<(Option<ChildStdin>, BufReader<ChildStdout>)>,
}

impl Server {
    /// Starts a server with these limits, as `echo::settings` knows them.
    pub(crate) fn start(limits: &str) -> Self {
        Self::start_with(limits, Command::new(std::env::current_exe().unwrap()))
    }

    /// The same, with at most `files` open files.
    pub(crate) fn start_with_few_files(limits: &str, files: u32) -> Self {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={files}")).arg(std::env::current_exe().unwrap());
        Self::start_with(limits, command)
    }

    fn start_with(limits: &str, mut command: Command) -> Self {
        let mut child = command
            .args(["--ignored", "--exact", "server_limits::echo::echo_server", "--nocapture"])
            .env("DOORKEY_TEST_LIMITS", limits)
            // Naming the places of a panic would take more memory than everything that is measured.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipes = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let address = line_after("listening ", &mut pipes.1).parse().unwrap();
        Self { child, address, pipes: Mutex::new(pipes) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections the server has, by its own count.
    pub(crate) fn connections(&self) -> usize {
        let mut pipes = self.pipes.lock().unwrap();
        writeln!(pipes.0.as_mut().unwrap(), "connections?").unwrap();
        line_after("connections ", &mut pipes.1).parse().unwrap()
    }

    /// Waits until the server has `count` connections, and says how long that took.
    pub(crate) fn wait_for_connections(&self, count: usize) -> Duration {
        let start = Instant::now();
        while self.connections() != count {
            assert!(start.elapsed() < SOON, "{} connections instead of {count}", self.connections());
            self.look_again();
        }
        start.elapsed()
    }

    /// Resident memory of the process, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Open descriptors of the process.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Tells the server to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Duration {
        let start = Instant::now();
        let (stdin, stdout) = self.pipes.get_mut().unwrap();
        drop(stdin.take());
        line_after("stopped", stdout);
        start.elapsed()
    }

    /// There is no event for what another process does, so it is asked, with a pause between.
    #[expect(clippy::unused_self, reason = "reads as a sentence")]
    fn look_again(&self) {
        let (_keep, nothing) = std::sync::mpsc::channel::<()>();
        assert!(nothing.recv_timeout(LOOK).is_err());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line_after(word: &str, lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    while !line.starts_with(word) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the server ended before it said {word}");
    }
    line[word.len()..].trim().to_owned()
}
