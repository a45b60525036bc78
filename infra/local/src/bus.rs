//! EventBridge: the project's bus with its rule, and the memory of what was put there.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use crate::functions::{ACCOUNT, REGION};
use crate::lock;
use crate::queues;
use crate::world::World;

/// How many events are remembered.
const REMEMBERED: usize = 1000;

/// The events that functions have put on the bus.
#[derive(Default)]
pub struct Bus(Mutex<VecDeque<Value>>);

impl Bus {
    /// All that are remembered, in order.
    pub fn seen(&self) -> Vec<Value> {
        lock(&self.0).iter().cloned().collect()
    }

    /// A function has put this on the bus.
    pub fn remember(&self, event: Value) {
        let mut seen = lock(&self.0);
        seen.push_back(event);
        if seen.len() > REMEMBERED {
            seen.pop_front();
        }
    }
}

/// Puts an event on the bus, and with it what EventBridge fills in.
pub fn publish(world: &World, event: Map<String, Value>) -> Value {
    let mut complete = json!({
        "version": "0",
        "id": uuid::Uuid::new_v4(),
        "source": "local",
        "account": ACCOUNT,
        "time": world.stamp(),
        "region": REGION,
        "resources": [],
        "detail": {},
    });
    for (name, value) in event.into_iter().filter(|(_, value)| !value.is_null()) {
        complete[name] = value;
    }
    if complete["detail-type"] == "Message opened"
        && let Some(opened) = queues::spec("opened")
    {
        world.enqueue(opened, complete.to_string());
    }
    complete
}
