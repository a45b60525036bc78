//! `GET /future/shipment/feed`: an entry of the feed with what is known of its shipment (section 1.6 of the contract).

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::evidence::Evidence;
use crate::feed::SequenceNumber;
use crate::ids::ShipmentId;
use crate::order::is_default;
use crate::reached::Reached;
use crate::view::ShipmentView;

/// An entry of the feed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedEntryView {
    sequence_number: SequenceNumber,
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    shipment_type: String,
    status: String,
    last_update: String,
    #[serde(flatten)]
    reached: Reached,
    recipients: Vec<FeedRecipient>,
    /// Whether an earlier entry told another end of the shipment.
    #[serde(skip_serializing_if = "is_default")]
    corrects: bool,
}

/// A delivery.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedRecipient {
    pub(crate) destination: String,
    pub(crate) status: String,
    /// Whether nobody reported that.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) inferred: bool,
    pub(crate) last_update: String,
}

/// Which entry it is.
#[derive(Debug, Clone, Copy)]
pub struct FeedPlace {
    /// Its number.
    pub sequence_number: SequenceNumber,
    /// The shipment.
    pub shipment: ShipmentId,
    /// Whether an earlier entry told another end of the shipment.
    pub corrects: bool,
}

impl FeedEntryView {
    /// From the shipment as it is.
    pub fn of(place: FeedPlace, view: &ShipmentView<'_>, now: DateTime<Utc>) -> Self {
        let recipients = view.deliveries.iter().filter_map(|viewed| {
            let delivery = &viewed.delivery;
            let destination = delivery.address.as_ref().map_or_else(String::new, |a| a.as_str().to_owned());
            let status = delivery.status().wire_name(delivery.channel)?;
            let (inferred, last_update) = (delivery.is_inferred(), written(delivery.updated_at));
            Some(FeedRecipient { destination, status, inferred, last_update })
        });
        Self {
            sequence_number: place.sequence_number,
            shipment_id: place.shipment,
            senders_reference: view.shipment.senders_reference.clone(),
            shipment_type: view.chain.type_of(view.number).to_owned(),
            status: view.status(now).wire_name().to_owned(),
            last_update: written(view.last_update(now)),
            reached: view.reached(),
            recipients: recipients.collect(),
            corrects: place.corrects,
        }
    }

    /// How many recipients it has.
    pub fn size(&self) -> usize {
        self.recipients.len()
    }

    /// From what is proved of a shipment whose addresses are gone; none if nothing is.
    pub fn of_evidence(place: FeedPlace, evidence: &Evidence) -> Option<Self> {
        let shipment = evidence.shipments.get(usize::from(place.shipment.number()))?;
        Some(Self {
            sequence_number: place.sequence_number,
            shipment_id: place.shipment,
            senders_reference: None,
            shipment_type: shipment.kind.clone(),
            status: shipment.status.clone(),
            last_update: written(shipment.last_update),
            reached: shipment.reached(),
            recipients: shipment.recipients(),
            corrects: place.corrects,
        })
    }
}
