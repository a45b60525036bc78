//! The metrics of the functions: added up, to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use varsling_function::metrics::{DataPoint, Dimension, MetricName, MetricSink, Metrics, Value};

use crate::lock;

/// A metric with one combination of dimensions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    metric: MetricName,
    dimensions: BTreeMap<&'static str, String>,
}

/// What was recorded of a series.
#[derive(Clone, Copy, Debug, Default)]
struct Recorded {
    count: u64,
    sum: f64,
    greatest: f64,
}

/// All that was recorded.
#[derive(Default)]
pub struct LocalMetrics {
    series: Mutex<BTreeMap<Series, Recorded>>,
    lines: AtomicU64,
}

/// The sink of one execution environment. A deployment would write a line for each combination of dimensions in an
/// invocation.
pub struct OfEnvironment {
    all: Arc<LocalMetrics>,
    unwritten: Mutex<BTreeSet<Vec<Dimension>>>,
}

impl LocalMetrics {
    /// Metrics for an environment.
    pub fn of_environment(self: &Arc<Self>) -> Metrics {
        Metrics::to(Arc::new(OfEnvironment { all: Arc::clone(self), unwritten: Mutex::default() }))
    }

    /// How many lines a deployment would have written.
    pub fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    /// What was recorded, by metric.
    pub fn list(&self) -> serde_json::Value {
        let mut by_metric: BTreeMap<&str, Vec<serde_json::Value>> = BTreeMap::new();
        for (Series { metric, dimensions }, recorded) in lock(&self.series).iter() {
            let Recorded { count, sum, greatest } = recorded;
            let shown = json!({"dimensions": dimensions, "count": count, "sum": sum, "greatest": greatest});
            by_metric.entry(metric.name()).or_default().push(shown);
        }
        json!(by_metric)
    }

    fn add(&self, point: DataPoint) {
        let DataPoint { metric, dimensions, value } = point;
        let value = match value {
            Value::Count(more) => f64::from(u32::try_from(more).unwrap_or(u32::MAX)),
            Value::Seconds(seconds) => seconds,
        };
        let series = Series { metric, dimensions: dimensions.into_iter().collect() };
        let mut all = lock(&self.series);
        let recorded = all.entry(series).or_default();
        recorded.count += 1;
        recorded.sum += value;
        recorded.greatest = recorded.greatest.max(value);
    }
}

impl MetricSink for OfEnvironment {
    fn record(&self, point: DataPoint) {
        lock(&self.unwritten).insert(point.dimensions.clone());
        self.all.add(point);
    }

    fn flush(&self) {
        let lines = std::mem::take(&mut *lock(&self.unwritten)).len();
        self.all.lines.fetch_add(u64::try_from(lines).unwrap_or_default(), Ordering::Relaxed);
    }
}
