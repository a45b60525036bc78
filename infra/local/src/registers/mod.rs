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
pub mod platform_token;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use strum::VariantArray;

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
    let Some(register) = Register::at(asked.path) else { return StatusCode::NOT_FOUND.into_response() };
    if !may_ask(simulator, register, asked) {
        return refusal(StatusCode::UNAUTHORIZED);
    }
    let answer = match register {
        Register::Maskinporten => simulator.maskinporten.token(&simulator.issuer, asked.body),
        Register::Krr
        | Register::Organizations
        | Register::Personal
        | Register::Decisions
        | Register::External
        | Register::Names => answer(simulator, register, asked.body),
    };
    let under_way = caller.activity.map(Activity::call);
    let call = Call { target: register.name(), operation: "", caller, under_way };
    faults::carry_out(simulator, call, |ordered| refusal(ordered.status), async { answer }).await
}

/// What is asked, by its path.
#[derive(Clone, Copy, VariantArray)]
enum Register {
    Maskinporten,
    Krr,
    Organizations,
    Personal,
    Decisions,
    External,
    Names,
}

impl Register {
    fn at(path: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|register| register.path() == path)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Maskinporten => "maskinporten/token",
            Self::Krr => "krr/rest/v2/personer",
            Self::Organizations => "organizations/organizations/notificationaddresses/lookup",
            Self::Personal => "personal/units/contactpoint/lookup",
            Self::Decisions => "decisions/authorize",
            Self::External => "external/users/contactpoint/lookupsi",
            Self::Names => "names/parties/nameslookup",
        }
    }

    /// Its name, as faults have it: what its path begins with.
    fn name(self) -> &'static str {
        self.path().split('/').next().unwrap_or_default()
    }
}

fn may_ask(simulator: &Simulator, register: Register, asked: Asked<'_>) -> bool {
    match register {
        Register::Krr => simulator.maskinporten.knows(asked.headers, maskinporten::KRR_SCOPE),
        Register::Names => simulator.platform_token.is_in(asked.headers),
        Register::Maskinporten
        | Register::Organizations
        | Register::Personal
        | Register::Decisions
        | Register::External => true,
    }
}

fn answer(simulator: &Simulator, register: Register, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let people = &simulator.people;
    let answer = match register {
        // Its questions are no JSON.
        Register::Maskinporten => None,
        Register::Krr => krr::look_up(people, &body, simulator.now()),
        Register::Organizations => organizations::look_up(people, &body),
        Register::Personal => personal::look_up(people, &body),
        Register::Decisions => decisions::decide(people, &body),
        Register::External => external::look_up(people, &body),
        Register::Names => names::look_up(people, &body),
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
