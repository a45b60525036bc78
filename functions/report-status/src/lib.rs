//! Answers what became of a shipment, and every request that no other function answers.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use chrono::{DateTime, Utc};
use varsling_domain::chain::Chain;
use varsling_domain::evidence::Evidence;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_domain::manifest::Manifest;
use varsling_domain::order::Recipients;
use varsling_platform::aws;
use varsling_platform::clock::Clock;
use varsling_platform::http::{self, Problem};
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::store::{Store, StoreError};
use varsling_platform::surroundings::Surroundings;
use varsling_platform::tokens::{CREATE_SCOPE, Verifier};
use varsling_platform::trouble::Waiting;

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
    const VARIABLES: &'static [&'static str] = &["TABLE_NAME", "TOKEN_ISSUERS", "TOKEN_AUDIENCE"];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            verifier: Verifier::open(environment)?,
            clock: Arc::clone(&surroundings.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.verifier.warm());
    }

    async fn handler(
        &self,
        event: ApiGatewayV2httpRequest,
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
        let order = self.store.load_order(&chain).await.map_err(unavailable)?;
        let (chain, places) = self.with_listed(chain).await?;
        let mut manifest = Manifest::of(&chain, id.step(), &order).ok_or_else(Problem::no_shipment)?;
        if let Some(Recipients::List(list)) = order.steps.first().map(|step| &step.recipients) {
            manifest = manifest.naming(list, &places);
        }
        Ok(http::json(200, &manifest, &[]))
    }

    /// What can be proved of an order: from the order itself while it is kept, later from what was written
    /// down when it was over.
    async fn prove(&self, event: &ApiGatewayV2httpRequest) -> Result<ApiGatewayV2httpResponse, Problem> {
        let owner = self.verifier.verify(http::authorization(event), CREATE_SCOPE).await?;
        let id = event.path_parameters.get("id").and_then(|id| order_id(id));
        let id = id.ok_or_else(Problem::no_order)?;
        let now = self.clock.now();
        let chain = self.store.load_chain(id).await.map_err(unavailable)?;
        let evidence = match chain.filter(|chain| now < chain.kept_until) {
            Some(chain) => Some(Evidence::of(&self.with_listed(chain).await?.0)),
            None => self.evidence(id, now).await.map_err(unavailable)?,
        };
        let evidence = evidence.filter(|evidence| evidence.owner == owner).ok_or_else(Problem::no_order)?;
        let openings = match &evidence.watch {
            Some(watch) => self.store.openings(&watch.marker).await.map_err(unavailable)?,
            None => vec![],
        };
        Ok(http::json(200, &evidence.view(&openings), &[]))
    }

    /// A chain with what became of those whom it lists, and their places in the list.
    async fn with_listed(&self, chain: Chain) -> Result<(Chain, Vec<usize>), Problem> {
        let listed = chain.listed();
        if listed.is_empty() {
            return Ok((chain, vec![]));
        }
        Ok(chain.with_listed(self.store.load_chains(listed).await.map_err(unavailable)?))
    }

    async fn evidence(&self, id: ChainId, now: DateTime<Utc>) -> Result<Option<Evidence>, StoreError> {
        let Some(evidence) = self.store.load_evidence(id, now).await? else { return Ok(None) };
        let listed = self.store.load_all_evidence(evidence.listed_ids(), now).await?;
        Ok(Some(evidence.with_listed(listed)))
    }

    /// The chain of a shipment, if it is the owner's and still kept: DynamoDB deletes what has expired
    /// only some time later, and another owner's is as good as none.
    async fn chain(&self, id: ShipmentId, owner: &Owner) -> Result<Option<Chain>, Problem> {
        let chain = self.store.load_chain(id.chain()).await.map_err(unavailable)?;
        let is_own = |chain: &Chain| chain.owner == *owner && chain.listed_by.is_none();
        Ok(chain.filter(|chain| is_own(chain) && self.clock.now() < chain.kept_until))
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
