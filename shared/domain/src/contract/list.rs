//! Orders that list their recipients (`POST /orders`, `/orders/email` and `/orders/sms`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{EmailSettings, SmsSettings, TemplateUse};
use crate::channel::{ChannelSchema, SendingTimePolicy};
use crate::order::{OnConditionFailure, OnUncertainOutcome, Priority, limits};
use crate::request::{Choice, Given, Short, Words};
use crate::text::{BODY, ContentType, LONGEST_SMS, SUBJECT};

/// One text to many recipients, whatever its channels.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListRequest {
    /// What tells this order from the owner's others; without one, each request is an order of its own.
    #[serde(default)]
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// When the notifications are wanted, with time zone; now where it is left out.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub requested_send_time: Given<String>,
    /// Where the owner is asked once whether the notifications are still to be sent.
    #[schemars(with = "String", length(max = limits::CONDITION_ENDPOINT), extend("format" = "uri"))]
    #[serde(default)]
    pub condition_endpoint: Given<String>,
    /// What is done when the condition endpoint gives no answer.
    #[serde(default)]
    pub on_condition_failure: Given<Choice<OnConditionFailure>>,
    /// Whether a call without an answer from the provider is repeated.
    #[serde(default)]
    pub on_uncertain_outcome: Given<Choice<OnUncertainOutcome>>,
    /// Whether the notifications go before others; `Urgent` is for up to ten recipients.
    #[serde(default)]
    pub priority: Given<Choice<Priority>>,
    /// Who is notified, each once.
    #[schemars(length(min = 1, max = limits::RECIPIENTS))]
    pub recipients: Given<Vec<Given<ListRecipient>>>,
    /// Notify even those who have reserved against digital communication.
    #[serde(default)]
    pub ignore_reservation: Given<bool>,
    /// The resource that the notices concern; its prefix may be left out.
    #[serde(default)]
    pub resource_id: Given<Words<{ limits::RESOURCE_ID }>>,
    /// What people who act for an organisation must be permitted to do with the resource.
    #[serde(default)]
    pub resource_action: Given<Words<{ limits::RESOURCE_ACTION }>>,
    /// The template that the texts are made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
    /// How e-mails of a template are sent.
    #[serde(default)]
    pub email_settings: Given<EmailSettings>,
    /// How SMS of a template are sent.
    #[serde(default)]
    pub sms_settings: Given<SmsSettings>,
}

/// Somebody in a list: a `nationalIdentityNumber` alone, an `organizationNumber` alone, or addresses.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListRecipient {
    /// A person's number.
    #[schemars(with = "String")]
    #[serde(default)]
    pub national_identity_number: Given<String>,
    /// An organisation's number.
    #[schemars(with = "String")]
    #[serde(default)]
    pub organization_number: Given<String>,
    /// An e-mail address.
    #[schemars(with = "String")]
    #[serde(default)]
    pub email_address: Given<String>,
    /// A mobile number, with `+` or `00` and the country code.
    #[schemars(with = "String")]
    #[serde(default)]
    pub mobile_number: Given<String>,
}

/// What an order with a list says beside it, where it names its channels itself (`POST /orders`).
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedOn {
    /// How each recipient's channel is chosen.
    pub notification_channel: Given<Choice<ChannelSchema>>,
    /// What is sent by e-mail; required where the channel may be e-mail and there is no template.
    #[serde(default)]
    pub email_template: Given<EmailTemplate>,
    /// What is sent by SMS; required where the channel may be SMS and there is no template.
    #[serde(default)]
    pub sms_template: Given<SmsTemplate>,
}

/// An e-mail to everybody in a list. In `POST /orders/email` these are members of the order itself.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplate {
    /// An e-mail address; changes nothing, because nobody has verified that it is the owner's.
    #[schemars(with = "String")]
    #[serde(default)]
    pub from_address: Given<String>,
    /// Line breaks become spaces. Required where there is no template.
    #[serde(default)]
    pub subject: Given<Words<SUBJECT>>,
    /// Required where there is no template.
    #[serde(default)]
    pub body: Given<Words<BODY>>,
    /// How the body is written.
    #[serde(default)]
    pub content_type: Given<Choice<ContentType>>,
    /// Whether the e-mails wait for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
}

/// An SMS to everybody in a list. In `POST /orders/sms` these are members of the order itself.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsTemplate {
    /// The sender id that is shown; one that cannot be shown is replaced.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender_number: Given<String>,
    /// Required where there is no template.
    #[serde(default)]
    pub body: Given<Words<LONGEST_SMS>>,
    /// Whether the SMS wait for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
    /// Whether characters that would make an SMS take twice the room are written in their nearest form.
    #[serde(default)]
    pub simplify_characters: Given<bool>,
}
