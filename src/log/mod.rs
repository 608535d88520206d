//! The log on standard error: one line an event, in one format, at a bounded pace, whatever strangers send.
//!
//! | file | what it holds |
//! |---|---|
//! | [`event`] | what an operator reads, declared once |
//! | [`mod@line`] | one line as text or JSON; nothing in it can look like another line |
//! | [`limiter`] | how many lines are let in; the rest is counted |
//! | `layer` | what `tracing` hands over, with what the spans around it know |
//! | `writer` | the thread that writes, so that nobody waits for standard error |
//!
//! Everything logs with the macros of `tracing`; an event with [`record!`]. A line takes `source`, `session` and `account`
//! from the spans that it is in. Secrets and what people type are never logged: a name that nobody has is a keyed hash.

mod audit;
mod event;
mod layer;
mod limiter;
mod line;
mod writer;

use std::sync::Arc;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub(crate) use audit::recorded;
pub use event::LogEvent;
pub(crate) use event::{GUESSES, OTHERS, record};
pub use limiter::Limits;
pub use line::Format;

use crate::domain::timestamp::Timestamp;
use layer::{LogLayer, LogShared};
use writer::Writer;

/// How the log is kept.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Text or JSON.
    pub format: Format,
    /// The least that is logged of the portal. Of libraries it is `warn` at most: what they say below that is the wire's
    /// bytes and other people's data.
    pub level: Level,
    /// Lines in a second.
    pub limits: Limits,
    /// What reads the wall clock.
    pub now: fn() -> Timestamp,
}

/// The log while it runs; dropped, it writes what is left.
#[derive(Debug)]
#[must_use = "dropped at once, the last lines may be lost"]
pub struct Log(Option<Writer>);

/// Starts the log, once in a process: a second start (in tests) keeps the first. Lines wait until
/// [`Log::write_in_background`], or the end.
pub fn start(options: LogOptions) -> Log {
    let shared = Arc::new(LogShared::new(options.format, options.limits, options.now));
    let (writer, queue) = Writer::new(shared.clone());
    let of_libraries = LevelFilter::from_level(options.level.min(Level::WARN));
    let filter = Targets::new().with_default(of_libraries).with_target("doorkey", options.level);
    // It warns of every control that it has no type for, which each client may send with each request.
    let filter = filter.with_target("ldap3_proto", LevelFilter::OFF);
    let subscriber = tracing_subscriber::registry().with(filter).with(LogLayer::new(shared, queue));
    if subscriber.try_init().is_err() {
        return Log(None);
    }
    log_panics();
    Log(Some(writer))
}

impl Log {
    /// Starts the thread that writes. Not earlier, so that it is confined with the rest of the process.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn write_in_background(&mut self) -> std::io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Writer::start)
    }
}

/// A panic is a line like any other. What it says is logged only where it is written in the code: a formatted message
/// can quote the text that it is about, a password for example.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        let reason = panic.payload().downcast_ref::<&'static str>().copied();
        tracing::error!(at, reason, "a panic");
    }));
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(writer) = &mut self.0 {
            writer.flush();
        }
    }
}
