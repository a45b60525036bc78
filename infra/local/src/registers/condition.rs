//! Condition endpoints: one to try, and the way to all of them, so that they can fail to order.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::faults::{self, Call};
use crate::runtime::Caller;
use crate::simulator::Simulator;

/// Forwards a request for a condition.
pub async fn forward(simulator: &Simulator, uri: &Uri) -> Response {
    let answer = async {
        match simulator.http.get(uri.to_string()).send().await {
            Ok(answered) => relay(answered).await,
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "the condition endpoint does not answer");
                StatusCode::BAD_GATEWAY.into_response()
            }
        }
    };
    let caller = Caller { function: super::CALLER, activity: None };
    let call = Call { target: "condition", operation: "", caller, under_way: None };
    faults::carry_out(simulator, call, |ordered| ordered.status.into_response(), answer).await
}

async fn relay(answered: reqwest::Response) -> Response {
    let status = StatusCode::from_u16(answered.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let location = answered.headers().get(header::LOCATION).cloned();
    match answered.bytes().await {
        Ok(body) => {
            let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
            response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
            response
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Answers as it is told in the question: `send=true` (the default) or `send=false`.
pub async fn example(Query(query): Query<BTreeMap<String, String>>) -> Response {
    match query.get("send").map_or("true", String::as_str).parse::<bool>() {
        Ok(send) => Json(json!({"sendNotification": send})).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "send must be true or false").into_response(),
    }
}
