//! The stand-ins for AWS: one set of handlers, reached in the same process or over loopback, on the real wire
//! formats.
//!
//! Over loopback, paths begin with the name of the calling function, which is how its endpoint was configured.

pub mod account;
mod dead_letters;
pub mod events;
pub mod in_process;
pub mod lambda;
pub mod limits;
pub mod reply;
pub mod secrets;
pub mod service;
pub mod ses;
pub mod sns;
pub mod sqs;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::database::keys;
use crate::faults::{self, Call, Refusal};
use crate::functions::deployed::{may_call, may_touch, may_use_evidence};
use crate::registers;
use crate::runtime::Caller;
use crate::simulator::Simulator;
use reply::{Refused, Reply};
use service::{Incoming, Operation, Service};

/// Who an operator's tool is (AWS STS API reference: GetCallerIdentity).
const CALLER: &str =
    "<Arn>arn:aws:iam::000000000000:user/local</Arn><UserId>local</UserId><Account>000000000000</Account>";

/// Everything that is asked of the stand-ins over loopback.
pub fn routes() -> Router<Arc<Simulator>> {
    registers::routes().fallback(handle).layer(DefaultBodyLimit::disable())
}

/// The database alone, for those who do not say who they are.
pub fn database_routes() -> Router<Arc<Simulator>> {
    Router::new().fallback(handle_database).layer(DefaultBodyLimit::disable())
}

async fn handle(State(simulator): State<Arc<Simulator>>, parts: Parts, body: Bytes) -> Response {
    if parts.uri.scheme().is_some() {
        return registers::condition::forward(&simulator, &parts.uri).await;
    }
    let (function, path) = parts.uri.path().trim_start_matches('/').split_once('/').unwrap_or_default();
    let caller = Caller { function, activity: None };
    answer(&simulator, caller, Incoming { target: target(&parts), path, body: &body }).await.into_response()
}

async fn handle_database(State(simulator): State<Arc<Simulator>>, parts: Parts, body: Bytes) -> Response {
    let caller = Caller { function: "", activity: None };
    let incoming = Incoming { target: target(&parts), path: "", body: &body };
    answer(&simulator, caller, incoming).await.into_response()
}

fn target(parts: &Parts) -> Option<&str> {
    parts.headers.get("x-amz-target")?.to_str().ok()
}

/// Answers a request.
pub async fn answer(simulator: &Simulator, caller: Caller<'_>, incoming: Incoming<'_>) -> Reply {
    let Some(operation) = Operation::of(&incoming) else { return Reply::not_found() };
    match operation.service {
        Service::DynamoDb => answer_database(simulator, caller, operation, incoming.body).await,
        Service::Sns => answer_query(simulator, caller, incoming.body).await,
        Service::Lambda => answer_lambda(simulator, caller, operation, incoming).await,
        service => {
            let input = serde_json::from_slice(incoming.body).unwrap_or_default();
            Reply::json(service, carry_out(simulator, caller, operation, &input).await)
        }
    }
}

async fn answer_database(
    simulator: &Simulator,
    caller: Caller<'_>,
    operation: Operation<'_>,
    body: &[u8],
) -> Reply {
    let may_touch = may_touch(caller.function, operation.name, &keys::kinds(body))
        && (!keys::concerns_evidence(body) || may_use_evidence(caller.function, operation));
    if !(may_touch && may_call(caller.function, operation, "")) {
        return Reply::json(Service::DynamoDb, Err(denied(caller, operation)));
    }
    let call = Call::of(operation, caller);
    let answer = async { simulator.database.answer(simulator, caller, operation.name, body) };
    faults::carry_out(simulator, call, refused_by_database, answer).await
}

/// A function has called what its role does not allow, which nobody finds out before it is deployed unless it is said here.
fn denied(caller: Caller<'_>, operation: Operation<'_>) -> Refused {
    let (function, service, name) = (caller.function, operation.service.name(), operation.name);
    tracing::error!(function, service, name, "a call that the function's role does not allow");
    Refused::denied(operation.service)
}

/// What the database answers a call with that a fault refuses.
fn refused_by_database(refusal: Refusal) -> Reply {
    Reply::json(Service::DynamoDb, Err(Refused::by_fault(Service::DynamoDb, refusal)))
}

async fn answer_query(simulator: &Simulator, caller: Caller<'_>, body: &[u8]) -> Reply {
    let form: Value = serde_urlencoded::from_bytes(body).unwrap_or_default();
    let name = form["Action"].as_str().unwrap_or_default();
    let service = if name == "GetCallerIdentity" { Service::Sts } else { Service::Sns };
    let operation = Operation { service, name };
    sns::reply(name, carry_out(simulator, caller, operation, &form).await)
}

async fn answer_lambda(
    simulator: &Simulator,
    caller: Caller<'_>,
    operation: Operation<'_>,
    incoming: Incoming<'_>,
) -> Reply {
    if operation.name == "GetAccountSettings" {
        return Reply::json(Service::Lambda, Ok(lambda::account_settings()));
    }
    if !may_call(caller.function, operation, "") {
        return Reply::json(Service::Lambda, Err(denied(caller, operation)));
    }
    simulator.costs.count(caller, operation.service, operation.name);
    let call = Call::of(operation, caller);
    faults::carry_out(simulator, call, refused_by_lambda, lambda::answer(simulator, incoming)).await
}

/// What Lambda answers a call with that a fault refuses.
fn refused_by_lambda(refusal: Refusal) -> Reply {
    Reply::json(Service::Lambda, Err(Refused::by_fault(Service::Lambda, refusal)))
}

async fn carry_out(
    simulator: &Simulator,
    caller: Caller<'_>,
    operation: Operation<'_>,
    input: &Value,
) -> Result<Value, Refused> {
    let Operation { service, name } = operation;
    if !may_call(caller.function, operation, sqs::queue_name(input)) {
        return Err(denied(caller, operation));
    }
    let answer = async {
        match service {
            Service::Sqs => sqs::answer(simulator, name, input),
            Service::EventBridge => events::answer(simulator, name, input),
            Service::SecretsManager => secrets::answer(simulator, name, input),
            Service::Ses => ses::answer(simulator, caller, name, input),
            Service::Sns => sns::answer(simulator, caller, name, input),
            Service::Sts => Ok(CALLER.into()),
            Service::DynamoDb | Service::Lambda => {
                Err(Refused::new("UnknownOperationException", "not simulated"))
            }
        }
    };
    simulator.costs.count(caller, service, name);
    let call = Call::of(operation, caller);
    faults::carry_out(simulator, call, |refusal| Err(Refused::by_fault(service, refusal)), answer).await
}
