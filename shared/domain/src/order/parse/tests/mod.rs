//! What is read of an order, and what is refused.

mod any_json;
mod example;
mod faults;
mod faulty_recipients;
mod lists;
mod own_reminders;
mod real_clients;
mod templates;
mod times;
mod valid;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::order::{OnUncertainOutcome, Priority};

const PERSON: &str = "20914695016";
const ORGANIZATION: &str = "313600947";

fn now() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

fn parse(body: &Value) -> Result<ParsedOrder, Faults> {
    parse_by(body, EndpointPolicy::Public, &registered())
}

/// What is settled for the owner of these orders.
fn registered() -> OwnerSettings {
    OwnerSettings {
        sms_senders: ["Etaten", "Kommunen", "NAV"].map(str::to_owned).to_vec(),
        ..OwnerSettings::default()
    }
}

/// Every number there is.
fn everywhere() -> AllowedNumbers {
    "*:any".parse().unwrap()
}

fn parse_by(body: &Value, endpoints: EndpointPolicy, owner: &OwnerSettings) -> Result<ParsedOrder, Faults> {
    parse_order(
        body,
        &Rules {
            now: now(),
            endpoints,
            links: &Links::Allowed,
            numbers: &everywhere(),
            owner,
            templates: &OwnTemplates::new(),
        },
    )
}

/// The smallest order there is.
fn minimal() -> Value {
    json!({"idempotencyId": "mail-1", "recipient": email_recipient()})
}

fn email_recipient() -> Value {
    json!({"recipientEmail": {"emailAddress": "ola@example.org", "emailSettings": email_settings()}})
}

fn sms_recipient() -> Value {
    json!({"recipientSms": {"phoneNumber": "+4741234567", "smsSettings": {"body": "Siste påminnelse."}}})
}

fn email_settings() -> Value {
    json!({"subject": "Kvittering", "body": "Mottatt."})
}

fn person(schema: &str) -> Value {
    json!({"recipientPerson": {
        "nationalIdentityNumber": PERSON,
        "channelSchema": schema,
        "emailSettings": email_settings(),
        "smsSettings": {"body": "Mottatt."},
    }})
}

fn order_to(recipient: &Value) -> Value {
    with(&minimal(), "/recipient", recipient.clone())
}

/// The body with one value put in at a JSON pointer, whose parent must exist.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
    body
}
