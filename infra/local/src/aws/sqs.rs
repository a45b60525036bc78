//! SQS: sending, and the attributes that a start-up asks for.

use chrono::TimeDelta;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::Refused;
use crate::event_sources::{self, EventSource};
use crate::functions::{ACCOUNT, REGION};
use crate::simulator::Simulator;

const INVALID: &str = "com.amazonaws.sqs#InvalidParameterValue";

/// Answers one operation.
pub fn answer(simulator: &Simulator, operation: &str, input: &Value) -> Result<Value, Refused> {
    let name = input["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
    let queue = event_sources::named(name)
        .filter(|source| source.is_queue())
        .ok_or(Refused::new("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist."))?;
    match operation {
        "SendMessage" => send(simulator, queue, input),
        "SendMessageBatch" => send_batch(simulator, queue, input),
        "GetQueueAttributes" => Ok(json!({"Attributes": {"QueueArn": arn(queue)}})),
        _ => Err(Refused::new("com.amazonaws.sqs#UnsupportedOperation", "not simulated")),
    }
}

fn send(simulator: &Simulator, queue: &'static EventSource, input: &Value) -> Result<Value, Refused> {
    let body = input["MessageBody"].as_str().ok_or(Refused::new(INVALID, "MessageBody is required."))?;
    let delay = input["DelaySeconds"].as_i64().unwrap_or_default();
    if !(0..=900).contains(&delay) {
        return Err(Refused::new(INVALID, "DelaySeconds must be from 0 to 900."));
    }
    let id = simulator.send(queue, TimeDelta::seconds(delay), body.into(), input["MessageGroupId"].as_str());
    Ok(json!({"MessageId": id, "MD5OfMessageBody": md5(body.as_bytes())}))
}

fn send_batch(simulator: &Simulator, queue: &'static EventSource, input: &Value) -> Result<Value, Refused> {
    let entries = input["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=10).contains(&entries.len()) {
        return Err(Refused::new(INVALID, "There must be from 1 to 10 entries."));
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
fn md5(bytes: &[u8]) -> String {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(bytes).into()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn md5_is_hexadecimal() {
        assert_eq!(super::md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
