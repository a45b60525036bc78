//! `GET /orders/{id}` and what is below it: an order that lists its recipients. Shipments of other orders are shown, too.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::routes::Endpoint;
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::chain::Chain;
use varsling_domain::channel::Channel;
use varsling_domain::ids::ShipmentId;
use varsling_domain::order::{Order, RecipientList, Recipients};
use varsling_domain::reading::{ListStatusView, ListView, NotificationsView};
use varsling_domain::view::ShipmentView;

use super::{Answer, ReportStatus, unavailable};

/// The shipment that is asked for.
struct Asked {
    id: ShipmentId,
    chain: Chain,
    now: DateTime<Utc>,
}

impl ReportStatus {
    pub(super) async fn show_list(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let Asked { id, chain, .. } = self.asked(event, id).await?;
        let order = self.reader.order(&chain).await.map_err(unavailable)?.ok_or_else(Problem::no_order)?;
        let ordered = order.shipments.get(usize::from(id.number())).ok_or_else(Problem::no_order)?;
        let texts = self.reader.texts(&chain, &order).await.map_err(unavailable)?;
        let address = self.address(event, id);
        let view = ListView::of(&chain, id.number(), ordered, &texts, &address);
        Ok(http::json(200, &view.ok_or_else(Problem::no_order)?, &[]))
    }

    pub(super) async fn show_list_status(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let Asked { id, chain, now } = self.asked(event, id).await?;
        let children = self.reader.children(&chain, id.number()).await.map_err(unavailable)?;
        let view = ShipmentView::of(&chain, id.number(), &children).ok_or_else(Problem::no_order)?;
        let status = ListStatusView::of(&view, &self.address(event, id), now);
        Ok(http::json(200, &status.ok_or_else(Problem::no_order)?, &[]))
    }

    pub(super) async fn show_notifications(
        &self,
        event: &ApiGatewayV2httpRequest,
        id: &str,
        channel: Channel,
    ) -> Answer {
        let Asked { id, chain, .. } = self.asked(event, id).await?;
        let children = self.reader.children(&chain, id.number()).await.map_err(unavailable)?;
        let view = ShipmentView::of(&chain, id.number(), &children).ok_or_else(Problem::no_order)?;
        let order = self.reader.order(&chain).await.map_err(unavailable)?;
        let list = order.as_ref().and_then(|order| listed(order, id));
        Ok(http::json(200, &NotificationsView::of(&view, channel, list), &[]))
    }

    async fn asked(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Result<Asked, Problem> {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let id = ShipmentId::named(id).ok_or_else(Problem::no_order)?;
        let now = self.clock.now();
        let chain = self.reader.chain_of(id, &owner, now).await.map_err(unavailable)?;
        Ok(Asked { id, chain: chain.ok_or_else(Problem::no_order)?, now })
    }

    fn address(&self, event: &ApiGatewayV2httpRequest, id: ShipmentId) -> String {
        self.public_url.base(event) + &Endpoint::ShowList.path(id)
    }
}

/// The recipients that a shipment lists.
fn listed(order: &Order, id: ShipmentId) -> Option<&RecipientList> {
    match &order.shipments.get(usize::from(id.number()))?.recipients {
        Recipients::List(list) => Some(list),
        Recipients::One(_) => None,
    }
}
