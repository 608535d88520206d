//! The thread that writes the log. Whoever logs hands a line over and never waits: where standard error is slower than
//! the log, lines are lost and counted.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::layer::LogShared;

/// Lines that may wait.
const QUEUE: usize = 1_024;
/// How often to look whether lines that were left out are to be told of.
const LOOK: Duration = Duration::from_secs(1);
/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);

/// What the thread is sent.
#[derive(Debug)]
pub(super) enum LogMessage {
    /// A line, with its line feed.
    Line(String),
    /// Answer when everything before it is written.
    Flush(SyncSender<()>),
}

/// Writes what is queued, on a thread once that is started.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<LogShared>,
    queue: SyncSender<LogMessage>,
    /// Until the thread has it.
    lines: Option<Receiver<LogMessage>>,
}

impl Writer {
    /// The writer, and the way to it.
    pub(super) fn new(shared: Arc<LogShared>) -> (Self, SyncSender<LogMessage>) {
        let (queue, lines) = sync_channel(QUEUE);
        (Self { shared, queue: queue.clone(), lines: Some(lines) }, queue)
    }

    /// Starts the thread.
    pub(super) fn start(&mut self) -> std::io::Result<()> {
        let Some(lines) = self.lines.take() else { return Ok(()) };
        let shared = self.shared.clone();
        let write = move || write_all(&shared, &lines, std::io::stderr());
        std::thread::Builder::new().name("log".to_owned()).spawn(write).map(drop)
    }

    /// Waits until all lines so far are written, but not for a reader that has stopped reading.
    pub(super) fn flush(&mut self) {
        let (done, flushed) = sync_channel(1);
        if self.queue.try_send(LogMessage::Flush(done)).is_err() {
            return;
        }
        if let Some(lines) = self.lines.take() {
            // The thread was never started.
            for message in lines.try_iter() {
                if let LogMessage::Line(line) = message {
                    let _ = std::io::stderr().write_all(line.as_bytes());
                }
            }
            return;
        }
        // That it takes too long; there is nothing more to do about it.
        let _ = flushed.recv_timeout(LAST_LINES);
    }
}

/// Nobody is left to be told that standard error cannot be written to.
fn write_all(shared: &LogShared, lines: &Receiver<LogMessage>, mut out: impl Write) {
    loop {
        let mut flushed = None;
        match lines.recv_timeout(LOOK) {
            // A line is one write: lines of several processes do not mix.
            Ok(LogMessage::Line(line)) => {
                let _ = out.write_all(line.as_bytes());
            }
            Ok(LogMessage::Flush(done)) => flushed = Some(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if let Some(report) = shared.report(flushed.is_some()) {
            let _ = out.write_all(report.as_bytes());
        }
        if let Some(done) = flushed {
            let _ = done.send(());
        }
    }
}
