//! The stand-ins for AWS and the registers: one loopback server, on the real wire formats.
//!
//! Paths begin with the name of the calling function, which is how its endpoint was configured.

pub mod events;
pub mod secrets;
pub mod ses;
pub mod sns;
pub mod sqs;

use std::fmt::Write;
use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use md5::{Digest, Md5};
use serde_json::Value;

use crate::faults::{self, Call, Target};
use crate::world::World;
use crate::{proxy, registers};

/// What the largest of the services takes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Answers one request.
pub async fn handle(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.uri.scheme().is_some() {
        return proxy::forward(&world, &parts.uri).await;
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (first, rest) = parts.uri.path().trim_start_matches('/').split_once('/').unwrap_or_default();
    match (first, rest) {
        ("issuer", "jwks") => axum::Json(world.issuer.jwks()).into_response(),
        ("registers", path) => registers::handle(&world, path, &parts.headers, &body).await,
        (function, path) => call(&world, function, path, &parts, &body).await,
    }
}

async fn call(world: &Arc<World>, function: &str, path: &str, parts: &Parts, body: &Bytes) -> Response {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let form = || serde_urlencoded::from_bytes::<Vec<(String, String)>>(body).unwrap_or_default();
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    let call = |target, operation| Call { target, operation, function };
    match target.and_then(|target| target.split_once('.')) {
        Some(("AmazonSQS", operation)) => {
            let answer = async { sqs::answer(world, operation, &json()) };
            faults::carry_out(world, call(Target::Sqs, operation), sqs::refusal, answer).await
        }
        Some(("AWSEvents", operation)) => {
            let answer = async { events::answer(world, operation, &json()) };
            faults::carry_out(world, call(Target::Events, operation), events::refusal, answer).await
        }
        Some(("secretsmanager", operation)) => {
            let answer = async { secrets::answer(world, operation, &json()) };
            faults::carry_out(world, call(Target::Secrets, operation), secrets::refusal, answer).await
        }
        Some(_) => StatusCode::NOT_FOUND.into_response(),
        None if path.starts_with("v2/email/") => {
            let operation = if parts.method == Method::POST { "SendEmail" } else { "GetAccount" };
            let answer = async { ses::answer(world, function, path, &json()) };
            faults::carry_out(world, call(Target::Ses, operation), ses::refusal, answer).await
        }
        None => {
            let form = form();
            let operation = sns::field(&form, "Action").unwrap_or_default().to_owned();
            let answer = async { sns::answer(world, function, &operation, &form) };
            faults::carry_out(world, call(Target::Sns, &operation), sns::refusal, answer).await
        }
    }
}

/// A JSON answer with the content type and headers of the protocol.
fn json_answer(status: StatusCode, version: &str, body: &Value) -> Response {
    let content_type = format!("application/x-amz-json-{version}");
    let request_id = uuid::Uuid::new_v4().to_string();
    let headers = [("content-type", content_type), ("x-amzn-requestid", request_id)];
    (status, headers, body.to_string()).into_response()
}

/// A body of XML.
fn xml_answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

/// The MD5 of some bytes in hexadecimal, as SQS answers it.
pub fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn md5_is_hexadecimal() {
        assert_eq!(super::md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
