//! The control routes, on the gateway of the local system only: the outbox, the clock, events, faults, queues. Those of the
//! fake registers are with them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::aws::events;
use crate::event_sources::{self, QUEUES};
use crate::simulator::{Simulator, stamp};
use crate::{event_loop, lock};

pub type Shared = State<Arc<Simulator>>;
type Answered = Result<Json<Value>, Refusal>;

/// Something that cannot be done, and why, readably.
pub struct Refusal(pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": self.0}))).into_response()
    }
}

/// The control routes.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/local/outbox", get(async |State(simulator): Shared| Json(simulator.outbox.entries())))
        .route("/local/clock", post(clock))
        .route("/local/quiet", get(quiet))
        .route(
            "/local/events",
            get(async |State(simulator): Shared| Json(lock(&simulator.published).clone())).post(put_event),
        )
        .route("/local/costs", get(costs).delete(reset_costs))
        .route("/local/metrics", get(async |State(simulator): Shared| Json(simulator.metrics.list())))
        .route("/local/expiry", post(expire))
        .route("/local/queues", get(counts))
        .route("/local/queues/{name}", post(put_message))
        .merge(fault_routes())
}

/// Those for faults alone.
pub fn fault_routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/local/faults", get(faults).post(order_fault).delete(lift_faults))
        .route("/local/faults/{id}", delete(lift_fault))
}

/// What a request says.
pub fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal(error.to_string()))
}

/// What the clock can be told.
const CLOCK: &str = "say either advanceSeconds (0 or more), to (RFC 3339) or speed";
/// How fast time can run.
pub const MOST_SPEED: f64 = 1_000_000.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Move {
    advance_seconds: Option<f64>,
    to: Option<DateTime<Utc>>,
    speed: Option<f64>,
}

async fn clock(State(simulator): Shared, body: Bytes) -> Answered {
    let asked: Move = parse(&body)?;
    match (asked.advance_seconds, asked.to, asked.speed) {
        (None, None, Some(speed)) => set_speed(&simulator, speed)?,
        (Some(seconds), None, None) => move_clock(&simulator, after(simulator.now(), seconds)).await?,
        (None, Some(to), None) => move_clock(&simulator, Some(to)).await?,
        _ => return Err(Refusal(CLOCK.into())),
    }
    Ok(Json(json!({"now": simulator.stamp()})))
}

fn set_speed(simulator: &Simulator, speed: f64) -> Result<(), Refusal> {
    if !(0.0..=MOST_SPEED).contains(&speed) {
        return Err(Refusal("speed must be from 0 to 1000000".into()));
    }
    simulator.clock.set_speed(speed);
    Ok(())
}

/// Moves the clock to a time that can be written.
async fn move_clock(simulator: &Simulator, to: Option<DateTime<Utc>>) -> Result<(), Refusal> {
    let to = to.filter(|to| to.year() < 10_000).ok_or_else(|| Refusal(CLOCK.into()))?;
    let now = simulator.now();
    if to < now {
        return Err(Refusal(format!("the clock only moves forward, and it is {} already", stamp(now))));
    }
    event_loop::advance(simulator, to).await;
    Ok(())
}

fn after(now: DateTime<Utc>, seconds: f64) -> Option<DateTime<Utc>> {
    let step = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    now.checked_add_signed(TimeDelta::from_std(step).ok()?)
}

async fn quiet(State(simulator): Shared) -> Json<Value> {
    simulator.until_idle().await;
    Json(json!({"now": simulator.stamp()}))
}

async fn put_event(State(simulator): Shared, body: Bytes) -> Answered {
    let event: Value = parse(&body)?;
    if !event["detail-type"].is_string() || !event["detail"].is_object() {
        return Err(Refusal("an event needs a detail-type (text) and a detail (object)".into()));
    }
    Ok(Json(json!({"eventId": events::publish(&simulator, &event)["id"]})))
}

async fn faults(State(simulator): Shared) -> Json<Value> {
    Json(json!({"faults": simulator.faults.list(simulator.now())}))
}

async fn order_fault(State(simulator): Shared, body: Bytes) -> Answered {
    simulator.faults.order(parse(&body)?, simulator.now()).map_err(Refusal)?;
    Ok(faults(State(simulator)).await)
}

async fn lift_faults(State(simulator): Shared) -> Json<Value> {
    simulator.faults.lift_all();
    faults(State(simulator)).await
}

async fn lift_fault(State(simulator): Shared, Path(id): Path<u64>) -> Json<Value> {
    simulator.faults.lift(id);
    faults(State(simulator)).await
}

async fn costs(State(simulator): Shared) -> Json<Value> {
    Json(simulator.costs.list())
}

async fn reset_costs(State(simulator): Shared) -> Json<Value> {
    simulator.costs.reset();
    costs(State(simulator)).await
}

async fn expire(State(simulator): Shared) -> Answered {
    let expired = simulator.database.expire(simulator.now()).map_err(|error| Refusal(error.to_string()))?;
    Ok(Json(json!({"expired": expired})))
}

async fn counts(State(simulator): Shared) -> Json<Value> {
    Json(queue_counts(&simulator))
}

/// How many messages wait on each queue, and how many are dead letters.
pub fn queue_counts(simulator: &Simulator) -> Value {
    let counts = simulator.runtime.look(|state| {
        let queues = QUEUES.iter().map(|source| (source.name.to_owned(), state.queues.counts(source.name)));
        queues.chain(state.streams.counts()).collect::<Map<_, _>>()
    });
    counts.into()
}

async fn put_message(State(simulator): Shared, Path(name): Path<String>, body: String) -> Answered {
    let queue = event_sources::named(&name)
        .ok_or_else(|| Refusal(format!("there is no queue {name}; there are {}", queue_names())))?;
    simulator.send(simulator.message(queue, body));
    Ok(Json(json!({"queue": name})))
}

fn queue_names() -> String {
    QUEUES.iter().map(|source| source.name).collect::<Vec<_>>().join(", ")
}
