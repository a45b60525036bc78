//! Reads a template from a request body.

use std::collections::BTreeMap;

use serde_json::Value;

use super::alike::{Written, compare_languages, compare_reminder};
use super::{Reminder, Template};
use crate::channel::Channel;
use crate::contract::{TemplateReminder, TemplateRequest, TemplateTexts};
use crate::language::Language;
use crate::request::{Faults, Given};
use crate::text::Texts;

/// The texts of a template by the names of their languages, as a body has them.
type ByName = Given<BTreeMap<String, Given<TemplateTexts>>>;

/// The template that a body describes, or everything that is wrong with it.
pub fn parse_template(body: &Value) -> Result<Template, Faults> {
    let mut faults = Faults::default();
    let body = Given::<TemplateRequest>::body(body);
    let template = body.get(&mut faults).and_then(|body| template(body, &mut faults));
    template.filter(|_| faults.is_empty()).ok_or_else(|| faults.or("$", "Is not a template."))
}

fn template(body: &TemplateRequest, faults: &mut Faults) -> Option<Template> {
    body.texts.required(faults);
    let texts = texts(&body.texts, faults);
    let member = &body.reminder;
    let reminder = member.get(faults).and_then(|reminder| self::reminder(reminder, faults));
    if let (Some(texts), Some((_, reminding))) = (&texts, &reminder) {
        if !languages(texts).eq(languages(reminding)) {
            member.fault("Must have the same languages as the texts.", faults);
        }
        compare_reminder(texts, reminding, faults);
    }
    let reminder = reminder.map(|(days, texts)| Reminder { delay_days: days, texts: by_language(texts) });
    let template = Template { texts: by_language(texts?), reminder };
    (template.reminder.is_some() == member.is_given()).then_some(template)
}

fn by_language(texts: Vec<Written<'_>>) -> BTreeMap<Language, Texts> {
    texts.into_iter().map(|one| (one.language, one.texts)).collect()
}

fn languages<'w>(texts: &'w [Written<'_>]) -> impl Iterator<Item = Language> + 'w {
    texts.iter().map(|texts| texts.language)
}

fn reminder<'a>(reminder: &'a TemplateReminder, faults: &mut Faults) -> Option<(u32, Vec<Written<'a>>)> {
    let days = reminder.delay_days.required(faults);
    reminder.texts.required(faults);
    let texts = texts(&reminder.texts, faults);
    Some((days?.0, texts?))
}

/// The texts in their languages, in the order of the languages.
fn texts<'a>(member: &'a ByName, faults: &mut Faults) -> Option<Vec<Written<'a>>> {
    let by_name = member.get(faults)?;
    refuse_unknown_languages(by_name, faults);
    let texts = Language::ALL.into_iter();
    let texts: Vec<_> = texts.filter_map(|language| written(language, by_name, faults)).collect();
    if texts.is_empty() {
        member.fault("Must have a text in nb, nn, en or se.", faults);
    }
    compare_languages(&texts, faults);
    Some(texts)
}

fn refuse_unknown_languages(by_name: &BTreeMap<String, Given<TemplateTexts>>, faults: &mut Faults) {
    for (name, texts) in by_name.iter().filter(|(_, texts)| texts.is_given()) {
        if Language::ALL.iter().all(|language| !language.code().eq_ignore_ascii_case(name)) {
            let message = format_args!("There is no language {name}: texts are in nb, nn, en and se.");
            texts.fault(message, faults);
        }
    }
}

/// The texts of a language, whose code may be written in any letter case.
fn written<'a>(
    language: Language,
    by_name: &'a BTreeMap<String, Given<TemplateTexts>>,
    faults: &mut Faults,
) -> Option<Written<'a>> {
    let mut named = by_name.iter().filter(|(name, _)| name.eq_ignore_ascii_case(language.code()));
    let member = named.find(|(_, texts)| texts.is_given())?.1;
    let given = member.get(faults)?;
    let texts = of_language(member, given, faults);
    let written = Written { language, member, given, texts };
    written.check_positions(faults);
    Some(written)
}

fn of_language(member: &Given<TemplateTexts>, texts: &TemplateTexts, faults: &mut Faults) -> Texts {
    if Channel::ALL.iter().all(|channel| !texts.has(*channel)) {
        let names: Vec<_> = Channel::ALL.iter().map(|channel| channel.name()).collect();
        member.fault(format_args!("Must have a text for at least one of {}.", names.join(", ")), faults);
    }
    Texts::read(texts, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(subject: &str, body: &str) -> Value {
        json!({"email": {"subject": subject, "body": body}, "sms": {"body": body}})
    }

    #[test]
    fn a_template_is_stored_as_it_was_read() {
        let body = json!({
            "texts": {"nb": texts("Om {sak}", "{sak} er ferdig"), "en": texts("{sak}", "Done: {sak}")},
            "reminder": {"delayDays": 7, "texts": {"nb": texts("x", "{sak}"), "en": texts("x", "{sak}")}},
        });
        let template = parse_template(&body).unwrap();
        assert_eq!(template.texts.keys().collect::<Vec<_>>(), [&Language::Nb, &Language::En]);
        let stored = serde_json::to_value(&template).unwrap();
        assert_eq!(stored["texts"]["nb"]["sms"]["body"], "{sak} er ferdig");
        assert_eq!(serde_json::from_value::<Template>(stored).unwrap(), template);
    }

    #[test]
    fn every_fault_is_named() {
        let body = json!({
            "texts": {
                "nb": {"email": {"subject": "a\nb", "body": "{", "contentType": "Markdown"}, "sms": {}},
                "nn": {}, "de": {}, "se": null, "en": {"sms": {"body": "$reporteeFirstName$"}}},
            "reminder": {"delayDays": 0},
        });
        let faults = parse_template(&body).unwrap_err();
        let expected = [
            "Reminder.DelayDays",
            "Reminder.Texts",
            "Texts.De",
            "Texts.En.Email",
            "Texts.En.Sms.Body",
            "Texts.Nb.Email.Body",
            "Texts.Nb.Email.ContentType",
            "Texts.Nb.Email.Subject",
            "Texts.Nb.Sms.Body",
            "Texts.Nn",
        ];
        assert_eq!(faults.paths().collect::<Vec<_>>(), expected);
    }

    fn parse_sms(body: &str) -> Result<Template, Faults> {
        parse_template(&json!({"texts": {"nb": {"sms": {"body": body}}}}))
    }

    #[test]
    fn an_sms_has_no_control_characters_but_line_breaks() {
        assert!(parse_sms("a\r\nb\nc").is_ok());
        for body in ["a\tb", "a\u{0}", "a\u{85}b"] {
            assert_eq!(
                parse_sms(body).unwrap_err().paths().collect::<Vec<_>>(),
                ["Texts.Nb.Sms.Body"],
                "{body:?}"
            );
        }
    }

    #[test]
    fn languages_that_there_are_not_are_named() {
        let body = json!({"texts": {"nb": texts("a", "b"), "NN": texts("a", "b")},
            "reminder": {"delayDays": 7, "texts": {"nb": texts("a", "b"), "no": texts("a", "b")}}});
        let faults = parse_template(&body).unwrap_err();
        assert_eq!(faults.paths().collect::<Vec<_>>(), ["Reminder", "Reminder.Texts.No"]);
        assert!(faults.at("Reminder.Texts.No")[0].contains("no language no:"), "{faults:?}");
    }

    #[test]
    fn a_reminder_has_the_languages_of_its_notification() {
        let body = json!({"texts": {"nb": texts("a", "b")}, "reminder": {"delayDays": 1, "texts": {"en": texts("a", "b")}}});
        assert_eq!(parse_template(&body).unwrap_err().paths().collect::<Vec<_>>(), ["Reminder"]);
        for nothing in [json!({}), json!({"texts": {}}), json!([])] {
            assert!(parse_template(&nothing).is_err());
        }
    }
}
