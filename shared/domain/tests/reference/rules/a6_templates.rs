//! A6: templates by name, channel and language; tokens, keywords, and what a text must not hold.

use serde_json::json;
use varsling_domain::channel::Channel;
use varsling_domain::identity::NationalIdentityNumber;
use varsling_domain::keywords::{Facts, Reader, Sources, asked, fill, unknown};
use varsling_domain::language::Language;
use varsling_domain::template::{TemplateName, general};
use varsling_domain::text::{ContentType, Text};

use super::*;

/// Subject and body of what an order of a template says on a channel.
fn said(order: &Value, channel: Channel) -> (String, String) {
    let parsed = parse(order).unwrap_or_else(|faults| panic!("{:?}", faults.into_map()));
    let recipients = &parsed.order.shipments[0].recipients;
    let hash = recipients.settings(channel).unwrap().text.clone();
    match parsed.texts.iter().find(|text| text.hash() == hash).unwrap() {
        Text::Email(text) => (text.subject.clone(), text.body.clone()),
        Text::Sms(text) => (String::new(), text.body.clone()),
    }
}

/// Every general template has a text for each channel in bokmål, nynorsk and English; its name is known in
/// whatever case.
#[test]
fn a_template_is_found_by_name_channel_and_language() {
    for name in
        ["TokenTextOnly", "VarselDPVUtenRevarsel", "VarselDPVMedRevarsel", "messageavailable", "NOTICE"]
    {
        let template = general::find(&TemplateName::try_from(name).unwrap()).unwrap();
        for language in [Language::Nb, Language::Nn, Language::En] {
            let texts = &template.texts[&language];
            assert!(texts.email.is_some() && texts.sms.is_some(), "{name} {language:?}");
        }
    }
}

fn token_text_only(schema: &str, tokens: &Value) -> Value {
    order_to(&from_template("TokenTextOnly", schema, "nb", tokens))
}

/// `TokenTextOnly`: subject and body of the e-mail, which may be HTML, are the two tokens; the SMS is both, and
/// the second may be empty or missing.
#[test]
fn token_text_only_is_its_tokens() {
    let both = json!(["Emne", "<p>Les <b>dette</b></p>"]);
    assert_eq!(
        said(&token_text_only("Email", &both), Channel::Email),
        ("Emne".into(), "<div lang=\"nb\"><p>Les <b>dette</b></p></div>".into())
    );
    let texts = parse(&token_text_only("Email", &both)).unwrap().texts;
    assert!(
        texts
            .iter()
            .any(|text| matches!(text, Text::Email(email) if email.content_type == ContentType::Html))
    );
    for (tokens, sms) in
        [(json!(["Hei ", "du"]), "Hei du"), (json!(["Hei", ""]), "Hei"), (json!(["Hei"]), "Hei")]
    {
        assert_eq!(said(&token_text_only("Sms", &tokens), Channel::Sms).1, sms);
    }
}

/// `VarselDPV…`: the sender's text is the body, and the subject says for whom a message has come. The older
/// subject named a site, which would look like a link.
#[test]
fn the_notices_of_digital_mail_say_what_the_sender_says() {
    for (language, subject) in [
        ("nb", "Ny melding tilgjengelig for $recipientName$"),
        ("nn", "Ny melding tilgjengeleg for $recipientName$"),
        ("en", "New message available for $recipientName$"),
        ("se", "Ny melding tilgjengelig for $recipientName$"),
    ] {
        for name in ["VarselDPVUtenRevarsel", "VarselDPVMedRevarsel"] {
            let order =
                order_to(&from_template(name, "EmailAndSms", language, &json!(["Du har fått et vedtak."])));
            assert_eq!(said(&order, Channel::Email), (subject.into(), "Du har fått et vedtak.".into()));
            assert_eq!(said(&order, Channel::Sms).1, "Du har fått et vedtak.");
        }
    }
}

/// A token that is missing or too many is told at order time, where the older service sent `{1}`.
#[test]
fn tokens_fit_their_template_or_are_refused() {
    let path = "Recipient.RecipientPerson.Template.Tokens".to_owned();
    for (tokens, fit) in [
        (json!(["Tekst"]), true),
        (json!([]), false),
        (json!(["Tekst", "mer"]), false),
        (json!({"0": "Tekst"}), true),
        (json!({"tekst": "Tekst"}), false),
    ] {
        let order = order_to(&from_template("VarselDPVUtenRevarsel", "Email", "nb", &tokens));
        assert_eq!(faults(&order).contains(&path), !fit, "{tokens}");
    }
}

/// Keywords, in a template or in a token, stand for the recipient; the number is an organisation's, and empty for
/// a person. Those without a source here are refused.
#[test]
fn keywords_stand_for_the_recipient() {
    let number = NationalIdentityNumber::try_from(PERSON).unwrap();
    let sources = Sources { number: Some(&number), email: Some(EMAIL), mobile: Some(MOBILE) };
    let cases = [
        ("$reporteeName$", "Kari"),
        ("$recipientName$ ($recipientNumber$)", "Kari ()"),
        ("$reporteeNumber$", ""),
        ("$reporteeBirthDay$/$reporteeBirthMonth$ $reporteeBirthYear$", "20/11 1946"),
        ("$reporteeBirthDay(yyyy-mm-dd)$", "1946-11-20"),
        ("$reporteeEmail$ $reporteeMobileNumber$", "kari@example.no +4790000001"),
    ];
    for (text, read) in cases {
        let facts = Facts::of(&asked(text), sources);
        let reader = Reader { name: "Kari", number: "", facts: &facts };
        assert_eq!((unknown(text), fill(text, &reader, false).as_str()), (None, read));
    }
    for text in [
        "$reporteeFirstName$",
        "$reporteeLastName$",
        "$reporteePostalCode$",
        "$reporteeAddress1$",
        "$servicename$",
        "$servicename|SC:1|SEC:2$",
        "$reporteename$",
    ] {
        let mut recipient = person("Email");
        recipient["recipientPerson"]["emailSettings"]["body"] = json!(text);
        assert_eq!(faults(&order_to(&recipient)), ["Recipient.RecipientPerson.EmailSettings.Body"], "{text}");
    }
}

/// A notice must hold no link and nothing that looks like one, where deployment or owner say so.
#[test]
fn nothing_that_looks_like_a_link_gets_into_a_notice() {
    for (text, is_link) in [
        ("Logg inn i innboksen.", false),
        ("Fristen er 1.12.2026 kl. 12.30.", false),
        ("https://altinn.no/sak", true),
        ("altinn.no", true),
        ("Se www.example.no.", true),
    ] {
        let mut recipient = person("Sms");
        recipient["recipientPerson"]["smsSettings"]["body"] = json!(text);
        let refused = parse_with(&order_to(&recipient), &Links::Refused).is_err();
        assert_eq!(refused, is_link, "{text}");
        assert!(parse_with(&order_to(&recipient), &Links::Allowed).is_ok(), "{text}");
    }
}
