//! The form in which evidence is kept for ten years: what follows from the order's id, or is as it was to be expected, is
//! left out, and times are told by how many milliseconds later they are than the order was accepted. A lone notice takes
//! eighty bytes of it.

use chrono::{DateTime, TimeDelta, Utc};
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
    planned_at: Option<Later>,
    #[serde(rename = "u")]
    last_update: Later,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<DeliveryRecord>,
    /// Absent where somebody was reached because a notification was delivered.
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
    last_update: Option<Later>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    handed_over_at: Option<Later>,
}

/// More than that, three decades, is no difference but the time itself, in epoch milliseconds: so the first records of this
/// form had it.
const MOST_LATER: i64 = 1_000_000_000_000;

/// How many milliseconds later than the order was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Later(i64);

impl Later {
    fn than(accepted_at: DateTime<Utc>, at: DateTime<Utc>) -> Self {
        Self((at - accepted_at).num_milliseconds())
    }

    fn after(self, accepted_at: DateTime<Utc>) -> DateTime<Utc> {
        if self.0 > MOST_LATER {
            return DateTime::from_timestamp_millis(self.0).unwrap_or(accepted_at);
        }
        accepted_at + TimeDelta::milliseconds(self.0)
    }
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
        let last_update = Later::than(accepted_at, shipment.last_update);
        let planned_at = Some(shipment.planned_at).filter(|planned_at| *planned_at != accepted_at);
        let expected = expected_of(shipment.notifications.iter().map(|one| one.status.as_str()));
        Self {
            kind: Some(shipment.kind.clone()).filter(|kind| kind != USUAL_KIND),
            status: shipment.status.clone(),
            planned_at: planned_at.map(|planned_at| Later::than(accepted_at, planned_at)),
            last_update,
            decision: shipment.decision.clone(),
            notifications: shipment
                .notifications
                .iter()
                .map(|one| DeliveryRecord::of(one, last_update, accepted_at))
                .collect(),
            reached: shipment.reached.clone().filter(|reached| Some(reached) != expected.as_ref()),
            not_notified: shipment.not_notified,
            children: shipment.children,
        }
    }

    fn evidence(self, id: ChainId, number: u8, accepted_at: DateTime<Utc>) -> ShipmentEvidence {
        let last_update = self.last_update;
        let expected = expected_of(self.notifications.iter().map(|one| one.status.as_str()));
        let notifications = self.notifications.into_iter();
        ShipmentEvidence {
            shipment_id: id.shipment(number),
            kind: self.kind.unwrap_or_else(|| USUAL_KIND.to_owned()),
            status: self.status,
            planned_at: self.planned_at.map_or(accepted_at, |later| later.after(accepted_at)),
            last_update: last_update.after(accepted_at),
            decision: self.decision,
            notifications: notifications.map(|one| one.evidence(last_update, accepted_at)).collect(),
            reached: self.reached.or(expected),
            not_notified: self.not_notified,
            children: self.children,
        }
    }
}

impl DeliveryRecord {
    fn of(delivery: &DeliveryEvidence, of_shipment: Later, accepted_at: DateTime<Utc>) -> Self {
        let last_update = Later::than(accepted_at, delivery.last_update);
        Self {
            kind: delivery.kind.clone(),
            status: delivery.status.clone(),
            inferred: delivery.inferred,
            last_update: Some(last_update).filter(|later| *later != of_shipment),
            handed_over_at: delivery.handed_over_at.map(|at| Later::than(accepted_at, at)),
        }
    }

    fn evidence(self, of_shipment: Later, accepted_at: DateTime<Utc>) -> DeliveryEvidence {
        DeliveryEvidence {
            kind: self.kind,
            status: self.status,
            inferred: self.inferred,
            last_update: self.last_update.unwrap_or(of_shipment).after(accepted_at),
            handed_over_at: self.handed_over_at.map(|later| later.after(accepted_at)),
        }
    }
}

/// What notifications with these statuses say of whether somebody was reached, where one was delivered.
fn expected_of<'a>(mut statuses: impl Iterator<Item = &'a str>) -> Option<Reached> {
    statuses.any(|status| status.ends_with("_Delivered")).then(Reached::yes)
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
    fn times_of_the_first_records_are_read_as_they_were_written() {
        let later = Later::than(at("10:00:00"), at("10:00:05"));
        assert_eq!(later, Later(5_000));
        assert_eq!(later.after(at("10:00:00")), at("10:00:05"));
        assert_eq!(Later(at("10:00:05").timestamp_millis()).after(at("10:00:00")), at("10:00:05"));
    }

    #[test]
    fn what_was_to_be_expected_is_left_out() {
        let chain = delivered_email();
        let stored =
            serde_json::to_value(EvidenceRecord::from(&Evidence::of(&chain, at("10:30:00")))).unwrap();
        let shipment = stored["s"][0].as_object().unwrap();
        assert_eq!(shipment.keys().collect::<Vec<_>>(), ["n", "s", "u"], "{stored}");
    }
}
