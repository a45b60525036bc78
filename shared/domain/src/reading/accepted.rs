//! What an owner reads of an accepted order: the ids of its shipments.

use schemars::JsonSchema;
use serde::Serialize;

use crate::chain::Chain;
use crate::ids::{ChainId, ShipmentId};
use crate::order::Order;
use crate::request::Faults;
use crate::standing::RecipientLookup;

/// The ids of an order with one recipient.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedView<'a> {
    notification_order_id: ChainId,
    notification: Shipments<'a>,
    #[serde(skip_serializing_if = "Faults::is_empty")]
    warnings: &'a Faults,
}

#[derive(Serialize, JsonSchema)]
struct Shipments<'a> {
    #[serde(flatten)]
    notification: AcceptedShipment<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reminders: Vec<AcceptedShipment<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AcceptedShipment<'a> {
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
}

/// The id of an order that lists its recipients.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedListView<'a> {
    order_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_lookup: Option<&'a RecipientLookup>,
    #[serde(skip_serializing_if = "Faults::is_empty")]
    warnings: &'a Faults,
}

impl<'a> AcceptedView<'a> {
    /// Of a chain, with what its owner may not think. The references of a chain of the first format are in its order
    /// only.
    pub fn of(chain: &'a Chain, order: Option<&'a Order>, warnings: &'a Faults) -> Self {
        let mut shipments = chain.numbered().map(|(number, shipment)| {
            let ordered = order.and_then(|order| order.shipments.get(usize::from(number)));
            let senders_reference = shipment
                .senders_reference
                .as_deref()
                .or_else(|| ordered.and_then(|ordered| ordered.senders_reference.as_deref()));
            AcceptedShipment { shipment_id: chain.shipment_id(number), senders_reference }
        });
        let first = shipments.next();
        let notification =
            first.unwrap_or(AcceptedShipment { shipment_id: chain.shipment_id(0), senders_reference: None });
        Self {
            notification_order_id: chain.id,
            notification: Shipments { notification, reminders: shipments.collect() },
            warnings,
        }
    }
}

impl<'a> AcceptedListView<'a> {
    /// Of a chain, with what the registers said of its recipients and what its owner may not think.
    pub fn of(chain: &Chain, recipient_lookup: Option<&'a RecipientLookup>, warnings: &'a Faults) -> Self {
        Self { order_id: chain.shipment_id(0), recipient_lookup, warnings }
    }
}
