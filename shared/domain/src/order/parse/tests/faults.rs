//! What is refused, where, and that everything is named at once.

use super::*;
use crate::request::read_body;

/// That the body has a fault at exactly these paths.
pub(super) fn assert_faults(body: &Value, paths: &[&str]) {
    let faults = parse(body).expect_err(&body.to_string());
    let mut expected = paths.to_vec();
    expected.sort_unstable();
    assert_eq!(faults.paths().collect::<Vec<_>>(), expected, "{body}");
}

/// That each value, put in at the pointer, is a fault at the path and nowhere else.
pub(super) fn assert_refused(body: &Value, pointer: &str, path: &str, values: &[Value]) {
    for value in values {
        assert_faults(&with(body, pointer, value.clone()), &[path]);
    }
}

pub(super) fn not_texts() -> Vec<Value> {
    vec![json!(1), json!(true), json!([]), json!({})]
}

pub(super) fn not_objects() -> Vec<Value> {
    vec![json!(1), json!("a"), json!(false), json!([])]
}

#[test]
fn a_body_that_is_no_json_object_is_refused_as_a_whole() {
    let deep = "[".repeat(10_000);
    let bodies = ["", " ", "{", "{]", "nei", "[]", "1", "null", "\"{}\"", "{}{}", r#"{"a":"\ud800"}"#, &deep];
    for body in bodies {
        let faults = read_body(body).unwrap_err();
        assert_eq!(faults.paths().collect::<Vec<_>>(), ["$"]);
        assert_eq!(faults.at("$").len(), 1);
    }
    assert!(read_body(" {} ").is_ok());
    let secret = read_body(r#"{"nationalIdentityNumber": 20914695016x}"#).unwrap_err();
    assert!(!format!("{secret:?}").contains("20914695016"));
    for value in not_objects() {
        assert_faults(&value, &["$"]);
    }
}

#[test]
fn an_empty_order_lacks_what_is_required() {
    assert_faults(&json!({}), &["IdempotencyId", "Recipient"]);
    assert_faults(&json!({"idempotencyId": null, "recipient": null}), &["IdempotencyId", "Recipient"]);
}

#[test]
fn members_of_the_order() {
    let too_long = json!("a".repeat(257));
    let cases = [
        (
            "idempotencyId",
            "IdempotencyId",
            [not_texts(), vec![json!(""), json!("  "), too_long.clone()]].concat(),
        ),
        ("sendersReference", "SendersReference", [not_texts(), vec![too_long]].concat()),
        ("dialogportenAssociation", "DialogportenAssociation", not_objects()),
        ("onUncertainOutcome", "OnUncertainOutcome", [not_texts(), vec![json!("Maybe"), json!("")]].concat()),
        ("onBadAddress", "OnBadAddress", [not_texts(), vec![json!("Maybe"), json!("")]].concat()),
        ("recipient", "Recipient", not_objects()),
        ("reminders", "Reminders", vec![json!(1), json!("a"), json!({})]),
    ];
    for (member, path, values) in cases {
        assert_refused(&minimal(), &format!("/{member}"), path, &values);
    }
}

#[test]
fn an_association_names_a_dialog() {
    let dialog = "DialogportenAssociation.DialogId";
    let transmission = "DialogportenAssociation.TransmissionId";
    let cases = [
        (json!({"transmissionId": "t"}), vec![dialog]),
        (json!({"dialogId": ""}), vec![dialog]),
        (json!({"dialogId": "a".repeat(129)}), vec![dialog]),
        (json!({"dialogId": "d", "transmissionId": " "}), vec![transmission]),
        (json!({"dialogId": 1, "transmissionId": 2}), vec![dialog, transmission]),
    ];
    for (association, paths) in cases {
        assert_faults(&with(&minimal(), "/dialogportenAssociation", association), &paths);
    }
}

#[test]
fn a_time_needs_a_zone_and_lies_ahead_but_for_five_minutes() {
    for now in ["2026-11-01T11:55:00Z", "2026-11-01T11:59:59.999Z", "2026-11-01T13:00:00+01:00"] {
        assert!(parse(&with(&minimal(), "/requestedSendTime", json!(now))).is_ok(), "{now}");
    }
    let cases = [
        (json!("2026-11-02T08:30:00"), "zone"),
        (json!("2026-11-02T08:30"), "zone"),
        (json!("2026-11-02T08:30:00.5"), "zone"),
        (json!("2026-11-01T11:54:59.999999999Z"), "now or later"),
        (json!("2026-11-01T12:54:59+01:00"), "now or later"),
        (json!("0001-01-01T00:00:00Z"), "now or later"),
        (json!("2028-10-31T12:00:00.001Z"), "730 days"),
        (json!("9999-12-31T23:59:59Z"), "730 days"),
        (json!("2026-02-30T08:30:00Z"), "date and time"),
        (json!("2026-11-02"), "date and time"),
        (json!("i morgen"), "date and time"),
        (json!(""), "date and time"),
        (json!(1_793_000_000), "a text"),
    ];
    for (time, message) in cases {
        let faults = parse(&with(&minimal(), "/requestedSendTime", time.clone())).unwrap_err();
        assert_eq!(faults.paths().collect::<Vec<_>>(), ["RequestedSendTime"], "{time}");
        assert!(faults.at("RequestedSendTime")[0].contains(message), "{time}: {faults:?}");
    }
}

#[test]
fn a_condition_is_asked_at_a_public_url() {
    let urls =
        ["", "a", "/a", "ftp://example.no/", "http://example.no/", "https://localhost/", "https://10.0.0.1/"];
    let values = [not_texts(), urls.map(|url| json!(url)).to_vec()].concat();
    assert_refused(&minimal(), "/conditionEndpoint", "ConditionEndpoint", &values);
}

fn reminded(reminder: &Value) -> Value {
    with(&minimal(), "/reminders", json!([reminder]))
}

#[test]
fn a_reminder_has_one_time_and_a_recipient() {
    let to = sms_recipient();
    let (one, days, time) = ("Reminders[0]", "Reminders[0].DelayDays", "Reminders[0].RequestedSendTime");
    let cases = [
        (json!(null), vec![one]),
        (json!(7), vec![one]),
        (json!({}), vec![one, "Reminders[0].Recipient"]),
        (json!({"recipient": to}), vec![one]),
        (json!({"delayDays": 7, "requestedSendTime": "2026-11-23T08:00:00Z", "recipient": to}), vec![one]),
        (json!({"delayDays": 0, "recipient": to}), vec![days]),
        (json!({"delayDays": 731, "recipient": to}), vec![days]),
        (json!({"delayDays": -1, "recipient": to}), vec![days]),
        (json!({"delayDays": 1.5, "recipient": to}), vec![days]),
        (json!({"delayDays": 1e300, "recipient": to}), vec![days]),
        (json!({"delayDays": 4_294_967_297_u64, "recipient": to}), vec![days]),
        (json!({"delayDays": "7.5", "recipient": to}), vec![days]),
        (json!({"requestedSendTime": "2026-11-23T08:00:00", "recipient": to}), vec![time]),
        (json!({"requestedSendTime": "2026-10-23T08:00:00Z", "recipient": to}), vec![time]),
        (
            json!({"delayDays": 7, "sendersReference": 1, "conditionEndpoint": "a", "recipient": {}}),
            vec!["Reminders[0].ConditionEndpoint", "Reminders[0].Recipient", "Reminders[0].SendersReference"],
        ),
        (
            json!({"delayDays": 7, "recipient": {"recipientSms": {}}}),
            vec![
                "Reminders[0].Recipient.RecipientSms.PhoneNumber",
                "Reminders[0].Recipient.RecipientSms.SmsSettings",
            ],
        ),
    ];
    for (reminder, paths) in cases {
        assert_faults(&reminded(&reminder), &paths);
    }
}

#[test]
fn an_order_has_at_most_twenty_reminders() {
    let reminder = json!({"delayDays": 7, "recipient": sms_recipient()});
    assert_faults(&with(&minimal(), "/reminders", json!(vec![reminder; 21])), &["Reminders"]);
}

#[test]
fn everything_wrong_is_named_at_once() {
    let body = json!({
        "idempotencyId": "", "sendersReference": [], "requestedSendTime": "2026-11-02T08:30:00",
        "conditionEndpoint": "https://localhost/", "dialogportenAssociation": {"transmissionId": 1},
        "onUncertainOutcome": "x", "onConditionFailure": "y",
        "recipient": {
            "recipientPerson": {
                "nationalIdentityNumber": 20_914_695_016_u64, "channelSchema": "Emails", "ignoreReservation": "no",
                "resourceAction": "read",
                "emailSettings": {"subject": "a\u{1}", "contentType": "Markdown", "sendingTimePolicy": "Nighttime"},
                "smsSettings": {"body": "", "sender": 7} },
            "recipientExternalIdentity": {} },
        "reminders": [
            {"delayDays": 7, "recipient": sms_recipient()},
            {"delayDays": 7, "requestedSendTime": "snart", "recipient": {"recipientEmail": {"emailAddress": "ola"}}},
            "tredje" ],
    });
    assert_faults(
        &body,
        &[
            "IdempotencyId",
            "SendersReference",
            "RequestedSendTime",
            "ConditionEndpoint",
            "DialogportenAssociation.DialogId",
            "DialogportenAssociation.TransmissionId",
            "OnUncertainOutcome",
            "OnConditionFailure",
            "Recipient",
            "Recipient.RecipientPerson.NationalIdentityNumber",
            "Recipient.RecipientPerson.ChannelSchema",
            "Recipient.RecipientPerson.IgnoreReservation",
            "Recipient.RecipientPerson.ResourceAction",
            "Recipient.RecipientPerson.EmailSettings.Subject",
            "Recipient.RecipientPerson.EmailSettings.Body",
            "Recipient.RecipientPerson.EmailSettings.ContentType",
            "Recipient.RecipientPerson.EmailSettings.SendingTimePolicy",
            "Recipient.RecipientPerson.SmsSettings.Body",
            "Recipient.RecipientPerson.SmsSettings.Sender",
            "Recipient.RecipientExternalIdentity.ExternalIdentity",
            "Recipient.RecipientExternalIdentity.ChannelSchema",
            "Reminders[1]",
            "Reminders[1].RequestedSendTime",
            "Reminders[1].Recipient.RecipientEmail.EmailAddress",
            "Reminders[1].Recipient.RecipientEmail.EmailSettings",
            "Reminders[2]",
        ],
    );
}

#[test]
fn a_fault_does_not_repeat_what_was_sent() {
    let body = order_to(
        &json!({"recipientEmail": {"emailAddress": "hemmelig@", "emailSettings": email_settings()}}),
    );
    assert!(!format!("{:?}", parse(&body)).contains("hemmelig"));
}
