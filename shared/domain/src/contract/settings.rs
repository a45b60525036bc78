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
    /// The address that is registered for the owner; another one is replaced.
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
    /// A sender id that is registered for the owner; another one is replaced.
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
