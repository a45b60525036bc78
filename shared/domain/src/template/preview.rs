//! What a template looks like with its tokens filled in.

use serde::Serialize;
use serde_json::Value;

use super::{Template, Texts, Tokens, Unfit, Unprintable};
use crate::language::Language;
use crate::order::parse::tokens;
use crate::request::{Faults, Member};
use crate::sms::{Encoding, Segments};
use crate::text::ContentType;

/// The texts of one language as they would be ordered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<Sms>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Email {
    subject: String,
    body: String,
    content_type: ContentType,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Sms {
    body: String,
    segments: usize,
    encoding: &'static str,
}

/// The preview that a body asks for: `{"language": …, "tokens": …}`.
pub fn preview_of(body: &Value, template: &Template) -> Result<Preview, Faults> {
    let mut faults = Faults::default();
    let asked = Member::body(body).object(&mut faults);
    let read = asked.and_then(|asked| {
        let language = asked.required("language", &mut faults);
        let named =
            language.typed(|value| Language::named(value.as_str()?), "Must be nb, nn or en.", &mut faults);
        let tokens = tokens(&asked.member("tokens"), &mut faults);
        let texts = template.texts.get(&named?);
        if texts.is_none() {
            language.fault("The template has no text in this language.", &mut faults);
        }
        let (texts, tokens, given) = (texts?, tokens?, asked.member("tokens"));
        for unprintable in unprintable(texts, &tokens) {
            given.fault(unprintable, &mut faults);
        }
        preview(texts, &tokens).map_err(|unfit| given.fault(unfit, &mut faults)).ok()
    });
    read.filter(|_| faults.is_empty()).ok_or_else(|| faults.or("$", "Cannot be shown."))
}

/// What would be refused of the tokens in an order, whose SMS are not simplified.
fn unprintable(texts: &Texts, tokens: &Tokens) -> impl Iterator<Item = Unprintable> {
    let email = texts.email.as_ref().and_then(|email| Unprintable::in_subject(email, tokens));
    let sms = texts.sms.as_ref().and_then(|sms| Unprintable::in_sms(sms, tokens));
    email.into_iter().chain(sms)
}

/// Fills tokens in, unless they do not fit.
fn preview(texts: &Texts, tokens: &Tokens) -> Result<Preview, Unfit> {
    let unfit = Unfit::of(texts.patterns(), tokens);
    if unfit != Unfit::default() {
        return Err(unfit);
    }
    let email = texts.email.as_ref().map(|email| Email {
        subject: email.subject.render(tokens, false),
        body: email.body.render(tokens, email.content_type == ContentType::Html),
        content_type: email.content_type,
    });
    let sms = texts.sms.as_ref().map(|sms| sms_of(sms.body.render(tokens, false)));
    Ok(Preview { email, sms })
}

fn sms_of(body: String) -> Sms {
    let Segments { encoding, count, .. } = Segments::of(&body);
    let encoding = match encoding {
        Encoding::Gsm => "Gsm",
        Encoding::Ucs2 => "Ucs2",
    };
    Sms { body, segments: count, encoding }
}

impl Texts {
    /// All of its patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &super::Pattern> {
        let email = self.email.iter().flat_map(|email| [&email.subject, &email.body]);
        email.chain(self.sms.iter().map(|sms| &sms.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse_template;
    use serde_json::json;

    #[test]
    fn a_preview_shows_the_texts_and_counts_them() {
        let texts = json!({"email": {"subject": "{0}", "body": "<p>{0}</p>", "contentType": "Html"}, "sms": {"body": "{0}á"}});
        let template = parse_template(&json!({"texts": {"nb": texts}})).unwrap();
        let shown = preview_of(&json!({"language": "se", "tokens": ["a & b"]}), &template).unwrap();
        let expected = json!({
            "email": {"subject": "a & b", "body": "<p>a &amp; b</p>", "contentType": "Html"},
            "sms": {"body": "a & bá", "segments": 1, "encoding": "Ucs2"},
        });
        assert_eq!(serde_json::to_value(shown).unwrap(), expected);
        for (body, path) in [
            (json!({"language": "nn", "tokens": ["a"]}), "Language"),
            (json!({"language": "de", "tokens": ["a"]}), "Language"),
            (json!({"tokens": ["a"]}), "Language"),
            (json!({"language": "nb"}), "Tokens"),
            (json!({"language": "nb", "tokens": ["a", "b"]}), "Tokens"),
            (json!({"language": "nb", "tokens": ["\u{1}"]}), "Tokens"),
            (json!({"language": "nb", "tokens": ["a\nb"]}), "Tokens"),
            (json!({"language": "nb", "tokens": 1}), "Tokens"),
        ] {
            let faults = preview_of(&body, &template).unwrap_err();
            assert_eq!(faults.paths().collect::<Vec<_>>(), [path], "{body}");
        }
    }
}
