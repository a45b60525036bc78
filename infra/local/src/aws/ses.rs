//! SESv2: takes e-mails and reports what became of them as events on the default bus.
//!
//! Addresses of SES's own mailbox simulator fare as they do there; all others are delivered.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::bus;
use crate::functions::{ACCOUNT, REGION};
use crate::outbox::Entry;
use crate::world::World;

/// Answers one operation; the only other one is what a start-up asks.
pub fn answer(world: &Arc<World>, function: &str, path: &str, input: &Value) -> Response {
    match path {
        "v2/email/outbound-emails" => match entry(world, input) {
            Some(entry) => send(world, function, entry, input),
            None => {
                error(StatusCode::BAD_REQUEST, "BadRequestException", "not a simple e-mail to one address")
            }
        },
        "v2/email/account" => Json(json!({"SendingEnabled": true})).into_response(),
        _ => error(StatusCode::NOT_FOUND, "NotFoundException", "not simulated"),
    }
}

/// What an ordered fault answers.
pub fn refusal(status: StatusCode) -> Response {
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => "TooManyRequestsException",
        StatusCode::BAD_REQUEST => "MessageRejected",
        status if status.is_server_error() => "InternalServiceErrorException",
        _ => "BadRequestException",
    };
    error(status, code, "ordered by a fault")
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, [("x-amzn-errortype", code.to_owned())], Json(json!({"message": message}))).into_response()
}

fn entry(world: &World, input: &Value) -> Option<Entry> {
    let simple = &input["Content"]["Simple"];
    let (content_type, body) = match (&simple["Body"]["Text"]["Data"], &simple["Body"]["Html"]["Data"]) {
        (Value::String(text), _) => ("Plain", text),
        (_, Value::String(html)) => ("Html", html),
        _ => return None,
    };
    Some(Entry {
        channel: "Email",
        to: input["Destination"]["ToAddresses"][0].as_str()?.into(),
        sender: input["FromEmailAddress"].as_str().map(String::from),
        subject: Some(simple["Subject"]["Data"].as_str()?.into()),
        body: body.clone(),
        content_type: Some(content_type),
        at: world.stamp(),
        notification_id: tag(input).map(String::from),
        handed_over: Instant::now(),
    })
}

fn tag(input: &Value) -> Option<&str> {
    let tags = input["EmailTags"].as_array()?;
    tags.iter().find(|tag| tag["Name"] == "notification")?["Value"].as_str()
}

fn send(world: &Arc<World>, function: &str, entry: Entry, input: &Value) -> Response {
    let id = format!("{}-000000", uuid::Uuid::new_v4());
    let mail = mail(world, &id, &entry, input);
    let outcome = outcome(world, &entry.to);
    world.outbox.record(entry);
    let reporting = Arc::clone(world);
    world.invoker.afterwards(function, move || {
        report(&reporting, &mail, ("Send", "Email Sent", json!({})));
        report(&reporting, &mail, outcome);
    });
    Json(json!({"MessageId": id})).into_response()
}

fn mail(world: &World, id: &str, entry: &Entry, input: &Value) -> Value {
    let mut tags =
        json!({"ses:operation": ["SendEmail"], "ses:configuration-set": [input["ConfigurationSetName"]]});
    for tag in input["EmailTags"].as_array().into_iter().flatten() {
        tags[tag["Name"].as_str().unwrap_or_default()] = json!([tag["Value"]]);
    }
    json!({
        "timestamp": world.stamp(),
        "source": entry.sender,
        "sendingAccountId": ACCOUNT,
        "messageId": id,
        "destination": [entry.to],
        "commonHeaders": {"from": [entry.sender], "to": [entry.to], "subject": entry.subject},
        "tags": tags,
    })
}

/// An event's name in its detail, its detail type, and what it says.
type Outcome = (&'static str, &'static str, Value);

fn outcome(world: &World, to: &str) -> Outcome {
    let timestamp = world.stamp();
    let (local, domain) = to.split_once('@').unwrap_or_default();
    let delivered = json!({"timestamp": timestamp, "processingTimeMillis": 100, "recipients": [to],
                           "smtpResponse": "250 2.0.0 OK", "reportingMTA": "a8-53.smtp-out.amazonses.com"});
    let bounce = |sub_type: &str| {
        json!({"timestamp": timestamp, "bounceType": "Permanent", "bounceSubType": sub_type,
               "bouncedRecipients": [{"emailAddress": to, "action": "failed", "status": "5.1.1"}],
               "feedbackId": uuid::Uuid::new_v4()})
    };
    let simulated = domain == "simulator.amazonses.com";
    match local.split('+').next().filter(|_| simulated) {
        Some("bounce") => ("Bounce", "Email Bounced", bounce("General")),
        Some("suppressionlist") => ("Bounce", "Email Bounced", bounce("Suppressed")),
        Some("complaint") => {
            let complaint = json!({"timestamp": timestamp, "complainedRecipients": [{"emailAddress": to}]});
            ("Complaint", "Email Complaint Received", complaint)
        }
        _ => ("Delivery", "Email Delivered", delivered),
    }
}

fn report(world: &World, mail: &Value, (kind, detail_type, says): Outcome) {
    let mut detail = json!({"eventType": kind, "mail": mail});
    detail[kind.to_lowercase()] = says;
    let configuration_set = mail["tags"]["ses:configuration-set"][0].as_str().unwrap_or_default();
    let arn = format!("arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{configuration_set}");
    let event = Map::from_iter([
        ("source".to_string(), json!("aws.ses")),
        ("detail-type".to_string(), json!(detail_type)),
        ("resources".to_string(), json!([arn])),
        ("detail".to_string(), detail),
    ]);
    bus::publish(world, event);
}
