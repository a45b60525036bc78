//! SNS by the query protocol: takes SMS and writes the delivery log that CloudWatch hands on.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::xml_answer;
use crate::functions::{ACCOUNT, REGION};
use crate::outbox::Entry;
use crate::queues;
use crate::world::World;

/// A form's fields.
type Form = [(String, String)];

/// Answers one operation; the only other one is what a start-up asks.
pub fn answer(world: &Arc<World>, function: &str, operation: &str, form: &Form) -> Response {
    match operation {
        "Publish" => match (field(form, "PhoneNumber"), field(form, "Message")) {
            (Some(number), Some(message)) if number.starts_with('+') && !message.is_empty() => {
                publish(world, function, number, message, form)
            }
            _ => error(StatusCode::BAD_REQUEST, "InvalidParameter", "PhoneNumber or Message"),
        },
        "GetSMSAttributes" => result(operation, "<attributes/>"),
        _ => error(StatusCode::BAD_REQUEST, "InvalidAction", "not simulated"),
    }
}

/// What an ordered fault answers.
pub fn refusal(status: StatusCode) -> Response {
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => "Throttling",
        status if status.is_server_error() => "InternalError",
        _ => "InvalidParameter",
    };
    error(status, code, "ordered by a fault")
}

/// A form's field.
pub fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

fn attribute<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    let (entry, _) = form.iter().find(|(field, value)| field.ends_with(".Name") && value == name)?;
    field(form, &format!("{}.Value.StringValue", entry.strip_suffix(".Name")?))
}

fn result(operation: &str, inner: &str) -> Response {
    let request = uuid::Uuid::new_v4();
    let body = format!(
        "<{operation}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
         <{operation}Result>{inner}</{operation}Result>\
         <ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></{operation}Response>"
    );
    xml_answer(StatusCode::OK, body)
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let blame = if status.is_server_error() { "Receiver" } else { "Sender" };
    let request = uuid::Uuid::new_v4();
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{blame}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
    );
    xml_answer(status, body)
}

fn publish(world: &Arc<World>, function: &str, number: &str, message: &str, form: &Form) -> Response {
    let id = uuid::Uuid::new_v4().to_string();
    world.outbox.record(Entry {
        channel: "Sms",
        to: number.into(),
        sender: attribute(form, "AWS.SNS.SMS.SenderID").map(String::from),
        subject: None,
        body: message.into(),
        content_type: None,
        at: world.stamp(),
        notification_id: attribute(form, "notificationId").map(String::from),
        handed_over: Instant::now(),
    });
    if let (Some(event), Some(queue)) = (log_event(world, &id, number), queues::spec("sms-log")) {
        let logging = Arc::clone(world);
        world.invoker.afterwards(function, move || logging.enqueue(queue, event.to_string()));
    }
    result("Publish", &format!("<MessageId>{id}</MessageId>"))
}

fn log_event(world: &World, id: &str, number: &str) -> Option<Value> {
    let now = world.now();
    let line = json!({
        "notification": {"messageId": id, "timestamp": now.format("%Y-%m-%d %H:%M:%S%.3f").to_string()},
        "delivery": {
            "phoneCarrier": "Telenor Norge AS", "mnc": 1, "mcc": 242, "numberOfMessageParts": 1,
            "destination": number, "priceInUSD": 0.06, "smsType": "Transactional",
            "providerResponse": "Message has been accepted by phone", "dwellTimeMs": 599,
            "dwellTimeMsUntilDeviceAck": 1344,
        },
        "status": "SUCCESS",
    });
    let data = json!({
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": format!("sns/{REGION}/{ACCOUNT}/DirectPublishToPhoneNumber"),
        "logStream": uuid::Uuid::new_v4(),
        "subscriptionFilters": ["record-delivery"],
        "logEvents": [{
            "id": uuid::Uuid::new_v4().simple().to_string(),
            "timestamp": now.timestamp_millis(),
            "message": line.to_string(),
        }],
    });
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(data.to_string().as_bytes()).ok()?;
    let data = base64::engine::general_purpose::STANDARD.encode(zipped.finish().ok()?);
    Some(json!({"awslogs": {"data": data}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_their_names() {
        let form = [
            ("MessageAttributes.entry.1.Name", "notificationId"),
            ("MessageAttributes.entry.1.Value.StringValue", "a-0"),
            ("MessageAttributes.entry.2.Name", "AWS.SNS.SMS.SenderID"),
            ("MessageAttributes.entry.2.Value.StringValue", "Kommunen"),
        ];
        let form = form.map(|(name, value)| (name.to_string(), value.to_string()));
        assert_eq!(attribute(&form, "AWS.SNS.SMS.SenderID"), Some("Kommunen"));
        assert_eq!(attribute(&form, "AWS.SNS.SMS.SMSType"), None);
    }
}
