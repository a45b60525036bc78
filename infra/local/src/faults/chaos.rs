//! Faults that nobody orders: some of all that is called and delivered goes wrong, by a seed.
//!
//! What becomes of a call depends on the seed, on what is called by whom, and on how many such calls there were before,
//! and not on what else happens at the same time, so that a seed meets the same faults again.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use chrono::TimeDelta;
use fastrand::Rng;

use super::{Call, Effect, Fault, QUEUE, SMS_REPORT, STREAM, TICK};
use crate::lock;
use crate::runtime::Caller;

/// How many of a thousand calls go wrong.
const OF_CALLS: u32 = 20;
/// How many of a thousand messages are delivered twice, batches in reverse order, and batches of the stream again.
const OF_DELIVERIES: u32 = 30;
/// How many of a thousand ticks are missed, or come twice.
const OF_TICKS: u32 = 60;
/// How many of a thousand looks at the index find it as it was at the look before.
const OF_INDEX: u32 = 50;
/// How far the clock of an environment is ahead or behind at most, in milliseconds.
const CLOCKS_OFF: i64 = 2_000;
/// One environment of so many is of the release before.
const OF_RELEASE_BEFORE: u64 = 4;
/// What the fault of the index is known by.
const INDEX: &str = "index";
/// The longest that an answer takes that comes late, in seconds: longer than every client waits.
const LATEST: u32 = 90;

/// Where faults come from that nobody orders.
pub struct Chaos {
    seed: u64,
    /// How often what is asked about has happened.
    counts: Mutex<HashMap<u64, u64>>,
    /// What has gone wrong, and how often.
    happened: Mutex<BTreeMap<String, usize>>,
    /// The checksum of what was asked about so far, in its order.
    course: Mutex<DefaultHasher>,
}

impl Chaos {
    /// Faults by a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, counts: Mutex::default(), happened: Mutex::default(), course: Mutex::default() }
    }

    /// What has gone wrong so far, and how often.
    pub fn happened(&self) -> BTreeMap<String, usize> {
        lock(&self.happened).clone()
    }

    /// A checksum of everything that was called, delivered and looked at, in its order: the same for two runs that took the
    /// same course.
    pub fn course(&self) -> u64 {
        lock(&self.course).finish()
    }

    /// The fault that a call meets, if it meets one.
    pub fn of(&self, call: &Call<'_>) -> Option<Fault> {
        match call.target {
            SMS_REPORT => None,
            STREAM => self.by_itself(call, OF_DELIVERIES, &[Effect::Fail, Effect::Twice]),
            TICK => self.by_itself(call, OF_TICKS, &[Effect::Fail, Effect::Twice]),
            _ if call.caller.activity.is_some() => self.by_itself(
                call,
                OF_CALLS,
                &[Effect::Fail, Effect::Kill, Effect::KillAfter, Effect::Delay],
            ),
            // It is not known whose invocation would have to die.
            _ => self.by_itself(call, OF_CALLS, &[Effect::Fail, Effect::Delay]),
        }
    }

    /// Whether what a queue does by itself goes wrong in this way.
    pub fn of_queue(&self, call: &Call<'_>, effect: Effect) -> bool {
        debug_assert_eq!(call.target, QUEUE);
        self.by_itself(call, OF_DELIVERIES, &[effect]).is_some()
    }

    /// How far the clock of an environment is ahead.
    pub fn clock_offset(&self, environment: u64) -> TimeDelta {
        TimeDelta::milliseconds(self.of_environment(environment, "clock").i64(-CLOCKS_OFF..=CLOCKS_OFF))
    }

    /// Whether an environment is of the release before.
    pub fn is_of_release_before(&self, environment: u64) -> bool {
        self.of_environment(environment, "release").u64(0..OF_RELEASE_BEFORE) == 0
    }

    /// Whether the index answers as it was at the look before.
    pub fn is_stale(&self, caller: Caller<'_>) -> bool {
        let call = Call { caller, ..Call::by_itself(INDEX, "Query") };
        self.by_itself(&call, OF_INDEX, &[Effect::Delay]).is_some()
    }

    fn of_environment(&self, environment: u64, what: &str) -> Rng {
        let mut hasher = DefaultHasher::new();
        (self.seed, environment, what).hash(&mut hasher);
        Rng::with_seed(hasher.finish())
    }

    fn by_itself(&self, call: &Call<'_>, of_a_thousand: u32, effects: &[Effect]) -> Option<Fault> {
        let mut rng = self.next(call, effects);
        if rng.u32(0..1000) >= of_a_thousand {
            return None;
        }
        let effect = *rng.choice(effects)?;
        let what = format!("{effect:?} of {} {}", call.target, call.operation);
        *lock(&self.happened).entry(what).or_default() += 1;
        Some(Fault {
            // It comes by itself, and is not lifted.
            id: 0,
            target: call.target.to_owned(),
            operation: Some(call.operation.to_owned()),
            function: None,
            effect,
            status: None,
            code: None,
            message: None,
            seconds: Some(rng.u32(1..LATEST)),
            times: 1,
            until: None,
        })
    }

    /// What the next call of its kind is decided by.
    fn next(&self, call: &Call<'_>, effects: &[Effect]) -> Rng {
        let mut kind = DefaultHasher::new();
        (self.seed, call.target, call.operation, call.caller.function).hash(&mut kind);
        format!("{effects:?}").hash(&mut kind);
        let kind = kind.finish();
        let mut counts = lock(&self.counts);
        let count = counts.entry(kind).or_default();
        *count += 1;
        let environment = call.caller.activity.map(|activity| activity.number);
        (kind, *count, environment).hash(&mut *lock(&self.course));
        let mut next = DefaultHasher::new();
        (kind, *count).hash(&mut next);
        Rng::with_seed(next.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(function: &'static str) -> Call<'static> {
        Call { caller: Caller { function, activity: None }, ..Call::by_itself(TICK, function) }
    }

    fn effects(chaos: &Chaos, function: &'static str) -> Vec<Option<Effect>> {
        (0..300).map(|_| chaos.of(&tick(function)).map(|fault| fault.effect)).collect()
    }

    #[test]
    fn environments_keep_their_clock_and_their_release() {
        let chaos = Chaos::new(7);
        let offsets: Vec<_> = (0..100).map(|number| chaos.clock_offset(number)).collect();
        assert!(offsets.iter().all(|offset| offset.abs() <= TimeDelta::milliseconds(CLOCKS_OFF)));
        assert!(offsets.iter().any(|offset| *offset < TimeDelta::seconds(-1)));
        assert_eq!(chaos.clock_offset(3), offsets[3]);
        let before = (0..100).filter(|number| chaos.is_of_release_before(*number)).count();
        assert!((10..50).contains(&before), "{before}");
    }

    #[test]
    fn a_seed_meets_the_same_faults_again_whatever_happens_beside_them() {
        let (one, other) = (Chaos::new(7), Chaos::new(7));
        effects(&other, "schedule");
        let met = effects(&one, "fire-reminder");
        assert_eq!(met, effects(&other, "fire-reminder"));
        assert_ne!(met, effects(&Chaos::new(8), "fire-reminder"));
        let faults = met.iter().flatten().count();
        assert!((5..50).contains(&faults), "{faults}");
        assert_eq!(one.happened().values().sum::<usize>(), faults);
    }
}
