//! What functions count and measure: figures with the words that they are told apart by. Under Lambda they become metrics of
//! CloudWatch, in the local system they are kept to be looked at.

mod embedded;

use std::sync::Arc;

pub use embedded::EmbeddedMetrics;

/// What is counted or measured. The dimensions of each are few, since CloudWatch takes money for every combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
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

/// The unit of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things, which add up.
    Count,
    /// A span of time, of which each value counts.
    Seconds,
}

impl Measure {
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

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Of what.
    pub measure: Measure,
    /// What it is told apart by.
    pub dimensions: Vec<Dimension>,
    /// How much.
    pub value: f64,
}

/// Who takes figures.
pub trait MetricSink: Send + Sync {
    /// Takes one.
    fn take(&self, figure: Figure);

    /// An invocation is over: what was taken can be told.
    fn flush(&self) {}
}

/// A function's way to tell its figures.
#[derive(Clone)]
pub struct Metrics(Arc<dyn MetricSink>);

impl Metrics {
    /// Those that a sink takes.
    pub fn to(sink: Arc<dyn MetricSink>) -> Self {
        Self(sink)
    }

    /// Those that nobody takes.
    pub fn unheard() -> Self {
        Self(Arc::new(Nobody))
    }

    /// Counts some more.
    pub fn count(&self, measure: Measure, more: usize, dimensions: &[(&'static str, &str)]) {
        let value = f64::from(u32::try_from(more).unwrap_or(u32::MAX));
        self.record(measure, value, dimensions);
    }

    /// Records one value.
    pub fn record(&self, measure: Measure, value: f64, dimensions: &[(&'static str, &str)]) {
        let dimensions = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.0.take(Figure { measure, dimensions, value });
    }

    /// Tells what was recorded in an invocation.
    pub fn flush(&self) {
        self.0.flush();
    }
}

struct Nobody;

impl MetricSink for Nobody {
    fn take(&self, _: Figure) {}
}
