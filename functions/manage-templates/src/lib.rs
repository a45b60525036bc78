//! Manages owners' templates and settings.

mod owners;
mod templates;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_api::http::Problem;
use varsling_api::tokens::Verifier;
use varsling_domain::request::Faults;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::Waiting;
use varsling_store::{Store, StoreError};

/// The function.
pub struct ManageTemplates {
    store: Store,
    verifier: Verifier,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for ManageTemplates {
    const NAME: &'static str = "manage-templates";
    const VARIABLES: Variables = &[&["TABLE_NAME", "TOKEN_ISSUERS", "TOKEN_AUDIENCE"]];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        Ok(Self { store, verifier: Verifier::open(environment)? })
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

impl ManageTemplates {
    async fn answer(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        match event.route_key.as_deref().unwrap_or_default() {
            "GET /notifications/api/v1/templates" => self.list_templates(event).await,
            "GET /notifications/api/v1/templates/{name}" => self.show_template(event).await,
            "PUT /notifications/api/v1/templates/{name}" => self.put_template(event).await,
            "DELETE /notifications/api/v1/templates/{name}" => self.retire_template(event).await,
            "POST /notifications/api/v1/templates/{name}/preview" => self.preview_template(event).await,
            "GET /notifications/api/v1/owners/{orgNumber}" => self.show_owner(event).await,
            "PUT /notifications/api/v1/owners/{orgNumber}" => self.put_owner(event).await,
            _ => Err(Problem::not_found()),
        }
    }
}

fn parameter<'a>(event: &'a ApiGatewayV2httpRequest, name: &str) -> &'a str {
    event.path_parameters.get(name).map(String::as_str).unwrap_or_default()
}

fn invalid(faults: Faults) -> Problem {
    Problem::invalid(faults.into_map())
}

// Passed to `map_err`, which hands errors over.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unavailable(error: StoreError) -> Problem {
    error.log_waiting(&"a caller");
    Problem::unavailable()
}
