//! The form in which evidence is kept for ten years: what follows from the order's id, or is as it was to be expected, is
//! left out, and times are numbers. A lone notice takes a hundred bytes of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DeliveryEvidence, Evidence, ShipmentEvidence};
use crate::identity::Owner;
use crate::ids::ChainId;
use crate::manifest::DecisionView;
use crate::opened::Watch;
use crate::order::is_default;
use crate::reached::Reached;

/// The evidence of a chain, without its id.
#[derive(Debug, Serialize, Deserialize)]
pub struct EvidenceRecord {
    #[serde(rename = "o")]
    owner: Owner,
    #[serde(rename = "c", with = "chrono::serde::ts_milliseconds")]
    accepted_at: DateTime<Utc>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    watch: Option<Watch>,
    #[serde(rename = "s")]
    shipments: Vec<ShipmentRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ShipmentRecord {
    /// Absent for the notification.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(rename = "s")]
    status: String,
    /// Absent where it was to go at once.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "chrono::serde::ts_milliseconds_option")]
    planned_at: Option<DateTime<Utc>>,
    #[serde(rename = "u", with = "chrono::serde::ts_milliseconds")]
    last_update: DateTime<Utc>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<DeliveryRecord>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    reached: Option<Reached>,
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    not_notified: usize,
    #[serde(rename = "m", default, skip_serializing_if = "is_default")]
    children: u16,
}

#[derive(Debug, Serialize, Deserialize)]
struct DeliveryRecord {
    #[serde(rename = "h")]
    kind: String,
    #[serde(rename = "s")]
    status: String,
    #[serde(rename = "i", default, skip_serializing_if = "is_default")]
    inferred: bool,
    /// Absent where it is that of its shipment.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "chrono::serde::ts_milliseconds_option")]
    last_update: Option<DateTime<Utc>>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "chrono::serde::ts_milliseconds_option")]
    handed_over_at: Option<DateTime<Utc>>,
}

/// What a shipment is that says nothing else.
const USUAL_KIND: &str = "Notification";

impl From<&Evidence> for EvidenceRecord {
    fn from(evidence: &Evidence) -> Self {
        let accepted_at = evidence.accepted_at;
        Self {
            owner: evidence.owner.clone(),
            accepted_at,
            watch: evidence.watch.clone(),
            shipments: evidence.shipments.iter().map(|one| ShipmentRecord::of(one, accepted_at)).collect(),
        }
    }
}

impl EvidenceRecord {
    /// The evidence of the chain with this id.
    pub fn evidence(self, id: ChainId) -> Evidence {
        let accepted_at = self.accepted_at;
        let numbered = (0_u8..).zip(self.shipments);
        Evidence {
            notification_order_id: id,
            owner: self.owner,
            accepted_at,
            watch: self.watch,
            listed: 0,
            shipments: numbered.map(|(number, record)| record.evidence(id, number, accepted_at)).collect(),
        }
    }
}

impl ShipmentRecord {
    fn of(shipment: &ShipmentEvidence, accepted_at: DateTime<Utc>) -> Self {
        let last_update = shipment.last_update;
        Self {
            kind: Some(shipment.kind.clone()).filter(|kind| kind != USUAL_KIND),
            status: shipment.status.clone(),
            planned_at: Some(shipment.planned_at).filter(|planned_at| *planned_at != accepted_at),
            last_update,
            decision: shipment.decision.clone(),
            notifications: shipment
                .notifications
                .iter()
                .map(|one| DeliveryRecord::of(one, last_update))
                .collect(),
            reached: shipment.reached.clone(),
            not_notified: shipment.not_notified,
            children: shipment.children,
        }
    }

    fn evidence(self, id: ChainId, number: u8, accepted_at: DateTime<Utc>) -> ShipmentEvidence {
        let last_update = self.last_update;
        ShipmentEvidence {
            shipment_id: id.shipment(number),
            kind: self.kind.unwrap_or_else(|| USUAL_KIND.to_owned()),
            status: self.status,
            planned_at: self.planned_at.unwrap_or(accepted_at),
            last_update,
            decision: self.decision,
            notifications: self.notifications.into_iter().map(|one| one.evidence(last_update)).collect(),
            reached: self.reached,
            not_notified: self.not_notified,
            children: self.children,
        }
    }
}

impl DeliveryRecord {
    fn of(delivery: &DeliveryEvidence, of_shipment: DateTime<Utc>) -> Self {
        Self {
            kind: delivery.kind.clone(),
            status: delivery.status.clone(),
            inferred: delivery.inferred,
            last_update: Some(delivery.last_update).filter(|at| *at != of_shipment),
            handed_over_at: delivery.handed_over_at,
        }
    }

    fn evidence(self, of_shipment: DateTime<Utc>) -> DeliveryEvidence {
        DeliveryEvidence {
            kind: self.kind,
            status: self.status,
            inferred: self.inferred,
            last_update: self.last_update.unwrap_or(of_shipment),
            handed_over_at: self.handed_over_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accepted_email, at, chain_with_reminder, delivered_email, sending_email};

    #[test]
    fn a_record_says_what_the_evidence_says_and_names_nobody_but_the_owner() {
        for chain in [accepted_email(), sending_email(), delivered_email(), chain_with_reminder()] {
            let evidence = Evidence::of(&chain, at("10:30:00"));
            let stored = serde_json::to_value(EvidenceRecord::from(&evidence)).unwrap();
            assert!(!stored.to_string().contains('@'));
            let read: EvidenceRecord = serde_json::from_value(stored).unwrap();
            assert_eq!(read.evidence(chain.id), evidence);
        }
    }

    #[test]
    fn what_was_to_be_expected_is_left_out() {
        let chain = delivered_email();
        let stored =
            serde_json::to_value(EvidenceRecord::from(&Evidence::of(&chain, at("10:30:00")))).unwrap();
        let shipment = stored["s"][0].as_object().unwrap();
        assert_eq!(shipment.keys().collect::<Vec<_>>(), ["n", "r", "s", "u"], "{stored}");
    }
}
