//! The stand-ins for AWS and the registers: one loopback server, on the real wire formats.
//!
//! Paths begin with the name of the calling function, which is how its endpoint was configured.

pub mod events;
pub mod secrets;
pub mod ses;
pub mod sns;
pub mod sqs;

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::faults::{self, Call, Refusal};
use crate::registers;
use crate::simulator::Simulator;

/// What a service says no with.
pub struct Refused {
    status: StatusCode,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Refused {
    /// The caller is wrong.
    fn new(code: &'static str, message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.into(), message: message.into() }
    }

    /// What an ordered fault makes a service answer.
    fn ordered(by: &str, ordered: Refusal) -> Self {
        let Refusal { status, code, message } = ordered;
        let usual = match (by, status.as_u16()) {
            ("ses", 429) => "TooManyRequestsException",
            ("ses", ..500) => "MessageRejected",
            (_, 429) => "ThrottlingException",
            ("sns", ..500) => "InvalidParameter",
            (_, ..500) => "ValidationError",
            _ => "InternalFailure",
        };
        let code = code.map_or(usual.into(), Cow::Owned);
        Self { status, code, message: message.map_or("ordered by a fault".into(), Cow::Owned) }
    }
}

/// Whatever is asked of the stand-ins.
pub fn routes() -> Router<Arc<Simulator>> {
    registers::routes().fallback(handle).layer(DefaultBodyLimit::disable())
}

async fn handle(State(simulator): State<Arc<Simulator>>, parts: Parts, body: Bytes) -> Response {
    if parts.uri.scheme().is_some() {
        return registers::condition::forward(&simulator, &parts.uri).await;
    }
    let (function, path) = parts.uri.path().trim_start_matches('/').split_once('/').unwrap_or_default();
    call(&simulator, function, path, &parts, &body).await
}

async fn call(simulator: &Simulator, function: &str, path: &str, parts: &Parts, body: &Bytes) -> Response {
    let header = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let input: Value = match (header, path) {
        (None, "") => serde_urlencoded::from_bytes(body).unwrap_or_default(),
        _ => serde_json::from_slice(body).unwrap_or_default(),
    };
    let (target, operation) = match (header.and_then(|header| header.split_once('.')), path) {
        (Some(("AmazonSQS", operation)), _) => ("sqs", operation),
        (Some(("AWSEvents", operation)), _) => ("events", operation),
        (Some(("secretsmanager", operation)), _) => ("secrets", operation),
        (None, "v2/email/outbound-emails") => ("ses", "SendEmail"),
        (None, "v2/email/account") => ("ses", "GetAccount"),
        (None, "") => ("sns", input["Action"].as_str().unwrap_or_default()),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let answer = async {
        match target {
            "sqs" => sqs::answer(simulator, operation, &input),
            "events" => events::answer(simulator, operation, &input),
            "secrets" => secrets::answer(simulator, operation, &input),
            "ses" => ses::answer(simulator, function, operation, &input),
            _ => sns::answer(simulator, function, operation, &input),
        }
    };
    let refuse = |ordered| Err(Refused::ordered(target, ordered));
    let answer = faults::carry_out(simulator, Call { target, operation, function }, refuse, answer).await;
    if target == "sns" { sns::response(operation, answer) } else { response(target, answer) }
}

/// An answer in JSON, by AWS JSON 1.0 or 1.1 or, as SES has it, REST.
fn response(target: &str, answer: Result<Value, Refused>) -> Response {
    let content_type = match target {
        "sqs" => "application/x-amz-json-1.0",
        "ses" => "application/json",
        _ => "application/x-amz-json-1.1",
    };
    let request = uuid::Uuid::new_v4().to_string();
    let headers = [("content-type", content_type), ("x-amzn-requestid", &request)];
    match answer {
        Ok(body) => (headers, body.to_string()).into_response(),
        Err(Refused { status, code, message }) => {
            let body = json!({"__type": code, "message": message}).to_string();
            (status, headers, [("x-amzn-errortype", &*code)], body).into_response()
        }
    }
}
