//! Whatever JSON is sent, it is an order or has faults; nothing makes the reading panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::channel::Channel;
use crate::ids::OrderKind;
use crate::request::read_body;

/// The members of the contract, so that made-up bodies come past the first level.
const NAMES: [&str; 39] = [
    "idempotencyId",
    "sendersReference",
    "requestedSendTime",
    "conditionEndpoint",
    "dialogportenAssociation",
    "dialogId",
    "transmissionId",
    "onUncertainOutcome",
    "onBadAddress",
    "recipient",
    "reminders",
    "delayDays",
    "recipientEmail",
    "recipientSms",
    "recipientPerson",
    "recipientOrganization",
    "recipientExternalIdentity",
    "emailAddress",
    "phoneNumber",
    "nationalIdentityNumber",
    "orgNumber",
    "channelSchema",
    "ignoreReservation",
    "resourceId",
    "resourceAction",
    "emailSettings",
    "smsSettings",
    "subject",
    "body",
    "sender",
    "sendingTimePolicy",
    "recipients",
    "organizationNumber",
    "mobileNumber",
    "notificationChannel",
    "emailTemplate",
    "smsTemplate",
    "senderNumber",
    "priority",
];

/// Values that are right somewhere, or nearly so.
const TEXTS: [&str; 12] = [
    "",
    "a",
    "ola@example.org",
    "+4741234567",
    PERSON,
    ORGANIZATION,
    "Email",
    "2026-11-23T08:00:00Z",
    "2026-11-23T08:00:60.9999999999Z",
    "+262143-01-01T00:00:00Z",
    "https://example.no/",
    "urn:altinn:resource:a",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..10_u8).prop_map(Value::from),
        ".*".prop_map(Value::from),
        select(&TEXTS[..]).prop_map(Value::from),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(&NAMES[..]).prop_map(str::to_owned), 1 => ".{0,5}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An order in which one value is replaced by another: nearly all of it is read.
fn nearly_an_order() -> impl Strategy<Value = Value> {
    let mut order = order_to(&person("EmailAndSms"));
    order["requestedSendTime"] = json!("2026-11-23T08:00:00Z");
    order["conditionEndpoint"] = json!("https://example.no/");
    order["dialogportenAssociation"] = json!({"dialogId": "d", "transmissionId": "t"});
    order["reminders"] = json!([{"delayDays": 7, "recipient": sms_recipient()}]);
    changed(order)
}

/// The same with a list of recipients.
fn nearly_a_list() -> impl Strategy<Value = Value> {
    let both = json!({"emailAddress": "ola@example.org", "mobileNumber": "+4741234567"});
    let people = json!([{"nationalIdentityNumber": PERSON}, {"organizationNumber": ORGANIZATION}, both]);
    let mut order = super::lists::order_on("EmailAndSms", &people);
    order["requestedSendTime"] = json!("2026-11-23T08:00:00Z");
    order["resourceId"] = json!("a");
    changed(order)
}

fn changed(order: Value) -> impl Strategy<Value = Value> {
    let pointers = pointers(&order, "");
    (select(pointers), any_json()).prop_map(move |(pointer, value)| with(&order, &pointer, value))
}

fn pointers(value: &Value, path: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (format!("{path}/{name}"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, value)| (format!("{path}/{i}"), value)).collect()
        }
        _ => vec![],
    };
    inner
        .into_iter()
        .flat_map(|(path, value)| [vec![path.clone()], pointers(value, &path)].concat())
        .collect()
}

fn check(body: &Value) {
    let _ = (idempotency_id(body), fingerprint(body, now()));
    check_read(parse(body));
    for kind in [OrderKind::List, OrderKind::ListOn(Channel::Email), OrderKind::ListOn(Channel::Sms)] {
        check_read(super::lists::parse_list(kind, body));
    }
}

fn check_read(read: Result<ParsedOrder, Faults>) {
    match read {
        Ok(parsed) => {
            assert!(!parsed.order.shipments.is_empty() && !parsed.texts.is_empty());
            assert!(parsed.order.shipments.iter().all(|shipment| shipment.recipients.listed() != Some(0)));
            let stored = serde_json::to_value(&parsed.order).unwrap();
            assert_eq!(serde_json::from_value::<Order>(stored).unwrap(), parsed.order);
        }
        Err(faults) => assert!(!faults.is_empty()),
    }
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(body in any_json()) {
        check(&body);
    }

    #[test]
    fn no_change_to_an_order_makes_it_panic(body in nearly_an_order()) {
        check(&body);
    }

    #[test]
    fn no_change_to_a_list_makes_it_panic(body in nearly_a_list()) {
        check(&body);
    }

    #[test]
    fn no_text_makes_it_panic(body in ".*") {
        let _ = read_body(&body);
    }
}
