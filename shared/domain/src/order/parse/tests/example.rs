//! The contract's example, read in full.

use super::*;
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::order::{Recipient, Resource, When};
use crate::request::read_body;
use crate::text::{ContentType, EmailText, SmsText};

/// The contract's example, with numbers whose check digits are right.
const EXAMPLE: &str = r#"{
  "idempotencyId": "7b0f3a0e-vedtak-2026-000417",
  "sendersReference": "sak-2026/417",
  "requestedSendTime": "2026-11-02T08:30:00+01:00",
  "conditionEndpoint": "https://api.kommune-eksempel.no/varsel/417/skal-sendes",
  "dialogportenAssociation": { "dialogId": "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d",
                               "transmissionId": "0192f6c1-9a6f-7d0a-9f10-aa01bb02cc03" },
  "recipient": { "recipientPerson": {
    "nationalIdentityNumber": "20914695016", "channelSchema": "EmailPreferred",
    "ignoreReservation": false, "useStaleContactInformation": true,
    "resourceId": "urn:altinn:resource:eksempel-byggesak", "resourceAction": "read",
    "emailSettings": { "senderEmailAddress": "ikke-svar@altinn.no", "subject": "Nytt vedtak",
      "body": "Hei $recipientName$.", "contentType": "Html", "sendingTimePolicy": "Anytime" },
    "smsSettings": { "sender": "Kommunen", "body": "Nytt vedtak i Altinn.", "sendingTimePolicy": "Daytime" } } },
  "reminders": [
    { "sendersReference": "sak-2026/417-p1", "delayDays": 7,
      "conditionEndpoint": "https://api.kommune-eksempel.no/varsel/417/fortsatt-ulest",
      "recipient": { "recipientPerson": { "nationalIdentityNumber": "20914695016", "channelSchema": "SmsPreferred",
        "emailSettings": { "subject": "Påminnelse", "body": "Vedtaket er fortsatt ulest." },
        "smsSettings": { "body": "Påminnelse: ulest vedtak i Altinn." } } } },
    { "sendersReference": "sak-2026/417-p2", "requestedSendTime": "2026-11-23T08:00:00Z",
      "recipient": { "recipientSms": { "phoneNumber": "0047 412 34 567",
        "smsSettings": { "body": "Siste påminnelse.", "sendingTimePolicy": "anytime" } } } }
  ]
}"#;

fn example() -> ParsedOrder {
    parse(&read_body(EXAMPLE).unwrap()).unwrap()
}

fn at(time: &str) -> When {
    When::At(time.parse().unwrap())
}

#[test]
fn the_example_of_the_contract_is_an_order() {
    let ParsedOrder { order, texts, .. } = example();
    assert_eq!(order.idempotency_id, "7b0f3a0e-vedtak-2026-000417");
    let association = order.association.unwrap();
    assert_eq!(association.dialog_id, "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d");
    assert_eq!(association.transmission_id.as_deref(), Some("0192f6c1-9a6f-7d0a-9f10-aa01bb02cc03"));
    let references: Vec<_> =
        order.shipments.iter().map(|shipment| shipment.senders_reference.as_deref().unwrap()).collect();
    assert_eq!(references, ["sak-2026/417", "sak-2026/417-p1", "sak-2026/417-p2"]);
    let times: Vec<_> = order.shipments.iter().map(|shipment| shipment.when).collect();
    assert_eq!(times, [at("2026-11-02T07:30:00Z"), When::AfterDays(7), at("2026-11-23T08:00:00Z")]);
    let conditions: Vec<_> =
        order.shipments.iter().map(|shipment| shipment.condition_endpoint.is_some()).collect();
    assert_eq!(conditions, [true, true, false]);
    assert_eq!(texts.len(), 5);
}

#[test]
fn the_example_names_a_person_with_both_channels() {
    let shipment = &example().order.shipments[0];
    let Recipient::Person {
        number,
        schema,
        ignore_reservation,
        use_stale_contact_information,
        settings,
        resource,
        ..
    } = shipment.recipients.one().unwrap()
    else {
        panic!("not a person")
    };
    assert_eq!((number.as_str(), *schema), (PERSON, ChannelSchema::EmailPreferred));
    assert_eq!((*ignore_reservation, *use_stale_contact_information), (false, true));
    let id = "urn:altinn:resource:eksempel-byggesak".to_owned();
    assert_eq!(resource, &Some(Resource { id, action: Some("read".to_owned()) }));
    let (email, sms) = (settings.get(Channel::Email).unwrap(), settings.get(Channel::Sms).unwrap());
    assert_eq!((email.policy, email.names_recipient), (SendingTimePolicy::Anytime, true));
    assert_eq!((sms.policy, sms.names_recipient), (SendingTimePolicy::Daytime, false));
}

#[test]
fn texts_are_named_by_their_hashes() {
    let ParsedOrder { order, texts, .. } = example();
    let email = Text::Email(EmailText {
        subject: "Nytt vedtak".to_owned(),
        body: "Hei $recipientName$.".to_owned(),
        content_type: ContentType::Html,
        sender: None,
        sender_name: None,
        reply_to: None,
        attachments: vec![],
    });
    let sms = SmsText {
        body: "Nytt vedtak i Altinn.".to_owned(),
        sender: Some("Kommunen".to_owned()),
        simplified: false,
    };
    let sms = Text::Sms(sms);
    let recipients = &order.shipments[0].recipients;
    assert_eq!(recipients.settings(Channel::Email).unwrap().text, email.hash());
    assert_eq!(recipients.settings(Channel::Sms).unwrap().text, sms.hash());
    assert!(texts.contains(&email) && texts.contains(&sms));
}

#[test]
fn an_order_is_read_from_the_table_as_it_was_stored() {
    let ParsedOrder { order, .. } = example();
    let stored = serde_json::to_string(&order).unwrap();
    assert_eq!(serde_json::from_str::<Order>(&stored).unwrap(), order);
}
