//! What an owner reads of an accepted order.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use varsling_api::http;
use varsling_api::routes::Endpoint;
use varsling_domain::chain::Chain;
use varsling_domain::order::Order;
use varsling_domain::reading::{AcceptedListView, AcceptedView};
use varsling_domain::request::Faults;
use varsling_domain::standing::RecipientLookup;

/// What is told once, with the first answer.
pub struct Told<'a> {
    /// What its owner may not think.
    pub warnings: &'a Faults,
    /// What the registers said of a list's recipients.
    pub recipient_lookup: Option<&'a RecipientLookup>,
}

/// An order that is accepted, now or before.
pub struct Accepted<'a> {
    /// Its chain.
    pub chain: &'a Chain,
    /// The order, where it is kept: it has the references of a chain of the first format.
    pub order: Option<&'a Order>,
    /// What is told beside its ids.
    pub told: Told<'a>,
    /// What the address of the order begins with.
    pub base: &'a str,
}

impl Accepted<'_> {
    /// The answer to a new order.
    pub fn created(&self) -> ApiGatewayV2httpResponse {
        if self.is_list() { self.list(202) } else { self.single(201) }
    }

    /// The answer to an order that is accepted already: the same but for the status.
    pub fn replayed(&self) -> ApiGatewayV2httpResponse {
        if self.is_list() { self.list(200) } else { self.single(200) }
    }

    fn is_list(&self) -> bool {
        self.chain.shipments.iter().any(|shipment| shipment.listed.is_some())
    }

    fn list(&self, status: u16) -> ApiGatewayV2httpResponse {
        let location = format!("{}{}", self.base, Endpoint::ShowList.path(self.chain.shipment_id(0)));
        let view = AcceptedListView::of(self.chain, self.told.recipient_lookup, self.told.warnings);
        http::json(status, &view, &[("Location", &location)])
    }

    fn single(&self, status: u16) -> ApiGatewayV2httpResponse {
        let location = format!("{}{}", self.base, Endpoint::ShowOrder.path(self.chain.id));
        let view = AcceptedView::of(self.chain, self.order, self.told.warnings);
        http::json(status, &view, &[("Location", &location)])
    }
}
