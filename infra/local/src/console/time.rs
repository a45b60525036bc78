//! `GET /local/clock`: the time, how fast it runs, when the sending window opens, and what happens next.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use varsling_domain::channel::{Channel, SendingTimePolicy};

use super::order_book::ListedOrders;
use crate::control::{Refusal, Shared};
use crate::database::Upcoming;
use crate::simulator::{Simulator, stamp};

/// How many things that happen next are told.
const NEXT: usize = 20;

/// The clock.
pub async fn show(State(simulator): Shared) -> Result<Json<Value>, Refusal> {
    let orders = simulator.orders.up_to_date(&simulator).map_err(|error| Refusal(error.to_string()))?;
    let (upcoming, count) = simulator.database.upcoming(NEXT);
    let next: Vec<_> = upcoming.iter().take(NEXT).map(|entry| happens(entry, &orders)).collect();
    Ok(Json(json!({
        "now": simulator.stamp(),
        "speed": simulator.clock.speed(),
        "opens": {"email": opens(&simulator, Channel::Email), "sms": opens(&simulator, Channel::Sms)},
        "due": count,
        "next": next,
    })))
}

/// When a channel's window opens; now, where it is open.
fn opens(simulator: &Simulator, channel: Channel) -> String {
    stamp(simulator.window.opens(channel, SendingTimePolicy::Daytime, simulator.now()))
}

/// What happens by an entry of the due index, when, and to which order.
fn happens(entry: &Upcoming, orders: &ListedOrders) -> Value {
    let (kind, _) = entry.partition.split_once('#').unwrap_or((&entry.partition, ""));
    let order = orders.order_of_key(&entry.key);
    let order =
        order.map(|order| json!({"notificationOrderId": order.notification_order_id, "owner": order.owner}));
    json!({"at": stamp(entry.at), "kind": kind, "order": order})
}
