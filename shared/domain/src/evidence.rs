//! What can be proved of an order long after its addresses and texts are gone: what was made available,
//! notified, reminded and opened, and when (eForvaltningsforskriften § 8 asks for the record).

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, Notification, Step};
use crate::channel::Channel;
use crate::identity::Owner;
use crate::ids::{ChainId, ShipmentId};
use crate::manifest::DecisionView;
use crate::opened::Watch;

/// The record of one order. It names nobody but the owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The order's id.
    pub notification_order_id: ChainId,
    /// Whose order it was.
    pub owner: Owner,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// The marker that tells when its message was opened; not for the owner to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// How many recipients it listed, whose records are their own.
    #[serde(default, skip_serializing_if = "crate::order::is_default")]
    pub listed: u16,
    /// The notification and its reminders.
    pub shipments: Vec<ShipmentEvidence>,
}

/// What became of one shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentEvidence {
    shipment_id: ShipmentId,
    #[serde(rename = "type")]
    kind: String,
    status: String,
    planned_at: DateTime<Utc>,
    last_update: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    notifications: Vec<NotificationEvidence>,
    /// How many listed recipients nothing was written down of: they were not looked up in time.
    #[serde(default, skip_serializing_if = "crate::order::is_default")]
    not_notified: usize,
}

/// What became of one notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NotificationEvidence {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    last_update: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handed_over_at: Option<DateTime<Utc>>,
}

/// The record as the owner reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView<'a> {
    notification_order_id: ChainId,
    accepted_at: DateTime<Utc>,
    shipments: &'a [ShipmentEvidence],
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
}

impl Evidence {
    /// What a chain proves as it is now.
    pub fn of(chain: &Chain) -> Self {
        let shipments =
            chain.steps.iter().zip(0_u8..).map(|(step, number)| step.evidence(chain.shipment(number)));
        Self {
            notification_order_id: chain.id,
            owner: chain.owner.clone(),
            accepted_at: chain.accepted_at,
            watch: chain.watch.clone(),
            listed: u16::try_from(chain.listed().len()).unwrap_or(u16::MAX),
            shipments: shipments.collect(),
        }
    }

    /// The ids of the chains of its listed recipients.
    pub fn listed_ids(&self) -> Vec<ChainId> {
        (0..self.listed).map(|ordinal| self.notification_order_id.listed(ordinal)).collect()
    }

    /// The record with those of its listed recipients.
    #[must_use]
    pub fn with_listed(mut self, listed: Vec<Self>) -> Self {
        let missing = usize::from(self.listed).saturating_sub(listed.len());
        let told =
            listed.into_iter().flat_map(|one| one.shipments).flat_map(|shipment| shipment.notifications);
        if let Some(first) = self.shipments.first_mut() {
            first.notifications.extend(told);
            first.not_notified = missing;
        }
        self
    }

    /// The record with the time at which its message was first opened, of those that count for this order; they
    /// are in order.
    pub fn view(&self, openings: &[DateTime<Utc>]) -> EvidenceView<'_> {
        let counts =
            |at: &DateTime<Utc>| self.watch.as_ref().is_some_and(|watch| watch.counts(*at, self.accepted_at));
        EvidenceView {
            notification_order_id: self.notification_order_id,
            accepted_at: self.accepted_at,
            shipments: &self.shipments,
            opened_at: openings
                .iter()
                .find(|at| counts(at))
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

impl Step {
    fn evidence(&self, shipment_id: ShipmentId) -> ShipmentEvidence {
        ShipmentEvidence {
            shipment_id,
            kind: if shipment_id.step() == 0 { "Notification" } else { "Reminder" }.to_owned(),
            status: self.status.wire_name().to_owned(),
            planned_at: self.due,
            last_update: self.updated_at,
            decision: DecisionView::of(self),
            not_notified: 0,
            notifications: self.notifications.iter().filter_map(Notification::evidence).collect(),
        }
    }
}

impl Notification {
    fn evidence(&self) -> Option<NotificationEvidence> {
        let kind = match self.channel {
            Channel::Email => "Email",
            Channel::Sms => "SMS",
        };
        let status = self.status.wire_name(self.channel)?;
        Some(NotificationEvidence {
            kind: kind.to_owned(),
            status,
            last_update: self.updated_at,
            handed_over_at: self.handed_over_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_step, listed_step, order, sending_email};
    use crate::order::When;

    #[test]
    fn the_record_names_no_address_and_reads_back_as_it_was() {
        let chain =
            accept(&order(vec![email_step(When::Now), email_step(When::AfterDays(7))]), at("10:00:00"));
        let evidence = Evidence::of(&chain);
        let stored = serde_json::to_value(&evidence).unwrap();
        assert!(!stored.to_string().contains('@'));
        assert_eq!(serde_json::from_value::<Evidence>(stored).unwrap(), evidence);
        let kinds: Vec<_> = evidence.shipments.iter().map(|shipment| shipment.kind.as_str()).collect();
        assert_eq!(kinds, ["Notification", "Reminder"]);
    }

    #[test]
    fn the_record_of_a_list_is_put_together() {
        let listed = Evidence::of(&accept(&order(vec![listed_step(3)]), at("10:00:00")));
        assert_eq!((listed.listed, listed.listed_ids().len()), (3, 3));
        let one = Evidence::of(&sending_email());
        let whole = listed.with_listed(vec![one.clone(), one]);
        assert_eq!((whole.shipments[0].notifications.len(), whole.shipments[0].not_notified), (2, 1));
    }

    #[test]
    fn an_opening_counts_as_it_does_for_reminders() {
        let chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        let evidence = Evidence::of(&chain);
        let shown = |opened| serde_json::to_value(evidence.view(&[opened])).unwrap()["openedAt"].clone();
        assert!(shown(at("10:30:00")).is_string());
        assert!(shown(at("08:30:00")).is_null());
        let first = [at("08:30:00"), at("09:30:00"), at("12:00:00")];
        let first = serde_json::to_value(evidence.view(&first)).unwrap();
        assert_eq!(first["openedAt"], "2026-11-02T09:30:00.000Z", "opened again is not opened later");
        assert!(serde_json::to_value(evidence.view(&[])).unwrap().get("watch").is_none());
    }
}
