//! How long to wait before asking a dependency again.

use chrono::TimeDelta;

/// The first wait.
const FIRST: TimeDelta = TimeDelta::seconds(30);
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// The wait after `retries` earlier ones: twice as long each time up to a quarter of an hour, of which
/// the second half is left to chance (`fraction` in `[0, 1)`), so that what failed together does not
/// come back together.
pub fn back_off(retries: u32, fraction: f64) -> TimeDelta {
    let doubled = FIRST * 2_i32.pow(retries.min(10));
    let half = doubled.min(LONGEST) / 2;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 450,000, and fractions of a millisecond do not count"
    )]
    let jitter = (f64::from(half.num_milliseconds() as i32) * fraction.clamp(0.0, 1.0)) as i64;
    half + TimeDelta::milliseconds(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let least: Vec<i64> = (0..8).map(|retries| back_off(retries, 0.0).num_seconds()).collect();
        assert_eq!(least, [15, 30, 60, 120, 240, 450, 450, 450]);
        assert_eq!(back_off(u32::MAX, 0.0).num_seconds(), 450);
    }

    #[test]
    fn the_second_half_is_left_to_chance() {
        assert_eq!(back_off(0, 0.5).num_milliseconds(), 22_500);
        assert!(back_off(9, 0.999) < LONGEST);
    }
}
