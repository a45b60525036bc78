//! How long the index lags behind a write: between nothing and two seconds, repeatable by a seed.

use chrono::TimeDelta;

/// The longest lag in milliseconds.
const LONGEST: u64 = 2_000;

/// Draws lags, by the generator SplitMix64.
pub struct Lag(u64);

impl Lag {
    /// The lags of a seed.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one.
    pub fn draw(&mut self) -> TimeDelta {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let millis = (mixed ^ (mixed >> 31)) % (LONGEST + 1);
        TimeDelta::milliseconds(i64::try_from(millis).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<TimeDelta> {
        let mut lag = Lag::seeded(seed);
        (0..1_000).map(|_| lag.draw()).collect()
    }

    #[test]
    fn lags_are_up_to_two_seconds_and_the_same_for_the_same_seed() {
        let lags = drawn(7);
        assert!(lags.iter().all(|lag| (TimeDelta::zero()..=TimeDelta::seconds(2)).contains(lag)));
        assert!(lags.iter().any(|lag| *lag > TimeDelta::milliseconds(1_900)));
        assert!(lags.iter().any(|lag| *lag < TimeDelta::milliseconds(100)));
        assert_eq!(lags, drawn(7));
        assert_ne!(lags, drawn(8));
    }
}
