//! Metrics: what functions count and measure, with dimensions. Under Lambda they are written in CloudWatch's embedded metric
//! format; the local system adds them up and shows them.

mod embedded;

use std::sync::Arc;
use std::time::Duration;

pub use embedded::EmbeddedMetrics;

/// Every metric. Dimensions have few values, because CloudWatch bills each combination of them as a metric of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricName {
    /// Orders that were accepted, each once.
    OrdersAccepted,
    /// Notices that a provider took, by channel and class.
    HandedOver,
    /// How long after it was due each of them was, in seconds, by channel and class.
    DueToHandOver,
    /// Calls of a provider that took nothing, by channel, class and why.
    NotHandedOver,
    /// Notices that came to their end, by channel, status, and whether that was reported or inferred.
    Ended,
    /// For how long the oldest of what a sweep found had been due, in seconds, by sweep.
    OldestDue,
    /// What a sweep could not read, and set aside.
    SetAside,
    /// Calls of a register that failed, by register.
    RegisterFailed,
    /// Calls of a register that were not made, because those before had failed.
    RegisterLeftAlone,
}

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things, which add up.
    Count,
    /// A span of time, of which each value counts.
    Seconds,
}

impl MetricName {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::OrdersAccepted,
        Self::HandedOver,
        Self::DueToHandOver,
        Self::NotHandedOver,
        Self::Ended,
        Self::OldestDue,
        Self::SetAside,
        Self::RegisterFailed,
        Self::RegisterLeftAlone,
    ];

    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrdersAccepted => "OrdersAccepted",
            Self::HandedOver => "HandedOver",
            Self::DueToHandOver => "DueToHandOver",
            Self::NotHandedOver => "NotHandedOver",
            Self::Ended => "Ended",
            Self::OldestDue => "OldestDue",
            Self::SetAside => "SetAside",
            Self::RegisterFailed => "RegisterFailed",
            Self::RegisterLeftAlone => "RegisterLeftAlone",
        }
    }

    /// Its unit.
    pub fn unit(self) -> Unit {
        match self {
            Self::DueToHandOver | Self::OldestDue => Unit::Seconds,
            _ => Unit::Count,
        }
    }
}

/// A dimension's name and value. The value is one of few words, and nothing personal.
pub type Dimension = (&'static str, String);

/// How much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// So many more.
    Count(u64),
    /// So many seconds.
    Seconds(f64),
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct DataPoint {
    /// The metric.
    pub metric: MetricName,
    /// The dimensions that it is told apart by.
    pub dimensions: Vec<Dimension>,
    /// The value.
    pub value: Value,
}

/// Where data points go.
pub trait MetricSink: Send + Sync {
    /// Takes a data point.
    fn record(&self, point: DataPoint);

    /// An invocation is over: what was recorded can be written.
    fn flush(&self) {}
}

/// A function's metrics.
#[derive(Clone)]
pub struct Metrics(Arc<dyn MetricSink>);

impl Metrics {
    /// Metrics that go to a sink.
    pub fn to(sink: Arc<dyn MetricSink>) -> Self {
        Self(sink)
    }

    /// Metrics that are thrown away.
    pub fn discarded() -> Self {
        Self(Arc::new(Discard))
    }

    /// Counts so many more.
    pub fn count(&self, metric: MetricName, more: usize, dimensions: &[(&'static str, &str)]) {
        let value = Value::Count(u64::try_from(more).unwrap_or(u64::MAX));
        self.record(metric, value, dimensions);
    }

    /// Records a span of time.
    pub fn time(&self, metric: MetricName, span: Duration, dimensions: &[(&'static str, &str)]) {
        self.record(metric, Value::Seconds(span.as_secs_f64()), dimensions);
    }

    fn record(&self, metric: MetricName, value: Value, dimensions: &[(&'static str, &str)]) {
        let dimensions = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.0.record(DataPoint { metric, dimensions, value });
    }

    /// Writes what was recorded in an invocation.
    pub fn flush(&self) {
        self.0.flush();
    }
}

struct Discard;

impl MetricSink for Discard {
    fn record(&self, _: DataPoint) {}
}
