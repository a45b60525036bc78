//! The rules of the older service, one test with a table for each, by the sections of the reference in which
//! they are described: A4 who gets what on which channel, A5 who is notified, A6 templates and keywords, A7 the
//! window, A8 reminders. Where this service differs on purpose, the test shows our rule and says so.

mod a4_channels;
mod a5_recipients;
mod a6_templates;
mod a7_window;
mod a8_reminders;

use std::collections::BTreeMap;

use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};
use varsling_domain::address::ContactAddress;
use varsling_domain::chain::{Accepting, Backlogs, Chain, Kept};
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::ids::{ChainId, IdKey, OrderKind};
use varsling_domain::order::EndpointPolicy;
use varsling_domain::order::fingerprint::Fingerprint;
use varsling_domain::order::parse::{OwnTemplates, ParsedOrder, Rules, parse_order};
use varsling_domain::owner::{Links, OwnerSettings};
use varsling_domain::recipients::{DatedAddress, PersonContact, Resolution};
use varsling_domain::request::Faults;
use varsling_domain::window::SendingWindow;

const PERSON: &str = "20914695016";
const OWNER: &str = "991825827";
const EMAIL: &str = "kari@example.no";
const MOBILE: &str = "+4790000001";

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A Monday at ten.
fn now() -> DateTime<Utc> {
    utc("2026-11-02T10:00:00+01:00")
}

fn parse(body: &Value) -> Result<ParsedOrder, Faults> {
    parse_with(body, &Links::Allowed)
}

fn parse_with(body: &Value, links: &Links) -> Result<ParsedOrder, Faults> {
    parse_by(body, links, &BTreeMap::new())
}

fn parse_by(body: &Value, links: &Links, templates: &OwnTemplates) -> Result<ParsedOrder, Faults> {
    let (owner, endpoints) = (OwnerSettings::default(), EndpointPolicy::Public);
    let numbers = &"EEA".parse().unwrap();
    parse_order(body, &Rules { now: now(), endpoints, links, numbers, owner: &owner, templates })
}

/// The paths of what is wrong with an order.
fn faults(body: &Value) -> Vec<String> {
    let faults = parse(body).err().map(Faults::into_map).unwrap_or_default();
    faults.into_keys().collect()
}

fn order_to(recipient: &Value) -> Value {
    json!({"idempotencyId": "1", "recipient": recipient})
}

fn person(schema: &str) -> Value {
    json!({"recipientPerson": {"nationalIdentityNumber": PERSON, "channelSchema": schema,
        "emailSettings": {"subject": "Emne", "body": "Tekst"}, "smsSettings": {"body": "SMS"}}})
}

fn from_template(name: &str, schema: &str, language: &str, tokens: &Value) -> Value {
    json!({"recipientPerson": {"nationalIdentityNumber": PERSON, "channelSchema": schema,
        "template": {"name": name, "language": language, "tokens": tokens}}})
}

fn email(address: &str) -> ContactAddress {
    ContactAddress::parse_registered(Channel::Email, address).unwrap()
}

fn mobile(number: &str) -> ContactAddress {
    ContactAddress::parse_registered(Channel::Sms, number).unwrap()
}

fn months_ago(months: u32) -> DateTime<Utc> {
    now() - Months::new(months)
}

/// What KRR says of somebody with these addresses, each last confirmed so many months ago.
fn registered(email_months: Option<u32>, mobile_months: Option<u32>) -> PersonContact {
    PersonContact {
        reserved: false,
        registered: true,
        language: None,
        may_be_notified: true,
        malformed: None,
        addresses: PerChannel::by(|channel| {
            let (address, months) = match channel {
                Channel::Email => (email(EMAIL), email_months),
                Channel::Sms => (mobile(MOBILE), mobile_months),
            };
            Some(DatedAddress { address, confirmed_at: Some(months_ago(months?)) })
        }),
    }
}

/// Where a notice goes; nothing where nobody is reached.
fn addresses(resolution: &Resolution) -> Vec<(Channel, &str)> {
    match resolution {
        Resolution::Addresses(found) => {
            found.iter().map(|chosen| (chosen.channel, chosen.address.as_str())).collect()
        }
        _ => vec![],
    }
}

/// The chain of an order that was accepted at a time.
fn accepted(body: &Value, window: &SendingWindow, at: DateTime<Utc>) -> Chain {
    let order = parse(body).unwrap_or_else(|faults| panic!("{:?}", faults.into_map())).order;
    let (key, owner) =
        (IdKey::new(b"a secret that is long enough for this").unwrap(), OWNER.parse().unwrap());
    let id = ChainId::derive(&key, OrderKind::Chain, &owner, "1");
    let fingerprint = Fingerprint::of(body);
    let (backlogs, kept) = (Backlogs::default(), Kept(30));
    Accepting { id, owner, fingerprint, window, backlogs, kept, now: at }.accept(&order)
}
