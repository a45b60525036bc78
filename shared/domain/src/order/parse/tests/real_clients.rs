//! Bodies as real clients write them: enums as numbers, members in other letters, times that are just over.

use super::*;
use crate::channel::ChannelSchema;
use crate::ids::OrderKind;
use crate::text::ContentType;

/// The channel schema and the content type of an order to a person, whose first members are as given.
fn read(schema: Value, content_type: Value) -> (ChannelSchema, ContentType) {
    let mut recipient = person("EmailAndSms");
    recipient["recipientPerson"]["channelSchema"] = schema;
    recipient["recipientPerson"]["emailSettings"]["contentType"] = content_type;
    let parsed = parse(&order_to(&recipient)).unwrap();
    let Some(Text::Email(text)) = parsed.texts.first() else { panic!("no e-mail") };
    (parsed.order.shipments[0].recipients.schema(), text.content_type)
}

#[test]
fn an_enum_may_be_written_as_the_number_that_dotnet_gives_it() {
    for (number, name) in [(0, "Email"), (2, "EmailPreferred"), (3, "SmsPreferred"), (4, "EmailAndSms")] {
        assert_eq!(read(json!(number), json!(1)), read(json!(name), json!("Html")), "{name}");
    }
    assert_eq!(read(json!(2), json!(0)), (ChannelSchema::EmailPreferred, ContentType::Plain));
}

/// A body with the first letter of every member in the other case.
fn in_other_letters(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            let renamed = members.iter().map(|(name, value)| {
                let (first, rest) = name.split_at(1);
                (first.to_uppercase() + rest, in_other_letters(value))
            });
            Value::Object(renamed.collect())
        }
        Value::Array(items) => items.iter().map(in_other_letters).collect(),
        other => other.clone(),
    }
}

#[test]
fn members_may_be_written_in_other_letters() {
    let mut body = order_to(&person("EmailPreferred"));
    body["requestedSendTime"] = json!("2026-11-05T12:00:00Z");
    body["conditionEndpoint"] = json!("https://api.example.no/betingelse/7");
    body["reminders"] = json!([{"delayDays": 7, "recipient": person("Sms")}]);
    assert_eq!(parse(&in_other_letters(&body)).unwrap(), parse(&body).unwrap());
    let mut one = body.clone();
    one.as_object_mut().unwrap().remove("requestedSendTime");
    one["requestedSendtime"] = json!("2026-11-05T12:00:00Z");
    assert_eq!(parse(&one).unwrap(), parse(&body).unwrap(), "a time is not passed over");
}

#[test]
fn a_member_in_its_own_letters_goes_before_the_same_in_others() {
    let mut body = minimal();
    body["SendersReference"] = json!("other");
    body["sendersReference"] = json!("own");
    assert_eq!(parse(&body).unwrap().order.shipments[0].senders_reference.as_deref(), Some("own"));
}

#[test]
fn a_template_is_found_in_a_body_in_other_letters() {
    let mut recipient = person("EmailPreferred");
    let template = json!({"name": "VarselDPVMedRevarsel", "language": "nb", "tokens": ["Om saken"]});
    let of_person = recipient["recipientPerson"].as_object_mut().unwrap();
    of_person.retain(|name, _| !name.ends_with("Settings"));
    of_person.insert("template".into(), template);
    let body = order_to(&recipient);
    assert_eq!(parse(&in_other_letters(&body)).unwrap(), parse(&body).unwrap());
    assert_eq!(parse(&body).unwrap().order.shipments.len(), 2, "with the reminder that it brings along");
}

#[test]
fn a_list_is_the_same_in_other_letters_and_with_numbers() {
    let named = json!([{"emailAddress": "a@example.no", "mobileNumber": "+4741234567"}]);
    let mut body = json!({"notificationChannel": "SmsPreferred", "recipients": named,
        "emailTemplate": {"subject": "A", "body": "B"}, "smsTemplate": {"body": "S"}});
    let by_name = lists::parse_list(OrderKind::List, &body).unwrap();
    body["notificationChannel"] = json!(3);
    assert_eq!(lists::parse_list(OrderKind::List, &in_other_letters(&body)).unwrap(), by_name);
    assert_eq!(by_name.order.shipments[0].recipients.schema(), ChannelSchema::SmsPreferred);
}

#[test]
fn empty_texts_of_a_listed_recipient_are_absent() {
    let full = json!([{"emailAddress": "ola@example.no"}]);
    let empty = json!([{"emailAddress": "ola@example.no", "mobileNumber": "", "organizationNumber": " ",
        "nationalIdentityNumber": ""}]);
    let [of_full, of_empty] = [full, empty].map(|recipients| parse_email_list(&recipients));
    assert_eq!(of_full, of_empty, "with the same fault, that nobody's name can be filled in");
    let nothing = json!([{"emailAddress": "", "mobileNumber": ""}]);
    assert!(parse_email_list(&nothing).is_err());
}

fn parse_email_list(recipients: &Value) -> Result<ParsedOrder, Faults> {
    let body = json!({"subject": "A", "body": "B $recipientName$", "recipients": recipients});
    lists::parse_list(OrderKind::ListOn(crate::channel::Channel::Email), &body)
}

#[test]
fn a_whole_number_may_be_written_as_a_text() {
    assert_eq!(parse(&reminded_after(&json!("7"))).unwrap(), parse(&reminded_after(&json!(7))).unwrap());
    for wrong in ["7.5", "sju", "", "-7", "+7", " 7", "7.0", "٧", "99999999999"] {
        assert!(parse(&reminded_after(&json!(wrong))).is_err(), "{wrong}");
    }
}

/// An order with a reminder after so many days.
fn reminded_after(days: &Value) -> Value {
    let mut body = minimal();
    body["reminders"] = json!([{"delayDays": days, "recipient": email_recipient()}]);
    body
}

/// The warnings of an SMS with one member set, and the sender that it has.
fn sms_with(member: &str, value: &str) -> (Vec<String>, Option<String>, bool) {
    let body = with(
        &order_to(&sms_recipient()),
        &format!("/recipient/recipientSms/smsSettings/{member}"),
        json!(value),
    );
    let ParsedOrder { order, texts, warnings } = parse(&body).unwrap();
    let Text::Sms(text) = &texts[0] else { panic!("no SMS") };
    (warnings.paths().map(str::to_owned).collect(), text.sender.clone(), order.shipments[0].sender_replaced)
}

#[test]
fn a_sender_that_cannot_be_shown_is_replaced_and_the_owner_is_told() {
    for sender in ["1234 TE", "Statens vegvesen", "Skatteetaten", "Bærum", "+4799999999", "12345", "-NAV"] {
        let path = "Recipient.RecipientSms.SmsSettings.Sender".to_owned();
        assert_eq!(sms_with("sender", sender), (vec![path], None, true), "{sender}");
    }
    for (sender, shown) in
        [("NAV", Some("NAV")), (" nav ", Some("NAV")), ("Etaten", Some("Etaten")), ("", None), (" ", None)]
    {
        assert_eq!(sms_with("sender", sender), (vec![], shown.map(str::to_owned), false), "{sender}");
    }
}

/// Anybody could write as the tax administration otherwise.
#[test]
fn a_sender_that_is_not_registered_for_the_owner_is_replaced_and_the_owner_is_told() {
    for sender in ["Skatt", "NAVN", "NA", "Etaten-1"] {
        let path = "Recipient.RecipientSms.SmsSettings.Sender".to_owned();
        assert_eq!(sms_with("sender", sender), (vec![path], None, true), "{sender}");
    }
    let body = with(
        &minimal(),
        "/recipient/recipientEmail/emailSettings/senderEmailAddress",
        json!("Post@Etaten.example.no"),
    );
    let ParsedOrder { order, warnings, .. } = parse(&body).unwrap();
    let paths: Vec<_> = warnings.paths().collect();
    assert_eq!(paths, ["Recipient.RecipientEmail.EmailSettings.SenderEmailAddress"]);
    assert!(order.shipments[0].sender_replaced);
    let own = OwnerSettings { email_sender: "Post@Etaten.example.no".parse().ok(), ..registered() };
    let ParsedOrder { order, warnings, .. } = parse_by(&body, EndpointPolicy::Public, &own).unwrap();
    assert_eq!((warnings.paths().count(), order.shipments[0].sender_replaced), (0, false));
}

#[test]
fn keywords_have_no_value_for_an_address_and_words_of_the_owners_own_are_text() {
    let path = vec!["Recipient.RecipientSms.SmsSettings.Body".to_owned()];
    for text in ["Hei $recipientName$", "$recipientNumber$.", "$reporteeEmail$"] {
        assert_eq!(sms_with("body", text).0, path, "{text}");
    }
    for text in ["Hei $name$", "100 $ og $belop$", "$orgnr$"] {
        assert_eq!(sms_with("body", text).0, Vec::<String>::new(), "{text}");
    }
    let to_a_person = with(
        &order_to(&person("Sms")),
        "/recipient/recipientPerson/smsSettings/body",
        json!("Hei $recipientName$"),
    );
    assert!(parse(&to_a_person).unwrap().warnings.is_empty());
}

#[test]
fn tokens_may_be_numbers() {
    let template = |tokens: Value| {
        json!({"idempotencyId": "1", "recipient": {"recipientEmail": {"emailAddress": "ola@example.no",
            "template": {"name": "TokenTextOnly", "language": "nb", "tokens": tokens}}}})
    };
    let texts = |tokens: Value| parse(&template(tokens)).unwrap().texts;
    assert_eq!(texts(json!([2026, "a"])), texts(json!(["2026", "a"])));
    assert_eq!(texts(json!([-1.5, 7])), texts(json!(["-1.5", "7"])));
    for wrong in [json!([true, 1]), json!([null, 1]), json!([{}, 1]), json!("2026"), json!(2026)] {
        let faults = parse(&template(wrong.clone())).unwrap_err();
        assert_eq!(
            faults.paths().collect::<Vec<_>>(),
            ["Recipient.RecipientEmail.Template.Tokens"],
            "{wrong}"
        );
    }
}
