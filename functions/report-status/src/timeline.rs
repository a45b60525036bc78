//! `GET /future/orders/{id}/timeline`: what happened to an order, when and why.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_domain::ids::ChainId;
use varsling_domain::reading::TimelineView;
use varsling_domain::view::ShipmentView;

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    pub(super) async fn show_timeline(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let id = ChainId::named(id).ok_or_else(Problem::no_order)?;
        let now = self.clock.now();
        let chain = self.reader.chain(id, &owner, now).await.map_err(unavailable)?;
        let chain = chain.ok_or_else(Problem::no_order)?;
        let loaded = self.reader.all_children(&chain).await.map_err(unavailable)?;
        let numbered = chain.numbered().zip(&loaded);
        let views: Vec<_> = numbered
            .filter_map(|((number, _), children)| ShipmentView::of(&chain, number, children))
            .collect();
        let openings = match &chain.watch {
            Some(watch) => self.store.openings(&watch.marker).await.map_err(unavailable)?,
            None => vec![],
        };
        Ok(http::json(200, &TimelineView::of(&chain, &views, &openings, now), &[]))
    }
}
