//! The control routes, on the local front only: tokens, the outbox, the clock, events, people, faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::faults::Fault;
use crate::outbox::Entry;
use crate::queues::{self, QUEUES};
use crate::registers::people::Population;
use crate::world::{World, stamp};
use crate::{bus, driver, issuer};

type Shared = State<Arc<World>>;
type Query1 = Query<BTreeMap<String, String>>;

/// Something that cannot be done, and why, readably.
struct Refusal(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// The control routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/local/token", get(token))
        .route("/local/jwks", get(async |State(world): Shared| Json(world.issuer.jwks().clone())))
        .route("/local/outbox", get(outbox))
        .route("/local/clock", post(clock))
        .route("/local/quiet", get(quiet))
        .route("/local/events", get(events).post(put_event))
        .route("/local/people", get(people).post(put_people))
        .route("/local/faults", get(faults).post(order_fault).delete(lift_faults))
        .route("/local/queues", get(counts))
        .route("/local/queues/{name}", post(put_message))
        .route("/local/condition", get(condition))
        .route(
            "/local/{*rest}",
            any(async || (StatusCode::NOT_FOUND, Json(json!({"error": "no such control route"})))),
        )
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal(error.to_string()))
}

async fn token(State(world): Shared, Query(query): Query1) -> Result<String, Refusal> {
    let organization =
        query.get("org").filter(|org| org.len() == 9 && org.bytes().all(|b| b.is_ascii_digit()));
    let organization = organization.ok_or_else(|| Refusal("org must be nine digits".into()))?;
    let scope = query.get("scope").map_or(issuer::SCOPE, String::as_str);
    world.issuer.token(organization, scope).ok_or_else(|| Refusal("the token could not be signed".into()))
}

async fn outbox(State(world): Shared) -> Json<Vec<Entry>> {
    Json(world.outbox.entries())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: Option<f64>,
    to: Option<DateTime<Utc>>,
}

async fn clock(State(world): Shared, body: Bytes) -> Result<Json<Value>, Refusal> {
    let now = world.now();
    let to = match parse(&body)? {
        Move { advance_seconds: Some(seconds), to: None } => after(now, seconds),
        Move { advance_seconds: None, to } => to,
        Move { .. } => None,
    };
    let to = to.filter(|to| to.year() < 10_000);
    let to = to.ok_or_else(|| Refusal("say either advanceSeconds (0 or more) or to (RFC 3339)".into()))?;
    if to < now {
        return Err(Refusal(format!("the clock only moves forward, and it is {} already", stamp(now))));
    }
    driver::advance(&world, to).await;
    Ok(Json(json!({"now": world.stamp()})))
}

fn after(now: DateTime<Utc>, seconds: f64) -> Option<DateTime<Utc>> {
    let step = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    now.checked_add_signed(TimeDelta::from_std(step).ok()?)
}

async fn quiet(State(world): Shared) -> Json<Value> {
    world.settle().await;
    Json(json!({"now": world.stamp()}))
}

async fn events(State(world): Shared) -> Json<Vec<Value>> {
    Json(world.bus.seen())
}

async fn put_event(State(world): Shared, body: Bytes) -> Result<Json<Value>, Refusal> {
    let event: Map<String, Value> = parse(&body)?;
    if !event.get("detail-type").is_some_and(Value::is_string)
        || !event.get("detail").is_some_and(Value::is_object)
    {
        return Err(Refusal("an event needs a detail-type (text) and a detail (object)".into()));
    }
    Ok(Json(json!({"eventId": bus::publish(&world, event)["id"]})))
}

async fn people(State(world): Shared) -> Json<Population> {
    Json(world.people.list())
}

async fn put_people(State(world): Shared, body: Bytes) -> Result<Json<Population>, Refusal> {
    world.people.put(parse(&body)?);
    Ok(Json(world.people.list()))
}

async fn faults(State(world): Shared) -> Json<Value> {
    Json(json!({"faults": world.faults.list()}))
}

async fn order_fault(State(world): Shared, body: Bytes) -> Result<Json<Value>, Refusal> {
    let fault: Fault = parse(&body)?;
    let twice = fault.twice();
    world.faults.order(fault).map_err(Refusal)?;
    if let Some((queue, times)) = twice {
        world.work.change(|state| state.queues.deliver_twice(queue, times));
    }
    Ok(faults(State(world)).await)
}

async fn lift_faults(State(world): Shared) -> Json<Value> {
    world.faults.lift();
    world.invoker.lift();
    faults(State(world)).await
}

async fn counts(State(world): Shared) -> Json<Value> {
    let counts = |name| json!(world.work.look(|state| state.queues.counts(name)));
    Json(QUEUES.iter().map(|spec| (spec.name.to_string(), counts(spec.name))).collect::<Map<_, _>>().into())
}

async fn put_message(
    State(world): Shared,
    Path(name): Path<String>,
    body: String,
) -> Result<Json<Value>, Refusal> {
    let names = || QUEUES.map(|spec| spec.name).join(", ");
    let queue = queues::spec(&name)
        .ok_or_else(|| Refusal(format!("there is no queue {name}; there are {}", names())))?;
    world.enqueue(queue, body);
    Ok(Json(json!({"queue": name})))
}

async fn condition(Query(query): Query1) -> Result<Json<Value>, Refusal> {
    match query.get("send").map(String::as_str) {
        None | Some("true") => Ok(Json(json!({"sendNotification": true}))),
        Some("false") => Ok(Json(json!({"sendNotification": false}))),
        Some(_) => Err(Refusal("send must be true or false".into())),
    }
}
