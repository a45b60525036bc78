//! The delivery manifest: what the owner reads of one shipment (section "shipment" of the contract).
//!
//! `decision` and `template` are our additions: what was decided when the shipment was due, and why, and which
//! version of which template it was made of.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::chain::{Delivery, Reason, Shipment};
use crate::channel::Channel;
use crate::ids::ShipmentId;
use crate::order::{Named, OrderedShipment, RecipientList, is_default};
use crate::reached::Reached;
use crate::request::{inline_schema, object_of};
use crate::status::ShipmentStatus;
use crate::template::TemplateUsed;
use crate::view::ShipmentView;

/// One shipment, as the owner reads it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateUsed>,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    last_update: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    #[serde(flatten)]
    reached: Reached,
    /// Whether the sender of its SMS is another than the order names.
    #[serde(skip_serializing_if = "is_default")]
    sender_replaced: bool,
    recipients: Vec<RecipientView>,
}

/// What was decided about a shipment, as the owner reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DecisionView {
    outcome: String,
    reason: String,
    at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ManifestEntry")]
struct RecipientView {
    #[serde(rename = "type")]
    kind: &'static str,
    destination: String,
    status: String,
    /// Whether nobody reported that: it failed as far as is known, because no report came in time.
    #[serde(skip_serializing_if = "is_default")]
    inferred: bool,
    last_update: String,
    /// What the provider last reported, in its own words, where it had any.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reply: Option<String>,
    /// What it waits for, where that is not its time: `DailyBudget`, `Held` or `OwnerBlocked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<&'static str>,
    /// Whether it went where another entry's address took nothing.
    #[serde(skip_serializing_if = "is_default")]
    is_fallback: bool,
    /// Who is meant, where the order lists its recipients.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<NamedView>,
    /// How many messages the SMS takes, as it was ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u8>,
}

impl Manifest {
    /// The manifest of a chain's shipment, with the deliveries of its children where it has fanned out.
    pub fn of(view: &ShipmentView<'_>, now: DateTime<Utc>) -> Self {
        let number = view.number;
        Self {
            shipment_id: view.chain.shipment_id(number),
            senders_reference: view.shipment.senders_reference.clone(),
            template: view.shipment.template.clone(),
            kind: view.chain.type_of(number),
            status: view.status(now).wire_name(),
            last_update: written(view.last_update(now)),
            decision: DecisionView::of(view.shipment, now),
            reached: view.reached(),
            sender_replaced: view.shipment.sender_replaced,
            recipients: view
                .deliveries
                .iter()
                .filter_map(|viewed| RecipientView::of(&viewed.delivery))
                .collect(),
        }
    }

    /// The manifest of a chain of the first format, whose reference and template are in the order only.
    #[must_use]
    pub fn or_of(mut self, ordered: &OrderedShipment) -> Self {
        self.senders_reference = self.senders_reference.or_else(|| ordered.senders_reference.clone());
        self.template = self.template.or_else(|| ordered.template.clone());
        self
    }

    /// The manifest of a list, with each of its entries naming who is meant by its place in the list.
    #[must_use]
    pub fn naming(mut self, list: &RecipientList, view: &ShipmentView<'_>) -> Self {
        let told = view.deliveries.iter().filter(|viewed| RecipientView::of(&viewed.delivery).is_some());
        for (entry, viewed) in self.recipients.iter_mut().zip(told) {
            let named = viewed.place.and_then(|place| list.named.get(usize::from(place)));
            entry.recipient = named.map(NamedView::of);
        }
        self
    }
}

impl RecipientView {
    fn of(delivery: &Delivery) -> Option<Self> {
        Some(Self {
            kind: delivery.channel.spec().kind,
            destination: delivery.address.as_ref().map_or_else(String::new, |a| a.as_str().to_owned()),
            status: delivery.status().wire_name(delivery.channel)?,
            inferred: delivery.is_inferred(),
            last_update: written(delivery.updated_at),
            provider_reply: delivery.provider_reply.as_ref().map(|reply| reply.as_str().to_owned()),
            waits_for: delivery.waits_for(),
            is_fallback: delivery.is_fallback,
            recipient: None,
            segments: delivery.segments,
        })
    }
}

/// A listed recipient as the order named it: by which member, and what it said.
#[derive(Clone, PartialEq)]
struct NamedView {
    member: &'static str,
    name: String,
}

crate::parsed::hidden!(NamedView);

inline_schema!(NamedView, |generator| {
    let name = generator.subschema_for::<String>();
    let by_channel = Channel::ALL.iter().map(|channel| channel.spec().members.listed);
    let members = ["nationalIdentityNumber", "organizationNumber"].into_iter().chain(by_channel);
    object_of(members.map(|member| (member, name.clone())))
});

impl Serialize for NamedView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.member, &self.name)])
    }
}

impl NamedView {
    fn of(named: &Named) -> Self {
        Self { member: named.member(), name: named.as_str().to_owned() }
    }
}

impl DecisionView {
    /// What came of it.
    pub(crate) fn event(&self) -> &'static str {
        match self.outcome.as_str() {
            "Fired" => "Fired",
            "Failed" => "Failed",
            "PartlyStopped" => "PartlyStopped",
            _ => "Stopped",
        }
    }

    /// Why.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// The decision about a shipment, if there is one.
    pub(crate) fn of(shipment: &Shipment, now: DateTime<Utc>) -> Option<Self> {
        let decision = shipment.decision?;
        let is_stopped = match shipment.status(now) {
            ShipmentStatus::SendConditionNotMet | ShipmentStatus::Cancelled => true,
            ShipmentStatus::Registered
            | ShipmentStatus::Processing
            | ShipmentStatus::Processed
            | ShipmentStatus::Completed => false,
        };
        let (outcome, reason) = match decision.reason {
            Reason::NotOpened => ("Fired", "NotOpened"),
            Reason::NoMessageNamed => ("Fired", "NoMessageNamed"),
            Reason::ConditionUnanswered if is_stopped => ("Stopped", "ConditionUnanswered"),
            Reason::ConditionUnanswered => ("Fired", "ConditionUnanswered"),
            Reason::MessageOpened if is_stopped => ("Stopped", "MessageOpened"),
            Reason::MessageOpened => ("PartlyStopped", "MessageOpened"),
            Reason::ConditionNotMet => ("Stopped", "ConditionNotMet"),
            Reason::LifetimeEnded => ("Failed", "LifetimeEnded"),
            Reason::AttemptsExhausted => ("Failed", "AttemptsExhausted"),
            Reason::GivenUpAfterRestore => ("Failed", "GivenUpAfterRestore"),
            Reason::Cancelled if is_stopped => ("Stopped", "Cancelled"),
            Reason::Cancelled => ("PartlyStopped", "Cancelled"),
        };
        Some(Self { outcome: outcome.to_owned(), reason: reason.to_owned(), at: written(decision.at) })
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, chain_with_reminder, sending_email, woken_at};
    use serde_json::{json, to_value};

    #[test]
    fn a_shipment_under_way() {
        let mut chain = sending_email();
        chain.shipments[0].senders_reference = Some("sak-1".into());
        chain.shipments[0].template = Some(TemplateUsed { name: "brev".into(), version: Some(2) });
        let view = ShipmentView::of(&chain, 0, &[]).unwrap();
        let manifest = to_value(Manifest::of(&view, at("10:00:00"))).unwrap();
        let expected = json!({
            "shipmentId": chain.shipment_id(0).to_string(), "sendersReference": "sak-1", "type": "Notification",
            "template": {"name": "brev", "version": 2},
            "status": "Order_Processed", "lastUpdate": "2026-11-02T10:00:00.000Z",
            "reached": "Unknown", "reachedReason": "UnderWay",
            "recipients": [{ "type": "Email", "destination": "kontakt@example.no",
                "status": "Email_Sending", "lastUpdate": "2026-11-02T10:00:00.000Z" }]
        });
        assert_eq!(manifest, expected);
        assert!(ShipmentView::of(&chain, 1, &[]).is_none());
    }

    #[test]
    fn a_stopped_reminder_says_why_and_names_nobody() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        let chain = woken_at(&chain, due, Some(at("12:00:00")));
        let view = ShipmentView::of(&chain, 1, &[]).unwrap();
        let manifest = to_value(Manifest::of(&view, due)).unwrap();
        assert_eq!(manifest["type"], "Reminder");
        assert_eq!(manifest["status"], "Order_SendConditionNotMet");
        assert_eq!(manifest["recipients"], json!([]));
        let decision =
            json!({"outcome": "Stopped", "reason": "MessageOpened", "at": "2026-11-03T10:00:00.000Z"});
        assert_eq!(manifest["decision"], decision);
    }
}
