//! What is sent to a recipient, and by which template.

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::{EmailContent, SmsContent};
use super::words::TemplateLanguage;
use crate::request::{Choice, Flat, Given, GivenTokens};
use crate::template::TemplateName;

/// An e-mail.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailSettings {
    /// What is said, and when it may go.
    #[schemars(flatten)]
    pub content: Flat<EmailContent>,
    /// An e-mail address; changes nothing, because nobody has verified that it is the owner's.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender_email_address: Given<String>,
}

/// An SMS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsSettings {
    /// What is said, and when it may go.
    #[schemars(flatten)]
    pub content: Flat<SmsContent>,
    /// The sender id that is shown; one that cannot be shown is replaced.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender: Given<String>,
}

/// A template, and what is filled in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateUse {
    /// The owner's template of this name, or one that comes with the service.
    pub name: Given<TemplateName>,
    /// In which language.
    pub language: Given<Choice<TemplateLanguage>>,
    /// What is filled in.
    #[serde(default)]
    pub tokens: Given<GivenTokens>,
}
