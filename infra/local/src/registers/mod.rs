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
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Shared;
use crate::faults::{self, Call};
use crate::runtime::Caller;
use crate::runtime::activity::Activity;
use crate::simulator::Simulator;

/// The function that asks registers; no other does.
pub const CALLER: &str = "resolve-recipients";

/// The routes by which functions reach the registers, and the key that tokens are checked with.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/issuer/jwks", get(async |simulator: Shared| Json(simulator.issuer.jwks.clone())))
        .route("/registers/{*path}", post(look_up))
        .route("/environments/{environment}/registers/{*path}", post(look_up_from))
}

async fn look_up(simulator: Shared, Path(path): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let caller = Caller { function: CALLER, activity: None };
    handle(&simulator, caller, Asked { path: &path, headers: &headers, body: &body }).await
}

/// A look-up by an execution environment that says which one it is.
async fn look_up_from(
    simulator: Shared,
    Path(asked): Path<AskedFrom>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let activity = simulator.runtime.look(|state| state.activity(asked.environment));
    let caller = Caller { function: CALLER, activity: activity.as_ref() };
    handle(&simulator, caller, Asked { path: &asked.path, headers: &headers, body: &body }).await
}

#[derive(Deserialize)]
struct AskedFrom {
    environment: u64,
    path: String,
}

/// What a register is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    path: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// Answers a look-up. KRR, like its model, only answers those who show a token for its scope.
async fn handle(simulator: &Simulator, caller: Caller<'_>, asked: Asked<'_>) -> Response {
    let Some(register) = register(asked.path) else { return StatusCode::NOT_FOUND.into_response() };
    if !may_ask(simulator, asked) {
        return refusal(StatusCode::UNAUTHORIZED);
    }
    let answer = match register {
        "maskinporten" => simulator.maskinporten.token(&simulator.issuer, asked.body),
        register => answer(simulator, register, asked.body),
    };
    let under_way = caller.activity.map(Activity::call);
    let call = Call { target: register, operation: "", caller, under_way };
    faults::carry_out(simulator, call, |ordered| refusal(ordered.status), async { answer }).await
}

/// The register that a path belongs to.
fn register(path: &str) -> Option<&'static str> {
    match path {
        "maskinporten/token" => Some("maskinporten"),
        "krr/rest/v2/personer" => Some("krr"),
        "organizations/organizations/notificationaddresses/lookup" => Some("organizations"),
        "personal/units/contactpoint/lookup" => Some("personal"),
        "decisions/authorize" => Some("decisions"),
        "external/users/contactpoint/lookupsi" => Some("external"),
        "names/parties/nameslookup" => Some("names"),
        _ => None,
    }
}

fn may_ask(simulator: &Simulator, asked: Asked<'_>) -> bool {
    match register(asked.path) {
        Some("krr") => simulator.maskinporten.knows(asked.headers, maskinporten::KRR_SCOPE),
        Some("names") => asked.headers.contains_key("PlatformAccessToken"),
        _ => true,
    }
}

fn answer(simulator: &Simulator, register: &str, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let people = &simulator.people;
    let answer = match register {
        "krr" => krr::look_up(people, &body, simulator.now()),
        "organizations" => organizations::look_up(people, &body),
        "personal" => personal::look_up(people, &body),
        "decisions" => decisions::decide(people, &body),
        "external" => external::look_up(people, &body),
        _ => names::look_up(people, &body),
    };
    answer.map_or_else(|| refusal(StatusCode::BAD_REQUEST), |answer| Json(answer).into_response())
}

fn refusal(status: StatusCode) -> Response {
    (status, Json(json!({"title": status.canonical_reason(), "status": status.as_u16()}))).into_response()
}

/// The texts in an array.
fn texts(array: &Value) -> Option<Vec<&str>> {
    array.as_array()?.iter().map(Value::as_str).collect()
}
