//! Templates: texts by name, channel and language, with places for what an order fills in.

mod alike;
mod controls;
mod engine;
pub mod general;
mod name;
mod parse;
mod preview;

pub use controls::Unprintable;
pub use engine::{InvalidPattern, Pattern, Tokens, Unfit};
pub use name::{InvalidTemplateName, TemplateName};
pub use parse::parse_template;
pub use preview::{Preview, preview_of};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::language::Language;
use crate::text::ContentType;

/// A template as it is written and stored. What an order takes from it is rendered when the order is
/// accepted, so that a later version changes nothing that was ordered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its texts in each language that it has, all with the same channels and tokens.
    pub texts: BTreeMap<Language, Texts>,
    /// The reminder that comes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Reminder>,
}

/// A template of an owner's own, as it is at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTemplate {
    /// 1 for the first, one more with each change. No version ever changes.
    pub version: u32,
    /// What it says.
    pub template: Template,
}

/// Which template a text was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateUsed {
    /// Its name.
    pub name: String,
    /// Its version; none where it comes with the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// The reminder that a template brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reminder {
    /// How many calendar days after the notification was allowed to go.
    pub delay_days: u32,
    /// Its texts, in the same languages.
    pub texts: BTreeMap<Language, Texts>,
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The e-mail, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailTemplate>,
    /// The SMS, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsTemplate>,
}

impl Texts {
    /// The patterns that a channel's text is made of; none where it has no text.
    pub fn of(&self, channel: Channel) -> Option<Vec<&Pattern>> {
        match channel {
            Channel::Email => self.email.as_ref().map(|email| vec![&email.subject, &email.body]),
            Channel::Sms => self.sms.as_ref().map(|sms| vec![&sms.body]),
        }
    }

    /// All of its patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        Channel::ALL.iter().filter_map(|channel| self.of(*channel)).flatten()
    }
}

/// An e-mail with places in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplate {
    /// One line.
    pub subject: Pattern,
    /// The body.
    pub body: Pattern,
    /// How the body is written.
    #[serde(default)]
    pub content_type: ContentType,
}

/// An SMS with places in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsTemplate {
    /// The body.
    pub body: Pattern,
}

impl Template {
    /// The texts of the notification, or of the reminder that comes with it.
    pub fn texts_of(&self, is_reminder: bool) -> Option<&BTreeMap<Language, Texts>> {
        if is_reminder { self.reminder.as_ref().map(|reminder| &reminder.texts) } else { Some(&self.texts) }
    }

    /// The first of these languages that it has, or else any.
    pub fn language_among(&self, preferred: &[Language]) -> Option<Language> {
        let known = preferred.iter().find(|language| self.texts.contains_key(language));
        known.or_else(|| self.texts.keys().next()).copied()
    }
}
