//! Reads a recipient's `template`: which one, in which language, and what is filled in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Parser;
use super::settings::{Audience, Chosen, Composed, EmailManner, SMS_SENDER, SmsManner};
use crate::channel::{Channel, ChannelSchema};
use crate::language::Language;
use crate::order::{Settings, limits};
use crate::request::{Faults, Member, Object};
use crate::sms::nearest;
use crate::template::{
    EmailTemplate, OwnTemplate, SmsTemplate, Template, TemplateName, TemplateUsed, Texts, Tokens, Unfit,
    Unprintable, general,
};
use crate::text::{ContentType, EmailText, SmsText, has_control_beside_breaks};

/// The owner's own templates that an order names, by their names.
pub type OwnTemplates = BTreeMap<TemplateName, OwnTemplate>;

/// In which language a text is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    One(Language),
    /// The one that the recipient has chosen.
    Recipients,
}

const LANGUAGES: [(&str, Wanted); 5] = [
    ("nb", Wanted::One(Language::Nb)),
    ("nn", Wanted::One(Language::Nn)),
    ("en", Wanted::One(Language::En)),
    ("se", Wanted::One(Language::Nb)),
    ("Recipient", Wanted::Recipients),
];

/// The names of all templates that a body names anywhere and that do not come with the service.
pub fn template_names(body: &Value) -> Vec<TemplateName> {
    let inside = match body {
        Value::Object(members) => members.values().flat_map(template_names).collect(),
        Value::Array(items) => items.iter().flat_map(template_names).collect(),
        _ => vec![],
    };
    let name = body["template"]["name"].as_str().and_then(|name| TemplateName::try_from(name).ok());
    let mut names: Vec<_> =
        name.into_iter().filter(|name| general::find(name).is_none()).chain(inside).collect();
    names.sort();
    names.dedup();
    names
}

/// What a template's texts are rendered with, and for whom.
struct Source<'a> {
    /// The member that names the template, at which faults are noted.
    member: &'a Member<'a>,
    /// What a text begins with that is not written as a reminder.
    prefix: &'a str,
    tokens: &'a Tokens,
    audience: Audience,
}

/// A text that has a limit, by the name that the caller knows.
struct Measured<'a> {
    text: &'a str,
    limit: usize,
    name: &'a str,
}

impl<'r> Parser<'r> {
    /// The template of this name that the owner may use.
    pub(super) fn find_template(&self, name: &TemplateName) -> Option<&'r Template> {
        general::find(name).or_else(|| Some(&self.rules.templates.get(name)?.template))
    }

    /// Notes which template a shipment is made of.
    fn note_template(&mut self, name: TemplateName) {
        let own = self.rules.templates.get(&name).filter(|_| general::find(&name).is_none());
        self.template = Some(TemplateUsed { version: own.map(|own| own.version), name: name.into() });
    }

    /// What a recipient's template makes of its tokens, on every channel that the schema may use.
    pub(super) fn template_settings(
        &mut self,
        kind: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        let chosen = self.read_template(kind, schema, audience);
        chosen.unwrap_or_default()
    }

    fn read_template(
        &mut self,
        kind: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Option<Chosen> {
        let member = kind.member("template");
        let template = member.object(&mut self.faults)?;
        let name = template.required("name", &mut self.faults);
        let wanted = template.required("language", &mut self.faults);
        let languages = wanted.choice(&LANGUAGES, &mut self.faults);
        let tokens = tokens(&template.member("tokens"), &mut self.faults);
        let named = name.parsed::<TemplateName>(&mut self.faults)?;
        let found = self.find_template(&named);
        let Some(found) = found else {
            name.fault("There is no such template.", &mut self.faults);
            return None;
        };
        self.note_template(named);
        let (languages, tokens, schema) = (languages?, tokens?, schema?);
        // The texts of the reminder that comes by itself, where the template has some of its own.
        let texts = found.texts_of(self.is_reminder).unwrap_or(&found.texts);
        let (base, others) = match languages {
            Wanted::One(language) => (Some(language).filter(|language| texts.contains_key(language)), vec![]),
            Wanted::Recipients => {
                let base = found.language_among(&self.rules.owner.languages);
                (base, texts.keys().copied().filter(|language| Some(*language) != base).collect())
            }
        };
        let Some(base) = base else {
            wanted.fault("The template has no text in this language.", &mut self.faults);
            return None;
        };
        // What a reminder is made of was brought for its notification.
        if !self.is_reminder {
            self.fit(&template, &texts[&base], &tokens, schema);
        }
        let has_own = found.texts_of(self.is_reminder).is_some();
        let mut languages = BTreeMap::new();
        for language in std::iter::once(base).chain(others) {
            // A text that is not written as a reminder says that it is one.
            let prefix = if has_own { "" } else { language.reminder_prefix() };
            let source = Source { member: &member, prefix, tokens: &tokens, audience };
            languages.insert(language, self.render(kind, &texts[&language], schema, &source));
        }
        let settings = languages.remove(&base)?;
        Some(Chosen { settings, languages })
    }

    /// Notes what a template lacks for its use here. All its languages are alike.
    fn fit(&mut self, template: &Object<'_>, texts: &Texts, tokens: &Tokens, schema: ChannelSchema) {
        let used = schema.channels().iter();
        if used.clone().any(|channel| texts.of(*channel).is_none()) {
            let name = template.member("name");
            name.fault("The template has no text for a channel that may be used.", &mut self.faults);
        }
        let taken = used.filter_map(|channel| texts.of(*channel)).flatten();
        let missing = Unfit::of(taken, tokens).missing;
        let surplus = Unfit::of(texts.patterns(), tokens).surplus;
        let unfit = Unfit { missing, surplus };
        if unfit != Unfit::default() {
            template.member("tokens").fault(unfit, &mut self.faults);
        }
    }

    fn render(
        &mut self,
        kind: &Object<'_>,
        texts: &Texts,
        schema: ChannelSchema,
        source: &Source<'_>,
    ) -> Settings {
        let email = texts.email.as_ref().filter(|_| schema.uses(Channel::Email));
        let sms = texts.sms.as_ref().filter(|_| schema.uses(Channel::Sms));
        Settings {
            email: email.map(|email| {
                let rendered = self.email_of(kind, email, source);
                self.keep_email(rendered)
            }),
            sms: sms.map(|sms| {
                let rendered = self.sms_of(kind, sms, source);
                self.keep_sms(rendered)
            }),
        }
    }

    fn email_of(
        &mut self,
        kind: &Object<'_>,
        email: &EmailTemplate,
        source: &Source<'_>,
    ) -> Composed<EmailText> {
        let Source { member, prefix, tokens, audience } = *source;
        let settings = kind.member("emailSettings");
        let manner = settings.object(&mut self.faults).map(|settings| {
            self.refuse_texts(&settings, &["subject", "body", "contentType"]);
            self.email_manner(&settings)
        });
        let EmailManner { sender, policy } = manner
            .unwrap_or_else(|| EmailManner { sender: self.registered_sender(), ..EmailManner::default() });
        self.refuse_unprintable(member, Unprintable::in_subject(email, tokens));
        let subject = prefix.to_owned() + &email.subject.render(tokens, false);
        let body = email.body.render(tokens, email.content_type == ContentType::Html);
        self.measure(
            member,
            &Measured { text: &subject, limit: limits::EMAIL_SUBJECT, name: "subject" },
            audience,
        );
        self.measure(member, &Measured { text: &body, limit: limits::EMAIL_BODY, name: "body" }, audience);
        let reply_to = self.reply_to();
        let sender_name = self.rules.owner.name.clone();
        let content_type = email.content_type;
        Composed { text: EmailText { subject, body, content_type, sender, sender_name, reply_to }, policy }
    }

    fn sms_of(&mut self, kind: &Object<'_>, sms: &SmsTemplate, source: &Source<'_>) -> Composed<SmsText> {
        let Source { member, prefix, tokens, audience } = *source;
        let manner = kind.member("smsSettings").object(&mut self.faults).map(|settings| {
            self.refuse_texts(&settings, &["body"]);
            self.sms_manner(&settings, SMS_SENDER)
        });
        let SmsManner { sender, policy, simplify } = manner.unwrap_or_else(|| SmsManner {
            sender: self.rules.owner.sms_sender.clone(),
            ..SmsManner::default()
        });
        let rendered = prefix.to_owned() + &sms.body.render(tokens, false);
        let body = if simplify { nearest(&rendered) } else { rendered };
        // What is simplified away does not matter.
        let unprintable = Unprintable::in_sms(sms, tokens).filter(|_| has_control_beside_breaks(&body));
        self.refuse_unprintable(member, unprintable);
        self.measure(member, &Measured { text: &body, limit: limits::SMS_BODY, name: "SMS" }, audience);
        self.leave_room(member, &body);
        Composed { text: SmsText { body, sender, simplified: simplify }, policy }
    }

    fn refuse_unprintable(&mut self, template: &Member<'_>, unprintable: Option<Unprintable>) {
        let tokens = template.object(&mut self.faults).map(|template| template.member("tokens"));
        if let (Some(tokens), Some(unprintable)) = (tokens, unprintable) {
            tokens.fault(unprintable, &mut self.faults);
        }
    }

    fn refuse_texts(&mut self, settings: &Object<'_>, names: &[&str]) {
        for name in names {
            let text = settings.member(name);
            if text.is_given() {
                text.fault("Must not be given together with a template.", &mut self.faults);
            }
        }
    }

    /// Judges a text as it is with its tokens.
    fn measure(&mut self, member: &Member<'_>, measured: &Measured<'_>, audience: Audience) {
        let Measured { text, limit, name } = *measured;
        let whose = if self.is_reminder { " of the reminder" } else { "" };
        if text.chars().count() > limit {
            let message = format_args!("With its tokens the {name}{whose} has more than {limit} characters.");
            member.fault(message, &mut self.faults);
        }
        if text.trim().is_empty() {
            member.fault(format_args!("With its tokens the {name}{whose} is empty."), &mut self.faults);
        }
        self.judge(member, text, audience);
    }
}

/// A list is by position, an object by name; none is no tokens at all.
pub fn tokens(member: &Member<'_>, faults: &mut Faults) -> Option<Tokens> {
    if !member.is_given() {
        return Some(Tokens::new());
    }
    let tokens = member.typed(read_tokens, "Must be a list of texts, or an object of texts.", faults)?;
    if tokens.values().any(|value| value.contains(is_odd)) {
        member.fault("Must not hold control characters.", faults);
    }
    Some(tokens)
}

fn read_tokens(value: &Value) -> Option<Tokens> {
    match value {
        Value::Array(items) => {
            let read = items
                .iter()
                .enumerate()
                .map(|(index, item)| Some((index.to_string(), item.as_str()?.to_owned())));
            read.collect()
        }
        Value::Object(members) => {
            let read = members.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            read.collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A control character that is no break and no tab.
fn is_odd(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}
