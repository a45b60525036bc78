//! What the texts of a template have in common: every language has the same channels and tokens, and the
//! reminder has none that its notification lacks.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::Channel;
use crate::contract::TemplateTexts;
use crate::language::Language;
use crate::request::{Faults, Given};
use crate::text::{Pattern, Texts};

/// The texts of a language, and where they were given.
pub struct Written<'a> {
    pub language: Language,
    pub member: &'a Given<TemplateTexts>,
    pub given: &'a TemplateTexts,
    pub texts: Texts,
}

/// Why texts do not belong to one template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unlike {
    #[error("Is missing: {0} has it, and every language has the same channels.")]
    Missing(&'static str),
    #[error("Is not in {0}: every language has the same channels.")]
    Surplus(&'static str),
    #[error(
        "Must have the same tokens as in {other}.{}{}",
        these(" Only there: ", lacking),
        these(" Only here: ", added)
    )]
    Tokens { other: &'static str, lacking: Names, added: Names },
    #[error("The notification has no text on this channel, which its reminder could take.")]
    NotNotified,
    #[error("Has tokens that the notification lacks on this channel.{}", these(" Only here: ", .0))]
    NotBrought(Names),
    #[error("Must name its tokens by position or by name, not both.{}", these(" These are mixed: ", .0))]
    Mixed(Names),
    #[error("Must have every position from 0 on: {{{0}}} is missing.")]
    Gap(usize),
}

/// Tokens as they are written, without their braces: `name?` may be missing wherever it stands.
type Names = BTreeSet<String>;

fn these(introduction: &str, names: &Names) -> String {
    let written: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
    if names.is_empty() { String::new() } else { format!("{introduction}{}.", written.join(", ")) }
}

/// Notes what a language has otherwise than the first.
pub fn compare_languages(all: &[Written<'_>], faults: &mut Faults) {
    let mut all = all.iter().filter(|texts| !texts.is_empty());
    let Some(first) = all.next() else { return };
    for other in all {
        for channel in Channel::ALL {
            if let Err(unlike) = first.is_like(other, *channel) {
                other.given.fault_on(*channel, unlike, faults);
            }
        }
    }
}

/// Notes what a reminder has that its notification lacks.
pub fn compare_reminder(notification: &[Written<'_>], reminder: &[Written<'_>], faults: &mut Faults) {
    for texts in reminder {
        let Some(first) = notification.iter().find(|first| first.language == texts.language) else {
            continue;
        };
        for channel in Channel::ALL {
            if let Err(unlike) = first.brings_for(texts, *channel) {
                texts.given.fault_on(*channel, unlike, faults);
            }
        }
    }
}

impl TemplateTexts {
    /// Whether there is a text for a channel, right or wrong.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email.is_given(),
            Channel::Sms => self.sms.is_given(),
        }
    }

    fn fault_on(&self, channel: Channel, unlike: Unlike, faults: &mut Faults) {
        match channel {
            Channel::Email => self.email.fault(unlike, faults),
            Channel::Sms => self.sms.fault(unlike, faults),
        }
    }
}

impl Written<'_> {
    /// Notes positions that a list of tokens could not fill.
    pub fn check_positions(&self, faults: &mut Faults) {
        let names = Channel::ALL.iter().filter_map(|channel| self.names(*channel)).flatten();
        let names: Names = names.map(|name| name.trim_end_matches('?').to_owned()).collect();
        // Of a text with a fault of its own the tokens are not known.
        let is_whole =
            Channel::ALL.iter().all(|channel| self.has(*channel) == self.names(*channel).is_some());
        if let Err(unlike) = by_position(names)
            && is_whole
        {
            self.member.fault(unlike, faults);
        }
    }

    fn is_empty(&self) -> bool {
        Channel::ALL.iter().all(|channel| !self.has(*channel))
    }

    fn has(&self, channel: Channel) -> bool {
        self.given.has(channel)
    }

    fn is_like(&self, other: &Self, channel: Channel) -> Result<(), Unlike> {
        match (self.has(channel), other.has(channel)) {
            (true, false) => return Err(Unlike::Missing(self.language.code())),
            (false, true) => return Err(Unlike::Surplus(self.language.code())),
            (true, true) | (false, false) => {}
        }
        let (Some(there), Some(here)) = (self.names(channel), other.names(channel)) else { return Ok(()) };
        let (lacking, added) = (&there - &here, &here - &there);
        let is_like = there == here;
        is_like.then_some(()).ok_or(Unlike::Tokens { other: self.language.code(), lacking, added })
    }

    fn brings_for(&self, reminder: &Self, channel: Channel) -> Result<(), Unlike> {
        if reminder.has(channel) && !self.has(channel) {
            return Err(Unlike::NotNotified);
        }
        let (Some(brought), Some(used)) = (self.names(channel), reminder.names(channel)) else {
            return Ok(());
        };
        let is_brought =
            |name: &String| brought.contains(name) || brought.contains(name.trim_end_matches('?'));
        let others: Names = used.into_iter().filter(|name| !is_brought(name)).collect();
        if others.is_empty() { Ok(()) } else { Err(Unlike::NotBrought(others)) }
    }

    /// The tokens of a channel's text; none if it has no text, or a faulty one.
    fn names(&self, channel: Channel) -> Option<Names> {
        let patterns = self.texts.of(channel)?.patterns();
        let mut names = BTreeMap::new();
        for (name, is_optional) in patterns.into_iter().flat_map(Pattern::places) {
            *names.entry(name).or_insert(true) &= is_optional;
        }
        let marked =
            names.into_iter().map(|(name, is_optional)| name.to_owned() + if is_optional { "?" } else { "" });
        Some(marked.collect())
    }
}

/// Whether tokens are all by name, or by every position from the first on.
fn by_position(names: Names) -> Result<(), Unlike> {
    let positions = names.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).count();
    if positions == 0 {
        return Ok(());
    }
    if positions < names.len() {
        return Err(Unlike::Mixed(names));
    }
    let gap = (0..positions).find(|position| !names.contains(&position.to_string()));
    gap.map_or(Ok(()), |gap| Err(Unlike::Gap(gap)))
}

#[cfg(test)]
mod tests {
    use crate::request::Faults;
    use crate::template::parse_template;
    use serde_json::{Value, json};

    fn texts(body: &str) -> Value {
        json!({"email": {"subject": "Om", "body": body}, "sms": {"body": "Hei"}})
    }

    fn faults_of(body: &Value) -> Faults {
        parse_template(body).expect_err(&body.to_string())
    }

    fn assert_said(body: &Value, path: &str, words: &[&str]) {
        let faults = faults_of(body);
        assert_eq!(faults.paths().collect::<Vec<_>>(), [path], "{body}");
        for word in words {
            assert!(faults.at(path)[0].contains(word), "{word}: {faults:?}");
        }
    }

    #[test]
    fn languages_that_use_other_tokens_are_named_with_the_tokens() {
        let body = json!({"texts": {"nb": texts("{a} {b}"), "nn": texts("{b} {a}"), "en": texts("{b} {c}")}});
        assert_said(&body, "Texts.En.Email", &["as in nb.", "Only there: {a}.", "Only here: {c}."]);
        let body = json!({"texts": {"nn": texts("{a?} {a}"), "en": texts("{a?}")}});
        assert_said(&body, "Texts.En.Email", &["as in nn.", "Only there: {a}.", "Only here: {a?}."]);
        let body = json!({"texts": {"nn": texts("{a}"), "en": texts("{a}, {b}")}});
        assert!(!faults_of(&body).at("Texts.En.Email")[0].contains("there"));
    }

    #[test]
    fn languages_that_have_other_channels_are_named_with_the_channel() {
        let (email, sms) = (json!({"subject": "a", "body": "b"}), json!({"body": "b"}));
        let body = json!({"texts": {"nb": {"email": email, "sms": sms}, "en": {"email": email}}});
        assert_said(&body, "Texts.En.Sms", &["missing: nb has it"]);
        let body = json!({"texts": {"nb": {"email": email}, "nn": {"email": email, "sms": sms}}});
        assert_said(&body, "Texts.Nn.Sms", &["not in nb"]);
    }

    fn reminded(first: &Value, second: &Value) -> Value {
        json!({"texts": {"nb": first}, "reminder": {"delayDays": 7, "texts": {"nb": second}}})
    }

    #[test]
    fn a_reminder_uses_no_tokens_that_its_notification_lacks_on_the_channel() {
        let path = "Reminder.Texts.Nb.Email";
        let said = &["notification lacks", "Only here: {b}."];
        assert_said(&reminded(&texts("{a}"), &texts("{a} {b}")), path, said);
        // An order may leave out what its notification needs not.
        assert_said(&reminded(&texts("{b?}"), &texts("{b}")), path, said);
        assert!(parse_template(&reminded(&texts("{a} {b}"), &texts("{b?}"))).is_ok());
        let sms = json!({"email": {"subject": "s", "body": "{a}"}, "sms": {"body": "{a}"}});
        assert_said(&reminded(&texts("{a}"), &sms), "Reminder.Texts.Nb.Sms", &["Only here: {a}."]);
    }

    #[test]
    fn a_reminder_uses_no_channel_that_its_notification_lacks() {
        let (email, sms) = (json!({"subject": "a", "body": "b"}), json!({"body": "b"}));
        let (both, one) = (json!({"email": email, "sms": sms}), json!({"email": email}));
        assert_said(&reminded(&one, &both), "Reminder.Texts.Nb.Sms", &["no text on this channel"]);
        assert!(parse_template(&reminded(&both, &one)).is_ok());
    }

    #[test]
    fn tokens_are_by_name_or_by_every_position() {
        for (body, said) in [
            ("{0} {navn}", "mixed: {0}, {navn}."),
            ("{0} {2}", "{1} is missing"),
            ("{1}", "{0} is missing"),
            ("{0} {01}", "{1} is missing"),
            ("{0} {99999999999999999999?}", "{1} is missing"),
        ] {
            assert_said(&json!({"texts": {"nb": texts(body)}}), "Texts.Nb", &[said]);
        }
        let across = json!({"email": {"subject": "{0}", "body": "{2!}"}, "sms": {"body": "{1?}"}});
        for fine in [texts("{0} {1} {0} {2?}"), texts("{a1} {2b}"), texts("{{1}}"), across] {
            assert!(parse_template(&json!({"texts": {"nb": fine}})).is_ok(), "{fine}");
        }
    }

    #[test]
    fn a_text_with_a_fault_is_not_compared() {
        let body = json!({"texts": {"nb": texts("{0} {"), "en": texts("{0}")}});
        assert_eq!(faults_of(&body).paths().collect::<Vec<_>>(), ["Texts.Nb.Email.Body"]);
        let sms = json!({"email": {"subject": "s", "body": "{"}, "sms": {"body": "{1}"}});
        let body = json!({"texts": {"nb": sms}});
        assert_eq!(faults_of(&body).paths().collect::<Vec<_>>(), ["Texts.Nb.Email.Body"]);
    }
}
