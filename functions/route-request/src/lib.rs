//! Answers every request that the gateway finds no route for: hands on what means a route, with a slash at the end of
//! its path or in other letters, and says of the rest what is wrong. Says whether the service answers, too, and has the
//! files of the console.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use varsling_api::http::{self, Health, Problem};
use varsling_api::routes::{self, Endpoint, Matched};
use varsling_console::{ConsoleFile, HEADERS};
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::Waiting;
use varsling_invoke::Functions;
use varsling_store::Store;

/// The OpenAPI document, which is made from the types and checked in.
const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// The function.
pub struct RouteRequest {
    store: Store,
    functions: Functions,
    /// Whether the console is served.
    has_console: bool,
}

impl Function for RouteRequest {
    const NAME: &'static str = "route-request";
    const VARIABLES: Variables = &[&["TABLE_NAME", "STACK_NAME", "CONSOLE_ENABLED"]];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        Ok(Self {
            store: Store::open(&configuration, &context.environment)?,
            functions: Functions::open(&configuration, &context.environment)?,
            has_console: context.environment.is_enabled("CONSOLE_ENABLED")?,
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
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

impl RouteRequest {
    async fn answer(&self, event: &ApiGatewayV2httpRequest) -> Result<ApiGatewayV2httpResponse, Problem> {
        if let Some(file) = self.console_file(event) {
            return Ok(http::text(200, file.content_type, file.content, &HEADERS));
        }
        let matched = routes::resolve(event)?;
        match matched.route.endpoint {
            Endpoint::ShowHealth => return self.show_health().await,
            Endpoint::ShowDocument => return Ok(show_document()),
            _ => {}
        }
        let answer = self.functions.call(matched.route.function, &as_routed(event, &matched)).await;
        answer.map_err(|error| unavailable(&error))
    }

    /// The file of the console that is asked for, without a token: the page asks for one, and has no data of its own.
    fn console_file(&self, event: &ApiGatewayV2httpRequest) -> Option<&'static ConsoleFile> {
        let is_read = self.has_console && event.request_context.http.method == "GET";
        event.raw_path.as_deref().filter(|_| is_read).and_then(varsling_console::file_at)
    }

    /// For load balancers and monitors, without a token. The table is what every other answer needs.
    async fn show_health(&self) -> Result<ApiGatewayV2httpResponse, Problem> {
        self.store.ping().await.map_err(|error| unavailable(&error))?;
        Ok(http::json(200, &Health { status: "Healthy" }, &[]))
    }
}

/// The OpenAPI document, without a token: a developer who writes a client has none yet.
fn show_document() -> ApiGatewayV2httpResponse {
    http::written_json(200, DOCUMENT)
}

fn unavailable(error: &impl Waiting) -> Problem {
    error.log_waiting(&"a caller");
    Problem::unavailable()
}

/// The request as the gateway would have handed it to the route's function.
fn as_routed(event: &ApiGatewayV2httpRequest, matched: &Matched) -> ApiGatewayV2httpRequest {
    let mut routed = event.clone();
    let key = Some(matched.route.key());
    routed.route_key.clone_from(&key);
    routed.request_context.route_key = key;
    routed.path_parameters =
        matched.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    routed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_handed_on_as_if_its_path_were_the_routes() {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some("/Notifications/api/v1/future/shipment/Ab/".into());
        event.request_context.http.method = "GET".parse().unwrap();
        event.route_key = Some("$default".into());
        event.body = Some("x".into());
        let routed = as_routed(&event, &routes::resolve(&event).unwrap());
        assert_eq!(routed.route_key.as_deref(), Some("GET /notifications/api/v1/future/shipment/{id}"));
        assert_eq!((routed.path_parameters["id"].as_str(), routed.body.as_deref()), ("Ab", Some("x")));
        assert_eq!(routes::resolve(&routed), routes::resolve(&event));
    }
}
