//! What `tracing` hands over becomes a line: its fields, those of the spans around it, its room.

use std::fmt;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::event::{GUESSES, LogEvent, MEMBERS, OTHERS};
use super::limiter::{DroppedLines, Limiter, Limits, LineClass};
use super::line::{Fields, Format, Value, line};
use super::writer::LogMessage;
use crate::domain::timestamp::Timestamp;

/// The crate whose lines are the portal's own.
const OURS: &str = "doorkey";

/// What the layer and the thread that writes share.
pub(super) struct LogShared {
    format: Format,
    limiter: Mutex<Limiter>,
    now: fn() -> Timestamp,
}

impl LogShared {
    pub(super) fn new(format: Format, limits: Limits, now: fn() -> Timestamp) -> Self {
        Self { format, limiter: Mutex::new(Limiter::new(limits)), now }
    }

    /// The line about lines that were left out, when one is due; `at_once` also in the second of the first.
    pub(super) fn report(&self, at_once: bool) -> Option<String> {
        let now = (self.now)();
        let due = if at_once { now.plus_ms(1_000) } else { now };
        let DroppedLines { lines, busiest: (busiest, busiest_lines) } = self.limiter().report(due)?;
        let event = LogEvent::LinesDropped;
        let mut fields = Fields::default();
        fields.set("event", Value::Text(event.as_str().to_owned()));
        fields.set("lines", Value::Plain(lines.to_string()));
        fields.set("busiest", Value::Text(busiest));
        fields.set("busiest_lines", Value::Plain(busiest_lines.to_string()));
        Some(line(self.format, now, event.level(), &fields))
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogShared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogShared").field("format", &self.format).finish_non_exhaustive()
    }
}

/// The end of `tracing` for everything that is logged.
pub(super) struct LogLayer {
    shared: Arc<LogShared>,
    queue: SyncSender<LogMessage>,
}

impl LogLayer {
    pub(super) fn new(shared: Arc<LogShared>, queue: SyncSender<LogMessage>) -> Self {
        Self { shared, queue }
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        // What comes from the crate `log` says here where it comes from.
        let bridged = fields.take("log.target");
        let bridged_line = fields.take("log.line");
        for name in ["log.module_path", "log.file"] {
            fields.take(name);
        }
        let target = bridged.as_ref().map_or(metadata.target(), Value::as_str);
        // The innermost span first: what it says goes before what those around it say.
        for span in cx.event_scope(event).into_iter().flatten() {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.add(known);
            }
        }
        let source = fields.get("source");
        let is_library = target.split("::").next() != Some(OURS);
        let place_in_library = is_library.then(|| match (&bridged_line, metadata.line()) {
            (Some(line), _) => format!("{target}:{}", line.as_str()),
            (None, line) => format!("{target}:{}", line.unwrap_or_default()),
        });
        let (class, key) = match (&place_in_library, source) {
            (Some(place), _) => (LineClass::Library, place.as_str()),
            (None, source) if *metadata.level() > Level::INFO => {
                (LineClass::Verbose, source.unwrap_or(metadata.name()))
            }
            (None, None) => (LineClass::Own, metadata.name()),
            (None, Some(source)) if target == MEMBERS => (LineClass::Member, source),
            (None, Some(source)) if target == GUESSES => (LineClass::Guess, source),
            (None, Some(source)) => (LineClass::Stranger, source),
        };
        let now = (self.shared.now)();
        if !self.shared.limiter().admit(class, key, now) {
            return;
        }
        if ![MEMBERS, GUESSES, OTHERS].contains(&target) {
            let target = target.to_owned();
            fields.set("target", Value::Text(target));
        }
        let line = line(self.shared.format, now, *metadata.level(), &fields);
        if self.queue.try_send(LogMessage::Line(line)).is_err() {
            self.shared.limiter().lost(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use tracing::field::Empty;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::log::record;

    const AT: Timestamp = Timestamp::from_epoch_ms(1_795_000_000_007);
    const HEAD: &str = "2026-11-18T11:06:40.007Z";
    const LIMITS: Limits = Limits { per_source: 10, in_all: 100 };

    /// The lines of `work`, and the report after it.
    fn logged(format: Format, work: impl FnOnce()) -> Vec<String> {
        let shared = Arc::new(LogShared::new(format, LIMITS, || AT));
        let (queue, lines): (_, Receiver<LogMessage>) = sync_channel(1_000);
        let subscriber = tracing_subscriber::registry().with(LogLayer::new(shared.clone(), queue));
        tracing::subscriber::with_default(subscriber, work);
        let lines = lines.try_iter().filter_map(|message| match message {
            LogMessage::Line(line) => Some(line),
            LogMessage::Flush(_) => None,
        });
        lines.chain(shared.report(true)).map(|line| line.trim_end_matches('\n').to_owned()).collect()
    }

    #[test]
    fn a_line_has_what_the_spans_around_it_know() {
        let work = || {
            let connection = tracing::error_span!("connection", source = %"192.0.2.7");
            let session =
                tracing::error_span!(parent: &connection, "session", session = "id-1", account = Empty);
            session.in_scope(|| record!(SessionBegun, kind = "portal", client = "SSH-2.0-x y"));
            session.record("account", "ada");
            session.in_scope(|| tracing::warn!(attempt = 2_u32, "a\nb"));
            let request =
                tracing::error_span!(parent: &session, "request", account = Empty, name_hash = Empty);
            request.record("account", "grace");
            request.in_scope(|| record!(Refused, request = "sign-in", reason = "wrong-credentials"));
            session.record("account", "");
            session.in_scope(|| record!(SessionEnded, exit_code = 0_u32));
        };
        let said = "source=192.0.2.7 session=id-1";
        let expected = [
            format!("{HEAD} INFO event=session-begun {said} kind=portal client=\"SSH-2.0-x y\""),
            format!(
                "{HEAD} WARN message=\"a\\nb\" {said} attempt=2 account=ada target=doorkey::log::layer::tests"
            ),
            format!(
                "{HEAD} INFO event=refused {said} request=sign-in reason=wrong-credentials account=grace"
            ),
            format!("{HEAD} INFO event=session-ended {said} exit_code=0"),
        ];
        assert_eq!(logged(Format::Text, work), expected);
        let json = logged(Format::Json, work);
        assert_eq!(
            json[2],
            format!(
                "{{\"time\":\"{HEAD}\",\"level\":\"INFO\",\"event\":\"refused\",\"source\":\"192.0.2.7\",\"session\":\"id-1\",\
                 \"request\":\"sign-in\",\"reason\":\"wrong-credentials\",\"account\":\"grace\"}}"
            )
        );
    }

    #[test]
    fn a_flood_of_one_source_is_counted_and_hides_nobody_else() {
        let lines = logged(Format::Text, || {
            for n in 0..5_000 {
                record!(Refused, source = "192.0.2.7", request = "sign-in", reason = "wrong-credentials");
                tracing::warn!(target: "russh::server::encrypted", "unknown channel request x\n{n}");
                tracing::debug!(source = "192.0.2.7", "noise");
            }
            tracing::info!(target: MEMBERS, event = "sign-in", source = "192.0.2.7", account = "ada");
            record!(Refused, source = "192.0.2.8", request = "sign-in", reason = "wrong-credentials");
            record!(to GUESSES; Refused, source = "192.0.2.7", request = "sign-in", reason = "code-refused");
            tracing::error!("a worker's own");
        });
        let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
        assert_eq!(count("event=refused source=192.0.2.7"), 10 + 1);
        // A guess, whatever else its source has had logged before it.
        assert_eq!(count("reason=code-refused"), 1);
        assert_eq!(count("message=\"unknown channel request x\\n0\" target=russh::server::encrypted"), 1);
        assert_eq!(count("message=noise"), 100);
        for words in ["event=sign-in source=192.0.2.7 account=ada", "source=192.0.2.8", "a worker's own"] {
            assert_eq!(count(words), 1, "{words}");
        }
        let dropped = format!(
            "{HEAD} WARN event=lines-dropped lines={} busiest=192.0.2.7 busiest_lines={}",
            15_000 - 111,
            10_000 - 110
        );
        assert_eq!(lines.last(), Some(&dropped));
        assert_eq!(lines.len(), 111 + 4 + 1);
    }

    #[test]
    fn nobody_waits_for_a_log_that_is_not_read() {
        let shared = Arc::new(LogShared::new(Format::Text, LIMITS, || AT));
        let (queue, _unread) = sync_channel(1);
        let subscriber = tracing_subscriber::registry().with(LogLayer::new(shared.clone(), queue));
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..10 {
                tracing::warn!("a line");
            }
        });
        let told = format!("{HEAD} WARN event=lines-dropped lines=9 busiest=unwritten busiest_lines=9\n");
        assert_eq!(shared.report(true), Some(told));
    }
}
