//! Answers what became of a shipment, and every request that no other function answers.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::tokens::{CREATE_SCOPE, Verifier};
use varsling_domain::chain::Chain;
use varsling_domain::evidence::Evidence;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_domain::manifest::Manifest;
use varsling_domain::order::{OrderedShipment, Recipients};
use varsling_domain::view::{ShipmentView, StoredChild};
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::Waiting;
use varsling_store::{Store, StoreError};

/// The route that API Gateway uses when no other fits.
const NO_ROUTE: &str = "$default";

/// The function.
pub struct ReportStatus {
    store: Store,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

impl Function for ReportStatus {
    const NAME: &'static str = "report-status";
    const VARIABLES: Variables = &[&["TABLE_NAME", "TOKEN_ISSUERS", "TOKEN_AUDIENCE"]];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            verifier: Verifier::open(environment)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.verifier.warm());
    }

    async fn handler(
        &self,
        event: ApiGatewayV2httpRequest,
        _deadline: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, HandlerError> {
        let answer = match event.route_key.as_deref() {
            None | Some(NO_ROUTE) => Err(http::unknown_route(&event)),
            Some(route) if route.ends_with("/evidence") => self.prove(&event).await,
            Some(_) => self.report(&event).await,
        };
        Ok(answer.unwrap_or_else(|problem| problem.answer(&event)))
    }
}

impl ReportStatus {
    async fn report(&self, event: &ApiGatewayV2httpRequest) -> Result<ApiGatewayV2httpResponse, Problem> {
        let owner = self.verifier.verify(http::authorization(event), CREATE_SCOPE).await?;
        let id = event.path_parameters.get("id").and_then(|id| id.parse::<ShipmentId>().ok());
        let id = id.ok_or_else(Problem::no_shipment)?;
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

    /// What can be proved of an order: from the order itself while it is kept, later from what was written down when it
    /// was over.
    async fn prove(&self, event: &ApiGatewayV2httpRequest) -> Result<ApiGatewayV2httpResponse, Problem> {
        let owner = self.verifier.verify(http::authorization(event), CREATE_SCOPE).await?;
        let id = event.path_parameters.get("id").and_then(|id| order_id(id));
        let id = id.ok_or_else(Problem::no_order)?;
        let evidence = self.evidence(id).await.map_err(unavailable)?;
        let evidence = evidence.filter(|evidence| evidence.owner == owner).ok_or_else(Problem::no_order)?;
        let openings = match &evidence.watch {
            Some(watch) => self.store.openings(&watch.marker).await.map_err(unavailable)?,
            None => vec![],
        };
        Ok(http::json(200, &evidence.view(&openings), &[]))
    }

    async fn evidence(&self, id: ChainId) -> Result<Option<Evidence>, StoreError> {
        let now = self.clock.now();
        let chain = self.store.load_chain(id).await?.filter(|chain| now < chain.kept_until);
        let evidence = match chain {
            Some(chain) => Some(Evidence::of(&chain, now)),
            None => self.store.load_evidence(id, now).await?,
        };
        let Some(evidence) = evidence else { return Ok(None) };
        let children = self.evidence_of_all(&evidence.children(), now).await?;
        Ok(Some(evidence.with_children(&children)))
    }

    /// What is proved of the children of an order, each with its own children.
    async fn evidence_of_all(
        &self,
        ids: &[ChainId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let mut all = vec![];
        for evidence in self.evidence_of_each(ids, now).await? {
            let children = self.evidence_of_each(&evidence.children(), now).await?;
            all.push(evidence.with_children(&children));
        }
        Ok(all)
    }

    /// From the chains where they are kept, and from what was written down of the others.
    async fn evidence_of_each(
        &self,
        ids: &[ChainId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let chains = self.store.load_chains(ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept = chains.into_iter().flatten().filter(|chain| now < chain.kept_until);
        let mut all: Vec<_> = kept.map(|chain| Evidence::of(&chain, now)).collect();
        let gone: Vec<_> = ids
            .iter()
            .filter(|id| all.iter().all(|one| one.notification_order_id != **id))
            .copied()
            .collect();
        all.extend(self.store.load_all_evidence(&gone, now).await?);
        Ok(all)
    }

    /// The chain of a shipment, if it is the owner's and still kept: DynamoDB deletes what has expired only some time
    /// later, and another owner's is as good as none.
    async fn chain(&self, id: ShipmentId, owner: &Owner) -> Result<Option<Chain>, Problem> {
        let chain = self.store.load_chain(id.chain()).await.map_err(unavailable)?;
        let now = self.clock.now();
        Ok(chain.filter(|chain| chain.owner == *owner && chain.parent.is_none() && now < chain.kept_until))
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

/// An order is named by its own id or by that of one of its shipments, which is all that is known of a list.
fn order_id(text: &str) -> Option<ChainId> {
    text.parse().ok().or_else(|| text.parse::<ShipmentId>().ok().map(ShipmentId::chain))
}

// Passed to `map_err`, which hands errors over.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unavailable(error: StoreError) -> Problem {
    error.log_waiting(&"a caller");
    Problem::unavailable()
}
