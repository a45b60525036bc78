//! The figures that functions tell: kept, and added up, to be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use varsling_function::metrics::{Dimension, Figure, MetricSink, Metrics};

use crate::lock;

/// What was told of one measure, with one set of dimensions.
#[derive(Clone, Debug, Default)]
struct Told {
    dimensions: BTreeMap<&'static str, String>,
    count: u64,
    sum: f64,
    greatest: f64,
}

/// All figures that were told.
#[derive(Default)]
pub struct LocalMetrics {
    told: Mutex<BTreeMap<String, Told>>,
    lines: AtomicU64,
}

/// What one execution environment tells: a line for each set of dimensions and invocation.
pub struct OfEnvironment {
    all: Arc<LocalMetrics>,
    untold: Mutex<BTreeSet<Vec<Dimension>>>,
}

impl LocalMetrics {
    /// A sink for an environment.
    pub fn of_environment(self: &Arc<Self>) -> Metrics {
        Metrics::to(Arc::new(OfEnvironment { all: Arc::clone(self), untold: Mutex::default() }))
    }

    /// How many lines a deployment would have written.
    pub fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    /// What was told, by measure.
    pub fn list(&self) -> Value {
        let mut by_measure = serde_json::Map::new();
        for (key, told) in lock(&self.told).iter() {
            let measure = key.split(' ').next().unwrap_or_default().to_owned();
            let all = by_measure.entry(measure).or_insert_with(|| json!([]));
            if let Some(all) = all.as_array_mut() {
                all.push(json!({"dimensions": told.dimensions, "count": told.count, "sum": told.sum,
                    "greatest": told.greatest}));
            }
        }
        by_measure.into()
    }
}

impl LocalMetrics {
    fn add(&self, figure: Figure) {
        let dimensions: BTreeMap<_, _> = figure.dimensions.into_iter().collect();
        let key = format!("{} {dimensions:?}", figure.measure.name());
        let mut all = lock(&self.told);
        let told = all.entry(key).or_insert_with(|| Told { dimensions, ..Told::default() });
        told.count += 1;
        told.sum += figure.value;
        told.greatest = told.greatest.max(figure.value);
    }
}

impl MetricSink for OfEnvironment {
    fn take(&self, figure: Figure) {
        lock(&self.untold).insert(figure.dimensions.clone());
        self.all.add(figure);
    }

    fn flush(&self) {
        let lines = std::mem::take(&mut *lock(&self.untold)).len();
        self.all.lines.fetch_add(u64::try_from(lines).unwrap_or_default(), Ordering::Relaxed);
    }
}
