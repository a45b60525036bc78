//! What is refused in a recipient and in the texts that it gets.

use super::faults::{assert_faults, assert_refused, not_objects, not_texts};
use super::*;

fn not_texts_and(others: &[Value]) -> Vec<Value> {
    [not_texts(), others.to_vec()].concat()
}

fn not_texts_and_invalid(texts: &[&str]) -> Vec<Value> {
    [not_texts(), texts.iter().map(|text| json!(text)).collect()].concat()
}

/// Values that no text of at most so many characters is.
fn not_texts_within(limit: usize) -> Vec<Value> {
    not_texts_and(&[json!(""), json!(" \n"), Value::Null, json!("å".repeat(limit + 1))])
}

#[test]
fn a_recipient_is_of_exactly_one_kind() {
    let mut both = email_recipient();
    both["recipientSms"] = sms_recipient()["recipientSms"].clone();
    for recipient in [json!({}), json!({"recipientPigeon": {}}), json!({"recipientEmail": null}), both] {
        assert_faults(&order_to(&recipient), &["Recipient"]);
    }
    let mut faulty = email_recipient();
    faulty["recipientSms"] = json!({});
    let sms = ["Recipient.RecipientSms.PhoneNumber", "Recipient.RecipientSms.SmsSettings"];
    assert_faults(&order_to(&faulty), &[&["Recipient"], &sms[..]].concat());
}

#[test]
fn every_kind_is_an_object_with_what_it_needs() {
    let person = ["ChannelSchema", "NationalIdentityNumber"];
    let kinds: [(&str, &str, &[&str]); 4] = [
        ("recipientEmail", "RecipientEmail", &["EmailAddress", "EmailSettings"]),
        ("recipientSms", "RecipientSms", &["PhoneNumber", "SmsSettings"]),
        ("recipientPerson", "RecipientPerson", &person),
        ("recipientOrganization", "RecipientOrganization", &["ChannelSchema", "OrgNumber"]),
    ];
    for (kind, path, members) in kinds {
        for value in not_objects() {
            assert_faults(&order_to(&json!({kind: value})), &[&format!("Recipient.{path}")]);
        }
        let paths: Vec<_> = members.iter().map(|member| format!("Recipient.{path}.{member}")).collect();
        assert_faults(&order_to(&json!({kind: {}})), &paths.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn external(identity: &str, subject: &str) -> Value {
    order_to(&json!({"recipientExternalIdentity": {
        "externalIdentity": identity, "channelSchema": "Email",
        "emailSettings": {"subject": subject, "body": "b"}}}))
}

#[test]
fn external_identities_have_no_name_that_is_known() {
    assert!(parse(&external("urn:altinn:username:kari", "Hei")).is_ok());
    assert_faults(
        &external("kari", "Hei $recipientname$"),
        &[
            "Recipient.RecipientExternalIdentity.ExternalIdentity",
            "Recipient.RecipientExternalIdentity.EmailSettings.Subject",
        ],
    );
    let parsed = parse(&external("urn:altinn:username:kari", "Hei $recipientName$")).unwrap();
    let warned = parsed.warnings.paths().collect::<Vec<_>>();
    assert_eq!(warned, ["Recipient.RecipientExternalIdentity.EmailSettings.Subject"]);
}

#[test]
fn addresses_and_numbers_are_valid() {
    let organization = json!({"recipientOrganization": {"orgNumber": ORGANIZATION, "channelSchema": "Email",
        "emailSettings": email_settings()}});
    let cases = [
        (
            email_recipient(),
            "recipientEmail/emailAddress",
            "RecipientEmail.EmailAddress",
            not_texts_and_invalid(&["", "ola", "ola@example", "a@example.no;b@example.no"]),
        ),
        (
            sms_recipient(),
            "recipientSms/phoneNumber",
            "RecipientSms.PhoneNumber",
            not_texts_and_invalid(&["", "41234567", "+4741234567 9", "+4712", "ola"]),
        ),
        (
            person("Email"),
            "recipientPerson/nationalIdentityNumber",
            "RecipientPerson.NationalIdentityNumber",
            not_texts_and_invalid(&["", "20914695017", "2091469501"]),
        ),
        (
            organization,
            "recipientOrganization/orgNumber",
            "RecipientOrganization.OrgNumber",
            not_texts_and_invalid(&["", "312345678", "31360094"]),
        ),
    ];
    for (recipient, member, path, values) in cases {
        let pointer = format!("/recipient/{member}");
        assert_refused(&order_to(&recipient), &pointer, &format!("Recipient.{path}"), &values);
    }
}

/// What is no enum of so many values, which may be written as numbers.
fn no_enum(values: u64, texts: &[Value]) -> Vec<Value> {
    let others = [json!(values), json!(-1), json!(1.5), json!(true), json!([]), json!({})];
    others.into_iter().chain(texts.iter().cloned()).collect()
}

#[test]
fn members_of_a_person() {
    let long = format!("urn:altinn:resource:{}", "a".repeat(256));
    let ids =
        ["", "byggesak", "urn:altinn:resource:", "urn:altinn:resource:a b", "urn:altinn:resource: ", &long];
    let flags = vec![json!("true"), json!(1), json!([])];
    let cases = [
        ("ignoreReservation", "IgnoreReservation", flags.clone()),
        ("useStaleContactInformation", "UseStaleContactInformation", flags),
        ("channelSchema", "ChannelSchema", no_enum(5, &[json!(""), json!("Post"), Value::Null])),
        ("resourceId", "ResourceId", not_texts_and_invalid(&ids)),
        ("resourceAction", "ResourceAction", vec![json!("read")]),
        ("emailSettings", "EmailSettings", not_objects()),
        ("smsSettings", "SmsSettings", not_objects()),
    ];
    for (member, path, values) in cases {
        let (pointer, path) =
            (format!("/recipient/recipientPerson/{member}"), format!("Recipient.RecipientPerson.{path}"));
        assert_refused(&order_to(&person("EmailAndSms")), &pointer, &path, &values);
    }
    let body = order_to(&person("Sms"));
    let body = with(&body, "/recipient/recipientPerson/resourceId", json!("urn:altinn:resource:a"));
    let actions = [not_texts(), vec![json!(""), json!(" "), json!("a".repeat(65))]].concat();
    let (pointer, path) =
        ("/recipient/recipientPerson/resourceAction", "Recipient.RecipientPerson.ResourceAction");
    assert_refused(&body, pointer, path, &actions);
}

#[test]
fn the_schema_says_which_settings_are_required() {
    let cases: [(&str, &[&str]); 5] = [
        ("Email", &["EmailSettings"]),
        ("Sms", &["SmsSettings"]),
        ("EmailPreferred", &["EmailSettings", "SmsSettings"]),
        ("SmsPreferred", &["EmailSettings", "SmsSettings"]),
        ("EmailAndSms", &["EmailSettings", "SmsSettings"]),
    ];
    for (schema, missing) in cases {
        for (kind, path, member, number) in [
            ("recipientPerson", "RecipientPerson", "nationalIdentityNumber", PERSON),
            ("recipientOrganization", "RecipientOrganization", "orgNumber", ORGANIZATION),
        ] {
            let body = order_to(&json!({kind: {member: number, "channelSchema": schema}}));
            let paths: Vec<_> =
                missing.iter().map(|settings| format!("Recipient.{path}.{settings}")).collect();
            assert_faults(&body, &paths.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

#[test]
fn members_of_the_email_settings() {
    let keywords = [json!("$recipientname$"), json!("a $recipentNumber$")];
    let policies = [json!(0), json!(3), json!("Now"), json!(1.5), json!("1")];
    let cases = [
        ("subject", "Subject", not_texts_within(512)),
        ("subject", "Subject", vec![json!("a\tb"), json!("a\u{0}"), json!("a\u{85}b")]),
        ("subject", "Subject", keywords.to_vec()),
        ("body", "Body", not_texts_within(10_000)),
        ("body", "Body", keywords.to_vec()),
        ("body", "Body", vec![json!("a\u{0}b"), json!("a\u{7}"), json!("\u{1b}d"), json!("a\u{85}b")]),
        ("contentType", "ContentType", no_enum(2, &[json!("Markdown"), json!("")])),
        (
            "senderEmailAddress",
            "SenderEmailAddress",
            not_texts_and(&[json!("ola"), json!("Ola <ola@example.no>")]),
        ),
        ("sendingTimePolicy", "SendingTimePolicy", policies.to_vec()),
    ];
    for (member, path, values) in cases {
        let pointer = format!("/recipient/recipientEmail/emailSettings/{member}");
        let path = format!("Recipient.RecipientEmail.EmailSettings.{path}");
        assert_refused(&minimal(), &pointer, &path, &values);
    }
}

#[test]
fn members_of_the_sms_settings() {
    let bodies = [json!(""), json!(" \n"), Value::Null, json!("å".repeat(1_601)), json!("$recipientname$")];
    let senders = [json!("NAV\u{0}"), json!("N\tAV")];
    let cases = [
        ("body", "Body", not_texts_and(&bodies)),
        ("body", "Body", vec![json!("a\tb"), json!("a\u{0}"), json!("a\u{1b}b"), json!("a\u{85}b")]),
        ("sender", "Sender", not_texts_and(&senders)),
        (
            "sendingTimePolicy",
            "SendingTimePolicy",
            vec![json!(0), json!(3), json!("Now"), json!(-1), json!({})],
        ),
    ];
    for (member, path, values) in cases {
        let pointer = format!("/recipient/recipientSms/smsSettings/{member}");
        let path = format!("Recipient.RecipientSms.SmsSettings.{path}");
        assert_refused(&order_to(&sms_recipient()), &pointer, &path, &values);
    }
}
