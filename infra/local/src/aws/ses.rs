//! SESv2: takes e-mails and reports what became of them.
//!
//! Addresses of SES's own mailbox simulator fare as they do there; all others are delivered.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::outbox::Entry;
use crate::queues;
use crate::world::World;

/// Answers one operation; the only other one is what a start-up asks.
pub fn answer(world: &Arc<World>, function: &str, path: &str, input: &Value) -> Response {
    match path {
        "v2/email/outbound-emails" => match entry(world, input) {
            Some(entry) => send(world, function, entry),
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
    // An HTML e-mail has a plain alternative, which is not what it is.
    let (content_type, body) = match (&simple["Body"]["Html"]["Data"], &simple["Body"]["Text"]["Data"]) {
        (Value::String(html), Value::String(_)) => ("Html", html),
        (Value::Null, Value::String(text)) => ("Plain", text),
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

fn send(world: &Arc<World>, function: &str, entry: Entry) -> Response {
    let id = format!("{}-000000", uuid::Uuid::new_v4());
    let notification = entry.notification_id.clone().unwrap_or_default();
    let outcome = outcome(&entry.to);
    world.outbox.record(entry);
    let reporting = Arc::clone(world);
    world.invoker.afterwards(function, move || {
        report(&reporting, &notification, ("Email Sent", "", ""));
        report(&reporting, &notification, outcome);
    });
    Json(json!({"MessageId": id})).into_response()
}

/// An event's detail type, and the type and sub-type of a bounce.
type Outcome = (&'static str, &'static str, &'static str);

fn outcome(to: &str) -> Outcome {
    let (local, domain) = to.split_once('@').unwrap_or_default();
    match local.split('+').next().filter(|_| domain == "simulator.amazonses.com") {
        Some("bounce") => ("Email Bounced", "Permanent", "General"),
        Some("suppressionlist") => ("Email Bounced", "Permanent", "Suppressed"),
        Some("complaint") => ("Email Complaint Received", "", ""),
        _ => ("Email Delivered", "", ""),
    }
}

/// What the template's rule makes of an event of SES; the contract tests hold real events against it.
fn report(world: &World, notification: &str, (event, bounce, sub_type): Outcome) {
    let report = json!({
        "event": event,
        "notification": notification,
        "at": world.stamp(),
        "bounceType": bounce,
        "bounceSubType": sub_type,
    });
    if let Some(reports) = queues::spec("reports") {
        world.enqueue(reports, report.to_string());
    }
}
