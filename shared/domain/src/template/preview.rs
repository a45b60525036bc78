//! What a template looks like with its tokens filled in.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Template;
use crate::channel::PerChannel;
use crate::contract::PreviewRequest;
use crate::keywords;
use crate::language::Language;
use crate::masking::mask;
use crate::request::{Faults, Given};
use crate::sms::{Encoding, Segments};
use crate::text::{ContentType, Part, Rendered, Texts, Tokens, Unfit, in_language};

/// The texts of one language as they would be ordered.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Preview {
    #[serde(flatten)]
    notification: Shown,
    /// The reminder that comes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reminder: Option<Shown>,
}

/// The texts of a language, of each channel that has one.
type Shown = PerChannel<Option<ShownText>>;

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShownText {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<ContentType>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    count: Option<Count>,
}

/// How many messages a text takes, and why.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Count {
    segments: usize,
    encoding: &'static str,
}

/// The preview that a body asks for now: `{"language": …, "tokens": …}`.
pub fn preview_of(body: &Value, template: &Template, now: DateTime<Utc>) -> Result<Preview, Faults> {
    let mut faults = Faults::default();
    let asked = Given::<PreviewRequest>::body(body);
    let preview = asked.get(&mut faults).and_then(|asked| preview(asked, template, now, &mut faults));
    preview.filter(|_| faults.is_empty()).ok_or_else(|| faults.or("$", "Cannot be shown."))
}

fn preview(
    asked: &PreviewRequest,
    template: &Template,
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Option<Preview> {
    let language = asked.language.required(faults).map(|language| language.0);
    let tokens = asked.tokens.get(faults).map(|tokens| &tokens.0);
    let found = language?.readable().iter().find_map(|language| template.texts.get_key_value(language));
    if found.is_none() {
        asked.language.fault("The template has no text in this language.", faults);
    }
    let no_tokens = Tokens::new();
    let tokens = tokens.or_else(|| (!asked.tokens.is_given()).then_some(&no_tokens));
    let ((written_in, texts), tokens) = (found?, tokens?);
    let reminder = template.reminder.as_ref().and_then(|reminder| reminder.texts.get(written_in));
    refuse_tokens(asked, texts, tokens, faults);
    for text in [Some(texts), reminder].into_iter().flatten().flat_map(Texts::all) {
        text.render(tokens).parts().filter_map(fault).for_each(|fault| asked.tokens.fault(fault, faults));
    }
    Some(Preview {
        notification: shown(texts, tokens, *written_in, now),
        reminder: reminder.map(|texts| shown(texts, tokens, *written_in, now)),
    })
}

/// Notes tokens that an order with these texts would be refused for.
fn refuse_tokens(asked: &PreviewRequest, texts: &Texts, tokens: &Tokens, faults: &mut Faults) {
    // Where its texts are not simplified.
    for unprintable in texts.all().filter_map(|text| text.unprintable(tokens)) {
        asked.tokens.fault(unprintable, faults);
    }
    let unfit = Unfit::of(texts.patterns(), tokens);
    if unfit != Unfit::default() {
        asked.tokens.fault(unfit, faults);
    }
}

/// What an order with such a part would be refused for.
fn fault(part: &Part) -> Option<String> {
    let Part { text, limit, name } = part;
    if part.is_too_long() {
        Some(format!("With its tokens the {name} has more than {limit} characters."))
    } else if keywords::near_miss(text).is_some() {
        Some(format!("With its tokens the {name} has a keyword that there is not."))
    } else {
        None
    }
}

/// Texts as they leave, where nobody reads identity numbers.
fn shown(texts: &Texts, tokens: &Tokens, language: Language, now: DateTime<Utc>) -> Shown {
    PerChannel::by(|channel| texts.of(channel).map(|text| ShownText::of(&text.render(tokens), language, now)))
}

impl ShownText {
    fn of(rendered: &Rendered, language: Language, now: DateTime<Utc>) -> Self {
        let body = match rendered.content_type {
            Some(ContentType::Html) => &in_language(&rendered.body.text, language),
            Some(ContentType::Plain) | None => &rendered.body.text,
        };
        let body = mask(body, now);
        Self {
            subject: rendered.subject.as_ref().map(|subject| mask(&subject.text, now)),
            content_type: rendered.content_type,
            count: rendered.is_segmented.then(|| Count::of(&body)),
            body,
        }
    }
}

impl Count {
    fn of(body: &str) -> Self {
        let Segments { encoding, count, .. } = Segments::of(body);
        let encoding = match encoding {
            Encoding::Gsm => "Gsm",
            Encoding::Ucs2 => "Ucs2",
        };
        Self { segments: count, encoding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{general, parse_template};
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        "2026-11-02T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_preview_shows_what_leaves_and_what_comes_after_it() {
        let template = general::find(&"VarselDPVMedRevarsel".parse().unwrap()).unwrap();
        let shown =
            preview_of(&json!({"language": "nb", "tokens": ["Om 20914695016"]}), template, now()).unwrap();
        let shown = serde_json::to_value(shown).unwrap();
        assert!(!shown.to_string().contains("95016"));
        assert_eq!(shown["sms"]["body"], "Om 209146*****");
        assert_eq!(shown["reminder"]["sms"]["body"], "Påminnelse: Om 209146*****");
    }

    #[test]
    fn a_preview_shows_the_texts_and_counts_them() {
        let texts = json!({"email": {"subject": "{0}", "body": "<p>{0}</p>", "contentType": "Html"}, "sms": {"body": "{0}á"}});
        let template = parse_template(&json!({"texts": {"nb": texts}})).unwrap();
        let shown = preview_of(&json!({"language": "se", "tokens": ["a & b"]}), &template, now()).unwrap();
        let expected = json!({
            "email": {"subject": "a & b", "body": "<div lang=\"nb\"><p>a &amp; b</p></div>", "contentType": "Html"},
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
            let faults = preview_of(&body, &template, now()).unwrap_err();
            assert_eq!(faults.paths().collect::<Vec<_>>(), [path], "{body}");
        }
    }
}
