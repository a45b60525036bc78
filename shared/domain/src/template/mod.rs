//! Templates: texts by name, channel and language, with places for what an order fills in.

mod alike;
pub mod general;
mod name;
mod parse;
mod preview;
mod view;

pub use name::{InvalidTemplateName, TemplateName};
pub use parse::parse_template;
pub use preview::{Preview, preview_of};
pub use view::{NamedTemplate, TemplateView};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::text::Texts;

/// A template as it is written and stored. What an order takes from it is rendered when the order is
/// accepted, so that a later version changes nothing that was ordered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateUsed {
    /// Its name.
    pub name: String,
    /// Its version; none where it comes with the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// The reminder that a template brings along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StoredReminder")]
pub struct Reminder {
    /// How many calendar days after the notification was allowed to go.
    pub delay_days: u32,
    /// Its texts, in the same languages.
    pub texts: BTreeMap<Language, Texts>,
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
