//! What an owner reads of the orders that have one of its references.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::written;
use crate::chain::Chain;
use crate::ids::{ChainId, ShipmentId};
use crate::reached::Reached;
use crate::view::ShipmentView;

/// Some orders, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundOrders {
    /// The orders.
    pub orders: Vec<FoundOrder>,
    /// What to ask with for those that follow; none where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// An order, and how far it has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundOrder {
    notification_order_id: ChainId,
    accepted_at: String,
    shipments: Vec<FoundShipment>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FoundShipment {
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    planned_at: String,
    last_update: String,
    #[serde(flatten)]
    reached: Reached,
}

impl FoundOrder {
    /// Of an order, with a view of each shipment.
    pub fn of(chain: &Chain, views: &[ShipmentView<'_>], now: DateTime<Utc>) -> Self {
        let shipments = views.iter().map(|view| FoundShipment {
            shipment_id: chain.shipment_id(view.number),
            senders_reference: view.shipment.senders_reference.clone(),
            kind: chain.type_of(view.number),
            status: view.status(now).wire_name(),
            planned_at: written(view.shipment.planned_at),
            last_update: written(view.last_update(now)),
            reached: view.reached(),
        });
        Self {
            notification_order_id: chain.id,
            accepted_at: written(chain.accepted_at),
            shipments: shipments.collect(),
        }
    }
}

/// Orders as the contract's older part lists them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListsView {
    count: usize,
    orders: Vec<Value>,
}

impl ListsView {
    /// Of orders as each is shown alone.
    pub fn of(orders: Vec<Value>) -> Self {
        Self { count: orders.len(), orders }
    }
}
