//! The events that tell subscribers what has come of deliveries, shipments and orders. They carry ids and statuses,
//! nothing personal. An event may be told more than once, with the same `eventId` each time.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::chain::{Chain, Subject};
use crate::identity::Owner;
use crate::ids::{ChainId, ShipmentId};
use crate::order::is_default;
use crate::reached::Reached;
use crate::status::ShipmentStatus;

/// What is told of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusEvent {
    /// The same whenever this is told.
    event_id: String,
    owner: Owner,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_order_id: Option<ChainId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment_id: Option<ShipmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_id: Option<String>,
    status: String,
    /// Whether nobody reported that.
    #[serde(skip_serializing_if = "is_default")]
    inferred: bool,
    #[serde(flatten)]
    reached: Reached,
    at: String,
    #[serde(skip)]
    about: String,
    #[serde(skip)]
    detail_type: &'static str,
}

impl StatusEvent {
    /// What kind of event it is.
    pub fn detail_type(&self) -> &'static str {
        self.detail_type
    }

    /// The same whenever this is told.
    pub fn event_id(&self) -> &str {
        &self.event_id
    }

    /// Whose order it is about.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// What it is about, so that what is told of one thing can keep its order: a shipment, one recipient of a shipment that
    /// has many, or an order as a whole.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What is told of a chain's subject as it is now; nothing where the contract has no name for it, or where it is a
    /// matter of the chain's parent.
    pub fn of(chain: &Chain, subject: Subject, now: DateTime<Utc>) -> Option<Self> {
        match subject {
            Subject::Delivery(shipment, delivery) => Self::of_delivery(chain, shipment, delivery),
            Subject::Shipment(_) | Subject::Chain if chain.parent.is_some() => None,
            Subject::Shipment(number) => Self::of_shipment(chain, number, now),
            Subject::Chain => Self::of_chain(chain, now),
        }
    }

    fn of_delivery(chain: &Chain, shipment: u8, ordinal: u16) -> Option<Self> {
        let id = chain.shipment_id(shipment).delivery(ordinal);
        let delivery = chain.delivery(id)?;
        let status = delivery.status().wire_name(delivery.channel)?;
        Some(Self {
            event_id: event_id(&id.to_string(), &status, delivery.updated_at),
            owner: chain.owner.clone(),
            notification_order_id: None,
            shipment_id: Some(chain.known_shipment_id(shipment)),
            notification_id: Some(id.to_string()),
            status,
            inferred: delivery.is_inferred(),
            reached: Reached::by(delivery),
            at: written(delivery.updated_at),
            about: chain.shipment_id(shipment).to_string(),
            detail_type: "Notification status changed",
        })
    }

    fn of_shipment(chain: &Chain, number: u8, now: DateTime<Utc>) -> Option<Self> {
        let shipment = chain.shipment(number)?;
        let (id, status, at) =
            (chain.shipment_id(number), shipment.status(now).wire_name(), shipment.reached_at(now));
        Some(Self {
            event_id: event_id(&id.to_string(), status, at),
            owner: chain.owner.clone(),
            notification_order_id: Some(chain.id),
            shipment_id: Some(id),
            notification_id: None,
            status: status.to_owned(),
            inferred: false,
            reached: Reached::of_shipment(shipment),
            at: written(at),
            about: id.to_string(),
            detail_type: "Shipment status changed",
        })
    }

    /// An order is complete when one of its shipments is, and else what its notification is.
    fn of_chain(chain: &Chain, now: DateTime<Utc>) -> Option<Self> {
        let statuses = chain.shipments.iter().map(|shipment| shipment.status(now));
        let is_complete = statuses.clone().any(|status| status == ShipmentStatus::Completed);
        let status = if is_complete { ShipmentStatus::Completed } else { statuses.into_iter().next()? };
        let at = chain.shipments.iter().map(|shipment| shipment.reached_at(now)).max()?;
        Some(Self {
            event_id: event_id(&chain.id.to_string(), status.wire_name(), at),
            owner: chain.owner.clone(),
            notification_order_id: Some(chain.id),
            shipment_id: None,
            notification_id: None,
            status: status.wire_name().to_owned(),
            inferred: false,
            reached: Reached::of_chain(chain),
            at: written(at),
            about: chain.id.to_string(),
            detail_type: "Order status changed",
        })
    }
}

fn event_id(subject: &str, status: &str, at: DateTime<Utc>) -> String {
    format!("{subject}/{status}/{}", at.timestamp_millis())
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Told;
    use crate::chain::fixtures::{at, chain_with_reminder, delivered_email, woken_at};
    use serde_json::{Value, json, to_value};

    fn told(chain: &Chain, now: DateTime<Utc>) -> Vec<(&'static str, Value)> {
        let told = Told::of_all(chain, now);
        let events = told.subjects().iter().filter_map(|subject| StatusEvent::of(chain, *subject, now));
        events.map(|event| (event.detail_type(), to_value(event).unwrap())).collect()
    }

    #[test]
    fn an_end_is_told_of_delivery_shipment_and_order() {
        let chain = delivered_email();
        let events = told(&chain, at("10:01:00"));
        let kinds: Vec<_> =
            events.iter().map(|(kind, event)| (*kind, event["status"].as_str().unwrap())).collect();
        assert_eq!(
            kinds,
            [
                ("Notification status changed", "Email_Delivered"),
                ("Shipment status changed", "Order_Completed"),
                ("Order status changed", "Order_Completed"),
            ]
        );
        let id = chain.shipment_id(0).delivery(0).to_string();
        let at = "2026-11-02T10:00:05.000Z";
        let delivery = json!({"eventId": format!("{id}/Email_Delivered/1793613605000"), "owner": "991825827",
            "shipmentId": chain.shipment_id(0).to_string(), "notificationId": id, "status": "Email_Delivered",
            "reached": "Yes", "reachedReason": "Delivered", "at": at});
        assert_eq!(events[0].1, delivery);
        assert_eq!(
            told(&chain, "2026-11-09T10:00:00Z".parse().unwrap()),
            events,
            "told again it is the same"
        );
    }

    #[test]
    fn a_stopped_reminder_is_told_and_a_child_tells_of_its_delivery_alone() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        let stopped = woken_at(&chain, due, Some(at("12:00:00")));
        let events = told(&stopped, due);
        assert_eq!(events[0].1["status"], "Order_SendConditionNotMet");
        let parent = crate::chain::Parent { chain: chain.id, shipment: 0, known: chain.shipment_id(0) };
        let child = Chain { id: chain.id.child(0, 3), parent: Some(parent), ..delivered_email() };
        let events = told(&child, due);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].1["shipmentId"], chain.shipment_id(0).to_string());
    }
}
