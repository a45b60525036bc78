//! What is parked for an opening is alive when it comes, and has its turn before its lifetime ends.

use chrono::{DateTime, TimeDelta, Utc};

use super::fixtures::{accept, at, mobile, order, sms_step};
use super::{Chain, Due, Found, SendMessage, SendWork, Space};
use crate::channel::Channel;
use crate::order::When;
use crate::recipients::Resolution;
use crate::window::SendingWindow;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An SMS that is resolved while it is closed, behind others that take a while.
fn parked(accepted: DateTime<Utc>, behind: TimeDelta, now: DateTime<Utc>) -> Chain {
    let ordered = order(vec![sms_step(When::Now)]);
    let mut chain = accept(&ordered, accepted);
    let resolution = Resolution::Addresses(vec![(Channel::Sms, mobile())]);
    let found =
        Found { resolution, behind: vec![(Channel::Sms, behind)], ..crate::chain::fixtures::found_email() };
    chain.resolve(0, &ordered, &found, &SendingWindow::default(), now);
    chain.version += 1;
    chain
}

fn leaves(chain: &Chain) -> DateTime<Utc> {
    chain.steps[0].notifications[0].not_before.unwrap()
}

/// The Wednesday before Easter at closing time, in a year when the clock changes on Easter Sunday.
#[test]
fn an_order_from_before_easter_lives_when_it_opens_on_tuesday() {
    let (wednesday, tuesday) = (utc("2027-03-24T17:00:00+01:00"), utc("2027-03-30T09:00:00+02:00"));
    let mut chain = parked(wednesday, TimeDelta::zero(), wednesday);
    assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: tuesday }));
    let over = utc("2027-04-01T09:00:00+02:00");
    assert_eq!(chain.steps[0].expires, over);
    assert_eq!(chain.sweep(tuesday - TimeDelta::minutes(3)).unwrap().len(), 1);
    let message = SendMessage { chain: chain.id, step: 0, notification: 0, version: chain.version + 1 };
    assert_eq!(chain.send_work(message, tuesday), SendWork::Send);
    assert_eq!(chain.send_work(message, over - TimeDelta::seconds(1)), SendWork::Send);
    assert_eq!(chain.send_work(message, over), SendWork::Expired);
}

/// Friday afternoon's order has 48 hours that end on Sunday; a register that is down until then must not
/// cost it its Monday.
#[test]
fn what_is_resolved_when_it_is_closed_is_alive_at_the_opening() {
    let chain = parked(utc("2026-11-06T16:30:00+01:00"), TimeDelta::zero(), utc("2026-11-08T20:00:00+01:00"));
    assert_eq!(leaves(&chain), utc("2026-11-09T09:00:00+01:00"));
    assert!(leaves(&chain) < chain.steps[0].expires);
}

#[test]
fn a_line_that_is_longer_than_the_day_goes_on_where_it_broke_off() {
    // Eight hours are one day: the ninth is Wednesday's first, the seventeenth would be Thursday's.
    let cases = [
        (0, "2026-11-03T09:00:00+01:00"),
        (7, "2026-11-03T16:00:00+01:00"),
        (8, "2026-11-04T09:00:00+01:00"),
        (9, "2026-11-04T10:00:00+01:00"),
        (15, "2026-11-04T16:00:00+01:00"),
    ];
    for (hours, then) in cases {
        let chain = parked(at("20:00:00"), TimeDelta::hours(hours), at("20:00:00"));
        assert_eq!(leaves(&chain), utc(then), "{hours} hours behind");
    }
}

#[test]
fn a_line_that_is_longer_than_the_lifetime_costs_nobody_the_notice() {
    // Accepted on Monday just after the opening, resolved on Tuesday night: a minute of Wednesday is left.
    let (monday, tuesday) = (utc("2026-11-02T09:01:00+01:00"), utc("2026-11-03T20:00:00+01:00"));
    for seconds in [0, 59, 60, 90, 86_400, 10_000_000] {
        let mut chain = parked(monday, TimeDelta::seconds(seconds), tuesday);
        let (leaves, expires) = (leaves(&chain), chain.steps[0].expires);
        assert_eq!(expires, utc("2026-11-04T09:01:00+01:00"));
        assert!(leaves >= utc("2026-11-04T09:00:00+01:00") && leaves < expires, "{seconds}: {leaves}");
        assert_eq!(chain.sweep(leaves).unwrap().len(), 1, "{seconds}");
    }
}
