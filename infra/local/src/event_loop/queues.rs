//! What Lambda's pollers do with the queues: hand over a batch, and delete what was worked off.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use varsling_function::clock::Clock;

use crate::aws::service::Service;
use crate::aws::sqs;
use crate::event_sources::{EventSource, Kind};
use crate::queues::Message;
use crate::runtime::invoker::Answer;
use crate::runtime::{Caller, State};
use crate::simulator::Simulator;

/// Who asks the queues for messages, and deletes them.
const POLLER: Caller<'_> = Caller { function: "poller", activity: None };

/// Hands over one batch, if there is one.
pub fn deliver_from(simulator: &Simulator, source: &'static EventSource) -> bool {
    let (runtime, now) = (&simulator.runtime, simulator.now());
    // Looked at first: a change that changes nothing would wake the loop for ever.
    if !runtime.look(|state| state.may_deliver(source, now)) {
        return false;
    }
    let order = simulator.faults.order_of(source.name);
    let taken = runtime.change(|state| {
        let batch = state.queues.take(source, now, order);
        // What was received too often or kept too long is no batch.
        (!batch.is_empty()).then(|| (state.begin(runtime, source.function, Some(source.name)), batch))
    });
    let Some((begun, batch)) = taken else { return true };
    let event = match batch.as_slice() {
        [message] if source.kind == Kind::Asynchronous => {
            serde_json::from_str(&message.body).unwrap_or_default()
        }
        messages => json!({"Records": messages.iter().map(record).collect::<Vec<_>>()}),
    };
    if source.is_queue() {
        // The poller deletes what was worked off.
        simulator.costs.count(POLLER, Service::Sqs, "ReceiveMessage");
        simulator.costs.count(POLLER, Service::Sqs, "DeleteMessageBatch");
    }
    let clock = Arc::clone(&simulator.clock);
    drop(runtime.run(begun, event, move |state, answer| finish(state, &batch, answer, clock.now())));
    true
}

/// What was worked off is deleted; the rest will be seen again.
fn finish(state: &mut State, batch: &[Message], answer: &Answer, now: DateTime<Utc>) {
    let failed = failures(answer, batch);
    log(batch, answer, failed.len());
    for message in batch {
        state.queues.finish(message, !failed.contains(&message.id.to_string()), now);
    }
}

fn log(batch: &[Message], answer: &Answer, failed: usize) {
    let (function, messages) = (batch.first().map(|message| message.queue.function), batch.len());
    match answer {
        Ok(_) => tracing::info!(function, messages, failed, "invoked"),
        Err(error) => tracing::warn!(function, messages, %error, "failed"),
    }
}

/// Which messages of a batch failed. As in Lambda, an answer that names a message which is not in the
/// batch fails it as a whole.
fn failures(answer: &Answer, batch: &[Message]) -> HashSet<String> {
    let all: HashSet<String> = batch.iter().map(|message| message.id.to_string()).collect();
    let Ok(answer) = answer else { return all };
    let named = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Option<HashSet<_>> =
        named.iter().map(|failure| failure["itemIdentifier"].as_str().map(String::from)).collect();
    named.filter(|named| named.is_subset(&all)).unwrap_or(all)
}

fn record(message: &Message) -> Value {
    let mut attributes = json!({
        "ApproximateReceiveCount": message.receives.to_string(),
        "SentTimestamp": message.sent.timestamp_millis().to_string(),
    });
    let optional = [("MessageGroupId", &message.group), ("MessageDeduplicationId", &message.deduplication)];
    for (name, value) in optional {
        if let Some(value) = value {
            attributes[name] = value.as_str().into();
        }
    }
    json!({
        "messageId": message.id,
        "body": message.body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": sqs::arn(message.queue),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;
    use crate::queues::{Order, Queues};
    use chrono::TimeDelta;

    fn batch() -> Vec<Message> {
        let mut queues = Queues::default();
        let (email, now) = (named("email").unwrap(), Utc::now());
        for body in ["a", "b"] {
            let message = Message::new(email, now, TimeDelta::zero(), body.into());
            queues.send(&Message { group: Some("991825827".into()), ..message });
        }
        queues.take(email, now, Order::Usual)
    }

    /// An answer that names a message that has failed.
    fn naming(id: &str) -> Value {
        json!({"batchItemFailures": [{"itemIdentifier": id}]})
    }

    #[test]
    fn the_named_messages_failed_or_all_of_them() {
        let batch = batch();
        let first = batch[0].id.to_string();
        assert_eq!(failures(&Ok(naming(&first)), &batch), HashSet::from([first]));
        assert!(failures(&Ok(json!({"batchItemFailures": []})), &batch).is_empty());
        assert!(failures(&Ok(json!(null)), &batch).is_empty());
        assert_eq!(failures(&Ok(naming("unknown")), &batch).len(), 2);
        assert_eq!(failures(&Err("no".into()), &batch).len(), 2);
    }

    #[test]
    fn a_record_is_what_the_functions_read() {
        let event = json!({"Records": [record(&batch()[0])]});
        let event: aws_lambda_events::sqs::SqsEvent = serde_json::from_value(event).unwrap();
        assert_eq!(event.records[0].body.as_deref(), Some("a"));
        assert_eq!(event.records[0].attributes["MessageGroupId"], "991825827");
    }
}
