//! Secrets Manager by AWS JSON 1.1: the one secret that is read.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::json_answer;
use crate::world::World;

/// The name of the secret with the key for Maskinporten.
pub const KEY: &str = "maskinporten-key";

/// Answers the one operation that is called.
pub fn answer(world: &World, operation: &str, input: &Value) -> Response {
    if operation != "GetSecretValue" || input["SecretId"] != KEY {
        return error(StatusCode::BAD_REQUEST, "ResourceNotFoundException");
    }
    json_answer(StatusCode::OK, "1.1", &json!({"Name": KEY, "SecretString": world.maskinporten.secret()}))
}

/// What an ordered fault answers.
pub fn refusal(status: StatusCode) -> Response {
    error(status, if status.is_server_error() { "InternalServiceError" } else { "ThrottlingException" })
}

fn error(status: StatusCode, code: &str) -> Response {
    json_answer(status, "1.1", &json!({"__type": code, "message": "ordered by a fault, or not simulated"}))
}
