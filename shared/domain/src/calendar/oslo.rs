//! Oslo's clock: days and wall-clock times as instants, right across its changes.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{Europe::Oslo, Tz};

/// The time as Oslo's clock shows it. The last days of time are one, for the clock would run past its end.
fn in_oslo(at: DateTime<Utc>) -> DateTime<Tz> {
    at.min(DateTime::<Utc>::MAX_UTC - TimeDelta::days(1)).with_timezone(&Oslo)
}

/// The day that it is in Oslo.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    in_oslo(at).date_naive()
}

/// A wall-clock time in Oslo as an instant. One that the spring clock change skips is moved an hour on,
/// one that the autumn change repeats is the first of the two.
pub fn instant(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wall = date.and_time(time);
    let local: Option<DateTime<Tz>> = Oslo.from_local_datetime(&wall).earliest().or_else(|| {
        let later = wall.checked_add_signed(TimeDelta::hours(1))?;
        Oslo.from_local_datetime(&later).earliest()
    });
    local.map_or_else(|| wall.and_utc(), |local| local.to_utc())
}

/// The same time of day, a number of calendar days later; the end of time where there is none.
pub fn calendar_days_after(at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let local = in_oslo(at);
    let date = local.date_naive().checked_add_days(Days::new(days.into()));
    date.map_or(DateTime::<Utc>::MAX_UTC, |date| instant(date, local.time()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_day_begins_at_midnight_in_oslo() {
        assert_eq!(day(utc("2026-06-30T22:00:00Z")), "2026-07-01".parse().unwrap());
        assert_eq!(day(utc("2026-12-31T22:59:59Z")), "2026-12-31".parse().unwrap());
    }
}
