//! Oslo's clock: days and wall-clock times as instants and back, right across its changes.
//!
//! Nothing here fails where dates end: the first or the last moment stands for what lies beyond.

use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Europe::Oslo;

/// What the clock in Oslo shows.
pub fn wall_clock(at: DateTime<Utc>) -> NaiveDateTime {
    let utc = at.naive_utc();
    let offset = Oslo.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(NaiveDateTime::MAX)
}

/// The day that it is in Oslo.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    wall_clock(at).date()
}

/// A wall-clock time in Oslo as an instant. One that the spring clock change skips is moved an hour on,
/// one that the autumn change repeats is the first of the two.
pub fn instant(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wall = date.and_time(time);
    let at_once = shown(wall);
    at_once.or_else(|| shown(wall.checked_add_signed(TimeDelta::hours(1))?)).unwrap_or_else(|| wall.and_utc())
}

/// When the clock in Oslo first shows this time or a later one: as [`instant`], but a time that the
/// spring clock change skips is reached at the change itself.
pub fn reached(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wall = date.and_time(time);
    shown(wall).or_else(|| shown(full_hour_after(wall)?)).unwrap_or_else(|| instant(date, time))
}

/// The same time of day, a number of calendar days later; the end of time where there is none.
pub fn calendar_days_after(at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let wall = wall_clock(at);
    let date = wall.date().checked_add_days(Days::new(days.into()));
    date.map_or(DateTime::<Utc>::MAX_UTC, |date| instant(date, wall.time()))
}

/// A number of hours later, as they pass and not as the clock counts them; the end of time where there
/// is none.
pub fn hours_after(at: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
    at.checked_add_signed(TimeDelta::hours(hours.into())).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The first instant at which the clock shows this; none if it never does.
fn shown(wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    Oslo.from_local_datetime(&wall).earliest().map(|local| local.to_utc())
}

/// The clock has only ever been moved on at full hours.
fn full_hour_after(wall: NaiveDateTime) -> Option<NaiveDateTime> {
    wall.date().and_hms_opt(wall.hour(), 0, 0)?.checked_add_signed(TimeDelta::hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_calendar_days_on_oslos_clock() {
        let cases = [
            ("2026-10-20T10:00:00+02:00", 7, "2026-10-27T10:00:00+01:00"),
            ("2026-03-26T10:00:00+01:00", 7, "2026-04-02T10:00:00+02:00"),
            // 02:30 does not exist on 29 March, and exists twice on 25 October.
            ("2026-03-22T02:30:00+01:00", 7, "2026-03-29T03:30:00+02:00"),
            ("2026-10-18T02:30:00+02:00", 7, "2026-10-25T02:30:00+02:00"),
            ("2028-02-22T12:00:00+01:00", 7, "2028-02-29T12:00:00+01:00"),
        ];
        for (at, days, then) in cases {
            assert_eq!(calendar_days_after(utc(at), days), utc(then), "{at}");
        }
        assert_eq!(
            calendar_days_after(DateTime::<Utc>::MAX_UTC - TimeDelta::days(2), 7),
            DateTime::<Utc>::MAX_UTC
        );
    }

    #[test]
    fn hours_are_hours_that_pass() {
        // A day and a night with a clock change in it: 24 hours later the clock shows another time.
        assert_eq!(hours_after(utc("2026-03-28T12:00:00+01:00"), 24), utc("2026-03-29T13:00:00+02:00"));
        assert_eq!(hours_after(utc("2026-10-24T12:00:00+02:00"), 24), utc("2026-10-25T11:00:00+01:00"));
        assert_eq!(hours_after(DateTime::<Utc>::MAX_UTC, 1), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn a_day_begins_at_midnight_in_oslo() {
        assert_eq!(day(utc("2026-06-30T22:00:00Z")), "2026-07-01".parse().unwrap());
        assert_eq!(day(utc("2026-12-31T22:59:59Z")), "2026-12-31".parse().unwrap());
    }

    #[test]
    fn a_time_that_the_clock_skips_is_reached_when_it_is_moved_on() {
        let cases = [
            ("2026-03-29", "01:59", "2026-03-29T00:59:00Z"),
            ("2026-03-29", "02:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29", "02:59", "2026-03-29T01:00:00Z"),
            ("2026-03-29", "03:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29", "03:01", "2026-03-29T01:01:00Z"),
            // Shown twice: the first time counts.
            ("2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
        ];
        for (date, time, at) in cases {
            let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap();
            assert_eq!(reached(date.parse().unwrap(), time), utc(at), "{date} {time}");
        }
    }

    #[test]
    fn the_ends_of_time_make_nothing_panic() {
        assert_eq!(calendar_days_after(DateTime::<Utc>::MIN_UTC, u32::MAX), DateTime::<Utc>::MAX_UTC);
        let last = DateTime::<Utc>::MAX_UTC;
        assert!(calendar_days_after(last, 0) <= last && calendar_days_after(last, 1) == last);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
        for time in [NaiveTime::MIN, noon] {
            assert!(instant(NaiveDate::MIN, time) < instant(NaiveDate::MAX, time));
            assert!(reached(NaiveDate::MIN, time) < reached(NaiveDate::MAX, time));
        }
    }

    proptest! {
        /// Whatever the clock shows was first shown then, or an hour earlier by the autumn's change.
        #[test]
        fn there_and_back(seconds in 0_i64..4_102_444_800) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let wall = wall_clock(at);
            let back = instant(wall.date(), wall.time());
            prop_assert!(back == at || (back == at - TimeDelta::hours(1) && wall_clock(back) == wall));
            prop_assert_eq!(reached(wall.date(), wall.time()), back);
        }

        /// The rule that the clock follows, counted here from the last Sundays of March and October.
        #[test]
        fn summer_time_is_from_the_last_sunday_of_march_to_that_of_october(seconds in 1_767_225_600_i64..2_019_686_400) {
            use chrono::Datelike;
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let [begins, ends] = [3, 10].map(|month| {
                let last = NaiveDate::from_ymd_opt(at.year(), month, 31).unwrap();
                let sunday = last - Days::new(last.weekday().num_days_from_sunday().into());
                sunday.and_hms_opt(1, 0, 0).unwrap().and_utc()
            });
            let hours = if (begins..ends).contains(&at) { 2 } else { 1 };
            prop_assert_eq!(wall_clock(at), at.naive_utc() + TimeDelta::hours(hours));
        }
    }
}
