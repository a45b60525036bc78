//! SQS by AWS JSON 1.0: sending, and the attributes that a start-up asks for.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{json_answer, md5};
use crate::functions::{ACCOUNT, REGION};
use crate::queues::{self, Spec};
use crate::world::World;

/// An error's code and message.
type Refused = (&'static str, String);

/// Answers one operation.
pub fn answer(world: &World, operation: &str, input: &Value) -> Response {
    let name = input["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
    let Some(queue) = queues::spec(name) else {
        return error(StatusCode::BAD_REQUEST, "QueueDoesNotExist", "The specified queue does not exist.");
    };
    let answered = match operation {
        "SendMessage" => send(world, queue, input),
        "SendMessageBatch" => send_batch(world, queue, input),
        "GetQueueAttributes" => Ok(attributes(queue)),
        _ => Err(("UnsupportedOperation", format!("{operation} is not simulated"))),
    };
    match answered {
        Ok(body) => json_answer(StatusCode::OK, "1.0", &body),
        Err((code, message)) => error(StatusCode::BAD_REQUEST, code, &message),
    }
}

/// What an ordered fault answers.
pub fn refusal(status: StatusCode) -> Response {
    let code = if status.is_server_error() { "ServiceUnavailable" } else { "RequestThrottled" };
    error(status, code, "ordered by a fault")
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message});
    json_answer(status, "1.0", &body)
}

fn send(world: &World, queue: &Spec, input: &Value) -> Result<Value, Refused> {
    let invalid = |what: &str| ("InvalidParameterValue", what.to_string());
    let body = input["MessageBody"].as_str().ok_or_else(|| invalid("MessageBody is required."))?;
    let delay = input["DelaySeconds"].as_i64().unwrap_or_default();
    if !(0..=900).contains(&delay) {
        return Err(invalid("DelaySeconds must be from 0 to 900."));
    }
    let group = input["MessageGroupId"].as_str().map(String::from);
    let (now, delay) = (world.now(), TimeDelta::seconds(delay));
    let id = world.work.change(|state| state.queues.send(queue, now, delay, (body.into(), group)));
    Ok(json!({"MessageId": id, "MD5OfMessageBody": md5(body.as_bytes())}))
}

fn send_batch(world: &World, queue: &Spec, input: &Value) -> Result<Value, Refused> {
    let entries = input["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    match entries.len() {
        0 => return Err(("EmptyBatchRequest", "There are no entries.".into())),
        1..=10 => {}
        _ => {
            return Err(("TooManyEntriesInBatchRequest", "There are more than 10 entries.".into()));
        }
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match send(world, queue, entry) {
            Ok(mut sent) => {
                sent["Id"] = entry["Id"].clone();
                successful.push(sent);
            }
            Err((code, message)) => {
                failed
                    .push(json!({"Id": entry["Id"], "SenderFault": true, "Code": code, "Message": message}));
            }
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn attributes(queue: &Spec) -> Value {
    json!({"Attributes": {"QueueArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", queue.name)}})
}
