//! SQS: the dead-letter queues, which an operator's tool reads and empties.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::reply::Refused;
use super::sqs::md5;
use crate::event_sources::EventSource;
use crate::functions::{ACCOUNT, REGION};
use crate::queues::{Message, Seen};
use crate::simulator::Simulator;

/// How long a message is hidden that is received without saying how long, in seconds (the queue's default).
const HIDDEN: i64 = 30;

/// The event sources of which a queue has the dead letters.
type Sources<'a> = &'a [&'static EventSource];

/// Answers one operation on a queue of dead letters.
pub fn answer(
    simulator: &Simulator,
    sources: Sources<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, Refused> {
    match operation {
        "GetQueueAttributes" => Ok(attributes(simulator, sources)),
        "ReceiveMessage" => Ok(receive(simulator, sources, input)),
        "DeleteMessageBatch" => Ok(each(input, |receipt, _| delete(simulator, sources, receipt))),
        "ChangeMessageVisibilityBatch" => {
            Ok(each(input, |receipt, entry| show(simulator, sources, receipt, entry)))
        }
        _ => Err(Refused::new("com.amazonaws.sqs#UnsupportedOperation", "not simulated")),
    }
}

fn attributes(simulator: &Simulator, sources: Sources<'_>) -> Value {
    let name = sources.first().map_or("", |source| source.dead_letters);
    let count: usize =
        simulator.runtime.look(|state| sources.iter().map(|source| state.queues.dead(source)).sum());
    json!({"Attributes": {
        "QueueArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
        "ApproximateNumberOfMessages": count.to_string(),
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }})
}

fn receive(simulator: &Simulator, sources: Sources<'_>, input: &Value) -> Value {
    let now = simulator.now();
    let hidden = TimeDelta::seconds(input["VisibilityTimeout"].as_i64().unwrap_or(HIDDEN));
    let seen = Seen { now, again: now + hidden };
    let taken: Vec<_> = simulator
        .runtime
        .change(|state| sources.iter().flat_map(|source| state.queues.take_dead(source, seen)).collect());
    json!({"Messages": taken.iter().map(written).collect::<Vec<_>>()})
}

fn written(message: &Message) -> Value {
    let mut attributes = json!({
        "SentTimestamp": message.sent.timestamp_millis().to_string(),
        "ApproximateReceiveCount": message.receives.to_string(),
    });
    if let Some(group) = &message.group {
        attributes["MessageGroupId"] = group.as_str().into();
    }
    json!({
        "MessageId": message.id,
        "ReceiptHandle": message.place.number.to_string(),
        "MD5OfBody": md5(message.body.as_bytes()),
        "Body": message.body,
        "Attributes": attributes,
    })
}

/// Does something for each entry of a batch, by its receipt.
fn each(input: &Value, act: impl Fn(u64, &Value) -> bool) -> Value {
    let entries = input["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (mut successful, mut failed) = (vec![], vec![]);
    for entry in entries {
        let receipt = entry["ReceiptHandle"].as_str().and_then(|receipt| receipt.parse().ok());
        if receipt.is_some_and(|receipt| act(receipt, entry)) {
            successful.push(json!({"Id": entry["Id"]}));
        } else {
            failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": "ReceiptHandleIsInvalid"}));
        }
    }
    json!({"Successful": successful, "Failed": failed})
}

fn delete(simulator: &Simulator, sources: Sources<'_>, receipt: u64) -> bool {
    simulator.runtime.change(|state| sources.iter().any(|source| state.queues.delete_dead(source, receipt)))
}

fn show(simulator: &Simulator, sources: Sources<'_>, receipt: u64, entry: &Value) -> bool {
    let again = simulator.now() + TimeDelta::seconds(entry["VisibilityTimeout"].as_i64().unwrap_or_default());
    simulator
        .runtime
        .change(|state| sources.iter().any(|source| state.queues.show_dead(source, receipt, again)))
}
