//! What is counted and measured while the portal runs, for Prometheus and `doorkey top`.
//!
//! | file | what it holds |
//! |---|---|
//! | `declared` | every metric: its name, kind, label and meaning, declared once |
//! | [`kind`] | counters, gauges and histograms, with one label at most |
//! | [`alert`] | when somebody should look, in terms of the metrics |
//! | [`http`] | `/metrics`, `/healthz` and `/readyz`, for this machine alone |
//!
//! One set for the process, as with `tracing`: metrics are updated all over the program and read in one place.
//! Names follow <https://prometheus.io/docs/practices/naming/>. No value of a label is ever text of a client: it is a
//! word of the program, or one of those that [`Metrics::declare_events`] was given.

pub mod alert;
mod declared;
pub mod http;
pub mod kind;

use std::sync::LazyLock;
use std::time::Instant;

pub use declared::{ALL, Metrics};

/// The metrics of this process.
#[must_use]
pub fn metrics() -> &'static Metrics {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &METRICS
}

impl Metrics {
    /// Names the kinds of events of the audit trail; others are not counted.
    pub fn declare_events(&self, kinds: impl IntoIterator<Item = &'static str>) {
        kinds.into_iter().for_each(|kind| self.events.declare(kind));
    }

    /// Names the reasons why connections are turned away, and why they fail.
    pub(crate) fn declare_connections(
        &self,
        turned_away: impl IntoIterator<Item = &'static str>,
        failed: impl IntoIterator<Item = &'static str>,
    ) {
        turned_away.into_iter().for_each(|reason| self.connections_turned_away.declare(reason));
        failed.into_iter().for_each(|reason| self.connections_failed.declare(reason));
    }

    /// Names refusals that are counted from 0; others appear when they happen.
    pub fn declare_refusals(&self, reasons: impl IntoIterator<Item = &'static str>) {
        reasons.into_iter().for_each(|reason| self.refusals.declare(reason));
    }

    /// When the process began, in milliseconds since the epoch.
    pub fn began_ms(&self, epoch_ms: i64) {
        self.started.set_ms(epoch_ms);
    }

    /// An event of the audit trail was committed.
    pub(crate) fn event(&self, kind: &str) {
        self.events.add_declared(kind);
        match kind {
            SIGN_IN => self.sign_ins.add("password"),
            SIGN_IN_WITH_KEY => self.sign_ins.add("key"),
            PASSWORD_RESET => self.password_resets.add(),
            _ => {}
        }
    }
}

/// Kinds of events that have a metric of their own.
pub const SIGN_IN: &str = "sign-in";
/// The same with a key.
pub const SIGN_IN_WITH_KEY: &str = "sign-in-with-key";
/// A password was reset.
pub const PASSWORD_RESET: &str = "password-reset";

/// What a transaction of the store is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Read,
    Write,
}

/// Measures a transaction, its wait for a connection included, until it is dropped.
#[derive(Debug)]
pub(crate) struct TransactionTimer {
    operation: Operation,
    since: Instant,
}

impl TransactionTimer {
    pub(crate) fn start(operation: Operation) -> Self {
        Self { operation, since: Instant::now() }
    }
}

impl Drop for TransactionTimer {
    fn drop(&mut self) {
        let operation = match self.operation {
            Operation::Read => "read",
            Operation::Write => "write",
        };
        metrics().store_transactions.observe(operation, self.since.elapsed());
    }
}

/// Counts one open connection or session until it is dropped.
#[derive(Debug)]
pub(crate) struct Open(&'static str);

impl Open {
    /// A session of that kind has begun.
    pub(crate) fn session(kind: &'static str) -> Self {
        metrics().sessions_started.add(kind);
        metrics().sessions.change(kind, 1);
        Self(kind)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics().sessions.change(self.0, -1);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::kind::Kind;
    use super::*;

    /// The rules of `promtool check metrics`.
    #[test]
    fn every_metric_keeps_the_conventions_of_prometheus() {
        let mut names = BTreeSet::new();
        for metric in ALL {
            let name = metric.name;
            assert!(names.insert(name), "{name} is declared twice");
            assert!(name.starts_with("doorkey_") || name == "process_start_time_seconds", "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert!(!metric.help.is_empty() && !metric.help.ends_with('.'), "{name}: {}", metric.help);
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
            for suffix in ["_count", "_sum", "_bucket"] {
                assert!(!name.ends_with(suffix), "{name} looks like a part of a histogram");
            }
            let words: Vec<_> = name.split('_').collect();
            for kind in ["counter", "gauge", "histogram", "summary"] {
                assert!(!words.contains(&kind), "{name} repeats its type");
            }
            for unit in ["milliseconds", "ms", "minutes", "hours", "kib", "kilobytes", "percent", "s"] {
                assert!(!words.contains(&unit), "{name} is in no base unit");
            }
            assert_eq!(metric.kind == Kind::Histogram, name.ends_with("_duration_seconds"), "{name}");
        }
    }

    /// Each family once, its `HELP` and `TYPE` before its samples, and no sample twice.
    #[test]
    fn the_text_is_well_formed_and_complete() {
        let metrics = Metrics::new();
        metrics.declare_events([SIGN_IN, "sign-out"]);
        metrics.refusals.add("wrong-credentials");
        metrics.event(SIGN_IN);
        metrics.event("typed by somebody");
        metrics.store_transactions.observe("read", std::time::Duration::from_millis(3));
        let text = metrics.text();
        let (mut helped, mut typed, mut samples) = (Vec::new(), Vec::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                helped.push(rest.split_once(' ').unwrap().0.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert_eq!(helped.last().map(String::as_str), Some(name));
                let declared = ALL.iter().find(|metric| metric.name == name).unwrap();
                assert_eq!(declared.kind.as_str(), kind);
                typed.push(name.to_owned());
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(value == "+Inf" || value.parse::<f64>().is_ok(), "{line}");
                assert!(samples.insert(series.to_owned()), "{series} twice");
                assert!(
                    series.starts_with(typed.last().unwrap().as_str()),
                    "{line} below {:?}",
                    typed.last()
                );
            }
        }
        // A family without any label yet has no text.
        let mut all: Vec<_> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
        all.retain(|name| {
            !name.starts_with("doorkey_connections_turned") && !name.starts_with("doorkey_connections_f")
        });
        assert_eq!((&helped, &typed), (&all, &all));
        for sample in [
            "doorkey_sign_ins_total{method=\"password\"} 1",
            "doorkey_events_total{kind=\"sign-out\"} 0",
            "doorkey_refusals_total{reason=\"wrong-credentials\"} 1",
            "doorkey_store_transaction_duration_seconds_count{operation=\"read\"} 1",
        ] {
            assert!(text.contains(&format!("\n{sample}\n")), "{sample} is not in:\n{text}");
        }
        assert!(!text.contains("typed by somebody"));
        assert!(text.contains(&format!("doorkey_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))));
    }
}
