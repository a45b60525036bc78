//! Manages owners' templates and settings, and what administrators say of the deployment.

mod holds;
mod owners;
mod suppressions;
mod templates;
mod webhooks;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_admission::{self as admission, Admission, unavailable};
use varsling_api::http::Problem;
use varsling_api::routes::{self, Endpoint};
use varsling_domain::ids::IdKey;
use varsling_domain::order::EndpointPolicy;
use varsling_domain::request::Faults;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_queues::{QueueName, Queues};
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::Store;

/// The function.
pub struct ManageTemplates {
    store: Store,
    admission: Admission,
    key: IdKey,
    endpoints: EndpointPolicy,
    queues: Queues,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for ManageTemplates {
    const NAME: &'static str = "manage-templates";
    const VARIABLES: Variables = &[
        &["TABLE_NAME", secrets::ID_KEY, "CONDITION_ENDPOINTS", "WEBHOOKS_QUEUE_URL"],
        admission::VARIABLES,
    ];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            store,
            admission: Admission::open(context)?,
            endpoints: environment.parsed("CONDITION_ENDPOINTS", str::parse)?,
            queues: Queues::open(&configuration, environment, &[QueueName::Webhooks])?,
            key: Secrets::open(&configuration).id_key(environment).await?,
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

impl ManageTemplates {
    async fn answer(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let asked = routes::resolve(event)?;
        let name = asked.parameter("name");
        let number = asked.parameter("orgNumber");
        match asked.route.endpoint {
            Endpoint::ListTemplates => self.list_templates(event).await,
            Endpoint::ShowTemplate => self.show_template(event, name).await,
            Endpoint::PutTemplate => self.put_template(event, name).await,
            Endpoint::RetireTemplate => self.retire_template(event, name).await,
            Endpoint::PreviewTemplate => self.preview_template(event, name).await,
            Endpoint::ShowOwner => self.show_owner(event, number).await,
            Endpoint::PutOwner => self.put_owner(event, number).await,
            Endpoint::ShowHolds => self.show_holds(event).await,
            Endpoint::Hold => self.hold(event, asked.parameter("scope")).await,
            Endpoint::Release => self.release(event, asked.parameter("scope")).await,
            Endpoint::Settle => self.settle(event).await,
            Endpoint::ListWebhooks => self.list_webhooks(event).await,
            Endpoint::PutWebhook => self.put_webhook(event, asked.parameter("webhook")).await,
            Endpoint::DeleteWebhook => self.delete_webhook(event, asked.parameter("webhook")).await,
            Endpoint::RotateWebhook => self.rotate_webhook(event, asked.parameter("webhook")).await,
            Endpoint::TestWebhook => self.test_webhook(event, asked.parameter("webhook")).await,
            Endpoint::ListSuppressions => self.list_suppressions(event).await,
            Endpoint::FindSuppression => self.find_suppression(event).await,
            Endpoint::LiftSuppression => self.lift_suppression(event, asked.parameter("suppressionId")).await,
            _ => Err(Problem::not_found()),
        }
    }
}

fn invalid(faults: Faults) -> Problem {
    Problem::invalid(faults.into_map())
}
