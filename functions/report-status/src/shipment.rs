//! `GET /future/shipment/{id}`: what became of a shipment.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_domain::ids::ShipmentId;

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    pub(super) async fn show_shipment(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let id: ShipmentId = id.parse().map_err(|_| Problem::no_shipment())?;
        let now = self.clock.now();
        let chain = self.reader.chain_of(id, &owner, now).await.map_err(unavailable)?;
        let chain = chain.ok_or_else(Problem::no_shipment)?;
        let manifest = self.reader.manifest(&chain, id.number(), now).await.map_err(unavailable)?;
        Ok(http::json(200, &manifest.ok_or_else(Problem::no_shipment)?, &[]))
    }
}
