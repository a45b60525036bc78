//! Answers what somebody was notified of, for support and for the person, and whether somebody can be notified, for
//! owners. Each question leaves an audit record.

mod check;
mod dashboard;
mod end_user;
mod erase;
mod notices;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_admission::{self as admission, Admission, unavailable};
use varsling_api::http::Problem;
use varsling_api::routes::{self, Endpoint};
use varsling_api::tokens::PersonVerifier;
use varsling_domain::ids::IdKey;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_reading::OrderReader;
use varsling_registers::HttpContext;
use varsling_registers::look_up::{self, LookUp};
use varsling_registers::maskinporten::Maskinporten;
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::Store;

/// The function.
pub struct ReportRecipients {
    store: Store,
    reader: OrderReader,
    look_up: LookUp,
    key: IdKey,
    admission: Admission,
    /// None where the deployment answers no end users.
    persons: Option<PersonVerifier>,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for ReportRecipients {
    const NAME: &'static str = "report-recipients";
    const VARIABLES: Variables =
        &[&["TABLE_NAME", "END_USER_ISSUER", secrets::ID_KEY], admission::VARIABLES, look_up::VARIABLES];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        let http = HttpContext::open(context)?;
        let maskinporten = Maskinporten::open(&configuration, environment, http.client())?;
        Ok(Self {
            reader: OrderReader::new(store.clone()),
            store,
            look_up: LookUp::open(&configuration, environment, &http, maskinporten.as_ref()).await?,
            key: Secrets::open(&configuration).id_key(environment).await?,
            admission: Admission::open(context)?,
            persons: PersonVerifier::open(environment)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.admission.warm(), self.look_up.warm());
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

impl ReportRecipients {
    async fn answer(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        match routes::resolve(event)?.route.endpoint {
            Endpoint::ShowNoticesOfPerson => self.show_notices_of_person(event).await,
            Endpoint::ShowNoticesOfOrganization => self.show_notices_of_organization(event).await,
            Endpoint::ShowEndUserLog => self.show_end_user_log(event).await,
            Endpoint::CheckRecipients => self.check(event).await,
            Endpoint::EraseRecipient => self.erase(event).await,
            _ => Err(Problem::not_found()),
        }
    }
}
