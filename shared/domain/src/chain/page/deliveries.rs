//! The table of deliveries.

use std::collections::HashSet;
use std::mem::discriminant;

use chrono::{DateTime, TimeDelta, Utc};
use strum::EnumCount;

use super::table::{Answer, Dimension, Table};
use crate::chain::fixtures::{at, delivery_id, queued_email};
use crate::chain::lease::MOST_EXPIRED_LEASES;
use crate::chain::machine::delivery::{Context, transition};
use crate::chain::{Basis, Delivery, DeliveryEvent, DeliveryState, Ending, Outcome, Report, Wait};
use crate::order::OnUncertainOutcome;
use crate::status::Failure;

struct State {
    name: &'static str,
    state: DeliveryState,
}

struct Happens {
    name: &'static str,
    event: fn(u64) -> DeliveryEvent,
}

fn expires_at() -> DateTime<Utc> {
    at("10:00:00") + TimeDelta::days(2)
}

fn done(name: &'static str, outcome: Outcome, basis: Basis) -> State {
    State { name, state: DeliveryState::Done(Ending { outcome, basis }) }
}

fn states() -> Vec<State> {
    let bounced = Outcome::Failed(Failure::Bounced);
    let (from, lease_ends) = (at("10:00:00"), at("10:05:00"));
    vec![
        State { name: "Waiting", state: DeliveryState::waiting(at("10:05:00")) },
        State { name: "Queued", state: DeliveryState::Queued { from, lease_ends } },
        State { name: "Sending", state: DeliveryState::Sending { since: from } },
        State { name: "GivenBack", state: DeliveryState::GivenBack { until: expires_at() } },
        State { name: "Accepted", state: DeliveryState::Accepted },
        done("Done: delivered", Outcome::Delivered, Basis::Told),
        done("Done: failed (told)", bounced, Basis::Told),
        done("Done: failed (transient)", bounced, Basis::Transient),
        done("Done: failed (inferred)", Outcome::Failed(Failure::Ttl), Basis::Inferred),
        done("Done: stopped", Outcome::Stopped, Basis::Told),
    ]
}

fn events() -> Vec<Happens> {
    use DeliveryEvent as E;
    vec![
        Happens { name: "Woken", event: |_| E::Woken },
        Happens { name: "Claimed", event: |claim| E::Claimed { claim } },
        Happens {
            name: "PutOff",
            event: |claim| E::PutOff { claim, until: at("11:00:00"), why: Wait::Time, expires_at: None },
        },
        Happens { name: "HandedOver", event: |claim| E::HandedOver { claim } },
        Happens { name: "Refused", event: |claim| E::Refused { claim, failure: Failure::InvalidFormat } },
        Happens {
            name: "RefusedForNow",
            event: |claim| E::RefusedForNow { claim, at_least: TimeDelta::zero(), fraction: 0.0 },
        },
        Happens { name: "NotCalled", event: |claim| E::NotCalled { claim } },
        Happens { name: "Throttled", event: |claim| E::Throttled { claim, until: at("10:00:10") } },
        Happens { name: "NotSent", event: |claim| E::NotSent { claim, fraction: 0.0 } },
        Happens { name: "Reported (accepted)", event: |_| E::reported(Report::Accepted) },
        Happens { name: "Reported (delivered)", event: |_| E::reported(Report::Delivered) },
        Happens { name: "Reported (failed)", event: |_| E::reported(Report::Failed(Failure::Bounced)) },
        Happens {
            name: "Reported (failed for now)",
            event: |_| E::reported(Report::FailedForNow(Failure::Bounced)),
        },
        Happens { name: "Released", event: |claim| E::Released { claim } },
        Happens { name: "Expired", event: |claim| E::Expired { claim } },
        Happens { name: "Opened", event: |_| E::Opened },
        Happens { name: "Cancelled", event: |_| E::Cancelled },
    ]
}

/// When an event comes, as seen from what a state waits for.
fn time(place: usize, state: DeliveryState) -> DateTime<Utc> {
    let in_time = match state {
        DeliveryState::Accepted => at("10:10:00"),
        DeliveryState::Waiting { .. }
        | DeliveryState::Queued { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::GivenBack { .. }
        | DeliveryState::Done(_) => at("10:30:00"),
    };
    [at("10:00:00"), in_time, expires_at() + TimeDelta::minutes(5)][place]
}

/// The table of every delivery state and event.
pub fn table() -> Table {
    let mut table = Table::default();
    for State { name: state_name, state } in states() {
        for Happens { name, event } in events() {
            table.add(state_name, name, &dimensions(), |circumstance| {
                let [time_place, claim, choice, lost, kind, fate] = circumstance else { unreachable!() };
                let mut delivery = queued_email().delivery(delivery_id(&queued_email())).unwrap().clone();
                delivery.state = state;
                delivery.sent_again = *choice == 2;
                delivery.expired_leases = if *lost == 1 { MOST_EXPIRED_LEASES } else { 0 };
                let context = Context {
                    now: time(*time_place, state),
                    expires_at: expires_at(),
                    latest_end: expires_at(),
                    on_uncertain_outcome: [OnUncertainOutcome::GiveUp, OnUncertainOutcome::SendAgain]
                        [(*choice).min(1)],
                    backlog: TimeDelta::zero(),
                    is_instant: *kind == 1,
                    is_withdrawn: *fate == 1,
                };
                answer(&delivery, &event(if *claim == 0 { 1 } else { 7 }), &context)
            });
        }
    }
    table
}

fn dimensions() -> [Dimension; 6] {
    [
        Dimension { values: vec!["too early", "in time", "lifetime over"] },
        Dimension { values: vec!["its claim", "another claim"] },
        Dimension { values: vec!["the order gives up", "the order sends again", "sent again already"] },
        Dimension { values: vec!["rarely lost", "lost too often"] },
        Dimension { values: vec!["an ordinary one", "an instant one"] },
        Dimension { values: vec!["its shipment stands", "its shipment was withdrawn meanwhile"] },
    ]
}

fn answer(before: &Delivery, event: &DeliveryEvent, context: &Context) -> Answer {
    match transition(before, event, context) {
        Err(ignored) => Answer { state: None, text: format!("nothing: {ignored}") },
        Ok(after) => {
            let name = name(after.state);
            let next_call = if after.claim == before.claim { "" } else { ", under the next claim" };
            let message = if matches!(after.state, DeliveryState::Queued { .. }) {
                ", and a message is queued"
            } else {
                ""
            };
            let text = format!("**{name}**{next_call}{message}");
            Answer { state: Some(name.to_owned()), text }
        }
    }
}

fn name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting { .. } => "Waiting",
        DeliveryState::Queued { .. } => "Queued",
        DeliveryState::Sending { .. } => "Sending",
        DeliveryState::GivenBack { .. } => "GivenBack",
        DeliveryState::Accepted => "Accepted",
        DeliveryState::Done(Ending { outcome: Outcome::Delivered, .. }) => "Done: delivered",
        DeliveryState::Done(Ending { outcome: Outcome::Stopped, .. }) => "Done: stopped",
        DeliveryState::Done(Ending { outcome: Outcome::Failed(_), basis }) => match basis {
            Basis::Told => "Done: failed (told)",
            Basis::Transient => "Done: failed (transient)",
            Basis::Inferred | Basis::Unknown => "Done: failed (inferred)",
        },
    }
}

#[test]
fn no_state_and_no_event_is_left_out() {
    let states: HashSet<_> = states().iter().map(|one| discriminant(&one.state)).collect();
    assert_eq!(states.len(), DeliveryState::COUNT);
    let events: HashSet<_> = events().iter().map(|one| discriminant(&(one.event)(1))).collect();
    assert_eq!(events.len(), DeliveryEvent::COUNT);
    let reports = super::super::event::Report::COUNT;
    assert_eq!(
        self::events().iter().filter(|one| matches!((one.event)(1), DeliveryEvent::Reported { .. })).count(),
        reports
    );
}
