//! The pace of one worker: permits, evenly spaced at the worker's share of the channel's rate. When the
//! provider throttles, the worker pauses, and then returns to its full pace within a minute.
//!
//! Everything that is sent on a channel takes a permit, whatever way it came. The workers of an event source are as
//! many as its maximum concurrency, which SQS event sources keep strictly, so that nothing is shared between them
//! (AWS Lambda developer guide, "Configuring maximum concurrency for Amazon SQS event sources").

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// How long a worker pauses after the first refusal; twice as long after each that follows.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// The longest pause: the provider is tried again at least so often.
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(10);

/// How long after the last refusal the pace is the full one again.
const RECOVERY: TimeDelta = TimeDelta::minutes(1);

/// The slowest pace of a recovery, as a part of the full one.
const SLOWEST: f64 = 0.1;

/// How long nothing is tried that would meet a quota which is used up.
pub const QUOTA_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// The pace of one worker.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Before this time no permit is given, because of those that were given before.
    next: Option<DateTime<Utc>>,
    /// Before this time nothing is tried.
    paused_until: Option<DateTime<Utc>>,
    last_refusal: Option<DateTime<Utc>>,
    refusals: u32,
}

/// There is no permit in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLate {
    /// When there is one; it is not taken.
    pub at: DateTime<Utc>,
}

impl Pace {
    /// The time of the next permit, at so many permits a second; it is taken unless it comes too late.
    pub fn permit(
        &mut self,
        rate: f64,
        now: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, TooLate> {
        let at = [self.next, self.paused_until].into_iter().flatten().fold(now, DateTime::max);
        let whole = whole_millisecond(at);
        if whole > latest {
            return Err(TooLate { at: whole });
        }
        self.next = Some(at + interval(rate * self.recovered(at)));
        Ok(whole)
    }

    /// Whether nothing is tried now, whatever permits have been given.
    pub fn is_paused(&self, now: DateTime<Utc>) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// The provider got more than its rate; the time at which it is tried again.
    pub fn refused(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        let pause = (FIRST_PAUSE * 2_i32.pow(self.refusals.min(8))).min(LONGEST_PAUSE);
        self.refusals = self.refusals.saturating_add(1);
        self.last_refusal = Some(now);
        self.pause_until(now + pause)
    }

    /// A quota is used up: nothing is tried for a quarter of an hour.
    pub fn quota_used_up(&mut self, now: DateTime<Utc>) {
        self.pause_until(now + QUOTA_PAUSE);
    }

    /// The provider took something.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    fn pause_until(&mut self, until: DateTime<Utc>) -> DateTime<Utc> {
        let until = self.paused_until.map_or(until, |before| before.max(until));
        self.paused_until = Some(until);
        until
    }

    /// Which part of the full pace it has come back to.
    fn recovered(&self, at: DateTime<Utc>) -> f64 {
        let Some(refused) = self.last_refusal else { return 1.0 };
        let part = (at - refused).as_seconds_f64() / RECOVERY.as_seconds_f64();
        part.clamp(SLOWEST, 1.0)
    }
}

/// Rounded up to whole milliseconds, so that no permit is early.
fn whole_millisecond(at: DateTime<Utc>) -> DateTime<Utc> {
    let whole = at.trunc_subsecs(3);
    if whole < at { whole + TimeDelta::milliseconds(1) } else { whole }
}

/// The time between two permits.
fn interval(rate: f64) -> TimeDelta {
    let seconds = if rate > 0.0 { 1.0 / rate } else { f64::MAX };
    let time = std::time::Duration::try_from_secs_f64(seconds).ok();
    time.and_then(|time| TimeDelta::from_std(time).ok()).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    fn permit(pace: &mut Pace, rate: f64, now: DateTime<Utc>) -> DateTime<Utc> {
        pace.permit(rate, now, DateTime::<Utc>::MAX_UTC).unwrap()
    }

    #[test]
    fn a_lone_permit_is_there_at_once_and_many_are_evenly_spaced() {
        let mut pace = Pace::default();
        let permits: Vec<_> = (0..4).map(|_| permit(&mut pace, 7.0, at(0)) - at(0)).collect();
        assert_eq!(permits.iter().map(TimeDelta::num_milliseconds).collect::<Vec<_>>(), [0, 143, 286, 429]);
        assert_eq!(permit(&mut pace, 7.0, at(60_000)), at(60_000), "what was not used is not saved up");
        assert_eq!(permit(&mut pace, 7.0, at(60_000)), at(60_143));
    }

    #[test]
    fn a_permit_that_comes_too_late_is_left_for_another() {
        let mut pace = Pace::default();
        permit(&mut pace, 1.0, at(0));
        assert_eq!(pace.permit(1.0, at(0), at(999)), Err(TooLate { at: at(1_000) }));
        assert_eq!(pace.permit(1.0, at(0), at(1_000)), Ok(at(1_000)));
    }

    #[test]
    fn an_hour_has_all_its_permits() {
        let mut pace = Pace::default();
        let mut count = 0;
        while permit(&mut pace, 7.0, at(0)) < at(3_600_000) {
            count += 1;
        }
        assert_eq!(count, 7 * 3_600);
    }

    #[test]
    fn refusals_pause_it_longer_each_time_but_never_for_more_than_ten_seconds() {
        let mut pace = Pace::default();
        let mut now = at(0);
        let pauses = [0; 6].map(|_| {
            let until = pace.refused(now);
            assert!(pace.is_paused(now) && !pace.is_paused(until));
            let pause = (until - now).num_milliseconds();
            now = until;
            pause
        });
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        pace.accepted();
        assert_eq!(pace.refused(now) - now, TimeDelta::seconds(1));
    }

    #[test]
    fn a_minute_after_the_last_refusal_the_pace_is_the_full_one() {
        let mut pace = Pace::default();
        let resumed = pace.refused(at(0));
        assert_eq!(permit(&mut pace, 10.0, at(0)), resumed);
        let slow = permit(&mut pace, 10.0, at(0)) - resumed;
        assert!(slow >= TimeDelta::milliseconds(900), "{slow}");
        let first = permit(&mut pace, 10.0, at(60_000));
        assert_eq!(permit(&mut pace, 10.0, at(60_000)) - first, TimeDelta::milliseconds(100));
    }

    #[test]
    fn a_quota_is_left_alone_for_a_quarter_of_an_hour() {
        let mut pace = Pace::default();
        pace.quota_used_up(at(0));
        assert_eq!(permit(&mut pace, 10.0, at(1_000)), at(900_000));
    }

    proptest! {
        #[test]
        fn no_second_has_more_than_the_rate_and_one(
            rate in 1_u32..200, waits in proptest::collection::vec(0_i64..400, 1..300),
        ) {
            let (mut pace, mut now) = (Pace::default(), at(0));
            let mut permits: Vec<DateTime<Utc>> = vec![];
            for wait in waits {
                now += TimeDelta::milliseconds(wait);
                permits.push(permit(&mut pace, f64::from(rate), now));
            }
            for first in &permits {
                let within = permits.iter().filter(|at| *at >= first && **at < *first + TimeDelta::seconds(1));
                prop_assert!(within.count() <= rate as usize + 1);
            }
        }
    }
}
