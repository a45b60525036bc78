//! What is parked for an opening stands in line, is alive when it comes, and leaves when it has its turn.

use chrono::{DateTime, TimeDelta, Utc};

use super::fixtures::{accept, at, found_email, mobile, order, sms_step};
use super::{Chain, Due, Found, SendMessage, SendWork, Space};
use crate::channel::Channel;
use crate::order::When;
use crate::recipients::Resolution;
use crate::status::{Failure, NotificationStatus};
use crate::window::SendingWindow;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An SMS that is resolved while it is closed, with so many before it.
fn parked(accepted: DateTime<Utc>, place: u32, now: DateTime<Utc>) -> Chain {
    let ordered = order(vec![sms_step(When::Now)]);
    let mut chain = accept(&ordered, accepted);
    let resolution = Resolution::Addresses(vec![(Channel::Sms, mobile())]);
    let found = Found { resolution, places: vec![(Channel::Sms, place)], ..found_email() };
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
    let mut chain = parked(wednesday, 0, wednesday);
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
    let chain = parked(utc("2026-11-06T16:30:00+01:00"), 0, utc("2026-11-08T20:00:00+01:00"));
    assert_eq!(leaves(&chain), utc("2026-11-09T09:00:00+01:00"));
    assert!(leaves(&chain) < chain.steps[0].expires);
}

#[test]
fn a_turn_comes_in_the_order_of_places_and_gets_a_second_if_there_is_one() {
    let opening = utc("2026-11-03T09:00:00+01:00");
    let mut chain = parked(at("20:00:00"), 7, at("20:00:00"));
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
    let mut chain = parked(at("20:00:00"), 0, at("20:00:00"));
    let over = chain.steps[0].expires;
    assert_eq!(chain.leave_line(Channel::Sms, &[], over), Some(vec![]));
    assert_eq!(chain.steps[0].notifications[0].status, NotificationStatus::Failed(Failure::Ttl));
    assert_eq!(chain.due(), None);
}
