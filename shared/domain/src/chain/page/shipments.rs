//! The table of shipments.

use std::collections::HashSet;
use std::mem::discriminant;

use chrono::{DateTime, TimeDelta, Utc};
use strum::EnumCount;

use super::table::{Answer, Dimension, Table};
use crate::chain::fixtures::{
    at, delivered_email, looked_up, lookup_email, order, person_shipment, planned, queued_email,
    sending_email,
};
use crate::chain::lease::MOST_EXPIRED_LEASES;
use crate::chain::machine::shipment::{Context, transition};
use crate::chain::{Chain, ChildrenSeen, FanOut, Reason, Resolved, Shipment, ShipmentEvent, ShipmentState};
use crate::channel::ChannelSchema;
use crate::order::{OnConditionFailure, When};
use crate::reached::WasReached;

struct State {
    name: &'static str,
    state: ShipmentState,
}

struct Happens {
    name: &'static str,
    event: ShipmentEvent,
}

fn expires_at() -> DateTime<Utc> {
    at("10:00:00") + TimeDelta::days(2)
}

fn state_of_first(chain: &Chain) -> ShipmentState {
    chain.shipments[0].state.clone()
}

fn unanswered(claim: u64, otherwise: OnConditionFailure) -> ShipmentEvent {
    ShipmentEvent::ConditionUnanswered { claim, otherwise, fraction: 0.0 }
}

fn states() -> Vec<State> {
    let fan_out = FanOut {
        children: 3,
        final_before: 0,
        check_at: at("11:00:00"),
        some_went_on: false,
        reached: WasReached::No,
    };
    let resolving = ShipmentState::Resolving { claim: 1, from: at("10:00:00"), lease_ends: at("10:05:00") };
    let (from, lease_ends) = (at("10:00:00"), at("10:05:00"));
    let fanning_out = ShipmentState::FanningOut { claim: 1, from, lease_ends, children: 3 };
    vec![
        State { name: "Scheduled", state: ShipmentState::Scheduled { at: at("10:05:00") } },
        State { name: "Resolving", state: resolving },
        State { name: "Postponed", state: ShipmentState::Postponed { at: at("10:05:00") } },
        State { name: "Open (to be sent)", state: state_of_first(&queued_email()) },
        State { name: "Open (on its way)", state: state_of_first(&sending_email()) },
        State { name: "Open (over)", state: state_of_first(&delivered_email()) },
        State { name: "FanningOut", state: fanning_out },
        State { name: "FannedOut", state: ShipmentState::FannedOut(fan_out) },
        State {
            name: "AllChildrenFinal",
            state: ShipmentState::AllChildrenFinal {
                children: 3,
                all_taken_back: false,
                reached: WasReached::Yes,
            },
        },
        State { name: "Stopped", state: ShipmentState::Stopped },
    ]
}

/// The claim that an event is about: that of the state, or another.
fn events(claim: u64) -> Vec<Happens> {
    use ShipmentEvent as E;
    let person = person_shipment(When::At(at("12:00:00")), ChannelSchema::EmailPreferred);
    let E::LookedUp { resolved, .. } =
        looked_up(&planned(), 0, &order(vec![person]), &lookup_email(), at("10:00:00"))
    else {
        unreachable!()
    };
    let children = Resolved::into_children(3, at("10:00:00"));
    let many = Resolved { to: crate::chain::ResolvedTo::ChildrenToMake(250), reminders: vec![] };
    vec![
        Happens { name: "Woken", event: E::Woken },
        Happens { name: "LookedUp (deliveries)", event: E::LookedUp { claim, resolved } },
        Happens { name: "LookedUp (children)", event: E::LookedUp { claim, resolved: children } },
        Happens { name: "LookedUp (children to make)", event: E::LookedUp { claim, resolved: many } },
        Happens { name: "ChildrenMade", event: E::ChildrenMade { claim } },
        Happens {
            name: "LookupFailed",
            event: E::LookupFailed { claim, partly_resolved: false, fraction: 0.0 },
        },
        Happens { name: "OutOfTime", event: E::OutOfTime { claim } },
        Happens { name: "ConditionMet", event: E::ConditionMet { claim } },
        Happens { name: "ConditionUnmet", event: E::ConditionUnmet { claim } },
        Happens { name: "ConditionUnanswered (send)", event: unanswered(claim, OnConditionFailure::Send) },
        Happens { name: "ConditionUnanswered (hold)", event: unanswered(claim, OnConditionFailure::Hold) },
        Happens { name: "GivenUp (due since)", event: E::GivenUp { until: at("09:00:00") } },
        Happens { name: "GivenUp (due before)", event: E::GivenUp { until: at("12:30:00") } },
        Happens { name: "Released", event: E::Released { claim } },
        Happens { name: "Expired", event: E::Expired { claim } },
        Happens {
            name: "ChildrenChecked (some)",
            event: E::ChildrenChecked {
                seen: ChildrenSeen { final_before: 1, some_went_on: true, reached: WasReached::Yes },
                check_at: at("12:00:00"),
            },
        },
        Happens {
            name: "ChildrenChecked (all)",
            event: E::ChildrenChecked {
                seen: ChildrenSeen { final_before: 3, some_went_on: true, reached: WasReached::Yes },
                check_at: at("12:00:00"),
            },
        },
        Happens {
            name: "ChildrenChecked (all taken back)",
            event: E::ChildrenChecked {
                seen: ChildrenSeen { final_before: 3, some_went_on: false, reached: WasReached::No },
                check_at: at("12:00:00"),
            },
        },
        Happens { name: "ChildEnded", event: E::ChildEnded { check_at: at("10:01:00") } },
        Happens { name: "Opened", event: E::Opened },
        Happens { name: "Cancelled", event: E::Cancelled },
    ]
}

fn dimensions() -> [Dimension; 5] {
    [
        Dimension { values: vec!["too early", "in time", "lifetime over"] },
        Dimension { values: vec!["its claim", "another claim"] },
        Dimension { values: vec!["a notification", "a reminder, not opened", "a reminder, opened"] },
        Dimension { values: vec!["for the first time", "again", "once too often"] },
        Dimension { values: vec!["one recipient", "a list", "a list, partly resolved"] },
    ]
}

/// The table of every shipment state and event.
pub fn table() -> Table {
    let mut table = Table::default();
    for State { name: state_name, state } in states() {
        for place in 0..events(1).len() {
            let name = events(1)[place].name;
            table.add(state_name, name, &dimensions(), |circumstance| {
                let [time, claim, reminder, tried, listed] = circumstance else { unreachable!() };
                let event = &events(if *claim == 0 { 1 } else { 7 })[place].event;
                let shipment = Circumstances { tried: *tried, listed: *listed }.shipment(&state);
                let context = Context {
                    now: [at("10:00:00"), at("10:05:00"), expires_at()][*time],
                    reminder: [None, Some(Reason::NotOpened), Some(Reason::MessageOpened)][*reminder],
                };
                answer(&shipment, event, &context)
            });
        }
    }
    table
}

struct Circumstances {
    tried: usize,
    listed: usize,
}

impl Circumstances {
    fn shipment(&self, state: &ShipmentState) -> Shipment {
        let mut shipment = planned().shipments[0].clone();
        shipment.state = state.clone();
        shipment.expires_at = expires_at();
        shipment.attempts.claims = 1;
        shipment.attempts.expired_leases = [0, 1, MOST_EXPIRED_LEASES][self.tried];
        shipment.attempts.conditions = [0, 1, 5][self.tried];
        shipment.listed = [None, Some(3), Some(3)][self.listed];
        shipment.partly_resolved = self.listed == 2;
        shipment
    }
}

fn answer(before: &Shipment, event: &ShipmentEvent, context: &Context) -> Answer {
    match transition(before, event, context) {
        Err(ignored) => Answer { state: None, text: format!("nothing: {ignored}") },
        Ok(after) => {
            let name = name(&after);
            let message = match after.state {
                ShipmentState::Resolving { .. } | ShipmentState::FanningOut { .. }
                    if after.state != before.state =>
                {
                    ", and a message is queued"
                }
                _ => "",
            };
            let decided = match after.decision.filter(|decision| Some(*decision) != before.decision) {
                Some(decision) => format!(", decided: {:?}", decision.reason),
                None => String::new(),
            };
            let text = format!("**{name}**{message}{decided}");
            Answer { state: Some(name.to_owned()), text }
        }
    }
}

fn name(shipment: &Shipment) -> &'static str {
    match &shipment.state {
        ShipmentState::Scheduled { .. } => "Scheduled",
        ShipmentState::Resolving { .. } => "Resolving",
        ShipmentState::Postponed { .. } => "Postponed",
        ShipmentState::Open(_) if shipment.is_final() => "Open (over)",
        ShipmentState::Open(deliveries) if deliveries.iter().any(crate::chain::Delivery::is_new) => {
            "Open (to be sent)"
        }
        ShipmentState::Open(_) => "Open (on its way)",
        ShipmentState::FanningOut { .. } => "FanningOut",
        ShipmentState::FannedOut(_) => "FannedOut",
        ShipmentState::AllChildrenFinal { .. } => "AllChildrenFinal",
        ShipmentState::Stopped => "Stopped",
    }
}

#[test]
fn no_state_and_no_event_is_left_out() {
    let states: HashSet<_> = states().iter().map(|one| discriminant(&one.state)).collect();
    assert_eq!(states.len(), ShipmentState::COUNT);
    let events: HashSet<_> = events(1).iter().map(|one| discriminant(&one.event)).collect();
    assert_eq!(events.len(), ShipmentEvent::COUNT);
}
