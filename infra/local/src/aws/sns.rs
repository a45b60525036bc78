//! SNS by the query protocol: takes SMS and writes the delivery log that CloudWatch hands on.

use std::io::Write;
use std::time::Instant;

use axum::http::StatusCode;
use base64::Engine;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use varsling_domain::channel::Channel;

use super::reply::{Refused, Reply};
use super::service::Service;
use crate::functions::{ACCOUNT, REGION};
use crate::outbox::Entry;
use crate::runtime::Caller;
use crate::simulator::Simulator;

/// The account's settings: every delivery is logged.
const ATTRIBUTES: &str = "<attributes><entry><key>DeliveryStatusIAMRole</key><value>local</value></entry>\
    <entry><key>DeliveryStatusSuccessSamplingRate</key><value>100</value></entry></attributes>";

/// Answers one operation; the others are what a start-up asks, and an operator's tool.
pub fn answer(
    simulator: &Simulator,
    caller: Caller<'_>,
    operation: &str,
    form: &Value,
) -> Result<Value, Refused> {
    match (operation, form["PhoneNumber"].as_str(), form["Message"].as_str()) {
        ("GetSMSAttributes", ..) => Ok(ATTRIBUTES.into()),
        ("GetSMSSandboxAccountStatus", ..) => Ok("<IsInSandbox>false</IsInSandbox>".into()),
        // There are no alarms here, which somebody would have to hear of.
        ("ListSubscriptionsByTopic", ..) => Ok("<Subscriptions/>".into()),
        ("Publish", Some(number), Some(message))
            if number.starts_with('+') && (1..=1600).contains(&message.chars().count()) =>
        {
            simulator.account.take_sms(simulator.now())?;
            Ok(publish(simulator, caller, number, message, form))
        }
        _ => Err(Refused::new("InvalidParameter", "not an SMS to a number")),
    }
}

fn attribute<'a>(form: &'a Value, name: &str) -> Option<&'a str> {
    let (entry, _) =
        form.as_object()?.iter().find(|(field, value)| field.ends_with(".Name") && *value == name)?;
    form[format!("{}.Value.StringValue", entry.strip_suffix(".Name")?)].as_str()
}

fn publish(simulator: &Simulator, caller: Caller<'_>, number: &str, message: &str, form: &Value) -> Value {
    let id = simulator.ids.next().to_string();
    simulator.outbox.record(Entry {
        channel: Channel::Sms,
        to: number.into(),
        sender: attribute(form, "AWS.SNS.SMS.SenderID").map(String::from),
        tenant: None,
        subject: None,
        body: message.into(),
        content_type: None,
        attachments: vec![],
        at: simulator.stamp(),
        notification_id: attribute(form, "notificationId").map(String::from),
        handed_over: Instant::now(),
    });
    let log = log(simulator, &id, number).to_string();
    if let Ok(data) = zipped(log.as_bytes()) {
        simulator.report(caller, "sms-log", &json!({"awslogs": {"data": data}}));
    }
    format!("<MessageId>{id}</MessageId>").into()
}

fn log(simulator: &Simulator, id: &str, number: &str) -> Value {
    let now = simulator.now();
    let (status, response) = match unsent(simulator) {
        Some(reason) => ("FAILURE", reason),
        None => ("SUCCESS", "Message has been accepted by phone".into()),
    };
    let line = json!({
        "notification": {"messageId": id, "timestamp": now.format("%Y-%m-%d %H:%M:%S%.3f").to_string()},
        "delivery": {"destination": number, "providerResponse": response},
        "status": status,
    });
    let event = json!({"id": id, "timestamp": now.timestamp_millis(), "message": line.to_string()});
    json!({
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": format!("sns/{REGION}/{ACCOUNT}/DirectPublishToPhoneNumber"),
        "logStream": id,
        "subscriptionFilters": ["record-delivery"],
        "logEvents": [event],
    })
}

/// Why an SMS that was taken is not delivered, if it is not.
fn unsent(simulator: &Simulator) -> Option<String> {
    let unpaid = !simulator.account.pay_for_sms(simulator.now());
    // SNS takes what the spend limit keeps it from sending.
    unpaid.then(|| "No quota left for account".into()).or_else(|| simulator.faults.sms_report())
}

fn zipped(text: &[u8]) -> std::io::Result<String> {
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(text)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(zipped.finish()?))
}

/// An answer in XML.
pub fn reply(operation: &str, answer: Result<Value, Refused>) -> Reply {
    let space = "xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"";
    let request = format!("<RequestId>{}</RequestId>", uuid::Uuid::new_v4());
    let (status, body) = match answer {
        Ok(result) => {
            let result = result.as_str().unwrap_or_default();
            let result = format!("<{operation}Result>{result}</{operation}Result>");
            let data = format!("<ResponseMetadata>{request}</ResponseMetadata>");
            (StatusCode::OK, format!("<{operation}Response {space}>{result}{data}</{operation}Response>"))
        }
        Err(Refused { status, code, message }) => {
            let blame = if status.is_server_error() { "Receiver" } else { "Sender" };
            let error = format!("<Type>{blame}</Type><Code>{code}</Code><Message>{message}</Message>");
            (status, format!("<ErrorResponse {space}><Error>{error}</Error>{request}</ErrorResponse>"))
        }
    };
    Reply { status, content_type: Service::Sns.content_type(), error_type: None, function_error: false, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_their_names() {
        let form = json!({
            "MessageAttributes.entry.1.Name": "notificationId",
            "MessageAttributes.entry.1.Value.StringValue": "a-0",
            "MessageAttributes.entry.2.Name": "AWS.SNS.SMS.SenderID",
            "MessageAttributes.entry.2.Value.StringValue": "Kommunen",
        });
        assert_eq!(attribute(&form, "AWS.SNS.SMS.SenderID"), Some("Kommunen"));
        assert_eq!(attribute(&form, "AWS.SNS.SMS.SMSType"), None);
    }
}
