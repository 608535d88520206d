//! Counters, gauges and histograms. A label has one name, and values that the program knows.

use std::borrow::Cow;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter as RawCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as RawGauge;
use prometheus_client::metrics::histogram::Histogram as RawHistogram;
use prometheus_client::registry::{Metric as RawMetric, Registry};

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How long something took, in buckets.
    Histogram,
}

impl Kind {
    /// Its word in the text format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What is known of a metric without its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The name that it is read by.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The name of its label, or nothing.
    pub label: &'static str,
    /// What it says.
    pub help: &'static str,
}

/// A type that a metric can have.
pub(super) trait Metric {
    const KIND: Kind;

    /// A new one, registered with the registry.
    fn register(registry: &mut Registry, declared: &Declared) -> Self;
}

type Label = [(&'static str, Cow<'static, str>); 1];

/// The upper bounds of histograms, in seconds: from a cached read to the longest wait for the database.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

fn histogram() -> RawHistogram {
    RawHistogram::new(BOUNDS)
}

/// `metric`, which the registry has from now on.
fn registered<M: RawMetric + Clone>(registry: &mut Registry, declared: &Declared, metric: M) -> M {
    let name = match declared.kind {
        // The library itself adds `_total`.
        Kind::Counter => declared.name.strip_suffix("_total").unwrap_or(declared.name),
        Kind::Gauge | Kind::Histogram => declared.name,
    };
    registry.register(name, declared.help, metric.clone());
    metric
}

/// A number that only goes up.
#[derive(Clone, Debug)]
pub struct Counter(RawCounter);

impl Counter {
    /// One more.
    pub(crate) fn add(&self) {
        self.0.inc();
    }

    /// So many more.
    pub(crate) fn add_many(&self, count: u64) {
        self.0.inc_by(count);
    }
}

impl Metric for Counter {
    const KIND: Kind = Kind::Counter;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self(registered(registry, declared, RawCounter::default()))
    }
}

/// A counter for each value of a label.
#[derive(Clone, Debug)]
pub struct CounterBy {
    label: &'static str,
    family: Family<Label, RawCounter>,
}

impl CounterBy {
    /// One more.
    pub(crate) fn add(&self, value: &'static str) {
        self.family.get_or_create(&[(self.label, value.into())]).inc();
    }

    /// From now on `value` is counted, from 0: a rate needs a beginning.
    pub(crate) fn declare(&self, value: &'static str) {
        drop(self.family.get_or_create(&[(self.label, value.into())]));
    }

    /// One more if `value` was declared.
    pub(crate) fn add_declared(&self, value: &str) {
        if let Some(counter) = self.family.get(&[(self.label, value.to_owned().into())]) {
            counter.inc();
        }
    }
}

impl Metric for CounterBy {
    const KIND: Kind = Kind::Counter;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self { label: declared.label, family: registered(registry, declared, Family::default()) }
    }
}

/// A whole number that goes up and down.
#[derive(Clone, Debug)]
pub struct Gauge(RawGauge);

impl Gauge {
    /// By so many more, or fewer.
    pub(crate) fn change(&self, by: i64) {
        self.0.inc_by(by);
    }

    /// It is this many now.
    pub(crate) fn set(&self, value: i64) {
        self.0.set(value);
    }
}

impl Metric for Gauge {
    const KIND: Kind = Kind::Gauge;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self(registered(registry, declared, RawGauge::default()))
    }
}

/// Seconds.
#[derive(Clone, Debug)]
pub struct Seconds(RawGauge<f64, AtomicU64>);

impl Seconds {
    /// It is so many now.
    #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
    pub(crate) fn set_ms(&self, milliseconds: i64) {
        self.0.set(milliseconds as f64 / 1_000.0);
    }
}

impl Metric for Seconds {
    const KIND: Kind = Kind::Gauge;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self(registered(registry, declared, RawGauge::<f64, AtomicU64>::default()))
    }
}

/// A gauge for each value of a label.
#[derive(Clone, Debug)]
pub struct GaugeBy {
    label: &'static str,
    family: Family<Label, RawGauge>,
}

impl GaugeBy {
    /// By so many more, or fewer.
    pub(crate) fn change(&self, value: &'static str, by: i64) {
        self.family.get_or_create(&[(self.label, value.into())]).inc_by(by);
    }
}

impl Metric for GaugeBy {
    const KIND: Kind = Kind::Gauge;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self { label: declared.label, family: registered(registry, declared, Family::default()) }
    }
}

/// How long something took.
#[derive(Clone, Debug)]
pub struct Histogram(RawHistogram);

impl Histogram {
    /// It took so long once.
    pub(crate) fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }
}

impl Metric for Histogram {
    const KIND: Kind = Kind::Histogram;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self(registered(registry, declared, histogram()))
    }
}

/// A histogram for each value of a label.
#[derive(Clone, Debug)]
pub struct HistogramBy {
    label: &'static str,
    family: Family<Label, RawHistogram>,
}

impl HistogramBy {
    /// It took so long once.
    pub(crate) fn observe(&self, value: &'static str, took: Duration) {
        self.family.get_or_create(&[(self.label, value.into())]).observe(took.as_secs_f64());
    }
}

impl Metric for HistogramBy {
    const KIND: Kind = Kind::Histogram;

    fn register(registry: &mut Registry, declared: &Declared) -> Self {
        Self {
            label: declared.label,
            family: registered(
                registry,
                declared,
                Family::new_with_constructor(histogram as fn() -> RawHistogram),
            ),
        }
    }
}
