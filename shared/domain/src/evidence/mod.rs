//! What can be proved of an order long after its addresses and texts are gone: what was made available,
//! notified, reminded and opened, and when (eForvaltningsforskriften § 8 asks for the record).

mod record;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, Delivery, Shipment};
use crate::channel::Channel;
use crate::identity::Owner;
use crate::ids::{ChainId, ShipmentId};
use crate::manifest::DecisionView;
use crate::opened::Watch;
use crate::reached::{Reached, WasReached, best};
use crate::reading::{FeedRecipient, written};
use crate::status::DeliveryStatus;

pub use record::EvidenceRecord;

/// The record of one order. It names nobody but the owner. It is kept as an [`EvidenceRecord`]; serde reads those that
/// earlier releases kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The order's id.
    pub notification_order_id: ChainId,
    /// Whose order it was.
    pub owner: Owner,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// The marker that tells when its message was opened; not for the owner to read.
    #[serde(default)]
    pub watch: Option<Watch>,
    /// How many recipients it listed: only in records of the first version, where a shipment has none of its own.
    #[serde(default)]
    listed: u16,
    /// The notification and its reminders.
    pub shipments: Vec<ShipmentEvidence>,
}

/// What became of one shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentEvidence {
    shipment_id: ShipmentId,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) status: String,
    planned_at: DateTime<Utc>,
    pub(crate) last_update: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    notifications: Vec<DeliveryEvidence>,
    /// Whether its own deliveries reached anybody; absent in records of before this was told.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    reached: Option<Reached>,
    /// How many listed recipients nothing was written down of: they were not looked up in time.
    #[serde(default, skip_serializing_if = "crate::order::is_default")]
    not_notified: usize,
    /// How many children it fanned out into, whose records are their own.
    #[serde(default, skip_serializing_if = "crate::order::is_default")]
    children: u16,
}

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveryEvidence {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    /// Whether nobody reported that; absent in records of before this was told.
    #[serde(default, skip_serializing_if = "crate::order::is_default")]
    inferred: bool,
    last_update: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handed_over_at: Option<DateTime<Utc>>,
}

/// The record as the owner reads it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    notification_order_id: ChainId,
    accepted_at: DateTime<Utc>,
    shipments: Vec<ShipmentEvidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
}

impl Evidence {
    /// Whether it is known of every shipment whether somebody was reached.
    pub fn is_known(&self) -> bool {
        self.shipments.iter().all(|shipment| shipment.reached().answer != WasReached::Unknown)
    }

    /// What a chain proves as it is now.
    pub fn of(chain: &Chain, now: DateTime<Utc>) -> Self {
        let shipments = chain.numbered().map(|(number, shipment)| shipment.evidence(chain, number, now));
        Self {
            notification_order_id: chain.id,
            owner: chain.owner.clone(),
            accepted_at: chain.accepted_at,
            watch: chain.watch.clone(),
            listed: 0,
            shipments: shipments.collect(),
        }
    }

    /// The ids of the chains of its children, whose records belong to it.
    pub fn children(&self) -> Vec<ChainId> {
        let numbered = (0_u8..).zip(&self.shipments);
        let of_shipments = numbered.map(|(number, shipment)| (number, self.children_of(number, shipment)));
        of_shipments
            .flat_map(|(number, count)| (0..count).map(move |ordinal| (number, ordinal)))
            .map(|(number, ordinal)| self.notification_order_id.child(number, ordinal))
            .collect()
    }

    fn children_of(&self, number: u8, shipment: &ShipmentEvidence) -> u16 {
        if number == 0 { shipment.children.max(self.listed) } else { shipment.children }
    }

    /// The record with those of its children, as far as they are kept.
    #[must_use]
    pub fn with_children(mut self, children: &[Self]) -> Self {
        let counts: Vec<_> = (0_u8..)
            .zip(&self.shipments)
            .map(|(number, shipment)| self.children_of(number, shipment))
            .collect();
        let id = self.notification_order_id;
        for ((number, shipment), count) in (0_u8..).zip(&mut self.shipments).zip(counts) {
            let ids: Vec<_> = (0..count).map(|ordinal| id.child(number, ordinal)).collect();
            let kept = children.iter().filter(|child| ids.contains(&child.notification_order_id));
            let records: Vec<_> = kept.flat_map(|child| &child.shipments).collect();
            shipment.not_notified = usize::from(count).saturating_sub(records.len());
            shipment.children = 0;
            let reached = shipment.reached.take().into_iter();
            let of_children = records.iter().map(|record| record.reached());
            shipment.reached = best(reached.chain(of_children));
            shipment
                .notifications
                .extend(records.into_iter().flat_map(|record| record.notifications.clone()));
        }
        self
    }

    /// The record with the time at which its message was first opened, of those that count for this order; they
    /// are in order.
    pub fn view(&self, openings: &[DateTime<Utc>]) -> EvidenceView {
        EvidenceView {
            notification_order_id: self.notification_order_id,
            accepted_at: self.accepted_at,
            shipments: self.shipments.iter().map(ShipmentEvidence::proved).collect(),
            opened_at: openings
                .iter()
                .find(|at| self.counts(**at))
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }

    /// Whether an opening counts for this order.
    fn counts(&self, opened_at: DateTime<Utc>) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.counts(opened_at, self.accepted_at))
    }
}

impl Shipment {
    fn evidence(&self, chain: &Chain, number: u8, now: DateTime<Utc>) -> ShipmentEvidence {
        ShipmentEvidence {
            shipment_id: chain.shipment_id(number),
            kind: chain.type_of(number).to_owned(),
            status: self.status(now).wire_name().to_owned(),
            planned_at: self.planned_at,
            last_update: self.reached_at(now),
            decision: DecisionView::of(self, now),
            reached: Some(Reached::of_shipment(self)),
            notifications: self.deliveries().iter().filter_map(Delivery::evidence).collect(),
            not_notified: 0,
            children: self.children(),
        }
    }
}

impl ShipmentEvidence {
    fn proved(&self) -> Self {
        let notifications = self.notifications.iter().map(DeliveryEvidence::proved).collect();
        Self { notifications, ..self.clone() }
    }

    /// Whether anybody was reached; of records of before this was told, by the statuses.
    pub(crate) fn reached(&self) -> Reached {
        let by_statuses = || best(self.notifications.iter().map(DeliveryEvidence::reached));
        let nothing = || Reached::new(WasReached::No, "NotNotified");
        self.reached.clone().or_else(by_statuses).unwrap_or_else(nothing)
    }

    /// Its deliveries, whose addresses are gone.
    pub(crate) fn recipients(&self) -> Vec<FeedRecipient> {
        let all = self.notifications.iter().map(|delivery| FeedRecipient {
            destination: String::new(),
            status: delivery.status.clone(),
            inferred: delivery.inferred,
            last_update: written(delivery.last_update),
        });
        all.collect()
    }
}

impl DeliveryEvidence {
    /// The status that can be proved. A missing report does not prove a failure (the account may not log deliveries): a notice
    /// that the provider accepted stays accepted.
    fn proved(&self) -> Self {
        let channel = Channel::ALL.iter().find(|channel| channel.spec().kind == self.kind);
        let accepted = channel.and_then(|channel| DeliveryStatus::Accepted.wire_name(*channel));
        let is_silent = self.inferred && self.handed_over_at.is_some();
        let status = accepted.filter(|_| is_silent).unwrap_or_else(|| self.status.clone());
        Self { status, ..self.clone() }
    }

    fn reached(&self) -> Reached {
        let (_, status) = self.status.split_once('_').unwrap_or_default();
        match status {
            "Delivered" => Reached::new(WasReached::Yes, "Delivered"),
            "Failed" => Reached::new(WasReached::No, "Unspecified"),
            _ => match status.strip_prefix("Failed_") {
                Some(reason) => Reached::new(WasReached::No, reason),
                None => Reached::new(WasReached::Unknown, "NoReport"),
            },
        }
    }
}

impl Delivery {
    fn evidence(&self) -> Option<DeliveryEvidence> {
        Some(DeliveryEvidence {
            kind: self.channel.spec().kind.to_owned(),
            status: self.status().wire_name(self.channel)?,
            inferred: self.is_inferred(),
            last_update: self.updated_at,
            handed_over_at: self.handed_over_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accept, accepted_email, after, apply_delivery, at, chain_with_reminder, email_shipment,
        listed_shipment, order, sending_email, woken_at,
    };
    use crate::chain::{DeliveryEvent, FanOut, Report, ShipmentState};
    use crate::order::When;
    use crate::status::Failure;
    use chrono::TimeDelta;
    use serde_json::json;

    #[test]
    fn a_chain_proves_its_notification_and_its_reminders() {
        let evidence = Evidence::of(&chain_with_reminder(), at("10:00:00"));
        let kinds: Vec<_> = evidence.shipments.iter().map(|shipment| shipment.kind.as_str()).collect();
        assert_eq!(kinds, ["Notification", "Reminder"]);
    }

    fn fanned_out() -> Chain {
        let mut chain = accept(&order(vec![listed_shipment(3)]), at("10:00:00"));
        chain.shipments[0].state = ShipmentState::FannedOut(FanOut::new(3, at("10:00:00")));
        chain
    }

    fn sending_child(parent: &Chain, ordinal: usize) -> Evidence {
        let sending = Chain { id: parent.children(0)[ordinal], ..sending_email() };
        Evidence::of(&sending, at("10:00:00"))
    }

    #[test]
    fn the_record_of_a_list_is_put_together() {
        let chain = fanned_out();
        let whole = Evidence::of(&chain, at("10:00:00"));
        assert_eq!(whole.children(), chain.children(0));
        let whole = whole.with_children(&[sending_child(&chain, 0), sending_child(&chain, 2)]);
        assert_eq!((whole.shipments[0].notifications.len(), whole.shipments[0].not_notified), (2, 1));
    }

    #[test]
    fn a_record_of_an_earlier_release_is_read() {
        let chain = fanned_out();
        let evidence = Evidence::of(&chain, at("10:00:00"));
        let mut stored = json!({"notificationOrderId": chain.id, "owner": chain.owner, "acceptedAt": chain.accepted_at, "watch": chain.watch,
            "shipments": evidence.shipments});
        assert_eq!(serde_json::from_value::<Evidence>(stored.clone()).unwrap(), evidence);
        stored["shipments"][0].as_object_mut().unwrap().remove("children");
        stored["listed"] = 3.into();
        assert_eq!(serde_json::from_value::<Evidence>(stored).unwrap().children(), chain.children(0));
    }

    fn read_of(chain: &Chain) -> (String, bool) {
        let read = serde_json::to_value(Evidence::of(chain, at("10:00:00")).view(&[])).unwrap();
        let of = &read["shipments"][0]["notifications"][0];
        (of["status"].as_str().unwrap().to_owned(), of["inferred"] == true)
    }

    #[test]
    fn silence_proves_no_failure_and_a_report_does() {
        let taken = accepted_email();
        let silent = woken_at(&taken, taken.shipments[0].expires_at + TimeDelta::days(1), None);
        assert_eq!(silent.shipments[0].deliveries()[0].status(), DeliveryStatus::Failed(Failure::Ttl));
        assert_eq!(read_of(&silent), ("Email_Succeeded".into(), true));
        let report = apply_delivery(&silent, DeliveryEvent::reported(Report::Failed(Failure::Bounced)));
        let reported = after(&silent, &report, silent.shipments[0].expires_at + TimeDelta::days(1));
        assert_eq!(read_of(&reported), ("Email_Failed_Bounced".into(), false));
    }

    fn opened_at(evidence: &Evidence, openings: &[DateTime<Utc>]) -> serde_json::Value {
        serde_json::to_value(evidence.view(openings)).unwrap()["openedAt"].clone()
    }

    #[test]
    fn an_opening_counts_as_it_does_for_reminders() {
        let chain = accept(&order(vec![email_shipment(When::Now)]), at("10:00:00"));
        let evidence = Evidence::of(&chain, at("10:00:00"));
        assert!(opened_at(&evidence, &[at("10:30:00")]).is_string());
        assert!(opened_at(&evidence, &[at("08:30:00")]).is_null());
        let first = opened_at(&evidence, &[at("08:30:00"), at("09:30:00"), at("12:00:00")]);
        assert_eq!(first, "2026-11-02T09:30:00.000Z", "opened again is not opened later");
        assert!(serde_json::to_value(evidence.view(&[])).unwrap().get("watch").is_none());
    }
}
