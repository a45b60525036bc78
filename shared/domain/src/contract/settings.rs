//! What is sent to a recipient, on which channel, and when it may go.

use schemars::JsonSchema;
use serde::Deserialize;

use super::words::TemplateLanguage;
use crate::channel::SendingTimePolicy;
use crate::request::{Choice, Given, GivenTokens, Words};
use crate::template::TemplateName;
use crate::text::{BODY, ContentType, LONGEST_SMS, SUBJECT};

/// An e-mail.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailSettings {
    /// Line breaks become spaces. Required, but not given together with a template.
    #[serde(default)]
    pub subject: Given<Words<SUBJECT>>,
    /// Required, but not given together with a template.
    #[serde(default)]
    pub body: Given<Words<BODY>>,
    /// How the body is written.
    #[serde(default)]
    pub content_type: Given<Choice<ContentType>>,
    /// An e-mail address; changes nothing, because nobody has verified that it is the owner's.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender_email_address: Given<String>,
    /// Whether the e-mail waits for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
}

/// An SMS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsSettings {
    /// Required, but not given together with a template.
    #[serde(default)]
    pub body: Given<Words<LONGEST_SMS>>,
    /// The sender id that is shown; one that cannot be shown is replaced.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender: Given<String>,
    /// Whether the SMS waits for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
    /// Whether characters that would make the SMS take twice the room are written in their nearest form.
    #[serde(default)]
    pub simplify_characters: Given<bool>,
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
