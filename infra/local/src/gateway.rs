//! The gateway: turns HTTP requests into events for functions, and their answers back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use varsling_api::routes::{DEFAULT, ROUTES};

use crate::simulator::Simulator;

/// What the gateway takes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The gateway's routes, and its `$default` for everything else.
pub fn routes() -> Router<Arc<Simulator>> {
    let paths: BTreeSet<_> = ROUTES.iter().map(|route| route.path).collect();
    let routes = paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(handle)));
    routes.fallback(handle).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Answers one request by the function behind its route.
async fn handle(
    State(simulator): State<Arc<Simulator>>,
    path: Option<MatchedPath>,
    parameters: Option<Path<Map<String, Value>>>,
    request: Parts,
    body: Bytes,
) -> Response {
    let (route, function) = route(request.method.as_str(), path.as_ref().map(MatchedPath::as_str));
    let parameters = parameters.map(|Path(parameters)| parameters).unwrap_or_default();
    let event = event(&simulator, &request, Taken { route: &route, parameters }, &body);
    let answer =
        simulator.runtime.invoke(function, event).await.unwrap_or_else(|error| Err(error.to_string()));
    let response = answer.and_then(|answer| response(&answer).ok_or(format!("not an answer: {answer}")));
    let response = response.unwrap_or_else(|error| {
        tracing::error!(function, error, "failed");
        let message = json!({"message": "Internal Server Error"});
        (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(message)).into_response()
    });
    tracing::info!(route, status = response.status().as_u16(), "request");
    response
}

/// The key and the function of the route that a request takes.
fn route(method: &str, path: Option<&str>) -> (String, &'static str) {
    let taken = ROUTES.iter().find(|route| route.method == method && Some(route.path) == path);
    taken.map_or(("$default".into(), DEFAULT), |route| (route.key(), route.function))
}

/// The route that a request has taken, and what stands for its parameters.
struct Taken<'a> {
    route: &'a str,
    parameters: Map<String, Value>,
}

fn event(simulator: &Simulator, parts: &Parts, taken: Taken<'_>, body: &Bytes) -> Value {
    let Taken { route, parameters } = taken;
    let path = parts.uri.path();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "http": {"method": parts.method.as_str(), "path": path, "sourceIp": "127.0.0.1"},
            "requestId": simulator.ids.next(),
            "routeKey": route,
            "stage": "$default",
            "timeEpoch": simulator.now().timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    if let Ok(Query(query)) = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri) {
        event["queryStringParameters"] = json!(query);
    }
    if !parameters.is_empty() {
        event["pathParameters"] = parameters.into();
    }
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(text) => event["body"] = text.into(),
        Err(_) => {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
    event
}

/// Names in lower case; several values of one name joined; and how the gateway was reached.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let sent = headers.keys().map(|name| (name.to_string(), joined(headers, name).into()));
    sent.chain([("x-forwarded-proto".to_owned(), "http".into())]).collect()
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

fn response(answer: &Value) -> Option<Response> {
    let status = u16::try_from(answer["statusCode"].as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str()?);
    }
    response.body(Body::from(answer["body"].as_str().unwrap_or_default().to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_finds_its_route_or_the_default() {
        let shipment = "/notifications/api/v1/future/shipment/{id}";
        assert_eq!(route("GET", Some(shipment)), (format!("GET {shipment}"), "report-status"));
        for (method, path) in [("PUT", Some(shipment)), ("GET", None)] {
            assert_eq!(route(method, path), ("$default".into(), DEFAULT), "{method} {path:?}");
        }
    }

    #[test]
    fn an_answer_becomes_a_response() {
        let answer = json!({"statusCode": 201, "headers": {"location": "/x"}, "body": "hei"});
        let response = response(&answer).unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (201, &axum::http::HeaderValue::from_static("/x"))
        );
        assert!(super::response(&json!(null)).is_none());
    }
}
