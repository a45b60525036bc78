//! What happened to an order, when and why: for somebody who asks why a notice came late, or not at all. It is made of
//! what is stored of the order anyway, so what was tried in vain is counted and not listed.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::chain::{Basis, Chain, DeliveryState, Ending, Outcome, Shipment, ShipmentState, Wait};
use crate::ids::{ChainId, ShipmentId};
use crate::manifest::DecisionView;
use crate::view::{ShipmentView, ViewedDelivery};

/// What happened to an order, the earliest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    notification_order_id: ChainId,
    events: Vec<TimelineEvent>,
}

/// Something that happened, or that is waited for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TimelineEvent {
    /// When; of what is waited for, until when.
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment_id: Option<ShipmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip)]
    time: DateTime<Utc>,
}

impl TimelineEvent {
    fn new(event: &'static str, time: DateTime<Utc>) -> Self {
        let at = written(time);
        Self { at, event, shipment_id: None, notification_id: None, reason: None, time }
    }

    fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

impl TimelineView {
    /// Of an order, with a view of each shipment, and when its message was opened.
    pub fn of(
        chain: &Chain,
        views: &[ShipmentView<'_>],
        openings: &[DateTime<Utc>],
        now: DateTime<Utc>,
    ) -> Self {
        let mut events = vec![TimelineEvent::new("Accepted", chain.accepted_at)];
        let counting = openings
            .iter()
            .filter(|at| chain.watch.as_ref().is_some_and(|w| w.counts(**at, chain.accepted_at)));
        events.extend(counting.map(|at| TimelineEvent::new("MessageOpened", *at)));
        events.extend(views.iter().flat_map(|view| of_shipment(view, now)));
        events.sort_by_key(|event| event.time);
        Self { notification_order_id: chain.id, events }
    }
}

fn of_shipment(view: &ShipmentView<'_>, now: DateTime<Utc>) -> Vec<TimelineEvent> {
    let mut events: Vec<_> = of_state(view.shipment).into_iter().collect();
    if let (Some(decision), Some(told)) = (view.shipment.decision, DecisionView::of(view.shipment, now)) {
        events.push(TimelineEvent::new(told.event(), decision.at).because(told.reason()));
    }
    events.extend(view.deliveries.iter().flat_map(of_delivery));
    // Last, so that it is behind what made it end at the same time.
    events.extend(of_end(view, now));
    let id = view.chain.shipment_id(view.number);
    events.into_iter().map(|event| TimelineEvent { shipment_id: Some(id), ..event }).collect()
}

/// That the shipment is over, if it is.
fn of_end(view: &ShipmentView<'_>, now: DateTime<Utc>) -> Option<TimelineEvent> {
    let status = view.status(now);
    let reason = format!("{} {}", status.wire_name(), view.reached().reason);
    status.is_final().then(|| TimelineEvent::new("Ended", view.last_update(now)).because(reason))
}

/// What the shipment waits for, or when it was resolved.
fn of_state(shipment: &Shipment) -> Option<TimelineEvent> {
    let event = match &shipment.state {
        ShipmentState::Scheduled { at } => {
            return Some(TimelineEvent::new("WaitsUntil", *at).because("RequestedSendTime"));
        }
        ShipmentState::Resolving { from, .. } => TimelineEvent::new("LookedUpFrom", *from),
        ShipmentState::Postponed { at } => TimelineEvent::new("WaitsUntil", *at),
        ShipmentState::FanningOut { from, .. } => TimelineEvent::new("LookedUp", *from),
        ShipmentState::Open(_) | ShipmentState::FannedOut(_) | ShipmentState::AllChildrenFinal { .. } => {
            TimelineEvent::new("LookedUp", shipment.updated_at)
        }
        ShipmentState::Stopped => return None,
    };
    Some(TimelineEvent { reason: tried_in_vain(shipment), ..event })
}

/// Who gave no answer, and how often.
fn tried_in_vain(shipment: &Shipment) -> Option<String> {
    let tried = shipment.attempts;
    let registers = (tried.lookups > 0).then(|| format!("RegisterUnanswered, {} times", tried.lookups));
    let conditions =
        (tried.conditions > 0).then(|| format!("ConditionUnanswered, {} times", tried.conditions));
    registers.or(conditions)
}

fn of_delivery(viewed: &ViewedDelivery) -> Vec<TimelineEvent> {
    let delivery = &viewed.delivery;
    let mut events = vec![];
    if let Some(at) = delivery.handed_over_at {
        events.push(TimelineEvent::new("HandedOver", at));
    }
    let status = delivery.status().wire_name(delivery.channel).unwrap_or_else(|| "Stopped".to_owned());
    events.extend(match delivery.state {
        DeliveryState::Waiting { at, why: Wait::Time } if delivery.refusals > 0 => {
            let reason = format!("ProviderRefused, {} times", delivery.refusals);
            Some(TimelineEvent::new("WaitsUntil", at).because(reason))
        }
        DeliveryState::Waiting { at, why } => {
            let reason = why.name().unwrap_or("SendingWindow");
            Some(TimelineEvent::new("WaitsUntil", at).because(reason))
        }
        DeliveryState::Queued { from, .. } => Some(TimelineEvent::new("Queued", from)),
        DeliveryState::Sending { since } => Some(TimelineEvent::new("Sending", since)),
        DeliveryState::GivenBack { until } => Some(TimelineEvent::new("OwnerMayTryAgainUntil", until)),
        DeliveryState::Accepted => None,
        DeliveryState::Done(ending) => {
            Some(TimelineEvent::new(name_of(ending), delivery.updated_at).because(status))
        }
    });
    let id = viewed.id.to_string();
    events.into_iter().map(|event| TimelineEvent { notification_id: Some(id.clone()), ..event }).collect()
}

/// What is told and what is assumed are two things.
fn name_of(ending: Ending) -> &'static str {
    match (ending.outcome, ending.basis) {
        (Outcome::Stopped, _) => "TakenBack",
        (_, Basis::Inferred | Basis::Unknown) => "Assumed",
        (_, Basis::Told | Basis::Transient) => "Reported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, chain_with_reminder, delivered_email, woken_at};

    fn events(chain: &Chain, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let views: Vec<_> =
            chain.numbered().filter_map(|(number, _)| ShipmentView::of(chain, number, &[])).collect();
        let view = TimelineView::of(chain, &views, &[], now);
        view.events.into_iter().map(|event| (event.event, event.reason.unwrap_or_default())).collect()
    }

    #[test]
    fn an_email_is_accepted_handed_over_and_reported() {
        let told = events(&delivered_email(), at("10:01:00"));
        let names: Vec<_> = told.iter().map(|(event, _)| *event).collect();
        assert_eq!(names, ["Accepted", "LookedUp", "HandedOver", "Reported", "Ended"]);
        assert_eq!(told[3].1, "Email_Delivered");
        assert_eq!(told[4].1, "Order_Completed Delivered");
    }

    #[test]
    fn a_reminder_says_what_it_waits_for_and_then_why_it_did_not_go() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        assert!(events(&chain, at("10:00:00")).contains(&("WaitsUntil", "RequestedSendTime".into())));
        let stopped = woken_at(&chain, due, Some(at("12:00:00")));
        assert!(events(&stopped, due).contains(&("Stopped", "MessageOpened".into())));
    }
}
