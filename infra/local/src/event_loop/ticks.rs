//! The schedule: the sweeps run at every whole minute at which they would find something.

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::json;

use crate::faults::Effect;
use crate::simulator::{Simulator, stamp};

/// The functions that run every minute.
const SWEEPS: [&str; 2] = ["schedule", "fire-reminder"];

/// Runs the sweeps at every whole minute for as long as the system lives.
pub async fn tick(simulator: Arc<Simulator>) {
    loop {
        let last = *simulator.minute.lock().await;
        simulator.clock.sleep_until(Some(last + TimeDelta::minutes(1))).await;
        // Somebody may have moved the clock meanwhile and run the sweeps on the way.
        let mut minute = simulator.minute.lock().await;
        sweep_at(&simulator, &mut minute);
    }
}

/// When the sweeps run next. The minutes at which they would find nothing are skipped, which nobody can see: the
/// table changes in invocations only, none runs while the system is idle, and a sweep that finds nothing writes
/// nothing. While a fault of a tick is still to happen, every minute is walked.
pub fn next_minute(simulator: &Simulator, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = last + TimeDelta::minutes(1);
    if simulator.faults.concern_ticks() {
        return Some(next);
    }
    simulator.database.next_due().map(|due| ceiling(due).max(next))
}

/// Runs the sweeps if this is another minute than the last one and there is something for them.
pub fn sweep_at(simulator: &Simulator, last: &mut DateTime<Utc>) {
    let minute = floor(simulator.now());
    if minute <= *last {
        return;
    }
    *last = minute;
    let is_due = simulator.database.next_due().is_some_and(|due| due <= minute);
    if is_due || simulator.faults.concern_ticks() {
        for function in SWEEPS {
            tick_of(simulator, function, minute);
        }
    }
}

/// One tick of a function, which may be missed or come twice.
fn tick_of(simulator: &Simulator, function: &'static str, minute: DateTime<Utc>) {
    match simulator.faults.of_tick(function) {
        Some(Effect::Twice) => {
            sweep(simulator, function, minute);
            sweep(simulator, function, minute);
        }
        Some(_) => tracing::info!(function, "the tick was missed"),
        None => sweep(simulator, function, minute),
    }
}

/// Begun here and now, but not waited for: one that hangs must not hold up time.
fn sweep(simulator: &Simulator, function: &'static str, minute: DateTime<Utc>) {
    let (at, kind) = (stamp(minute), "Scheduled Event");
    let event = json!({"source": "aws.scheduler", "detail-type": kind, "time": at, "detail": "{}"});
    let begun = simulator.runtime.change(|state| state.begin(&simulator.runtime, function, None));
    drop(simulator.runtime.run(begun, event, move |_, answer| match answer {
        Ok(_) => tracing::info!(function, "swept"),
        Err(error) => tracing::warn!(function, %error, "the sweep failed"),
    }));
}

/// The whole minute that a time is in.
pub fn floor(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// The first whole minute that is not before a time (which is in whole milliseconds).
fn ceiling(time: DateTime<Utc>) -> DateTime<Utc> {
    floor(time + TimeDelta::minutes(1) - TimeDelta::milliseconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_whole() {
        let time = DateTime::from_timestamp(90, 5_000_000).unwrap();
        assert_eq!(floor(time).timestamp(), 60);
        assert_eq!(ceiling(time).timestamp(), 120);
        assert_eq!(ceiling(floor(time)).timestamp(), 60);
    }
}
