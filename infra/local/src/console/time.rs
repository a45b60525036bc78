//! `GET /local/clock`: the time, how fast it runs, when the sending window opens, and what happens next.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use varsling_domain::channel::{Channel, SendingTimePolicy};

use super::orders;
use crate::control::Shared;
use crate::simulator::stamp;

/// How many things that happen next are told.
const NEXT: usize = 20;

/// The clock.
pub async fn show(State(simulator): Shared) -> Json<Value> {
    let now = simulator.now();
    let opens = |channel| stamp(simulator.window.opens(channel, SendingTimePolicy::Daytime, now));
    let (upcoming, count) = simulator.database.upcoming(NEXT);
    let next: Vec<_> = upcoming
        .iter()
        .take(NEXT)
        .map(|entry| {
            let (kind, _) = entry.partition.split_once('#').unwrap_or((&entry.partition, ""));
            let order = orders::order_of(&simulator.database, &entry.key);
            json!({"at": stamp(entry.at), "kind": kind, "order": order})
        })
        .collect();
    Json(json!({
        "now": stamp(now),
        "speed": simulator.clock.speed(),
        "opens": {"email": opens(Channel::Email), "sms": opens(Channel::Sms)},
        "due": count,
        "next": next,
    }))
}
