//! The control routes, on the local front only: the outbox, the clock, events, faults, queues. Those of the
//! fake registers are with them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::aws::events;
use crate::queues::{self, QUEUES};
use crate::world::{World, stamp};
use crate::{driver, lock};

pub type Shared = State<Arc<World>>;
type Answered = Result<Json<Value>, Refusal>;

/// Something that cannot be done, and why, readably.
pub struct Refusal(pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// The control routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/local/outbox", get(async |State(world): Shared| Json(world.outbox.entries())))
        .route("/local/clock", post(clock))
        .route("/local/quiet", get(quiet))
        .route(
            "/local/events",
            get(async |State(world): Shared| Json(lock(&world.published).clone())).post(put_event),
        )
        .route("/local/queues", get(counts))
        .route("/local/queues/{name}", post(put_message))
        .merge(fault_routes())
}

/// Those for faults alone.
pub fn fault_routes() -> Router<Arc<World>> {
    Router::new().route("/local/faults", get(faults).post(order_fault).delete(lift_faults))
}

/// What a request says.
pub fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal(error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: Option<f64>,
    to: Option<DateTime<Utc>>,
}

async fn clock(State(world): Shared, body: Bytes) -> Answered {
    let now = world.now();
    let Move { advance_seconds, to } = parse(&body)?;
    let to = match (advance_seconds, to) {
        (Some(seconds), None) => after(now, seconds),
        (None, to) => to,
        _ => None,
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

async fn put_event(State(world): Shared, body: Bytes) -> Answered {
    let event: Value = parse(&body)?;
    if !event["detail-type"].is_string() || !event["detail"].is_object() {
        return Err(Refusal("an event needs a detail-type (text) and a detail (object)".into()));
    }
    Ok(Json(json!({"eventId": events::publish(&world, &event)["id"]})))
}

async fn faults(State(world): Shared) -> Json<Value> {
    Json(json!({"faults": world.faults.list()}))
}

async fn order_fault(State(world): Shared, body: Bytes) -> Answered {
    world.faults.order(parse(&body)?).map_err(Refusal)?;
    Ok(faults(State(world)).await)
}

async fn lift_faults(State(world): Shared) -> Json<Value> {
    world.faults.lift();
    faults(State(world)).await
}

async fn counts(State(world): Shared) -> Json<Value> {
    let of = |name| world.work.look(|state| state.queues.counts(name));
    Json(QUEUES.iter().map(|spec| (spec.name.to_string(), of(spec.name))).collect::<Map<_, _>>().into())
}

async fn put_message(State(world): Shared, Path(name): Path<String>, body: String) -> Answered {
    let names = || QUEUES.map(|spec| spec.name).join(", ");
    let queue = queues::spec(&name)
        .ok_or_else(|| Refusal(format!("there is no queue {name}; there are {}", names())))?;
    world.send(queue, TimeDelta::zero(), body, None);
    Ok(Json(json!({"queue": name})))
}
