//! A4: what a notice takes: the channel that is asked for, or the one that there is an address for.

use serde_json::json;
use varsling_domain::channel::{Channel, ChannelSchema};
use varsling_domain::order::Recipient;
use varsling_domain::recipients::{Contact, PersonRules, organization, person as look_up};
use varsling_domain::template::{OwnTemplate, TemplateName};
use varsling_domain::text::LONGEST_SMS;

use super::*;

const STRICT: PersonRules = PersonRules { ignore_reservation: false, use_stale_contact_information: false };
const ON_EMAIL: (Channel, &str) = (Channel::Email, EMAIL);
const ON_SMS: (Channel, &str) = (Channel::Sms, MOBILE);

/// An address in the order suppresses all look-ups: its recipient has no number that could be looked up.
#[test]
fn an_address_in_the_order_is_written_to_as_it_is() {
    let settings = json!({"subject": "Emne", "body": "Tekst"});
    let cases = [
        (json!({"recipientEmail": {"emailAddress": EMAIL, "emailSettings": settings}}), Channel::Email),
        (json!({"recipientSms": {"phoneNumber": MOBILE, "smsSettings": {"body": "b"}}}), Channel::Sms),
    ];
    for (recipient, channel) in cases {
        let order = parse(&order_to(&recipient)).unwrap().order;
        let recipient = order.shipments[0].recipients.one().unwrap();
        assert!(matches!(recipient, Recipient::Address(_)));
        assert_eq!(recipient.schema().channels(), [channel]);
    }
}

/// One channel is that channel or nothing; a preferred one gives way only where it has no address. Both is as
/// many as there are, as it was for messages in the inbox; for stand-alone notices the older service insisted on
/// both, which this one doesn't.
#[test]
fn a_channel_schema_takes_the_channels_that_there_are_addresses_for() {
    let (both, email, mobile) = ((Some(1), Some(1)), (Some(1), None), (None, Some(1)));
    let cases = [
        (ChannelSchema::Email, both, vec![ON_EMAIL]),
        (ChannelSchema::Email, mobile, vec![]),
        (ChannelSchema::Sms, both, vec![ON_SMS]),
        (ChannelSchema::Sms, email, vec![]),
        (ChannelSchema::EmailPreferred, both, vec![ON_EMAIL]),
        (ChannelSchema::EmailPreferred, mobile, vec![ON_SMS]),
        (ChannelSchema::SmsPreferred, both, vec![ON_SMS]),
        (ChannelSchema::SmsPreferred, email, vec![ON_EMAIL]),
        (ChannelSchema::EmailAndSms, both, vec![ON_EMAIL, ON_SMS]),
        (ChannelSchema::EmailAndSms, email, vec![ON_EMAIL]),
        (ChannelSchema::EmailAndSms, (None, None), vec![]),
    ];
    for (schema, (email, mobile), reached) in cases {
        let contact = registered(email, mobile);
        let found = look_up(Some(&contact), schema, STRICT, now());
        assert_eq!(addresses(&found), reached, "{schema:?} {email:?} {mobile:?}");
    }
}

/// `PriorityEmailSMSReminder`: e-mail first for the notification, SMS first for its reminder.
#[test]
fn the_priority_schema_prefers_another_channel_for_the_reminder() {
    for policy in [json!(null), json!("Statutory")] {
        let mut body = order_to(&person("PriorityEmailSMSReminder"));
        body["reminderPolicy"] = policy.clone();
        let shipments = parse(&body).unwrap().order.shipments;
        let schemas: Vec<_> = shipments.iter().map(|shipment| shipment.recipients.schema()).collect();
        let expected = [ChannelSchema::EmailPreferred, ChannelSchema::SmsPreferred];
        assert_eq!(schemas, expected[..if policy.is_null() { 1 } else { 2 }]);
    }
}

/// An address beside a schema that looks addresses up was a fault, and so it is to name two kinds of recipient.
#[test]
fn an_order_names_an_address_or_somebody_to_look_up() {
    let mut both = person("EmailPreferred");
    both["recipientEmail"] = json!({"emailAddress": EMAIL, "emailSettings": {"subject": "s", "body": "b"}});
    let mut unknown = person("EmailPreferred");
    unknown["recipientPerson"]["channelSchema"] = json!("Both");
    let cases = [(both, "Recipient"), (unknown, "Recipient.RecipientPerson.ChannelSchema")];
    for (recipient, path) in cases {
        assert_eq!(faults(&order_to(&recipient)), [path]);
    }
}

/// An organisation is notified at every address that it has registered for the channel.
#[test]
fn an_organisation_is_notified_at_every_address_of_the_channel() {
    let contact = Contact(vec![
        email("a@example.no"),
        email("b@example.no"),
        mobile("+4790000001"),
        mobile("+4790000002"),
    ]);
    for (schema, count) in
        [(ChannelSchema::Email, 2), (ChannelSchema::SmsPreferred, 2), (ChannelSchema::EmailAndSms, 4)]
    {
        let found = organization(Some(&contact), &[], schema);
        assert_eq!(addresses(&found).len(), count, "{schema:?}");
    }
}

/// The older service cut an SMS at 140 and later 700 characters and said nothing. Here it is as long as SNS takes
/// it, and what is longer is refused.
#[test]
fn an_sms_that_is_too_long_is_refused_and_not_cut() {
    for (length, fault) in [(1, false), (LONGEST_SMS, false), (LONGEST_SMS + 1, true)] {
        let mut recipient = person("Sms");
        recipient["recipientPerson"]["smsSettings"]["body"] = json!("å".repeat(length));
        let expected: &[&str] = if fault { &["Recipient.RecipientPerson.SmsSettings.Body"] } else { &[] };
        assert_eq!(faults(&order_to(&recipient)), expected, "{length}");
    }
}

/// A template without a text for a channel dropped that channel, and told the caller if none was left. Here the
/// caller is told whenever a channel that may be used has none.
#[test]
fn a_channel_that_the_template_has_no_text_for_is_refused() {
    let email_only = json!({"texts": {"nb": {"email": {"subject": "Emne", "body": "{0}"}}}});
    let name = TemplateName::try_from("svar").unwrap();
    let template = serde_json::from_value(email_only).unwrap();
    let templates = BTreeMap::from([(name, OwnTemplate { version: 1, template })]);
    for (schema, fits) in [("Email", true), ("Sms", false), ("EmailPreferred", false), ("EmailAndSms", false)]
    {
        let order = order_to(&from_template("svar", schema, "nb", &json!(["Tekst"])));
        let faults = parse_by(&order, &Links::Allowed, &templates).err().map(Faults::into_map);
        let named =
            faults.is_some_and(|faults| faults.contains_key("Recipient.RecipientPerson.Template.Name"));
        assert_eq!(named, !fits, "{schema}");
    }
}
