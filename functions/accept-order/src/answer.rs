//! What an owner reads of an accepted order.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use varsling_api::http;
use varsling_api::routes::Endpoint;
use varsling_domain::chain::Chain;
use varsling_domain::order::Order;
use varsling_domain::reading::{AcceptedListView, AcceptedView};

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
    let location = format!("{base}{}", Endpoint::ShowList.path(chain.shipment_id(0)));
    http::json(status, &AcceptedListView::of(chain), &[("Location", &location)])
}

fn answer(status: u16, chain: &Chain, order: Option<&Order>, base: &str) -> ApiGatewayV2httpResponse {
    let location = format!("{base}{}", Endpoint::ShowOrder.path(chain.id));
    http::json(status, &AcceptedView::of(chain, order), &[("Location", &location)])
}
