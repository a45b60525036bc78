//! Fakes of the registers, on the real wire formats.

mod krr;
mod names;
mod organizations;
pub mod people;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::faults::{self, Call, Target};
use crate::world::World;

/// Answers a look-up.
pub async fn handle(world: &World, path: &str, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (register, answer) = match path {
        "krr/rest/v2/personer" => (Target::Krr, krr::look_up(&world.people, &body, world.now())),
        "organizations/organizations/notificationaddresses/lookup" => {
            (Target::Organizations, organizations::look_up(&world.people, &body))
        }
        "names/parties/nameslookup" => (Target::Names, names::look_up(&world.people, &body)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let answer = match answer {
        Some(answer) => Json(answer).into_response(),
        None => refusal(StatusCode::BAD_REQUEST),
    };
    faults::carry_out(world, Call::of_register(register), refusal, async { answer }).await
}

fn refusal(status: StatusCode) -> Response {
    (status, Json(json!({"title": status.canonical_reason(), "status": status.as_u16()}))).into_response()
}

/// The texts in an array.
fn texts(array: &Value) -> Option<Vec<&str>> {
    array.as_array()?.iter().map(Value::as_str).collect()
}
