//! The texts of an order, as they are read back.

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::channel::SendingTimePolicy;
use crate::order::{Order, Recipient, Recipients, Settings, TextSettings};
use crate::text::{EmailText, SmsText, Text, TextHash};

/// The stored texts that an order names, as far as they are still kept.
pub type StoredTexts = HashMap<TextHash, Arc<Text>>;

/// What is sent on a channel, by the members of the contract.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum TextView<'a> {
    Email(EmailView<'a>),
    Sms(SmsView<'a>),
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_email_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    subject: &'a str,
    body: &'a str,
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending_time_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentView<'a>>,
}

/// A file; its address, which lets anybody read it, is not shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AttachmentView<'a> {
    filename: &'a str,
    mime_type: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SmsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<&'a str>,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending_time_policy: Option<&'static str>,
}

impl<'a> TextView<'a> {
    /// A text with when it may go; none where it is no longer kept.
    pub fn of(settings: &TextSettings, texts: &'a StoredTexts) -> Option<Self> {
        let policy = policy(settings.policy);
        Some(match texts.get(&settings.text)?.as_ref() {
            Text::Email(text) => Self::Email(EmailView::of(text, policy)),
            Text::Sms(text) => Self::Sms(SmsView::of(text, policy)),
        })
    }
}

impl<'a> EmailView<'a> {
    fn of(text: &'a EmailText, sending_time_policy: Option<&'static str>) -> Self {
        Self {
            sender_email_address: text.sender.as_deref(),
            sender_name: text.sender_name.as_deref(),
            reply_to: text.reply_to.as_deref(),
            subject: &text.subject,
            body: &text.body,
            content_type: text.content_type.name(),
            sending_time_policy,
            attachments: text
                .attachments
                .iter()
                .map(|file| AttachmentView { filename: file.filename.as_str(), mime_type: &file.mime_type })
                .collect(),
        }
    }
}

impl<'a> SmsView<'a> {
    fn of(text: &'a SmsText, sending_time_policy: Option<&'static str>) -> Self {
        Self { sender: text.sender.as_deref(), body: &text.body, sending_time_policy }
    }
}

fn policy(policy: SendingTimePolicy) -> Option<&'static str> {
    match policy {
        SendingTimePolicy::House => None,
        SendingTimePolicy::Anytime => Some("Anytime"),
        SendingTimePolicy::Daytime => Some("Daytime"),
    }
}

impl Order {
    /// The names of all its stored texts.
    pub fn texts(&self) -> impl Iterator<Item = &TextHash> {
        let all = self.shipments.iter().flat_map(|shipment| shipment.recipients.texts());
        all.filter(|name| name.is_of_a_text())
    }
}

impl Recipients {
    fn texts(&self) -> Vec<&TextHash> {
        match self {
            Self::One(Recipient::Address(given)) => vec![&given.settings.text],
            Self::One(Recipient::Person { settings, languages, .. }) => {
                languages.values().chain([settings]).flat_map(texts_of).collect()
            }
            Self::One(Recipient::Organization { settings, .. } | Recipient::External { settings, .. }) => {
                texts_of(settings).collect()
            }
            Self::List(list) => list.languages.values().chain([&list.settings]).flat_map(texts_of).collect(),
        }
    }
}

fn texts_of(settings: &Settings) -> impl Iterator<Item = &TextHash> {
    settings.values().map(|settings| &settings.text)
}
