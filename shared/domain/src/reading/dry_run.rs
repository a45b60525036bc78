//! What an order would do, for an owner who asks before ordering: what would go to how many, on which channels and when.
//! Nobody's address is in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::chain::{Backlogs, Chain, Delivery, DeliveryState, Lookup, Scheduling, Shipment, Wanted};
use crate::channel::Channel;
use crate::order::Recipient;
use crate::request::Faults;
use crate::status::{DeliveryStatus, Failure};
use crate::window::SendingWindow;

/// A recipient with what the registers say.
#[derive(Debug, Clone)]
pub struct Found {
    /// The recipient.
    pub recipient: Recipient,
    /// What the registers say; none where they gave no answer.
    pub lookup: Option<Lookup>,
}

/// What an order would do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRunView {
    dry_run: bool,
    shipments: Vec<DryShipment>,
    #[serde(skip_serializing_if = "Faults::is_empty")]
    warnings: Faults,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DryShipment {
    #[serde(rename = "type")]
    kind: &'static str,
    planned_at: String,
    notifications: Vec<DryNotifications>,
    /// How many recipients have reserved against digital communication.
    reserved: usize,
    /// Of how many no usable address is known.
    missing: usize,
    /// How many the deployment cannot serve.
    not_supported: usize,
    /// Of how many no register answered in time.
    unanswered: usize,
}

/// Notifications on a channel that may go from the same time on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DryNotifications {
    #[serde(rename = "type")]
    kind: &'static str,
    /// From when they may go.
    from: String,
    count: usize,
    /// How many messages those of SMS take in all, as far as that is known before names are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<usize>,
}

/// What is counted together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    channel: Channel,
    from: DateTime<Utc>,
}

/// Notifications that are counted.
#[derive(Default)]
struct Counted {
    count: usize,
    segments: Option<usize>,
}

/// What a dry run is made from.
pub struct DryRun<'a> {
    /// The chain that the order would become.
    pub chain: &'a Chain,
    /// When notices may go.
    pub window: &'a SendingWindow,
    /// The time.
    pub now: DateTime<Utc>,
}

impl DryRun<'_> {
    /// What would become of the shipments, each with its recipients.
    pub fn view(&self, found: &[Vec<Found>], warnings: Faults) -> DryRunView {
        let numbered = self.chain.numbered().zip(found);
        let shipments = numbered.map(|((number, shipment), found)| self.shipment(number, shipment, found));
        DryRunView { dry_run: true, shipments: shipments.collect(), warnings }
    }

    fn shipment(&self, number: u8, shipment: &Shipment, found: &[Found]) -> DryShipment {
        let deliveries: Vec<_> = found.iter().flat_map(|found| self.deliveries(shipment, found)).collect();
        let failures: Vec<_> =
            found.iter().filter_map(|found| failure_of(&self.deliveries(shipment, found))).collect();
        let failed = |failure: Failure| failures.iter().filter(|known| **known == failure).count();
        DryShipment {
            kind: self.chain.type_of(number),
            planned_at: written(shipment.planned_at),
            notifications: counted(&deliveries),
            reserved: failed(Failure::RecipientReserved),
            missing: failed(Failure::RecipientNotIdentified),
            not_supported: failed(Failure::NotSupported),
            unanswered: found.iter().filter(|found| found.lookup.is_none()).count(),
        }
    }

    fn deliveries(&self, shipment: &Shipment, Found { recipient, lookup }: &Found) -> Vec<Delivery> {
        let Some(lookup) = lookup else { return vec![] };
        let (window, now, class) = (self.window, self.now, self.chain.class);
        let planned_at = shipment.planned_at;
        let scheduling = Scheduling { window, backlogs: Backlogs::default(), class, planned_at, now };
        let own = Shipment { schema: recipient.schema(), ..shipment.clone() };
        own.resolve(Wanted { recipient, lookup }, &scheduling)
    }
}

/// Why none of a recipient's deliveries goes; none if one does.
fn failure_of(deliveries: &[Delivery]) -> Option<Failure> {
    match deliveries.first()?.status() {
        DeliveryStatus::Failed(failure) => Some(failure),
        _ => None,
    }
}

fn counted(deliveries: &[Delivery]) -> Vec<DryNotifications> {
    let mut all: BTreeMap<Slot, Counted> = BTreeMap::new();
    for delivery in deliveries {
        let Some(from) = may_go(delivery) else { continue };
        let counted = all.entry(Slot { channel: delivery.channel, from }).or_default();
        counted.count += 1;
        if let Some(segments) = delivery.segments {
            *counted.segments.get_or_insert(0) += usize::from(segments);
        }
    }
    let views = all.into_iter().map(|(slot, counted)| DryNotifications {
        kind: slot.channel.spec().kind,
        from: written(slot.from),
        count: counted.count,
        segments: counted.segments,
    });
    views.collect()
}

fn may_go(delivery: &Delivery) -> Option<DateTime<Utc>> {
    match delivery.state {
        DeliveryState::Waiting { at, .. } => Some(at),
        DeliveryState::Queued { from, .. } => Some(from),
        _ => None,
    }
}
