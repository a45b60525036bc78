//! Any hours that a deployment may choose, against a slow look at the clock in Oslo, and the odd ones.

use super::*;
use chrono::{Datelike, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Europe::Oslo;
use proptest::prelude::*;

use std::collections::BTreeMap;

use crate::calendar::{HalfDay, Holiday};

const HALF_DAYS: [HalfDay; 3] =
    [HalfDay::WednesdayBeforeEaster, HalfDay::ChristmasEve, HalfDay::Date { month: 6, day: 23 }];

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn time(minutes: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap()
}

fn hours(opens: &str, closes: &str) -> Hours {
    let [opens, closes] = [opens, closes].map(|text| NaiveTime::parse_from_str(text, "%H:%M").unwrap());
    let closes = Closing::At(closes);
    Hours { days: WEEK.to_vec(), opens, closes, holidays: true, half_days: BTreeMap::new() }
}

fn is_over(closing: &Closing, time: NaiveTime) -> bool {
    matches!(closing, Closing::At(close) if time >= *close)
}

fn closing(minutes: u32) -> Closing {
    if minutes < 1_440 { Closing::At(time(minutes)) } else { Closing::Midnight }
}

/// What a person would do who looks at the clock and the calendar on the wall.
fn is_open(hours: &Hours, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&Oslo);
    let (date, time) = (local.date_naive(), local.time());
    let is_early = hours.half_days.iter().any(|(day, closes)| day.is(date) && is_over(closes, time));
    hours.days.contains(&date.weekday())
        && (hours.holidays || Holiday::on(date).is_none())
        && hours.opens <= time
        && !is_over(&hours.closes, time)
        && !is_early
}

prop_compose! {
    /// Outside of the hour that is skipped in spring and repeated in autumn, for there the clock on the wall
    /// says too little.
    fn any_hours()(
        days in prop::sample::subsequence(WEEK.to_vec(), 1..=7),
        opens in 180_u32..1_400,
        length in 1_u32..1_200,
        holidays: bool,
        half in prop::option::of(1_u32..1_200),
    ) -> Hours {
        let half_days = half.into_iter().flat_map(|length| HALF_DAYS.map(|day| (day, closing(opens + length))));
        Hours { days, opens: time(opens), closes: closing(opens + length), holidays, half_days: half_days.collect() }
    }
}

proptest! {
    #[test]
    fn a_notice_goes_at_the_first_open_moment(
        hours in any_hours(), seconds in 1_735_689_600_i64..1_990_000_000, step in 60_i64..1_800,
    ) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(hours.check(), Ok(()));
        let opens = hours.next_open(at);
        prop_assert!(is_open(&hours, opens), "{opens}");
        prop_assert!(opens == at || !is_open(&hours, opens - TimeDelta::seconds(1)), "{opens}");
        let mut before = at;
        while before < opens {
            prop_assert!(!is_open(&hours, before), "{before} was open");
            before += TimeDelta::seconds(step);
        }
        let closes = hours.next_close(at);
        prop_assert!(closes > opens && !is_open(&hours, closes));
        prop_assert!(is_open(&hours, closes - TimeDelta::seconds(1)));
    }

    #[test]
    fn every_moment_there_is_has_an_answer(hours in any_hours(), distance in 0_i64..100_000_000, early: bool) {
        let at = if early {
            DateTime::<Utc>::MIN_UTC + TimeDelta::seconds(distance)
        } else {
            DateTime::<Utc>::MAX_UTC - TimeDelta::seconds(distance)
        };
        prop_assert!(hours.next_open(at) >= at);
        prop_assert!(hours.next_close(at) > at || hours.next_close(at) == DateTime::<Utc>::MAX_UTC);
    }
}

#[test]
fn the_first_and_the_last_moment_have_an_answer() {
    for house in [HouseRule::WorkingDays, HouseRule::Altinn] {
        let window = SendingWindow::of(house);
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(window.opens(Channel::Sms, SendingTimePolicy::House, at) >= at);
            for policy in [SendingTimePolicy::Daytime, SendingTimePolicy::Anytime] {
                assert!(window.lifetime_end(Channel::Email, policy, at) >= at);
            }
        }
    }
}

#[test]
fn hours_in_the_hour_that_the_clock_skips() {
    let cases = [
        // Skipped altogether: closed that Sunday.
        ("02:10", "02:50", "2026-03-29T00:00:00+01:00", "2026-03-30T02:10:00+02:00"),
        ("02:30", "03:00", "2026-03-29T00:00:00+01:00", "2026-03-30T02:30:00+02:00"),
        // It opens, or has closed, when the clock is moved on.
        ("02:30", "05:00", "2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("01:00", "02:30", "2026-03-29T01:59:59+01:00", "2026-03-29T01:59:59+01:00"),
        ("01:00", "02:30", "2026-03-29T03:00:00+02:00", "2026-03-30T01:00:00+02:00"),
    ];
    for (opens, closes, at, then) in cases {
        assert_eq!(hours(opens, closes).next_open(utc(at)), utc(then), "{opens} to {closes} from {at}");
    }
}

#[test]
fn hours_in_the_hour_that_the_clock_repeats_are_those_of_the_first_time() {
    let cases = [
        ("02:30", "05:00", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        // Once open it stays so, though the clock shows 02:10 again.
        ("02:30", "05:00", "2026-10-25T02:10:00+01:00", "2026-10-25T02:10:00+01:00"),
        ("01:00", "02:30", "2026-10-25T02:29:59+02:00", "2026-10-25T02:29:59+02:00"),
        ("01:00", "02:30", "2026-10-25T02:10:00+01:00", "2026-10-26T01:00:00+01:00"),
    ];
    for (opens, closes, at, then) in cases {
        assert_eq!(hours(opens, closes).next_open(utc(at)), utc(then), "{opens} to {closes} from {at}");
    }
}

/// Where the one open weekday is a holiday several weeks running, it still comes.
#[test]
fn a_single_weekday_with_holidays_closed_comes_within_weeks() {
    for day in WEEK {
        let hours = Hours { days: vec![day], holidays: false, ..hours("09:00", "17:00") };
        let mut at = utc("2025-01-01T00:00:00Z");
        while at < utc("2033-01-01T00:00:00Z") {
            let opens = hours.next_open(at);
            assert!(opens - at <= TimeDelta::days(22), "{at}");
            at = hours.next_close(opens);
        }
    }
}
