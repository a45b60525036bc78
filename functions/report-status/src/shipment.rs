//! `GET /future/shipment/{id}`: what became of a shipment.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::chain::Chain;
use varsling_domain::ids::ShipmentId;
use varsling_domain::manifest::Manifest;
use varsling_domain::order::{OrderedShipment, Recipients};
use varsling_domain::view::{ShipmentView, StoredChild};
use varsling_store::StoreError;

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    pub(super) async fn show_shipment(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let owner = self.verifier.verify(http::authorization(event), CREATE_SCOPE).await?;
        let id: ShipmentId = id.parse().map_err(|_| Problem::no_shipment())?;
        let chain = self.chain(id, &owner).await?.ok_or_else(Problem::no_shipment)?;
        let children = self.children(&chain, id.number()).await.map_err(unavailable)?;
        let view = ShipmentView::of(&chain, id.number(), &children).ok_or_else(Problem::no_shipment)?;
        let manifest = Manifest::of(&view, self.clock.now());
        let order = self.store.find_order(&chain).await.map_err(unavailable)?;
        let ordered = order.as_ref().and_then(|order| order.shipments.get(usize::from(id.number())));
        let named = match ordered {
            Some(ordered) => with_order(manifest, ordered, &view.places),
            None => manifest,
        };
        Ok(http::json(200, &named, &[]))
    }

    /// The children of a shipment as they are stored, each with its own children.
    async fn children(&self, chain: &Chain, number: u8) -> Result<Vec<StoredChild>, StoreError> {
        let mut stored = vec![];
        for child in self.store.load_chains(&chain.children(number)).await? {
            stored.push(match child? {
                Some(child) => Some(self.with_children(child).await?),
                None => None,
            });
        }
        Ok(stored)
    }

    /// A child, or in its place the children that it has fanned out into.
    async fn with_children(&self, child: Chain) -> Result<Vec<Chain>, StoreError> {
        let ids = child.children(0);
        if ids.is_empty() {
            return Ok(vec![child]);
        }
        let children = self.store.load_chains(&ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(children.into_iter().flatten().collect())
    }
}

/// What only the order says: which recipient of a list is meant, and of a chain of the first format the reference.
fn with_order(manifest: Manifest, ordered: &OrderedShipment, places: &[u16]) -> Manifest {
    let told = manifest.or_of(ordered);
    match &ordered.recipients {
        Recipients::List(list) => told.naming(list, places),
        Recipients::One(_) => told,
    }
}
