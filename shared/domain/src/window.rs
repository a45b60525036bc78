//! When a notice may go: the sending window and calendar days, on Oslo's clock.
//!
//! Until the full calendar comes, SMS that wait for daytime go from 09:00 to 17:00 every day, opening
//! included and closing excluded, and everything else goes at any time.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::{Europe::Oslo, Tz};

use crate::channel::{Channel, SendingTimePolicy};

/// How long a notice may keep trying, from when it was allowed to go.
pub const LIFETIME: TimeDelta = TimeDelta::hours(48);

/// The hours in which notices that wait for daytime may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendingWindow {
    opens: NaiveTime,
    closes: NaiveTime,
}

impl Default for SendingWindow {
    fn default() -> Self {
        Self { opens: hour(9), closes: hour(17) }
    }
}

impl SendingWindow {
    /// The first time, no earlier than `at`, at which a notice may go.
    pub fn opens(&self, channel: Channel, policy: SendingTimePolicy, at: DateTime<Utc>) -> DateTime<Utc> {
        match (channel, policy) {
            (Channel::Sms, SendingTimePolicy::Daytime) => self.next_open(at),
            _ => at,
        }
    }

    fn next_open(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = at.with_timezone(&Oslo);
        let (date, time) = (local.date_naive(), local.time());
        if time < self.opens {
            on_oslo_clock(date, self.opens)
        } else if time < self.closes {
            at
        } else {
            on_oslo_clock(date + Days::new(1), self.opens)
        }
    }
}

/// The same time of day on Oslo's clock, a number of calendar days later.
pub fn calendar_days_after(at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let local = at.with_timezone(&Oslo);
    on_oslo_clock(local.date_naive() + Days::new(days.into()), local.time())
}

/// A wall-clock time as an instant. One that the spring clock change skips is moved an hour on, one
/// that the autumn change repeats is the first of the two.
fn on_oslo_clock(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let wall = date.and_time(time);
    let local: Option<DateTime<Tz>> = Oslo.from_local_datetime(&wall).earliest().or_else(|| {
        let later = wall + TimeDelta::hours(1);
        Oslo.from_local_datetime(&later).earliest()
    });
    local.map_or_else(|| wall.and_utc(), |local| local.to_utc())
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn sms(at: &str) -> DateTime<Utc> {
        SendingWindow::default().opens(Channel::Sms, SendingTimePolicy::Daytime, utc(at))
    }

    #[test]
    fn sms_wait_for_daytime() {
        let cases = [
            ("2026-11-02T07:59:59.999+01:00", "2026-11-02T09:00:00+01:00"),
            ("2026-11-02T09:00:00+01:00", "2026-11-02T09:00:00+01:00"),
            ("2026-11-02T16:59:59.999+01:00", "2026-11-02T16:59:59.999+01:00"),
            ("2026-11-02T17:00:00+01:00", "2026-11-03T09:00:00+01:00"),
            ("2026-12-31T23:59:00+01:00", "2027-01-01T09:00:00+01:00"),
            // Across both clock changes.
            ("2026-03-28T18:00:00+01:00", "2026-03-29T09:00:00+02:00"),
            ("2026-10-24T18:00:00+02:00", "2026-10-25T09:00:00+01:00"),
        ];
        for (at, opens) in cases {
            assert_eq!(sms(at), utc(opens), "{at}");
        }
    }

    #[test]
    fn everything_else_goes_at_any_time() {
        let night = utc("2026-11-02T02:00:00Z");
        let window = SendingWindow::default();
        for (channel, policy) in [
            (Channel::Sms, SendingTimePolicy::Anytime),
            (Channel::Email, SendingTimePolicy::Anytime),
            (Channel::Email, SendingTimePolicy::Daytime),
        ] {
            assert_eq!(window.opens(channel, policy, night), night);
        }
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
    }
}
