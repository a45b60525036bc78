//! The rules of the window, by table and by property.

use super::*;
use chrono::{Datelike, TimeDelta, Timelike, Weekday};
use chrono_tz::Europe::Oslo;
use proptest::prelude::*;

use crate::calendar::Holiday;
use SendingTimePolicy::{Anytime, Daytime, House};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn working_days() -> SendingWindow {
    SendingWindow::default()
}

fn altinn() -> SendingWindow {
    SendingWindow::of(HouseRule::Altinn)
}

#[test]
fn working_hours_on_working_days() {
    let cases = [
        // Opening included, closing excluded.
        ("2026-11-02T08:59:59.999+01:00", "2026-11-02T09:00:00+01:00"),
        ("2026-11-02T09:00:00+01:00", "2026-11-02T09:00:00+01:00"),
        ("2026-11-02T16:59:59.999+01:00", "2026-11-02T16:59:59.999+01:00"),
        ("2026-11-02T17:00:00+01:00", "2026-11-03T09:00:00+01:00"),
        // Weekends, Easter, Christmas, two holidays in one week.
        ("2026-11-06T17:00:00+01:00", "2026-11-09T09:00:00+01:00"),
        ("2026-04-01T17:00:00+02:00", "2026-04-07T09:00:00+02:00"),
        ("2026-12-24T18:00:00+01:00", "2026-12-28T09:00:00+01:00"),
        ("2026-05-13T17:00:00+02:00", "2026-05-15T09:00:00+02:00"),
        ("2026-12-31T23:59:00+01:00", "2027-01-04T09:00:00+01:00"),
        // Easter across the spring clock change; the autumn change.
        ("2027-03-24T17:00:00+01:00", "2027-03-30T09:00:00+02:00"),
        ("2026-10-23T18:00:00+02:00", "2026-10-26T09:00:00+01:00"),
        // A day is Oslo's day.
        ("2026-11-08T23:30:00Z", "2026-11-09T08:00:00Z"),
    ];
    for (at, opens) in cases {
        for channel in [Channel::Email, Channel::Sms] {
            assert_eq!(working_days().opens(channel, House, utc(at)), utc(opens), "{at}");
            assert_eq!(working_days().opens(channel, Daytime, utc(at)), utc(opens), "{at}");
            assert_eq!(working_days().opens(channel, Anytime, utc(at)), utc(at), "{at}");
        }
    }
}

#[test]
fn as_the_incumbent_does_it() {
    let sunday_night = utc("2026-11-01T03:00:00+01:00");
    let sunday = utc("2026-11-01T09:00:00+01:00");
    assert_eq!(altinn().opens(Channel::Sms, House, sunday_night), sunday);
    assert_eq!(altinn().opens(Channel::Email, House, sunday_night), sunday_night);
    assert_eq!(altinn().opens(Channel::Email, Daytime, sunday_night), sunday);
    let good_friday = utc("2026-04-03T12:00:00+02:00");
    assert_eq!(altinn().opens(Channel::Sms, Daytime, good_friday), good_friday);
}

fn house_opens(window: &SendingWindow, channel: Channel, at: &str) -> DateTime<Utc> {
    window.opens(channel, House, utc(at))
}

#[test]
fn a_deployment_has_hours_of_its_own() {
    let hours = r#"{"sms": {"days": ["Mon", "Thu", "Sat"], "opens": "08:30", "closes": "14:30", "holidays": true,
        "halfDays": {"ChristmasEve": "12:00", "11-05": "10:00", "WhitEve": "12:00"}}}"#;
    let window = SendingWindow::configured(HouseRule::WorkingDays, hours).unwrap();
    for (at, opens) in [
        ("2026-11-03T12:00:00+01:00", "2026-11-05T08:30:00+01:00"),
        ("2026-11-07T14:29:00+01:00", "2026-11-07T14:29:00+01:00"),
        // Maundy Thursday is open, Good Friday is not a day that is; Christmas Eve ends at noon.
        ("2026-04-02T10:00:00+02:00", "2026-04-02T10:00:00+02:00"),
        ("2026-04-03T10:00:00+02:00", "2026-04-04T08:30:00+02:00"),
        ("2026-12-24T12:00:00+01:00", "2026-12-26T08:30:00+01:00"),
        // A date of the deployment's own; New Year's Eve is no half day here.
        ("2026-11-05T10:00:00+01:00", "2026-11-07T08:30:00+01:00"),
        ("2026-12-31T14:00:00+01:00", "2026-12-31T14:00:00+01:00"),
    ] {
        assert_eq!(window.opens(Channel::Sms, House, utc(at)), utc(opens), "{at}");
    }
    let email = window.opens(Channel::Email, House, utc("2026-11-03T16:00:00+01:00"));
    assert_eq!(email, utc("2026-11-03T16:00:00+01:00"), "e-mail has the house rule's");
}

#[test]
fn a_window_that_cannot_be_is_refused_with_a_reason() {
    assert_eq!(HouseRule::named(""), None);
    let whole = r#"{"days": ["Mon"], "opens": "09:00", "closes": "17:00"}"#;
    let (unknown, twice) =
        (format!("{{\"fax\": {whole}}}"), format!("{{\"sms\": {whole}, \"sms\": {whole}}}"));
    for hours in ["{", &unknown, &twice, r#"{"sms": {"days": ["Mandag"], "opens": "9", "closes": "17:00"}}"#]
    {
        let refused = SendingWindow::configured(HouseRule::Altinn, hours);
        assert!(matches!(refused, Err(InvalidWindow::Hours(_))), "{hours}");
    }
    let (never, first) = (InvalidWindow::NeverOpen, InvalidWindow::ClosesFirst);
    for (days, opens, closes, half, why) in [
        ("", "09:00", "17:00", "12:00", &never),
        ("\"Mon\"", "17:00", "09:00", "18:00", &first),
        ("\"Mon\"", "09:00", "09:00", "12:00", &first),
        ("\"Mon\"", "09:00", "17:00", "09:00", &first),
    ] {
        let hours = format!(
            r#"{{"email": {{"days": [{days}], "opens": "{opens}", "closes": "{closes}", "halfDays": {{"WhitEve": "{half}"}}}}}}"#
        );
        assert_eq!(SendingWindow::configured(HouseRule::Altinn, &hours).as_ref(), Err(why), "{hours}");
    }
}

#[test]
fn a_day_can_last_until_midnight() {
    let hours =
        r#"{"email": {"days": ["Sat", "Sun"], "opens": "18:00", "closes": "24:00", "holidays": true}}"#;
    let window = SendingWindow::configured(HouseRule::WorkingDays, hours).unwrap();
    // Over both changes of the clock, the last second included and midnight not.
    for (last, next) in [
        ("2026-03-28T23:59:59+01:00", "2026-03-29T18:00:00+02:00"),
        ("2026-10-24T23:59:59+02:00", "2026-10-25T18:00:00+01:00"),
    ] {
        assert_eq!(house_opens(&window, Channel::Email, last), utc(last));
        let midnight = (utc(last) + TimeDelta::seconds(1)).to_rfc3339();
        assert_eq!(house_opens(&window, Channel::Email, &midnight), utc(next));
    }
}

fn lifetime_end(at: &str) -> DateTime<Utc> {
    working_days().lifetime_end(Channel::Email, House, utc(at))
}

#[test]
fn a_lifetime_counts_from_the_opening_and_does_not_end_behind_closed_doors() {
    // The Wednesday before Easter, 17:00: it opens on Tuesday, and lives until Thursday.
    assert_eq!(lifetime_end("2026-04-01T17:00:00+02:00"), utc("2026-04-09T09:00:00+02:00"));
    assert_eq!(lifetime_end("2026-11-02T10:00:00+01:00"), utc("2026-11-04T10:00:00+01:00"));
    // On Friday afternoon it has Monday to go yet.
    assert_eq!(lifetime_end("2026-11-06T16:30:00+01:00"), utc("2026-11-09T17:00:00+01:00"));
    let anytime = working_days().lifetime_end(Channel::Email, Anytime, utc("2026-11-06T16:30:00+01:00"));
    assert_eq!(anytime, utc("2026-11-08T16:30:00+01:00"));
}

fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    // 2000 to 2100, to the second.
    (946_684_800_i64..4_102_444_800).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

proptest! {
    #[test]
    fn what_waits_goes_inside_the_window_and_as_soon_as_it_opens(at in moments()) {
        let opens = working_days().opens(Channel::Sms, House, at);
        let local = opens.with_timezone(&Oslo);
        prop_assert!(opens >= at && opens - at < TimeDelta::days(8));
        prop_assert!((9..17).contains(&local.hour()));
        prop_assert!(!matches!(local.weekday(), Weekday::Sat | Weekday::Sun));
        prop_assert_eq!(Holiday::on(local.date_naive()), None);
        if opens > at {
            prop_assert_eq!((local.hour(), local.minute(), local.second()), (9, 0, 0));
            // An hour earlier was not open either, nor any moment from then on.
            prop_assert_eq!(working_days().opens(Channel::Sms, House, opens - TimeDelta::seconds(1)), opens);
        }
    }

    #[test]
    fn what_is_later_never_goes_earlier(at in moments(), seconds in 0_i64..1_000_000) {
        let later = at + TimeDelta::seconds(seconds);
        prop_assert!(working_days().opens(Channel::Email, House, at) <= working_days().opens(Channel::Email, House, later));
    }

    #[test]
    fn no_lifetime_is_shorter_than_it_should_be(at in moments()) {
        let window = working_days();
        let opens = window.opens(Channel::Sms, House, at);
        let end = window.lifetime_end(Channel::Sms, House, at);
        prop_assert!(end >= opens + LIFETIME && end <= opens + LIFETIME + TimeDelta::days(9));
    }

    #[test]
    fn the_end_of_time_makes_nothing_panic(days in 0_i64..400) {
        let at = DateTime::<Utc>::MAX_UTC - TimeDelta::days(days);
        prop_assert!(working_days().opens(Channel::Sms, House, at) >= at);
        prop_assert!(altinn().opens(Channel::Sms, House, at) >= at);
    }
}
