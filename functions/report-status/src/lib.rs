//! Answers what became of orders, a file for each kind of question.

mod evidence;
mod shipment;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_api::http::Problem;
use varsling_api::routes::{self, Endpoint};
use varsling_api::tokens::Verifier;
use varsling_domain::chain::Chain;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::Waiting;
use varsling_store::{Store, StoreError};

/// The function.
pub struct ReportStatus {
    store: Store,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

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
        let answer = self.answer(&event).await;
        Ok(answer.unwrap_or_else(|problem| problem.answer(&event)))
    }
}

impl ReportStatus {
    async fn answer(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let asked = routes::resolve(event)?;
        let id = asked.parameter("id");
        match asked.route.endpoint {
            Endpoint::ShowShipment => self.show_shipment(event, id).await,
            Endpoint::ShowEvidence => self.show_evidence(event, id).await,
            _ => Err(Problem::not_found()),
        }
    }

    /// The chain of a shipment, if it is the owner's and still kept: DynamoDB deletes what has expired only some time
    /// later, and another owner's is as good as none.
    async fn chain(&self, id: ShipmentId, owner: &Owner) -> Result<Option<Chain>, Problem> {
        let chain = self.store.load_chain(id.chain()).await.map_err(unavailable)?;
        let now = self.clock.now();
        Ok(chain.filter(|chain| chain.owner == *owner && chain.parent.is_none() && now < chain.kept_until))
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
