//! What was decided about an order, in a few words for the log: what its shipments and deliveries became, and why. Ids
//! and words of the contract only, nothing personal.

use chrono::{DateTime, Utc};

use crate::chain::{Chain, Delivery, DeliveryState, Shipment, ShipmentState};
use crate::manifest::DecisionView;

/// What became of a chain that changed: for each shipment its number, for each delivery that and its own, and the state;
/// `1 Fired NotOpened, 1-0 Queued`.
pub fn between(before: &Chain, after: &Chain, now: DateTime<Utc>) -> String {
    found(Some(before), after, now)
}

/// What a chain is that is new.
pub fn of_new(chain: &Chain, now: DateTime<Utc>) -> String {
    found(None, chain, now)
}

fn found(before: Option<&Chain>, after: &Chain, now: DateTime<Utc>) -> String {
    let words: Vec<_> = after
        .numbered()
        .flat_map(|(number, shipment)| {
            let before = before.and_then(|before| before.shipment(number));
            of_shipment(number, before, shipment, now)
        })
        .collect();
    if words.is_empty() { "moved".to_owned() } else { words.join(", ") }
}

fn of_shipment(number: u8, before: Option<&Shipment>, after: &Shipment, now: DateTime<Utc>) -> Vec<String> {
    let mut words = vec![];
    if before.is_none_or(|before| before.decision != after.decision)
        && let Some(decision) = DecisionView::of(after, now)
    {
        words.push(format!("{number} {} {}", decision.event(), decision.reason()));
    }
    if before.is_some_and(|before| before.condition_met_at != after.condition_met_at) {
        words.push(format!("{number} ConditionMet"));
    }
    let was = before.map(|before| name_of(&before.state));
    if was != Some(name_of(&after.state)) && after.deliveries().is_empty() {
        words.push(format!("{number} {}", name_of(&after.state)));
    }
    let deliveries = after.deliveries().iter().enumerate();
    words.extend(deliveries.filter_map(|(ordinal, delivery)| {
        let before = before.and_then(|before| before.deliveries().get(ordinal));
        let state = state_of(delivery);
        (before.map(state_of) != Some(state.clone())).then(|| format!("{number}-{ordinal} {state}"))
    }));
    words
}

fn name_of(state: &ShipmentState) -> &'static str {
    match state {
        ShipmentState::Scheduled { .. } => "Scheduled",
        ShipmentState::Resolving { .. } => "Resolving",
        ShipmentState::Postponed { .. } => "Postponed",
        ShipmentState::Open(_) => "Open",
        ShipmentState::FanningOut { .. } => "FanningOut",
        ShipmentState::FannedOut(_) => "FannedOut",
        ShipmentState::AllChildrenFinal { .. } => "AllChildrenFinal",
        ShipmentState::Stopped => "Stopped",
    }
}

fn state_of(delivery: &Delivery) -> String {
    match delivery.state {
        DeliveryState::Waiting { why, .. } => {
            why.name().map_or_else(|| "Waiting".to_owned(), |why| format!("Waiting {why}"))
        }
        DeliveryState::Queued { .. } => "Queued".to_owned(),
        DeliveryState::Sending { .. } => "Sending".to_owned(),
        DeliveryState::GivenBack { .. } => "GivenBack".to_owned(),
        DeliveryState::Accepted => "Accepted".to_owned(),
        DeliveryState::Done(_) => {
            delivery.status().wire_name(delivery.channel).unwrap_or_else(|| "Stopped".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accepted_email, at, chain_with_reminder, delivered_email, planned, queued_email, sending_email,
        woken_at,
    };

    #[test]
    fn a_new_order_is_queued_or_waits() {
        let now = at("10:00:00");
        assert_eq!(of_new(&queued_email(), now), "0-0 Queued");
        assert_eq!(of_new(&planned(), now), "0 Scheduled");
        assert_eq!(of_new(&chain_with_reminder(), now), "0-0 Queued, 1 Scheduled");
    }

    #[test]
    fn what_a_sender_and_a_report_change_is_named_by_its_state() {
        let now = at("10:00:05");
        assert_eq!(between(&queued_email(), &sending_email(), now), "0-0 Sending");
        assert_eq!(between(&sending_email(), &accepted_email(), now), "0-0 Accepted");
        assert_eq!(between(&accepted_email(), &delivered_email(), now), "0-0 Email_Delivered");
    }

    #[test]
    fn a_reminder_fires_or_is_stopped_with_its_reason() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        let fired = between(&chain, &woken_at(&chain, due, None), due);
        assert!(fired.ends_with("1 Fired NotOpened, 1 Resolving"), "{fired}");
        let stopped = between(&chain, &woken_at(&chain, due, Some(at("12:00:00"))), due);
        assert!(stopped.ends_with("1 Stopped MessageOpened, 1 Stopped"), "{stopped}");
    }

    #[test]
    fn a_change_of_times_alone_is_a_move() {
        let chain = queued_email();
        assert_eq!(between(&chain, &chain, at("10:00:00")), "moved");
    }
}
