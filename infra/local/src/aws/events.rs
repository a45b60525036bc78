//! EventBridge by AWS JSON 1.1: putting events on the project's bus.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::json_answer;
use crate::bus;
use crate::world::World;

/// Answers the one operation that is called.
pub fn answer(world: &World, operation: &str, input: &Value) -> Response {
    if operation != "PutEvents" {
        return error(StatusCode::BAD_REQUEST, "UnknownOperationException");
    }
    let entries = input["Entries"].as_array().into_iter().flatten();
    let entries: Vec<_> = entries.map(|entry| put(world, entry)).collect();
    let failed = entries.iter().filter(|entry| entry["EventId"].is_null()).count();
    json_answer(StatusCode::OK, "1.1", &json!({"FailedEntryCount": failed, "Entries": entries}))
}

/// What an ordered fault answers.
pub fn refusal(status: StatusCode) -> Response {
    error(status, if status.is_server_error() { "InternalException" } else { "ThrottlingException" })
}

fn error(status: StatusCode, code: &str) -> Response {
    json_answer(status, "1.1", &json!({"__type": code, "message": "ordered by a fault, or not simulated"}))
}

fn put(world: &World, entry: &Value) -> Value {
    let detail = entry["Detail"].as_str().and_then(|detail| serde_json::from_str::<Value>(detail).ok());
    let Some(detail) = detail.filter(Value::is_object) else {
        return json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."});
    };
    let mut event = Map::from_iter([("detail".to_string(), detail)]);
    for (name, member) in [("source", "Source"), ("detail-type", "DetailType"), ("resources", "Resources")] {
        event.insert(name.into(), entry[member].clone());
    }
    let event = bus::publish(world, event);
    let id = event["id"].clone();
    world.bus.remember(event);
    json!({"EventId": id})
}
