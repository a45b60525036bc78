//! `GET /local/inside`: how much waits where, the rates and how much of them is used, the latest events.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_domain::channel::Channel;

use crate::control::{Shared, queue_counts};
use crate::lock;
use crate::outbox::{Entry, channel_name};

/// Of how many seconds it is told what left in each.
const SECONDS: usize = 60;
/// How many events are shown.
const EVENTS: usize = 30;

/// All of it.
pub async fn show(State(simulator): Shared) -> Json<Value> {
    let now = simulator.now();
    let (upcoming, due) = simulator.database.upcoming(1);
    let published = lock(&simulator.published);
    let events: Vec<_> = published.iter().rev().take(EVENTS).cloned().collect();
    let left = simulator.outbox.look(|entries| {
        Channel::ALL
            .iter()
            .map(|channel| (channel_name(*channel), json!(by_second(entries, *channel, now))))
            .collect::<BTreeMap<_, _>>()
    });
    let rates: BTreeMap<_, _> =
        Channel::ALL.iter().map(|channel| (channel_name(*channel), simulator.rates.of(*channel))).collect();
    Json(json!({
        "now": simulator.stamp(),
        "queues": queue_counts(&simulator),
        "due": due,
        "dueFirst": upcoming.first().map(|entry| entry.at),
        "rates": rates,
        "left": left,
        "events": events,
        "eventCount": published.len(),
        "faults": simulator.faults.list(now),
    }))
}

/// How many messages left in each of the last seconds, the oldest first.
fn by_second(entries: &[Entry], channel: Channel, now: DateTime<Utc>) -> Vec<usize> {
    let from = now - TimeDelta::seconds(i64::try_from(SECONDS).unwrap_or_default());
    let mut counts = vec![0; SECONDS];
    let recent = entries.iter().rev().map_while(|entry| {
        let at: DateTime<Utc> = entry.at.parse().ok()?;
        (at > from).then_some((entry, at))
    });
    for (_, at) in recent.filter(|(entry, _)| entry.channel == channel) {
        let place = usize::try_from((at - from).num_seconds()).unwrap_or_default().min(SECONDS - 1);
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    counts
}
