//! Lambda: one function calls another and waits for its answer.

use serde_json::{Value, json};

use super::reply::{Refused, Reply};
use super::service::{Incoming, Service, invoked};
use crate::functions::{NAMES, STACK};
use crate::simulator::Simulator;

/// Invokes a function (AWS Lambda API reference: Invoke).
pub async fn answer(simulator: &Simulator, incoming: Incoming<'_>) -> Reply {
    let named = invoked(incoming.path).and_then(|name| name.strip_prefix(STACK)?.strip_prefix('-'));
    let Some(function) = NAMES.into_iter().find(|function| named == Some(*function)) else {
        return Reply::json(
            Service::Lambda,
            Err(Refused::new("ResourceNotFoundException", "no such function")),
        );
    };
    let event = serde_json::from_slice(incoming.body).unwrap_or_default();
    match simulator.runtime.invoke(function, event).await {
        Ok(Ok(answer)) => Reply::json(Service::Lambda, Ok(answer)),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error.to_string()),
    }
}

/// What the account may run at a time (AWS Lambda API reference: GetAccountSettings). Nothing bounds that here.
pub fn account_settings() -> Value {
    json!({"AccountLimit": {"ConcurrentExecutions": 100_000, "UnreservedConcurrentExecutions": 100_000}})
}

fn failed(error: &str) -> Reply {
    let answer = Ok(json!({"errorType": "Unhandled", "errorMessage": error}));
    Reply { function_error: true, ..Reply::json(Service::Lambda, answer) }
}
