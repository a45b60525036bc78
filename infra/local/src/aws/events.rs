//! EventBridge: the project's bus with its rule.

use serde_json::{Value, json};

use super::reply::Refused;
use crate::functions::{ACCOUNT, REGION};
use crate::simulator::Simulator;
use crate::{event_sources, lock};

/// Puts an event on the bus, and with it what EventBridge fills in.
pub fn publish(simulator: &Simulator, event: &Value) -> Value {
    let mut complete = json!({
        "id": simulator.ids.next(),
        "source": "local",
        "account": ACCOUNT,
        "time": simulator.stamp(),
        "region": REGION,
    });
    for (name, value) in event.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        complete[name] = value.clone();
    }
    if complete["detail-type"] == "Message opened"
        && let Some(opened) = event_sources::named("opened")
    {
        simulator.send(simulator.message(opened, complete.to_string()));
    }
    complete
}

/// Answers the one operation that is called.
pub fn answer(simulator: &Simulator, operation: &str, input: &Value) -> Result<Value, Refused> {
    if operation != "PutEvents" {
        return Err(Refused::new("UnknownOperationException", "not simulated"));
    }
    let entries = input["Entries"].as_array().into_iter().flatten();
    let entries: Vec<_> = entries.map(|entry| put(simulator, entry)).collect();
    let failed = entries.iter().filter(|entry| entry["EventId"].is_null()).count();
    Ok(json!({"FailedEntryCount": failed, "Entries": entries}))
}

fn put(simulator: &Simulator, entry: &Value) -> Value {
    let detail = entry["Detail"].as_str().and_then(|detail| serde_json::from_str::<Value>(detail).ok());
    let Some(detail) = detail.filter(Value::is_object) else {
        return json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."});
    };
    let (source, kind) = (&entry["Source"], &entry["DetailType"]);
    let event =
        json!({"source": source, "detail-type": kind, "resources": entry["Resources"], "detail": detail});
    let event = publish(simulator, &event);
    let id = event["id"].clone();
    lock(&simulator.published).push(event);
    json!({"EventId": id})
}
