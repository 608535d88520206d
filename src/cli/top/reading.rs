//! What was read of the metrics, and what several readings tell: rates, and the recent past.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Instant;

use crate::clock::Clock;
use crate::ui::top::{TopPage, TopRow};

/// Readings that are kept: more than a wide terminal has columns.
const KEPT: usize = 300;
const MOST_REASONS: usize = 12;

/// Every sample of one answer, by its name with its labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading(BTreeMap<String, f64>);

impl Reading {
    /// Reads the text format; what is not a sample is passed over.
    pub(super) fn of(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            Some((series.to_owned(), value.parse().ok()?))
        });
        Self(samples.collect())
    }

    /// Every series of a metric, whatever its label.
    fn series<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().filter_map(move |(series, value)| {
            let rest = series.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with('{')).then_some((rest, *value))
        })
    }

    fn sum(&self, name: &str) -> f64 {
        self.series(name).map(|(_, value)| value).sum()
    }

    /// The buckets of a histogram, whatever its other label: each upper bound with how many were at most that.
    fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let name = format!("{name}_bucket");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for (labels, count) in self.series(&name) {
            let Some(bound) = upper_bound(labels) else { continue };
            match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        buckets
    }
}

/// `0.25` of `{operation="read",le="0.25"}`; Rust reads `+Inf` too.
fn upper_bound(labels: &str) -> Option<f64> {
    let (_, rest) = labels.split_once("le=\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// Below which value `part` of what is in the buckets lies, as Prometheus's `histogram_quantile` has it: evenly spread in
/// its bucket, and the last finite bound for what is above all of them. 0 where there is nothing.
fn quantile(buckets: &[(f64, f64)], part: f64) -> f64 {
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    let rank = part * all;
    let (mut lower, mut below) = (0.0, 0.0);
    for (bound, count) in buckets {
        if *count >= rank && *count > below {
            let share = (rank - below) / (count - below);
            return if bound.is_finite() { lower + (bound - lower) * share } else { lower };
        }
        (lower, below) = (*bound, *count);
    }
    0.0
}

/// The recent past of each row.
#[derive(Debug, Default)]
pub(super) struct History {
    latest: Option<(Reading, Instant)>,
    values: BTreeMap<&'static str, VecDeque<f64>>,
}

/// How a row comes from the metrics.
enum MetricValue {
    /// The sum of a gauge, with its unit.
    Now(&'static str, &'static str),
    /// How much a counter rose, by the minute.
    PerMinute(&'static str),
    /// Of what a histogram took in since the last reading, how many milliseconds this part of it took at most.
    QuantileMs(&'static str, f64),
}

const ROWS: &[(&str, MetricValue)] = &[
    ("Sessions", MetricValue::Now("doorkey_sessions", "")),
    ("Connections", MetricValue::Now("doorkey_connections", "")),
    ("Sign-ins", MetricValue::PerMinute("doorkey_sign_ins_total")),
    ("Refusals", MetricValue::PerMinute("doorkey_refusals_total")),
    ("Turned away", MetricValue::PerMinute("doorkey_connections_turned_away_total")),
    ("Password resets", MetricValue::PerMinute("doorkey_password_resets_total")),
    ("Failed requests", MetricValue::PerMinute("doorkey_request_faults_total")),
    ("Emails sent", MetricValue::PerMinute("doorkey_emails_sent_total")),
    ("Outbox", MetricValue::Now("doorkey_outbox_emails", " emails")),
    ("Oldest email", MetricValue::Now("doorkey_outbox_oldest_age_seconds", " s")),
    ("Parked emails", MetricValue::Now("doorkey_outbox_parked_emails", "")),
    ("Hash queue", MetricValue::Now("doorkey_hash_queue_jobs", "")),
    ("Hash p50", MetricValue::QuantileMs("doorkey_hash_duration_seconds", 0.5)),
    ("Hash p99", MetricValue::QuantileMs("doorkey_hash_duration_seconds", 0.99)),
    ("Store p50", MetricValue::QuantileMs("doorkey_store_transaction_duration_seconds", 0.5)),
    ("Store p99", MetricValue::QuantileMs("doorkey_store_transaction_duration_seconds", 0.99)),
];

impl History {
    /// Adds what was read `now`.
    pub(super) fn add(&mut self, reading: Reading, now: Instant) {
        for (label, value) in ROWS {
            let past = self.values.entry(label).or_default();
            past.push_front(value.of(&reading, self.latest.as_ref(), now));
            past.truncate(KEPT);
        }
        self.latest = Some((reading, now));
    }

    /// What is shown of it.
    pub(super) fn page(&self) -> TopPage {
        let Some((latest, _)) = &self.latest else { return TopPage::default() };
        let rows = ROWS.iter().filter_map(|(label, value)| {
            let past = self.values.get(label)?;
            let shown = value.shown(*past.front()?);
            Some(TopRow { label, value: shown, history: past.iter().map(|value| scaled(*value)).collect() })
        });
        let mut refusals: Vec<_> =
            latest.series("doorkey_refusals_total").filter(|(_, count)| *count > 0.0).collect();
        refusals.sort_by(|one, other| other.1.total_cmp(&one.1));
        let reason = |labels: &str| labels.split('"').nth(1).unwrap_or_default().to_owned();
        let refusals = refusals.into_iter().take(MOST_REASONS);
        TopPage {
            title: title(latest),
            rows: rows.collect(),
            refusals: refusals.map(|(labels, count)| (reason(labels), format!("{count:.0}"))).collect(),
            fault: None,
        }
    }
}

impl MetricValue {
    fn of(&self, reading: &Reading, before: Option<&(Reading, Instant)>, now: Instant) -> f64 {
        let rose = |name: &str| {
            let before = before.map_or(0.0, |(before, _)| before.sum(name));
            // After a restart the counter began anew.
            let sum = reading.sum(name);
            if sum < before { sum } else { sum - before }
        };
        match self {
            Self::Now(name, _) => reading.sum(name),
            Self::PerMinute(name) => match before {
                Some((_, at)) => rose(name) * 60.0 / now.duration_since(*at).as_secs_f64().max(0.001),
                None => 0.0,
            },
            Self::QuantileMs(name, part) => {
                let mut buckets = reading.buckets(name);
                let before = before.map_or_else(Vec::new, |(before, _)| before.buckets(name));
                let all = |buckets: &[(f64, f64)]| buckets.last().map_or(0.0, |(_, count)| *count);
                // After a restart the histogram began anew.
                if all(&before) <= all(&buckets) {
                    for (bound, count) in &mut buckets {
                        let known = before.iter().find(|(known, _)| known.total_cmp(bound).is_eq());
                        *count -= known.map_or(0.0, |(_, count)| *count);
                    }
                }
                quantile(&buckets, *part) * 1_000.0
            }
        }
    }

    fn shown(&self, value: f64) -> String {
        match self {
            Self::Now(_, unit) => format!("{value:.0}{unit}"),
            Self::PerMinute(_) => format!("{value:.0} a minute"),
            Self::QuantileMs(..) => format!("{value:.1} ms"),
        }
    }
}

/// For a sparkline, which takes whole numbers: tenths, so that little is not nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and is only drawn"
)]
fn scaled(value: f64) -> u64 {
    (value * 10.0).ceil() as u64
}

#[expect(clippy::cast_possible_truncation, reason = "it saturates")]
fn title(latest: &Reading) -> String {
    let build = latest.series("doorkey_build_info").next().map_or("", |(labels, _)| labels);
    let version = build.split('"').nth(1).unwrap_or("?");
    let began = latest.sum("process_start_time_seconds") as i64;
    let minutes = (Clock::wall_clock().epoch_ms() / 1_000).saturating_sub(began).max(0) / 60;
    let ready =
        if latest.sum("doorkey_ready") > 0.0 { "ready" } else { "NOT READY: the database takes no writes" };
    format!("Doorkey {version} · up {} h {} min · {ready}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::ALL;

    #[test]
    fn every_row_is_of_a_declared_metric() {
        for (
            _,
            MetricValue::Now(name, _) | MetricValue::PerMinute(name) | MetricValue::QuantileMs(name, _),
        ) in ROWS
        {
            assert!(ALL.iter().any(|metric| metric.name == *name), "{name}");
        }
    }

    #[test]
    fn rates_are_of_what_rose_between_two_readings_and_a_restart_begins_anew() {
        let reading = |refused: u32| {
            Reading::of(&format!(
                "# TYPE doorkey_refusals_total counter\ndoorkey_refusals_total{{reason=\"busy\"}} {refused}\n\
                 doorkey_refusals_total{{reason=\"not-found\"}} 1\ndoorkey_sessions{{kind=\"portal\"}} 2\n\
                 doorkey_sessions{{kind=\"command\"}} 1\ndoorkey_sessions_started_total{{kind=\"portal\"}} 99\n"
            ))
        };
        let (mut history, begun) = (History::default(), Instant::now());
        let value = |history: &History, label| {
            history.page().rows.into_iter().find(|row| row.label == label).unwrap().value
        };
        history.add(reading(10), begun);
        assert_eq!(value(&history, "Refusals"), "0 a minute");
        assert_eq!(value(&history, "Sessions"), "3");
        history.add(reading(12), begun + Duration::from_secs(2));
        assert_eq!(value(&history, "Refusals"), "60 a minute");
        assert_eq!(history.page().refusals[0], ("busy".to_owned(), "12".to_owned()));
        history.add(reading(1), begun + Duration::from_secs(4));
        assert_eq!(value(&history, "Refusals"), "60 a minute");
    }

    #[test]
    fn quantiles_are_of_what_came_between_two_readings_over_all_labels() {
        let reading = |fast: u32, slow: u32| {
            let bucket = |operation: &str, bound: &str, count: u32| {
                format!(
                    "doorkey_store_transaction_duration_seconds_bucket{{le=\"{bound}\",operation=\"{operation}\"}} {count}\n"
                )
            };
            Reading::of(
                &[
                    bucket("read", "0.001", fast),
                    bucket("read", "0.5", fast),
                    bucket("read", "+Inf", fast),
                    bucket("write", "0.001", 0),
                    bucket("write", "0.5", slow),
                    bucket("write", "+Inf", slow),
                ]
                .concat(),
            )
        };
        let (mut history, begun) = (History::default(), Instant::now());
        let values = |history: &History| {
            let rows = history.page().rows;
            let value = |label| rows.iter().find(|row| row.label == label).unwrap().value.clone();
            (value("Store p50"), value("Store p99"))
        };
        let pair = |p50: &str, p99: &str| (p50.to_owned(), p99.to_owned());
        history.add(reading(0, 0), begun);
        assert_eq!(values(&history), pair("0.0 ms", "0.0 ms"));
        // 98 of a hundred in the first millisecond: the 99th is half way through the next bucket.
        history.add(reading(98, 2), begun + Duration::from_secs(2));
        assert_eq!(values(&history), pair("0.5 ms", "250.5 ms"));
        // Since then nothing was slow.
        history.add(reading(198, 2), begun + Duration::from_secs(4));
        assert_eq!(values(&history), pair("0.5 ms", "1.0 ms"));
        history.add(reading(198, 2), begun + Duration::from_secs(6));
        assert_eq!(values(&history), pair("0.0 ms", "0.0 ms"));
        // A restart: all slow.
        history.add(reading(0, 10), begun + Duration::from_secs(8));
        assert_eq!(values(&history), pair("250.5 ms", "495.0 ms"));
    }

    #[test]
    fn what_is_above_every_bound_is_the_last_of_them() {
        assert!((quantile(&[(1.0, 0.0), (5.0, 0.0), (f64::INFINITY, 4.0)], 0.5) - 5.0).abs() < 1e-9);
        assert!(quantile(&[], 0.99).abs() < 1e-9);
    }
}
