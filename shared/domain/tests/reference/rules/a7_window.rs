//! A7: when notices go.

use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::window::{HouseRule, SendingWindow};

use super::*;

/// As the successor does it, which a deployment can choose: SMS from nine to five every day, e-mail at any time.
/// (The older service let SMS go until a quarter past.)
#[test]
fn as_altinn_does_it_sms_wait_for_the_day_and_email_for_nothing() {
    let window = SendingWindow::of(HouseRule::Altinn);
    let cases = [
        (Channel::Sms, "2026-11-02T08:59:59+01:00", "2026-11-02T09:00:00+01:00"),
        (Channel::Sms, "2026-11-02T09:00:00+01:00", "2026-11-02T09:00:00+01:00"),
        (Channel::Sms, "2026-11-02T16:59:59+01:00", "2026-11-02T16:59:59+01:00"),
        (Channel::Sms, "2026-11-02T17:00:00+01:00", "2026-11-03T09:00:00+01:00"),
        (Channel::Sms, "2026-12-25T12:00:00+01:00", "2026-12-25T12:00:00+01:00"),
        (Channel::Email, "2026-12-25T03:00:00+01:00", "2026-12-25T03:00:00+01:00"),
    ];
    for (channel, at, goes) in cases {
        assert_eq!(window.opens(channel, SendingTimePolicy::House, utc(at)), utc(goes), "{channel:?} {at}");
    }
}

/// The main rule of the oldest service, which this one promises again: no public holidays, nothing outside
/// working hours, on either channel.
#[test]
fn as_we_promise_it_nothing_goes_outside_working_hours_or_on_holidays() {
    let window = SendingWindow::of(HouseRule::WorkingDays);
    let cases = [
        ("2026-11-02T12:00:00+01:00", "2026-11-02T12:00:00+01:00"),
        ("2026-11-06T17:00:00+01:00", "2026-11-09T09:00:00+01:00"),
        ("2026-04-01T17:00:00+02:00", "2026-04-07T09:00:00+02:00"),
        ("2026-05-14T10:00:00+02:00", "2026-05-15T09:00:00+02:00"),
        ("2027-05-17T10:00:00+02:00", "2027-05-18T09:00:00+02:00"),
        ("2026-12-24T17:00:00+01:00", "2026-12-28T09:00:00+01:00"),
    ];
    for channel in [Channel::Email, Channel::Sms] {
        for (at, goes) in cases {
            for policy in [SendingTimePolicy::House, SendingTimePolicy::Daytime] {
                assert_eq!(window.opens(channel, policy, utc(at)), utc(goes), "{channel:?} {at}");
            }
            assert_eq!(window.opens(channel, SendingTimePolicy::Anytime, utc(at)), utc(at));
        }
    }
}

/// A window for each weekday, with holidays as a switch of their own, and all rules must hold: where Friday is
/// closed, so is Good Friday, although holidays are open.
#[test]
fn weekdays_and_holidays_are_rules_of_their_own_and_all_must_hold() {
    let (good_friday, maundy_thursday) = ("2026-04-03T10:00:00+02:00", "2026-04-02T10:00:00+02:00");
    let monday = "2026-04-06T09:00:00+02:00";
    let tuesday = "2026-04-07T09:00:00+02:00";
    let cases = [
        (r#"["Mon","Tue","Wed","Thu","Fri"]"#, true, good_friday, good_friday),
        (r#"["Mon","Tue","Wed","Thu"]"#, true, good_friday, monday),
        (r#"["Mon","Tue","Wed","Thu"]"#, false, good_friday, tuesday),
        (r#"["Mon","Tue","Wed","Thu"]"#, true, maundy_thursday, maundy_thursday),
    ];
    for channel in ["email", "sms"] {
        for (days, holidays, at, goes) in cases {
            let hours = format!(
                r#"{{"{channel}": {{"days": {days}, "opens": "09:00", "closes": "17:00", "holidays": {holidays}}}}}"#
            );
            let window = SendingWindow::configured(HouseRule::WorkingDays, &hours).unwrap();
            let on = if channel == "sms" { Channel::Sms } else { Channel::Email };
            assert_eq!(window.opens(on, SendingTimePolicy::Daytime, utc(at)), utc(goes), "{hours}");
        }
    }
}

/// Mass sendings do not hold up urgent notices: what may go at any time does not wait for a window, and so stands
/// in no line before its opening.
#[test]
fn what_is_urgent_stands_in_no_line() {
    let saturday = utc("2026-11-07T12:00:00+01:00");
    for house in [HouseRule::WorkingDays, HouseRule::Altinn] {
        for channel in [Channel::Email, Channel::Sms] {
            let window = SendingWindow::of(house);
            assert_eq!(window.opens(channel, SendingTimePolicy::Anytime, saturday), saturday);
        }
    }
}
