//! What orders say once they are read.

use super::*;
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::order::{OrderedShipment, Recipient, When};
use crate::text::ContentType;

fn first_shipment(body: &Value) -> OrderedShipment {
    parse(body).unwrap().order.shipments.remove(0)
}

#[test]
fn the_same_text_is_kept_once() {
    let reminder = json!({"delayDays": 1, "recipient": email_recipient()});
    let body = with(&minimal(), "/reminders", json!([reminder, reminder]));
    let ParsedOrder { order, texts, .. } = parse(&body).unwrap();
    assert_eq!((order.shipments.len(), texts.len()), (3, 1));
}

#[test]
fn what_is_left_out_has_its_default() {
    let ParsedOrder { order, texts, .. } = parse(&minimal()).unwrap();
    assert_eq!((order.association, order.on_uncertain_outcome), (None, OnUncertainOutcome::GiveUp));
    let [shipment] = &order.shipments[..] else { panic!("reminders") };
    assert_eq!(
        (shipment.when, &shipment.senders_reference, &shipment.condition_endpoint),
        (When::Now, &None, &None)
    );
    let Text::Email(text) = &texts[0] else { panic!("not an e-mail") };
    assert_eq!((text.content_type, &text.sender), (ContentType::Plain, &None));
    let settings = first_shipment(&order_to(&sms_recipient()));
    let Some(Recipient::Address(given)) = settings.recipients.one() else { panic!("not an address") };
    assert_eq!((given.to.channel(), given.to.as_str()), (Channel::Sms, "+4741234567"));
    assert_eq!(given.settings.policy, SendingTimePolicy::House);
}

#[test]
fn null_is_as_good_as_absent_and_unknown_members_do_not_matter() {
    let mut body = minimal();
    for name in ["sendersReference", "requestedSendTime", "conditionEndpoint", "dialogportenAssociation"] {
        body = with(&body, &format!("/{name}"), Value::Null);
    }
    body = with(&body, "/reminders", Value::Null);
    body = with(&body, "/onUncertainOutcome", Value::Null);
    body = with(&body, "/recipient/recipientSms", Value::Null);
    body = with(&body, "/recipient/recipientEmail/emailSettings/contentType", Value::Null);
    body = with(&body, "/somethingElse", json!({"a": [1]}));
    assert_eq!(parse(&body), parse(&minimal()));
    let empty = with(&minimal(), "/dialogportenAssociation", json!({}));
    assert_eq!(parse(&empty), parse(&minimal()));
    let none = with(&minimal(), "/reminders", json!([]));
    assert_eq!(parse(&none), parse(&minimal()));
}

#[test]
fn names_may_be_in_any_letters_and_policies_numbers() {
    let body = order_to(&person("emailANDsms"));
    let body = with(&body, "/recipient/recipientPerson/emailSettings/contentType", json!("HTML"));
    let body = with(&body, "/recipient/recipientPerson/emailSettings/sendingTimePolicy", json!(1));
    let body = with(&body, "/onUncertainOutcome", json!("sendAgain"));
    for (policy, read) in [
        (json!(1), SendingTimePolicy::Anytime),
        (json!(2), SendingTimePolicy::Daytime),
        (json!("ANYTIME"), SendingTimePolicy::Anytime),
    ] {
        let body = with(&body, "/recipient/recipientPerson/smsSettings/sendingTimePolicy", policy);
        let order = parse(&body).unwrap().order;
        assert_eq!(order.on_uncertain_outcome, OnUncertainOutcome::SendAgain);
        let recipient = &order.shipments[0].recipients;
        assert_eq!(recipient.schema(), ChannelSchema::EmailAndSms);
        assert_eq!(recipient.settings(Channel::Sms).unwrap().policy, read);
    }
}

#[test]
fn an_organisation_may_be_named_in_its_texts() {
    let body = order_to(&json!({"recipientOrganization": {
        "orgNumber": ORGANIZATION, "channelSchema": "EmailAndSms",
        "resourceId": "urn:altinn:resource:app_ttd_skjema-1",
        "emailSettings": { "subject": "Skjema for $recipientName$", "body": "($recipientNumber$)" },
        "smsSettings": { "body": "Skjema venter for $recipientNumber$" } }}));
    let shipment = first_shipment(&body);
    let Some(Recipient::Organization { number, settings, resource, .. }) = shipment.recipients.one() else {
        panic!("not an organisation")
    };
    assert_eq!((number.as_str(), resource.as_ref().unwrap().action.as_ref()), (ORGANIZATION, None));
    assert!(settings.get(Channel::Email).unwrap().names_recipient);
    assert!(!settings.get(Channel::Sms).unwrap().names_recipient);
}

#[test]
fn settings_of_a_channel_that_is_not_used_are_left_out() {
    let ParsedOrder { order, texts, .. } = parse(&order_to(&person("Sms"))).unwrap();
    let Some(Recipient::Person { settings, .. }) = order.shipments[0].recipients.one() else {
        panic!("not a person")
    };
    assert!(settings.get(Channel::Email).is_none() && settings.get(Channel::Sms).is_some());
    assert!(matches!(&texts[..], [Text::Sms(_)]));
}

#[test]
fn line_breaks_in_a_subject_become_spaces() {
    let cases = [("a\r\nb", "a b"), ("a\nb\rc", "a b c"), ("a\n\rb", "a  b"), ("a\n\nb", "a  b")];
    for (subject, line) in cases {
        let body = with(&minimal(), "/recipient/recipientEmail/emailSettings/subject", json!(subject));
        let ParsedOrder { texts, .. } = parse(&body).unwrap();
        assert!(matches!(&texts[0], Text::Email(text) if text.subject == line), "{subject:?}");
    }
}

#[test]
fn an_email_comes_from_the_registered_sender_or_the_deployments_own_whatever_the_order_says() {
    for given in [" ikke-svar@altinn.no ", "", " "] {
        let pointer = "/recipient/recipientEmail/emailSettings/senderEmailAddress";
        let ParsedOrder { texts, .. } = parse(&with(&minimal(), pointer, json!(given))).unwrap();
        assert!(matches!(&texts[0], Text::Email(text) if text.sender.is_none()), "{given:?}");
    }
}

#[test]
fn sms_senders_are_trimmed_and_blank_ones_are_the_deployments_own() {
    for (given, read) in [(" Kommunen ", Some("Kommunen")), ("", None), (" ", None)] {
        let body =
            with(&order_to(&sms_recipient()), "/recipient/recipientSms/smsSettings/sender", json!(given));
        let ParsedOrder { texts, .. } = parse(&body).unwrap();
        assert!(matches!(&texts[0], Text::Sms(text) if text.sender.as_deref() == read), "{given:?}");
    }
}

#[test]
fn times_are_read_with_their_zone_and_never_come_early() {
    let cases = [
        ("2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z"),
        ("2026-11-01T13:00:00+01:00", "2026-11-01T12:00:00Z"),
        ("2026-11-02T08:30+01:00", "2026-11-02T07:30:00Z"),
        ("2026-11-02T08:30Z", "2026-11-02T08:30:00Z"),
        ("2026-11-02T08:30:00.1234567Z", "2026-11-02T08:30:00.124Z"),
        ("2026-11-02T08:30:59.9999Z", "2026-11-02T08:31:00Z"),
        ("2028-10-31T12:00:00Z", "2028-10-31T12:00:00Z"),
    ];
    for (text, time) in cases {
        let shipment = first_shipment(&with(&minimal(), "/requestedSendTime", json!(text)));
        assert_eq!(shipment.when, When::At(time.parse().unwrap()), "{text}");
    }
}

#[test]
fn texts_and_lists_may_be_as_long_as_their_limits() {
    let body = order_to(&person("EmailAndSms"));
    let body = with(&body, "/idempotencyId", json!("å".repeat(256)));
    let body = with(&body, "/sendersReference", json!("å".repeat(256)));
    let body = with(&body, "/recipient/recipientPerson/emailSettings/subject", json!("å".repeat(512)));
    let body = with(&body, "/recipient/recipientPerson/emailSettings/body", json!("å".repeat(10_000)));
    let body = with(&body, "/recipient/recipientPerson/smsSettings/body", json!("å".repeat(1_600)));
    let reminders: Vec<_> =
        (0..20).map(|i| json!({"delayDays": 1 + i * 38, "recipient": sms_recipient()})).collect();
    let body = with(&body, "/reminders", json!(reminders));
    assert_eq!(parse(&body).unwrap().order.shipments.len(), 21);
    assert_eq!(idempotency_id(&body).unwrap().chars().count(), 256);
}

#[test]
fn a_local_system_asks_conditions_on_loopback() {
    let body = with(&minimal(), "/conditionEndpoint", json!("http://localhost:3000/betingelse"));
    assert!(parse_by(&body, EndpointPolicy::Any, &OwnerSettings::default()).is_ok());
    assert!(parse_by(&body, EndpointPolicy::Public, &OwnerSettings::default()).is_err());
}

#[test]
fn the_idempotency_id_is_read_whatever_else_is_wrong() {
    assert_eq!(idempotency_id(&json!({"idempotencyId": "a", "recipient": 7})).as_deref(), Some("a"));
    for body in [json!({}), json!([]), json!({"idempotencyId": 1}), json!({"idempotencyId": " "})] {
        assert_eq!(idempotency_id(&body), None, "{body}");
    }
    assert_eq!(idempotency_id(&json!({"idempotencyId": "a".repeat(257)})), None);
}

#[test]
fn the_fingerprint_is_that_of_what_is_asked_for() {
    let of = |body: &Value| fingerprint(body, now());
    let explicit = with(&minimal(), "/onUncertainOutcome", json!("GiveUp"));
    for same in [with(&minimal(), "/reminders", Value::Null), explicit, with(&minimal(), "/news", json!(1))] {
        assert_eq!(of(&minimal()), of(&same), "{same}");
        assert!(is_same_order(&of(&minimal()), &same, now()), "{same}");
    }
    let other = with(&minimal(), "/onUncertainOutcome", json!("SendAgain"));
    assert_ne!(of(&minimal()), of(&other));
    assert!(!is_same_order(&of(&minimal()), &other, now()));
}

#[test]
fn a_time_that_has_come_is_the_same_and_so_is_a_fingerprint_of_the_release_before() {
    let later = with(&minimal(), "/requestedSendTime", json!("2026-11-01T15:00:00Z"));
    let stored = fingerprint(&later, now());
    for hours in [0, 3, 5] {
        assert!(is_same_order(&stored, &later, now() + chrono::TimeDelta::hours(hours)), "{hours}");
    }
    assert!(!is_same_order(&stored, &minimal(), now()), "now is another time");
    assert!(is_same_order(&Fingerprint::of(&later), &later, now()));
}
