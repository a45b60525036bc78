//! SQS: sending, and the attributes that a start-up asks for.

use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::dead_letters;
use super::reply::Refused;
use crate::event_sources::{self, EventSource, Kind};
use crate::functions::{ACCOUNT, REGION};
use crate::queues::Message;
use crate::simulator::Simulator;

const INVALID: &str = "com.amazonaws.sqs#InvalidParameterValue";
const MISSING: &str = "com.amazonaws.sqs#MissingParameter";
const TOO_LONG: &str = "com.amazonaws.sqs#BatchRequestTooLong";
/// The largest message, and the largest batch, in bytes.
const LARGEST: usize = 1024 * 1024;
const LONGEST_DELAY: i64 = 900;
const LONGEST_GROUP: usize = 128;

/// Answers one operation.
pub fn answer(simulator: &Simulator, operation: &str, input: &Value) -> Result<Value, Refused> {
    let of_dead_letters = event_sources::with_dead_letters(queue_name(input));
    if !of_dead_letters.is_empty() {
        return dead_letters::answer(simulator, &of_dead_letters, operation, input);
    }
    let queue = event_sources::named(queue_name(input))
        .filter(|source| source.is_queue())
        .ok_or(Refused::new("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist."))?;
    match operation {
        "SendMessage" => send(simulator, queue, input),
        "SendMessageBatch" => send_batch(simulator, queue, input),
        "GetQueueAttributes" => Ok(attributes(simulator, queue)),
        _ => Err(Refused::new("com.amazonaws.sqs#UnsupportedOperation", "not simulated")),
    }
}

/// The name of the queue that a request is about; empty where it is about none.
pub fn queue_name(input: &Value) -> &str {
    input["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default()
}

/// Everything that is known of a queue, whatever was asked for.
fn attributes(simulator: &Simulator, queue: &EventSource) -> Value {
    let depth = simulator.runtime.look(|state| state.queues.depth(queue.name, simulator.now()));
    json!({"Attributes": {
        "QueueArn": arn(queue),
        "ApproximateNumberOfMessages": depth.visible.to_string(),
        "ApproximateNumberOfMessagesNotVisible": depth.in_flight.to_string(),
        "ApproximateNumberOfMessagesDelayed": depth.delayed.to_string(),
    }})
}

fn send(simulator: &Simulator, queue: &'static EventSource, input: &Value) -> Result<Value, Refused> {
    let message = message(queue, input, simulator.now())?;
    let md5 = md5(message.body.as_bytes());
    Ok(json!({"MessageId": simulator.send(message), "MD5OfMessageBody": md5}))
}

/// The message that a request describes, if the queue takes such.
fn message(queue: &'static EventSource, input: &Value, now: DateTime<Utc>) -> Result<Message, Refused> {
    let body = input["MessageBody"].as_str().ok_or(Refused::new(INVALID, "MessageBody is required."))?;
    let delay = input["DelaySeconds"].as_i64().unwrap_or_default();
    if !(0..=LONGEST_DELAY).contains(&delay) {
        return Err(Refused::new(INVALID, "DelaySeconds must be from 0 to 900."));
    }
    if body.len() > LARGEST {
        return Err(Refused::new(INVALID, "Message must be shorter than 1048576 bytes."));
    }
    let [group, deduplication] =
        ["MessageGroupId", "MessageDeduplicationId"].map(|name| input[name].as_str().map(String::from));
    if group.as_ref().is_some_and(|group| group.len() > LONGEST_GROUP) {
        return Err(Refused::new(INVALID, "MessageGroupId can only include up to 128 characters."));
    }
    let message = Message::new(queue, now, TimeDelta::seconds(delay), body.into());
    suits(Message { group, deduplication, ..message }, now)
}

/// A FIFO queue wants a group and a deduplication id, and delays none of its messages by itself; a standard queue
/// has nothing to deduplicate by.
fn suits(message: Message, now: DateTime<Utc>) -> Result<Message, Refused> {
    let is_delayed = message.place.visible > now;
    match (message.queue.kind, &message.group, &message.deduplication) {
        (Kind::Fifo, None, _) => {
            Err(Refused::new(MISSING, "The request must contain the parameter MessageGroupId."))
        }
        (Kind::Fifo, _, None) => {
            Err(Refused::new(MISSING, "The queue should have a MessageDeduplicationId provided."))
        }
        (Kind::Fifo, ..) if is_delayed => {
            Err(Refused::new(INVALID, "DelaySeconds is invalid for this queue."))
        }
        (Kind::Standard, _, Some(_)) => {
            Err(Refused::new(INVALID, "MessageDeduplicationId is invalid for this queue type."))
        }
        _ => Ok(message),
    }
}

fn send_batch(simulator: &Simulator, queue: &'static EventSource, input: &Value) -> Result<Value, Refused> {
    let entries = input["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=10).contains(&entries.len()) {
        return Err(Refused::new(INVALID, "There must be from 1 to 10 entries."));
    }
    if entries.iter().filter_map(|entry| entry["MessageBody"].as_str()).map(str::len).sum::<usize>() > LARGEST
    {
        return Err(Refused::new(TOO_LONG, "Batch requests cannot be longer than 1048576 bytes."));
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = &entry["Id"];
        match send(simulator, queue, entry) {
            Ok(sent) => successful.push(json!({"Id": id, "MessageId": sent["MessageId"],
                "MD5OfMessageBody": sent["MD5OfMessageBody"]})),
            Err(refused) => failed.push(json!({"Id": id, "SenderFault": true, "Code": refused.code,
                "Message": refused.message})),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

/// A queue's name in AWS.
pub fn arn(queue: &EventSource) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", queue.name)
}

/// The MD5 of some bytes in hexadecimal.
pub fn md5(bytes: &[u8]) -> String {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(bytes).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queues::tests::{FIFO, at};

    fn refused(queue: &'static EventSource, input: &Value) -> Option<String> {
        message(queue, input, at(0)).err().map(|refused| refused.code.into_owned())
    }

    #[test]
    fn md5_is_hexadecimal() {
        assert_eq!(super::md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn a_standard_queue_delays_for_a_quarter_of_an_hour_at_most() {
        let email = event_sources::named("email").unwrap();
        assert_eq!(refused(email, &json!({"MessageBody": "x", "DelaySeconds": 900})), None);
        assert!(refused(email, &json!({"MessageBody": "x", "DelaySeconds": 901})).is_some());
        assert!(refused(email, &json!({"MessageBody": "x", "MessageDeduplicationId": "1"})).is_some());
    }

    #[test]
    fn a_message_has_a_mebibyte_at_most() {
        let email = event_sources::named("email").unwrap();
        assert_eq!(refused(email, &json!({"MessageBody": "x".repeat(LARGEST)})), None);
        assert!(refused(email, &json!({"MessageBody": "x".repeat(LARGEST + 1)})).is_some());
    }

    #[test]
    fn a_fifo_queue_wants_a_group_and_a_deduplication_id_and_no_delay() {
        let (group, id) = ("MessageGroupId", "MessageDeduplicationId");
        assert_eq!(refused(&FIFO, &json!({"MessageBody": "x", group: "a", id: "1"})), None);
        for wrong in [
            json!({"MessageBody": "x", group: "a"}),
            json!({"MessageBody": "x", id: "1"}),
            json!({"MessageBody": "x", group: "a", id: "1", "DelaySeconds": 1}),
        ] {
            assert!(refused(&FIFO, &wrong).is_some(), "{wrong}");
        }
    }
}
