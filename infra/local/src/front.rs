//! The gateway: turns HTTP requests into events for functions, and their answers back.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::functions::ACCOUNT;
use crate::routes::{DEFAULT, ROUTES};
use crate::world::World;

/// What the gateway takes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The gateway's routes, and its `$default` for everything else.
pub fn routes() -> Router<Arc<World>> {
    let paths: BTreeSet<_> = ROUTES.iter().map(|(_, path, _)| *path).collect();
    let routes = paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(handle)));
    routes.fallback(handle)
}

/// Answers one request by the function behind its route.
async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    path: Option<MatchedPath>,
    parameters: Option<Path<Map<String, Value>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let (route, function) = route(parts.method.as_str(), path.as_ref().map(MatchedPath::as_str));
    let parameters = parameters.map(|Path(parameters)| parameters).unwrap_or_default();
    let event = event(&world, &parts, from, (&route, parameters), &body);
    let answer = world.invoker.invoke(function, event, None).await;
    let answered = answer.as_ref().inspect_err(|error| tracing::error!(function, %error, "failed"));
    let response = answered.ok().and_then(response);
    let response =
        response.unwrap_or_else(|| problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"));
    tracing::info!(route, status = response.status().as_u16(), "request");
    response
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"message": message}))).into_response()
}

/// The key and the function of the route that a request takes.
fn route(method: &str, path: Option<&str>) -> (String, &'static str) {
    let taken = ROUTES.iter().find(|(routed, pattern, _)| *routed == method && Some(*pattern) == path);
    taken.map_or(("$default".into(), DEFAULT), |(method, path, function)| {
        (format!("{method} {path}"), *function)
    })
}

fn event(
    world: &World,
    parts: &Parts,
    from: SocketAddr,
    (route, parameters): (&str, Map<String, Value>),
    body: &Bytes,
) -> Value {
    let (now, path) = (world.now(), parts.uri.path());
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": from.ip().to_string(),
                "userAgent": parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()),
            },
            "requestId": uuid::Uuid::new_v4(),
            "routeKey": route,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
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

/// Names in lower case; several values of one name joined.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(",")
    };
    headers.keys().map(|name| (name.to_string(), values(name).into())).collect()
}

fn response(answer: &Value) -> Option<Response> {
    let status = u16::try_from(answer["statusCode"].as_u64()?).ok()?;
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => Body::from(STANDARD.decode(body).ok()?),
        _ => Body::from(body.to_string()),
    };
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str()?);
    }
    response.body(body).ok()
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
        let answer = json!({"statusCode": 201, "headers": {"location": "/x"}, "body": "aGVp", "isBase64Encoded": true});
        let response = response(&answer).unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (201, &header::HeaderValue::from_static("/x"))
        );
        assert!(super::response(&json!(null)).is_none());
    }
}
