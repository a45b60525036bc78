//! Reminders that come by themselves: there is room for the word that says what they are.

use super::faults::assert_faults;
use super::*;
use crate::channel::ChannelSchema;
use crate::language::Language;
use crate::template::{OwnTemplate, TemplateName, TemplateUsed, parse_template};
use crate::text::LONGEST_SMS;

/// Characters that an SMS may have where `Påminnelse: ` is put before it.
const ROOM: usize = LONGEST_SMS - 12;
const SMS: &str = "/recipient/recipientSms/smsSettings";

fn statutory(recipient: &Value) -> Value {
    with(&order_to(recipient), "/reminderPolicy", json!("Statutory"))
}

fn longest_sms(body: &Value) -> usize {
    let texts = parse(body).unwrap().texts;
    let lengths = texts.iter().map(|text| match text {
        Text::Sms(sms) => sms.body.chars().count(),
        Text::Email(_) => 0,
    });
    lengths.max().unwrap()
}

fn sms_of_length(length: usize) -> Value {
    with(&statutory(&sms_recipient()), &format!("{SMS}/body"), json!("å".repeat(length)))
}

#[test]
fn an_sms_has_room_for_what_makes_it_a_reminder() {
    assert_eq!(longest_sms(&sms_of_length(ROOM)), LONGEST_SMS);
    let path = "Recipient.RecipientSms.SmsSettings.Body";
    for length in [ROOM + 1, LONGEST_SMS] {
        assert_faults(&sms_of_length(length), &[path]);
        assert_eq!(parse(&sms_of_length(length)).unwrap_err().at(path).len(), 1);
        let alone = with(&sms_of_length(length), "/reminderPolicy", Value::Null);
        assert_eq!(longest_sms(&alone), length);
    }
    let said = &parse(&sms_of_length(ROOM + 1)).unwrap_err();
    assert!(said.at(path)[0].contains("1588 characters"), "{said:?}");
}

#[test]
fn the_room_is_that_of_the_owners_language() {
    let owner = OwnerSettings { languages: vec![Language::En], ..OwnerSettings::default() };
    let room = LONGEST_SMS - "Reminder: ".len();
    assert!(parse_by(&sms_of_length(room), EndpointPolicy::Public, &owner).is_ok());
    assert!(parse_by(&sms_of_length(room + 1), EndpointPolicy::Public, &owner).is_err());
}

fn subject_of_length(length: usize) -> Value {
    with(
        &statutory(&email_recipient()),
        "/recipient/recipientEmail/emailSettings/subject",
        json!("å".repeat(length)),
    )
}

#[test]
fn a_subject_has_room_for_it_too() {
    assert!(parse(&subject_of_length(500)).is_ok());
    assert_faults(&subject_of_length(501), &["Recipient.RecipientEmail.EmailSettings.Subject"]);
}

fn simplified(count: usize) -> Value {
    let settings = json!({"body": "…".repeat(count), "simplifyCharacters": true});
    with(&order_to(&sms_recipient()), SMS, settings)
}

#[test]
fn characters_that_become_several_are_counted_as_they_are_sent() {
    assert_eq!(longest_sms(&simplified(533)), 1_599);
    assert_faults(&simplified(534), &["Recipient.RecipientSms.SmsSettings.Body"]);
}

fn sms_from_template(name: &str, length: usize) -> Value {
    statutory(&json!({"recipientPerson": {
        "nationalIdentityNumber": PERSON,
        "channelSchema": "Sms",
        "template": {"name": name, "language": "nb", "tokens": ["å".repeat(length)]},
    }}))
}

#[test]
fn a_template_has_room_for_it_with_its_tokens() {
    for (name, has_own) in [("TokenTextOnly", false), ("VarselDPVMedRevarsel", true)] {
        assert_eq!(longest_sms(&sms_from_template(name, ROOM)), LONGEST_SMS, "{name}");
        let path = "Recipient.RecipientPerson.Template";
        assert_faults(&sms_from_template(name, ROOM + 1), &[path]);
        let said = parse(&sms_from_template(name, ROOM + 1)).unwrap_err();
        assert!(said.at(path)[0].contains("SMS of the reminder"), "{said:?}");
        let alone = with(&sms_from_template(name, ROOM + 1), "/reminderPolicy", Value::Null);
        assert_eq!(parse(&alone).is_err(), has_own, "{name}");
    }
}

#[test]
fn what_is_wrong_with_both_is_said_once() {
    let mut body = statutory(&person("Letter"));
    body["recipient"]["recipientPerson"]["nationalIdentityNumber"] = json!("1");
    body["recipient"]["recipientPerson"]["smsSettings"] = json!({"body": "", "sender": 7});
    let faults = parse(&body).unwrap_err();
    assert_eq!(faults.paths().count(), 4, "{faults:?}");
    assert!(faults.paths().all(|path| faults.at(path).len() == 1), "{faults:?}");
}

#[test]
fn a_reminder_may_use_less_than_its_notification() {
    let texts = json!({"email": {"subject": "{a}", "body": "{b}"}, "sms": {"body": "{a}"}});
    let template = json!({"texts": {"nb": texts},
        "reminder": {"delayDays": 3, "texts": {"nb": {"sms": {"body": "{a}"}}}}});
    let name = TemplateName::try_from("egen").unwrap();
    let own = OwnTemplate { version: 3, template: parse_template(&template).unwrap() };
    let templates = OwnTemplates::from([(name, own)]);
    let body = order_to(&json!({"recipientPerson": {
        "nationalIdentityNumber": PERSON,
        "channelSchema": "PriorityEmailSMSReminder",
        "template": {"name": "egen", "language": "nb", "tokens": {"a": "1", "b": "2"}},
    }}));
    let owner = OwnerSettings::default();
    let (endpoints, links) = (EndpointPolicy::Public, &Links::Allowed);
    let rules =
        Rules { now: now(), endpoints, links, numbers: &everywhere(), owner: &owner, templates: &templates };
    let shipments = parse_order(&body, &rules).unwrap().order.shipments;
    let used = Some(TemplateUsed { name: "egen".into(), version: Some(3) });
    assert_eq!(shipments.iter().map(|shipment| &shipment.template).collect::<Vec<_>>(), [&used, &used]);
}

/// What is not sent is not reminded of either, and whatever else stands beside the recipient hides nothing.
#[test]
fn the_reminder_that_comes_by_itself_asks_the_same_condition() {
    let mut body = order_to(&json!({"comment": "x", "recipientPerson": {
        "nationalIdentityNumber": PERSON, "channelSchema": "Sms",
        "template": {"name": "VarselDPVMedRevarsel", "language": "nb", "tokens": ["Et brev"]},
    }}));
    body["conditionEndpoint"] = json!("https://api.example.no/betingelse");
    body["onConditionFailure"] = json!("Hold");
    let shipments = parse(&body).unwrap().order.shipments;
    assert_eq!(shipments.len(), 2);
    assert_eq!(shipments[1].condition_endpoint, shipments[0].condition_endpoint);
    assert_eq!(shipments[1].on_condition_failure, crate::order::OnConditionFailure::Hold);
}

#[test]
fn a_named_reminder_prefers_the_other_channel_too_and_comes_after_its_notification() {
    let recipient = json!({"recipientPerson": {
        "nationalIdentityNumber": PERSON, "channelSchema": "PriorityEmailSMSReminder",
        "emailSettings": {"subject": "Emne", "body": "Tekst"}, "smsSettings": {"body": "SMS"},
    }});
    let mut body = order_to(&recipient);
    body["reminders"] = json!([{"delayDays": 7, "recipient": recipient}]);
    let shipments = parse(&body).unwrap().order.shipments;
    let schemas: Vec<_> = shipments.iter().map(|shipment| shipment.recipients.schema()).collect();
    assert_eq!(schemas, [ChannelSchema::EmailPreferred, ChannelSchema::SmsPreferred]);
    body["requestedSendTime"] = json!("2026-12-10T08:00:00Z");
    body["reminders"] = json!([
        {"requestedSendTime": "2026-12-10T08:00:00Z", "recipient": recipient},
        {"requestedSendTime": "2026-12-10T07:59:59Z", "recipient": recipient},
    ]);
    let faults = parse(&body).unwrap_err();
    assert_eq!(faults.paths().collect::<Vec<_>>(), ["Reminders[1].RequestedSendTime"]);
}
