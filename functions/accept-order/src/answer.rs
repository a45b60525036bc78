//! What an owner reads of an accepted order: the ids of its shipments.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use serde::Serialize;
use varsling_api::http;
use varsling_api::routes::Endpoint;
use varsling_domain::chain::Chain;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_domain::order::Order;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted<'a> {
    notification_order_id: ChainId,
    notification: Shipments<'a>,
}

#[derive(Serialize)]
struct Shipments<'a> {
    #[serde(flatten)]
    notification: Shipment<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reminders: Vec<Shipment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shipment<'a> {
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptedList {
    order_id: ShipmentId,
}

/// The answer to a new order. Its address begins with `base`.
pub fn created(chain: &Chain, base: &str) -> ApiGatewayV2httpResponse {
    if is_list(chain) { list(202, chain, base) } else { answer(201, chain, None, base) }
}

/// The answer to an order that is accepted already: the same but for the status. The references of a chain of the first
/// format are in its order only.
pub fn replayed(chain: &Chain, order: Option<&Order>, base: &str) -> ApiGatewayV2httpResponse {
    if is_list(chain) { list(200, chain, base) } else { answer(200, chain, order, base) }
}

fn is_list(chain: &Chain) -> bool {
    chain.shipments.iter().any(|shipment| shipment.listed.is_some())
}

/// The registers are asked when the order is due, so nothing is said here of who is found in them.
fn list(status: u16, chain: &Chain, base: &str) -> ApiGatewayV2httpResponse {
    let order_id = chain.shipment_id(0);
    let location = format!("{base}{}", Endpoint::ShowList.path(order_id));
    http::json(status, &AcceptedList { order_id }, &[("Location", &location)])
}

fn answer(status: u16, chain: &Chain, order: Option<&Order>, base: &str) -> ApiGatewayV2httpResponse {
    let mut shipments = chain.numbered().map(|(number, shipment)| {
        let ordered = order.and_then(|order| order.shipments.get(usize::from(number)));
        let senders_reference = shipment
            .senders_reference
            .as_deref()
            .or_else(|| ordered.and_then(|ordered| ordered.senders_reference.as_deref()));
        Shipment { shipment_id: chain.shipment_id(number), senders_reference }
    });
    let first = shipments.next();
    let notification =
        first.unwrap_or(Shipment { shipment_id: chain.shipment_id(0), senders_reference: None });
    let location = format!("{base}{}", Endpoint::ShowOrder.path(chain.id));
    let body = Accepted {
        notification_order_id: chain.id,
        notification: Shipments { notification, reminders: shipments.collect() },
    };
    http::json(status, &body, &[("Location", &location)])
}
