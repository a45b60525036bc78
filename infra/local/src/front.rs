//! The gateway: turns HTTP requests into events for functions, and their answers back.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::functions::ACCOUNT;
use crate::routes::{DEFAULT, ROUTES};
use crate::world::World;

/// What the gateway takes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Answers one request by the function behind its route.
pub async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let (route, function, parameters) = route(parts.method.as_str(), parts.uri.path());
    let event = event(&world, &parts, from, (&route, parameters), &body);
    let answer = world.invoker.invoke(function, event, None).await;
    let response = match &answer {
        Ok(answer) => response(answer)
            .unwrap_or_else(|| problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        Err(error) => {
            tracing::error!(function, %error, "failed");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    };
    tracing::info!(route, status = response.status().as_u16(), "request");
    response
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"message": message}))).into_response()
}

/// The route that a request takes, its function, and the path's parameters.
fn route(method: &str, path: &str) -> (String, &'static str, Map<String, Value>) {
    let matching = ROUTES.iter().filter(|(routed, ..)| *routed == method);
    for (method, pattern, function) in matching {
        if let Some(parameters) = parameters(pattern, path) {
            return (format!("{method} {pattern}"), function, parameters);
        }
    }
    ("$default".into(), DEFAULT, Map::new())
}

fn parameters(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut parameters = Map::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => drop(parameters.insert(name.into(), given.into())),
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
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
    if let Some(query) = parts.uri.query() {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let query = query.into_iter().map(|(name, value)| (name, value.into()));
        event["queryStringParameters"] = query.collect::<Map<_, _>>().into();
    }
    match std::str::from_utf8(body) {
        _ if body.is_empty() => {}
        Ok(text) if textual(&parts.headers) => event["body"] = text.into(),
        _ => {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
    event
}

/// Whether the gateway hands a body on as it is.
fn textual(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_none_or(|kind| {
        kind.starts_with("text/") || ["json", "xml", "javascript"].iter().any(|known| kind.contains(known))
    })
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
        let (route_key, function, parameters) = route("GET", "/notifications/api/v1/future/shipment/a-b");
        assert_eq!(route_key, "GET /notifications/api/v1/future/shipment/{id}");
        assert_eq!((function, &parameters["id"]), ("report-status", &json!("a-b")));
        for (method, path) in [
            ("PUT", "/notifications/api/v1/future/orders"),
            ("GET", "/notifications/api/v1/future/shipment/"),
            ("GET", "/notifications/api/v1/future/shipment/a/b"),
            ("GET", "/"),
        ] {
            assert_eq!(route(method, path).0, "$default", "{method} {path}");
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
