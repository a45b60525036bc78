//! What a template looks like with its tokens filled in.

use serde::Serialize;
use serde_json::Value;

use super::{Template, Texts, Tokens, Unfit, Unprintable};
use crate::keywords;
use crate::language::Language;
use crate::masking::mask;
use crate::order::limits;
use crate::order::parse::tokens;
use crate::request::{Faults, Member};
use crate::sms::{Encoding, Segments};
use crate::text::ContentType;

/// The texts of one language as they would be ordered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    #[serde(flatten)]
    notification: Shown,
    /// The reminder that comes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reminder: Option<Shown>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Shown {
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
        let named = named?;
        let texts = template.texts.get(&named);
        if texts.is_none() {
            language.fault("The template has no text in this language.", &mut faults);
        }
        let (texts, tokens, given) = (texts?, tokens?, asked.member("tokens"));
        for unprintable in unprintable(texts, &tokens) {
            given.fault(unprintable, &mut faults);
        }
        let unfit = Unfit::of(texts.patterns(), &tokens);
        if unfit != Unfit::default() {
            given.fault(unfit, &mut faults);
        }
        let reminder = template.reminder.as_ref().and_then(|reminder| reminder.texts.get(&named));
        let notification = Shown::of(texts, &tokens);
        let reminder = reminder.map(|texts| Shown::of(texts, &tokens));
        for shown in [Some(&notification), reminder.as_ref()].into_iter().flatten() {
            shown.faults().for_each(|fault| given.fault(fault, &mut faults));
        }
        Some(Preview { notification: notification.masked(), reminder: reminder.map(Shown::masked) })
    });
    read.filter(|_| faults.is_empty()).ok_or_else(|| faults.or("$", "Cannot be shown."))
}

/// What would be refused of the tokens in an order, whose SMS are not simplified.
fn unprintable(texts: &Texts, tokens: &Tokens) -> impl Iterator<Item = Unprintable> {
    let email = texts.email.as_ref().and_then(|email| Unprintable::in_subject(email, tokens));
    let sms = texts.sms.as_ref().and_then(|sms| Unprintable::in_sms(sms, tokens));
    email.into_iter().chain(sms)
}

impl Shown {
    fn of(texts: &Texts, tokens: &Tokens) -> Self {
        let email = texts.email.as_ref().map(|email| Email {
            subject: email.subject.render(tokens, false),
            body: email.body.render(tokens, email.content_type == ContentType::Html),
            content_type: email.content_type,
        });
        Self { email, sms: texts.sms.as_ref().map(|sms| Sms::of(sms.body.render(tokens, false))) }
    }

    /// What an order with these tokens would be refused for.
    fn faults(&self) -> impl Iterator<Item = String> {
        let email = self.email.iter().flat_map(|email| {
            [("subject", &email.subject, limits::EMAIL_SUBJECT), ("body", &email.body, limits::EMAIL_BODY)]
        });
        let all = email.chain(self.sms.iter().map(|sms| ("SMS", &sms.body, limits::SMS_BODY)));
        all.filter_map(|(what, text, limit)| {
            if text.chars().count() > limit {
                Some(format!("With its tokens the {what} has more than {limit} characters."))
            } else if keywords::unknown(text).is_some() {
                Some(format!("With its tokens the {what} has a keyword that there is not."))
            } else {
                None
            }
        })
    }

    /// As it leaves, where nobody reads identity numbers.
    fn masked(mut self) -> Self {
        if let Some(email) = &mut self.email {
            (email.subject, email.body) = (mask(&email.subject), mask(&email.body));
        }
        Self { sms: self.sms.map(|sms| Sms::of(mask(&sms.body))), ..self }
    }
}

impl Sms {
    fn of(body: String) -> Self {
        let Segments { encoding, count, .. } = Segments::of(&body);
        let encoding = match encoding {
            Encoding::Gsm => "Gsm",
            Encoding::Ucs2 => "Ucs2",
        };
        Self { body, segments: count, encoding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{general, parse_template};
    use serde_json::json;

    #[test]
    fn a_preview_shows_what_leaves_and_what_comes_after_it() {
        let template = general::find(&"VarselDPVMedRevarsel".parse().unwrap()).unwrap();
        let shown = preview_of(&json!({"language": "nb", "tokens": ["Om 20914695016"]}), template).unwrap();
        let shown = serde_json::to_value(shown).unwrap();
        assert!(!shown.to_string().contains("95016"));
        assert_eq!(shown["sms"]["body"], "Om 209146*****");
        assert_eq!(shown["reminder"]["sms"]["body"], "Påminnelse: Om 209146*****");
    }

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
            (json!({"language": "nb", "tokens": ["$reporteeFirstName$"]}), "Tokens"),
            (json!({"language": "nb", "tokens": ["a".repeat(600)]}), "Tokens"),
        ] {
            let faults = preview_of(&body, &template).unwrap_err();
            assert_eq!(faults.paths().collect::<Vec<_>>(), [path], "{body}");
        }
    }
}
