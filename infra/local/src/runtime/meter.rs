//! How often each function ran and for how long: what Lambda bills.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::lock;

/// What a function's invocations took. What its environments took to start is apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// How many invocations there were.
    pub invocations: u64,
    /// In real time: it computed, and was answered.
    pub worked: Duration,
    /// By the local clock: it waited on purpose, such as for its turn to send. Of a clock that stands still unless it is
    /// moved; any other one counts what was worked once more.
    pub waited: TimeDelta,
}

/// Counts invocations since they were counted from nothing.
#[derive(Default)]
pub struct Meter(Mutex<BTreeMap<&'static str, Ran>>);

/// When an invocation began, by both clocks.
pub struct Began {
    real: Instant,
    local: DateTime<Utc>,
}

impl Began {
    /// Now, which the local clock has to say for itself.
    pub fn at(local: DateTime<Utc>) -> Self {
        Self { real: Instant::now(), local }
    }
}

impl Meter {
    /// An invocation has ended.
    pub fn ended(&self, function: &'static str, began: &Began, now: DateTime<Utc>) {
        let mut all = lock(&self.0);
        let ran = all.entry(function).or_default();
        ran.invocations += 1;
        ran.worked += began.real.elapsed();
        ran.waited += now - began.local;
    }

    /// Counts from nothing again.
    pub fn reset(&self) {
        lock(&self.0).clear();
    }

    /// Every function that ran.
    pub fn list(&self) -> BTreeMap<&'static str, Ran> {
        lock(&self.0).clone()
    }
}
