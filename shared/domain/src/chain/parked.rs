//! What is parked for an opening stands in line, is alive when it comes, and leaves when it has its turn.

use chrono::{DateTime, TimeDelta, Utc};

use super::fixtures::{accept, at, found_email, mobile, order, sms_step};
use super::{Chain, Due, Found, OwnLine, SendMessage, SendWork, Space, Timer};
use crate::channel::Channel;
use crate::order::When;
use crate::recipients::Resolution;
use crate::status::{Failure, NotificationStatus};
use crate::window::SendingWindow;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An SMS that is resolved while it is closed, behind others that take a while.
fn parked(accepted: DateTime<Utc>, behind: TimeDelta, now: DateTime<Utc>) -> Chain {
    let ordered = order(vec![sms_step(When::Now)]);
    let mut chain = accept(&ordered, accepted);
    let resolution = Resolution::Addresses(vec![(Channel::Sms, mobile())]);
    let line = OwnLine { behind, apart: TimeDelta::milliseconds(50) };
    let found = Found { resolution, lines: vec![(Channel::Sms, line)], ..found_email() };
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
    assert_eq!(chain.due(), Some(Due { space: Space::Line(Channel::Sms), at: tuesday }));
    let over = utc("2027-04-01T09:00:00+02:00");
    assert_eq!(chain.steps[0].expires, over);
    let before = tuesday - TimeDelta::minutes(3);
    assert_eq!(chain.sweep(before), None, "the line has a sweep of its own");
    assert_eq!(chain.leave_line(Channel::Sms, &[tuesday], before).unwrap().len(), 1);
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
fn a_turn_comes_in_the_order_of_places_and_gets_a_second_if_there_is_one() {
    let opening = utc("2026-11-03T09:00:00+01:00");
    let mut chain = parked(at("20:00:00"), TimeDelta::milliseconds(7), at("20:00:00"));
    let due = Due { space: Space::Line(Channel::Sms), at: opening + TimeDelta::milliseconds(7) };
    assert_eq!(chain.due(), Some(due));
    let first = opening - TimeDelta::minutes(3);
    assert_eq!((chain.in_line(Channel::Sms, first), chain.in_line(Channel::Email, opening)), (0, 0));
    assert_eq!(chain.in_line(Channel::Sms, opening), 1);
    assert_eq!(chain.leave_line(Channel::Sms, &[], opening), None, "all seconds are taken");
    let second = opening + TimeDelta::seconds(90);
    let tasks = chain.leave_line(Channel::Sms, &[second], opening).unwrap();
    assert_eq!((tasks.len(), tasks[0].at(), leaves(&chain)), (1, second, second));
    assert_eq!(chain.due(), Some(Due { space: Space::Lease, at: second + TimeDelta::minutes(5) }));
    assert_eq!(chain.in_line(Channel::Sms, opening), 0);
}

#[test]
fn who_has_stood_in_line_for_a_lifetime_is_over() {
    let mut chain = parked(at("20:00:00"), TimeDelta::zero(), at("20:00:00"));
    let over = chain.steps[0].expires;
    assert_eq!(chain.leave_line(Channel::Sms, &[], over), Some(vec![]));
    assert_eq!(chain.steps[0].notifications[0].status, NotificationStatus::Failed(Failure::Ttl));
    assert_eq!(chain.due(), None);
}

fn turn(chain: &Chain) -> DateTime<Utc> {
    chain.due().unwrap().at
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
        assert_eq!(turn(&chain), utc(then), "{hours} hours behind");
    }
}

#[test]
fn a_line_that_is_longer_than_the_lifetime_gives_everybody_a_turn() {
    // Accepted on Monday just after the opening, resolved on Tuesday night: a minute of Wednesday is left.
    let (monday, tuesday) = (utc("2026-11-02T09:01:00+01:00"), utc("2026-11-03T20:00:00+01:00"));
    for seconds in [0, 59, 60, 90, 86_400, 10_000_000] {
        let chain = parked(monday, TimeDelta::seconds(seconds), tuesday);
        let (turn, expires) = (turn(&chain), chain.steps[0].expires);
        assert_eq!(expires, utc("2026-11-04T09:01:00+01:00"));
        assert!(turn >= utc("2026-11-04T09:00:00+01:00") && turn < expires, "{seconds}: {turn}");
    }
}

#[test]
fn addresses_of_one_recipient_have_turns_of_their_own() {
    let ordered = order(vec![sms_step(When::Now)]);
    let mut chain = accept(&ordered, at("20:00:00"));
    let resolution = Resolution::Addresses(vec![(Channel::Sms, mobile()); 3]);
    let line = OwnLine { behind: TimeDelta::seconds(1), apart: TimeDelta::milliseconds(50) };
    let found = Found { resolution, lines: vec![(Channel::Sms, line)], ..found_email() };
    chain.resolve(0, &ordered, &found, &SendingWindow::default(), at("20:00:00"));
    let turns = chain.steps[0].notifications.iter().map(|n| n.timer.unwrap());
    let opening = utc("2026-11-03T09:00:00+01:00");
    let expected =
        [1_000, 1_050, 1_100].map(|wait| Timer::Line { turn: opening + TimeDelta::milliseconds(wait) });
    assert_eq!(turns.collect::<Vec<_>>(), expected);
}

/// It was parked to be sent again, and then its provider's event told that it had been sent.
#[test]
fn what_turns_out_to_be_sent_leaves_its_line() {
    let mut chain = parked(at("20:00:00"), TimeDelta::zero(), at("20:00:00"));
    let id = chain.shipment(0).notification(0);
    assert!(chain.record(id, super::Outcome::Accepted, at("21:00:00")) == super::Recorded::Changed);
    assert_eq!(chain.due().unwrap().space, Space::Lease);
    assert!(!chain.has_turn(Channel::Sms, utc("2026-11-03T09:00:00+01:00")));
    let over = chain.steps[0].expires + TimeDelta::minutes(5);
    chain.sweep(at("21:30:00"));
    chain.sweep(over);
    assert_eq!(chain.due(), None);
    assert_eq!(chain.notification(id).unwrap().handed_over_at, Some(at("21:00:00")));
}
