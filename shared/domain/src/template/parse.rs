//! Reads a template from a request body.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{EmailTemplate, Pattern, Reminder, SmsTemplate, Template, Texts};
use crate::language::Language;
use crate::order::limits;
use crate::request::{Faults, Member, Object};
use crate::text::ContentType;

const LANGUAGES: [Language; 3] = [Language::Nb, Language::Nn, Language::En];
const CONTENT_TYPES: [(&str, ContentType); 2] = [("Plain", ContentType::Plain), ("Html", ContentType::Html)];

/// The template that a body describes, or everything that is wrong with it.
pub fn parse_template(body: &Value) -> Result<Template, Faults> {
    let mut faults = Faults::default();
    let template = Member::body(body).object(&mut faults).and_then(|body| template(&body, &mut faults));
    template.filter(|_| faults.is_empty()).ok_or_else(|| faults.or("$", "Is not a template."))
}

fn template(body: &Object<'_>, faults: &mut Faults) -> Option<Template> {
    let texts = texts(&body.required("texts", faults), faults);
    let reminder = body.member("reminder");
    let is_reminded = reminder.is_given();
    let reminder = reminder.object(faults).and_then(|reminder| self::reminder(&reminder, faults));
    if let (Some(texts), Some(reminder)) = (&texts, &reminder)
        && !texts.keys().eq(reminder.texts.keys())
    {
        body.member("reminder").fault("Must have the same languages as the texts.", faults);
    }
    let template = Template { texts: texts?, reminder };
    (template.reminder.is_some() == is_reminded).then_some(template)
}

fn reminder(reminder: &Object<'_>, faults: &mut Faults) -> Option<Reminder> {
    let days = reminder.required("delayDays", faults).whole_number(&limits::DELAY_DAYS, faults);
    let texts = texts(&reminder.required("texts", faults), faults);
    Some(Reminder { delay_days: days?, texts: texts? })
}

fn texts(member: &Member<'_>, faults: &mut Faults) -> Option<BTreeMap<Language, Texts>> {
    let languages = member.object(faults)?;
    let read = |language: Language, faults: &mut Faults| {
        let texts = languages.member(language.code());
        Some((language, of_language(&texts, &texts.object(faults)?, faults)))
    };
    let texts: BTreeMap<_, _> = LANGUAGES.into_iter().filter_map(|language| read(language, faults)).collect();
    if texts.is_empty() {
        member.fault("Must have a text in nb, nn or en.", faults);
    }
    if texts.values().map(shape).collect::<BTreeSet<_>>().len() > 1 {
        member.fault("Must have the same channels and tokens in every language.", faults);
    }
    Some(texts)
}

/// The channels of a language, with the tokens of each.
fn shape(texts: &Texts) -> (Option<BTreeSet<&str>>, Option<BTreeSet<&str>>) {
    let email = texts.email.as_ref().map(|email| &email.subject.tokens() | &email.body.tokens());
    (email, texts.sms.as_ref().map(|sms| sms.body.tokens()))
}

fn of_language(member: &Member<'_>, texts: &Object<'_>, faults: &mut Faults) -> Texts {
    let (email, sms) = (texts.member("email"), texts.member("sms"));
    if !email.is_given() && !sms.is_given() {
        member.fault("Must have an email, an sms or both.", faults);
    }
    Texts {
        email: email.object(faults).and_then(|email| self::email(&email, faults)),
        sms: sms.object(faults).and_then(|sms| {
            Some(SmsTemplate { body: pattern(&sms.required("body", faults), limits::SMS_BODY, faults)? })
        }),
    }
}

fn email(email: &Object<'_>, faults: &mut Faults) -> Option<EmailTemplate> {
    let subject = email.required("subject", faults);
    let pattern_of_subject = pattern(&subject, limits::EMAIL_SUBJECT, faults);
    if pattern_of_subject.as_ref().is_some_and(|subject| subject.as_str().chars().any(char::is_control)) {
        subject.fault("Must be one line without control characters.", faults);
    }
    let body = pattern(&email.required("body", faults), limits::EMAIL_BODY, faults);
    let content_type = email.member("contentType").choice(&CONTENT_TYPES, faults).unwrap_or_default();
    Some(EmailTemplate { subject: pattern_of_subject?, body: body?, content_type })
}

fn pattern(member: &Member<'_>, limit: usize, faults: &mut Faults) -> Option<Pattern> {
    let text = member.words(limit, faults)?;
    Pattern::try_from(text).map_err(|why| member.fault(why, faults)).ok()
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
                "nn": {}, "en": {"sms": {"body": "$reporteeEmail$"}}},
            "reminder": {"delayDays": 0},
        });
        let faults = parse_template(&body).unwrap_err();
        let expected = [
            "Reminder.DelayDays",
            "Reminder.Texts",
            "Texts.En.Sms.Body",
            "Texts.Nb.Email.Body",
            "Texts.Nb.Email.ContentType",
            "Texts.Nb.Email.Subject",
            "Texts.Nb.Sms.Body",
            "Texts.Nn",
        ];
        assert_eq!(faults.paths().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn languages_are_alike() {
        let body = json!({"texts": {"nb": texts("a", "{0}"), "en": texts("a", "{1}")}});
        assert_eq!(parse_template(&body).unwrap_err().paths().collect::<Vec<_>>(), ["Texts"]);
        let body = json!({"texts": {"nb": texts("a", "b")}, "reminder": {"delayDays": 1, "texts": {"en": texts("a", "b")}}});
        assert_eq!(parse_template(&body).unwrap_err().paths().collect::<Vec<_>>(), ["Reminder"]);
        for nothing in [json!({}), json!({"texts": {}}), json!([])] {
            assert!(parse_template(&nothing).is_err());
        }
    }
}
