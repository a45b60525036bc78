//! What an owner reads who has cancelled an order: how far each shipment had come.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::chain::{Chain, Ignored};
use crate::ids::{ChainId, ShipmentId};
use crate::view::ShipmentView;

/// The shipments of an order that was cancelled.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancelledView {
    notification_order_id: ChainId,
    shipments: Vec<ShipmentStatusView>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShipmentStatusView {
    shipment_id: ShipmentId,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    last_update: String,
}

impl CancelledView {
    /// Of an order, with a view of each shipment.
    pub fn of(chain: &Chain, views: &[ShipmentView<'_>], now: DateTime<Utc>) -> Self {
        let shipments = views.iter().map(|view| ShipmentStatusView {
            shipment_id: chain.shipment_id(view.number),
            kind: view.chain.type_of(view.number),
            status: view.status(now).wire_name(),
            last_update: written(view.last_update(now)),
        });
        Self { notification_order_id: chain.id, shipments: shipments.collect() }
    }
}

/// Why nothing can be cancelled, for the owner to read.
pub fn why_not_cancelled(ignored: Ignored) -> &'static str {
    match ignored {
        Ignored::OnItsWay => "It has been handed over, and cannot be cancelled any more.",
        _ => "It is over, and cannot be cancelled any more.",
    }
}
