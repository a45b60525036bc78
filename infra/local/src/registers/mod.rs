//! Fakes of the registers, on the real wire formats.

pub mod condition;
pub mod control;
mod decisions;
mod external;
pub mod issuer;
mod keys;
mod krr;
pub mod maskinporten;
mod names;
mod organizations;
pub mod people;
mod personal;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::control::Shared;
use crate::faults::{self, Call};
use crate::simulator::Simulator;

/// The routes by which functions reach the registers, and the key that tokens are checked with.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/issuer/jwks", get(async |simulator: Shared| Json(simulator.issuer.jwks.clone())))
        .route("/registers/{*path}", post(look_up))
}

async fn look_up(simulator: Shared, Path(path): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    handle(&simulator, &path, &headers, &body).await
}

/// Answers a look-up. KRR, like its model, only answers those who show a token for its scope.
async fn handle(simulator: &Simulator, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    if path == "maskinporten/token" {
        let answer = async { simulator.maskinporten.token(&simulator.issuer, body) };
        return faults::carry_out(simulator, call("maskinporten"), |ordered| refusal(ordered.status), answer)
            .await;
    }
    if path.starts_with("krr/") && !simulator.maskinporten.knows(headers, maskinporten::KRR_SCOPE) {
        return refusal(StatusCode::UNAUTHORIZED);
    }
    if path.starts_with("names/") && !headers.contains_key("PlatformAccessToken") {
        return refusal(StatusCode::UNAUTHORIZED);
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (register, answer) = match path {
        "krr/rest/v2/personer" => ("krr", krr::look_up(&simulator.people, &body, simulator.now())),
        "organizations/organizations/notificationaddresses/lookup" => {
            ("organizations", organizations::look_up(&simulator.people, &body))
        }
        "personal/units/contactpoint/lookup" => ("personal", personal::look_up(&simulator.people, &body)),
        "decisions/authorize" => ("decisions", decisions::decide(&simulator.people, &body)),
        "external/users/contactpoint/lookupsi" => ("external", external::look_up(&simulator.people, &body)),
        "names/parties/nameslookup" => ("names", names::look_up(&simulator.people, &body)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let answer = match answer {
        Some(answer) => Json(answer).into_response(),
        None => refusal(StatusCode::BAD_REQUEST),
    };
    faults::carry_out(simulator, call(register), |ordered| refusal(ordered.status), async { answer }).await
}

/// A call of a register; nobody else makes any.
fn call(target: &str) -> Call<'_> {
    Call { target, operation: "", function: "resolve-recipients" }
}

fn refusal(status: StatusCode) -> Response {
    (status, Json(json!({"title": status.canonical_reason(), "status": status.as_u16()}))).into_response()
}

/// The texts in an array.
fn texts(array: &Value) -> Option<Vec<&str>> {
    array.as_array()?.iter().map(Value::as_str).collect()
}
