//! Answers what became of orders, a file for each kind of question.

mod evidence;
mod feed;
mod find;
mod list;
mod order;
mod shipment;
mod timeline;
mod usage;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_admission::{self as admission, Admission, unavailable};
use varsling_api::http::{Problem, PublicUrl};
use varsling_api::routes::{self, Endpoint};
use varsling_domain::feed::Epoch;
use varsling_domain::ids::IdKey;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_reading::OrderReader;
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::{EvidenceStore, Store};

/// The function.
pub struct ReportStatus {
    store: Store,
    evidence_store: EvidenceStore,
    reader: OrderReader,
    public_url: PublicUrl,
    epoch: Epoch,
    key: IdKey,
    admission: Admission,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for ReportStatus {
    const NAME: &'static str = "report-status";
    const VARIABLES: Variables = &[
        &["TABLE_NAME", "EVIDENCE_TABLE_NAME", "PUBLIC_URL", "FEED_EPOCH", secrets::ID_KEY],
        admission::VARIABLES,
    ];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            reader: OrderReader::new(store.clone()),
            evidence_store: EvidenceStore::open(&store, environment)?,
            store,
            public_url: PublicUrl::open(environment)?,
            epoch: environment.parsed("FEED_EPOCH", str::parse)?,
            key: Secrets::open(&configuration).id_key(environment).await?,
            admission: Admission::open(context)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.admission.warm());
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
            Endpoint::ShowFeed => self.show_feed(event).await,
            Endpoint::FindOrders => self.find_orders(event).await,
            Endpoint::FindLists => self.find_lists(event).await,
            Endpoint::ShowTimeline => self.show_timeline(event, id).await,
            Endpoint::ShowUsage => self.show_usage(event, asked.parameter("orgNumber")).await,
            Endpoint::ShowEvidence => self.show_evidence(event, id).await,
            Endpoint::ShowOrder => self.show_order(event, id).await,
            Endpoint::ShowList => self.show_list(event, id).await,
            Endpoint::ShowListStatus => self.show_list_status(event, id).await,
            Endpoint::ShowNotificationsOn(channel) => self.show_notifications(event, id, channel).await,
            _ => Err(Problem::not_found()),
        }
    }
}
