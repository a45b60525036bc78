//! The pace at which a line leaves: one moment after the other at the provider's rate, none given out twice, and
//! some kept free for who is in a hurry.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};

/// Of ten messages that the provider takes, how many a line gets. The rest is for those that wait for nothing:
/// they stand in no line, and would otherwise be refused while one leaves.
const OF_TEN: u64 = 9;

/// Moments of a channel, as many in a second as its provider takes messages.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Messages in a second.
    pub rate: NonZeroU32,
}

impl Pace {
    /// Up to so many moments from a time until before another, and the first that is still free after them.
    /// None that was given out before `free` is given out again.
    pub fn moments(
        self,
        free: Option<DateTime<Utc>>,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        wanted: usize,
    ) -> (Vec<DateTime<Utc>>, DateTime<Utc>) {
        let start = free.map_or(from, |free| free.max(from));
        let given: Vec<_> = (0..wanted).map(|n| self.after(start, n)).take_while(|at| *at < until).collect();
        let free = self.after(start, given.len());
        (given, free)
    }

    /// How long so many messages in a line take. Rounded up to the millisecond, so that the rate is never
    /// exceeded.
    pub fn time(self, count: usize) -> TimeDelta {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let millis = count.saturating_mul(10_000).div_ceil(OF_TEN * u64::from(self.rate.get()));
        i64::try_from(millis).ok().and_then(TimeDelta::try_milliseconds).unwrap_or(TimeDelta::MAX)
    }

    fn after(self, start: DateTime<Utc>, count: usize) -> DateTime<Utc> {
        start.checked_add_signed(self.time(count)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(rate: u32) -> Pace {
        Pace { rate: NonZeroU32::new(rate).unwrap() }
    }

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn moments_are_as_far_apart_as_the_rate_says_and_end_with_the_time() {
        // Four in a second, of which a line gets nine tenths.
        let (given, free) = pace(4).moments(None, (at(0), at(1_000)), 10);
        assert_eq!(given, [at(0), at(278), at(556), at(834)]);
        assert_eq!(free, at(1_112));
        let (given, free) = pace(4).moments(Some(free), (at(0), at(10_000)), 1);
        assert_eq!((given, free), (vec![at(1_112)], at(1_390)));
        let (given, free) = pace(4).moments(Some(at(1_390)), (at(5_000), at(5_000)), 3);
        assert_eq!((given, free), (vec![], at(5_000)));
    }

    #[test]
    fn an_hour_of_a_line_leaves_a_tenth_of_the_rate() {
        let (given, _) = pace(14).moments(None, (at(0), at(3_600_000)), usize::MAX);
        assert_eq!(given.len(), 3_600 * 14 * 9 / 10);
    }

    proptest! {
        #[test]
        fn however_they_are_fetched_no_second_has_more_than_the_rate(
            rate in 1_u32..200, wanted in proptest::collection::vec(0_usize..50, 1..20),
        ) {
            let (mut all, mut free) = (vec![], None);
            for wanted in wanted {
                let (given, next) = pace(rate).moments(free, (at(0), at(5_000)), wanted);
                all.extend(given);
                free = Some(next);
            }
            for first in &all {
                let in_its_second = all.iter().filter(|at| *at >= first && **at - first < TimeDelta::seconds(1));
                prop_assert!(in_its_second.count() <= rate as usize);
            }
        }
    }
}
