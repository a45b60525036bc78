//! `GET /future/orders/{id}`: an order as it was accepted, with the state of each shipment.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_domain::ids::ChainId;
use varsling_domain::reading::OrderView;
use varsling_domain::view::ShipmentView;

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    pub(super) async fn show_order(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let id = ChainId::named(id).ok_or_else(Problem::no_order)?;
        let now = self.clock.now();
        let chain = self.reader.chain(id, &owner, now).await.map_err(unavailable)?;
        let chain = chain.ok_or_else(Problem::no_order)?;
        let order = self.reader.order(&chain).await.map_err(unavailable)?.ok_or_else(Problem::no_order)?;
        let texts = self.reader.texts(&chain, &order).await.map_err(unavailable)?;
        let mut views = vec![];
        for (number, _) in chain.numbered() {
            let children = self.reader.children(&chain, number).await.map_err(unavailable)?;
            views.extend(ShipmentView::of(&chain, number, &children));
        }
        Ok(http::json(200, &OrderView::of(&chain, &order, &views, &texts, now), &[]))
    }
}
