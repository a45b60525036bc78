//! What an order makes of a template, and what is refused of its tokens.

use super::faults::assert_faults;
use super::*;
use crate::text::ContentType;

const TEMPLATE: &str = "Recipient.RecipientPerson.Template";

/// An order to a person by `TokenTextOnly`, whose subject and SMS begin with the first token.
fn token_text_only(schema: &str, tokens: &Value) -> Value {
    order_to(&json!({"recipientPerson": {
        "nationalIdentityNumber": PERSON,
        "channelSchema": schema,
        "template": {"name": "TokenTextOnly", "language": "nb", "tokens": tokens},
    }}))
}

/// The texts that an order gives rise to.
fn texts_of(body: &Value) -> Vec<Text> {
    parse(body).unwrap().texts
}

#[test]
fn a_subject_takes_no_control_characters_from_tokens() {
    for value in ["a\tb", "a\nb", "a\r\nBcc: b@example.org", "a\u{1}", "a\u{7f}", "a\u{85}b"] {
        let body = token_text_only("Email", &json!([value, "b"]));
        assert_faults(&body, &[&format!("{TEMPLATE}.Tokens")]);
    }
    let [Text::Email(text)] = &texts_of(&token_text_only("Email", &json!(["a", "b\tc\r\nd"])))[..] else {
        panic!("not an e-mail")
    };
    assert_eq!(text.body, "<div lang=\"nb\">b\tc\r\nd</div>");
}

#[test]
fn the_tokens_that_a_subject_cannot_take_are_named() {
    let body = token_text_only("EmailPreferred", &json!({"0": "a\tb", "1": "b\tc"}));
    let faults = parse(&body).unwrap_err();
    let messages = faults.at(&format!("{TEMPLATE}.Tokens"));
    assert!(messages[0].contains("subject") && messages[0].ends_with(": 0."), "{messages:?}");
    assert!(messages[1].contains("SMS") && messages[1].ends_with(": 0, 1."), "{messages:?}");
}

#[test]
fn an_sms_takes_line_breaks_and_nothing_like_them_from_tokens() {
    for value in ["a\tb", "a\u{1b}", "a\u{c}b", "a\u{9b}b"] {
        assert_faults(&token_text_only("Sms", &json!([value])), &[&format!("{TEMPLATE}.Tokens")]);
    }
    let [Text::Sms(text)] = &texts_of(&token_text_only("Sms", &json!(["a\nb\r\nc"])))[..] else {
        panic!("not an SMS")
    };
    assert_eq!(text.body, "a\nb\r\nc");
}

#[test]
fn an_email_of_tokens_is_html_as_the_tokens_are() {
    let html = "<p>Vedtak for <b>Ås & Ås</b></p>";
    let [Text::Email(text)] = &texts_of(&token_text_only("Email", &json!(["A & B", html])))[..] else {
        panic!("not an e-mail")
    };
    let expected = format!("<div lang=\"nb\">{html}</div>");
    assert_eq!((text.subject.as_str(), &text.body), ("A & B", &expected));
    assert_eq!(text.content_type, ContentType::Html);
}

#[test]
fn links_in_the_html_of_tokens_are_found() {
    let body = token_text_only("Email", &json!(["a", "<a href=\"https://example.org\">her</a>"]));
    let owner = OwnerSettings { links: Some(Links::Refused), ..OwnerSettings::default() };
    let faults = parse_by(&body, EndpointPolicy::Public, &owner).unwrap_err();
    assert_eq!(faults.paths().collect::<Vec<_>>(), [TEMPLATE]);
}

fn simplified(body: &Value) -> Value {
    with(body, "/recipient/recipientPerson/smsSettings", json!({"simplifyCharacters": true}))
}

#[test]
fn what_is_simplified_away_is_not_refused() {
    let [Text::Sms(text)] = &texts_of(&simplified(&token_text_only("Sms", &json!(["a\tb"]))))[..] else {
        panic!("not an SMS")
    };
    assert_eq!(text.body, "a b");
    let kept = simplified(&token_text_only("Sms", &json!(["a\tb 🙂"])));
    assert_faults(&kept, &[&format!("{TEMPLATE}.Tokens")]);
}
