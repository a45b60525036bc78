//! Members that several bodies have.

use schemars::JsonSchema;
use serde::Deserialize;

use super::chain::DialogportenAssociation;
use super::settings::{EmailSettings, SmsSettings, TemplateUse};
use crate::channel::SendingTimePolicy;
use crate::order::{OnBadAddress, OnConditionFailure, OnUncertainOutcome, Priority, limits};
use crate::request::{Choice, Flat, Given, Short, Words};
use crate::text::{BODY, ContentType, LONGEST_SMS, SUBJECT};

/// What an order with single recipients says as a whole.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderMembers {
    /// What tells this order from the owner's others: the same order with the same id is a replay.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The message in Dialogporten that the order is about: once it is opened, nobody is reminded.
    #[serde(default)]
    pub dialogporten_association: Given<DialogportenAssociation>,
    /// How it is sent.
    #[schemars(flatten)]
    pub sending: Flat<SendingMembers>,
}

/// How what is ordered is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendingMembers {
    /// Whether a call without an answer from the provider is repeated.
    #[serde(default)]
    pub on_uncertain_outcome: Given<Choice<OnUncertainOutcome>>,
    /// What is done where the preferred channel has an address that takes nothing.
    #[serde(default)]
    pub on_bad_address: Given<Choice<OnBadAddress>>,
    /// Whether it goes before others; in a list, `Urgent` is for up to ten recipients.
    #[serde(default)]
    pub priority: Given<Choice<Priority>>,
}

/// What is said of a shipment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentMembers {
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// When it is wanted, with time zone; now where it is left out.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub requested_send_time: Given<String>,
    /// Where the owner is asked whether it is still to be sent.
    #[schemars(with = "String", length(max = limits::CONDITION_ENDPOINT), extend("format" = "uri"))]
    #[serde(default)]
    pub condition_endpoint: Given<String>,
    /// What is done when the condition endpoint gives no answer.
    #[serde(default)]
    pub on_condition_failure: Given<Choice<OnConditionFailure>>,
}

/// What is sent to somebody who is looked up.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentMembers {
    /// What is sent by e-mail; required where e-mail may be used and there is no template.
    #[serde(default)]
    pub email_settings: Given<EmailSettings>,
    /// What is sent by SMS; required where SMS may be used and there is no template.
    #[serde(default)]
    pub sms_settings: Given<SmsSettings>,
    /// The template that the texts are made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
}

/// What a notice concerns.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceMembers {
    /// The resource. Where it is an organisation that is notified, so is who acts for it there.
    #[schemars(length(max = limits::RESOURCE_ID), pattern("^urn:altinn:resource:"))]
    #[serde(default)]
    pub resource_id: Given<Short<{ limits::RESOURCE_ID }>>,
    /// What is done with the resource, which people who act for an organisation must be permitted to do.
    #[serde(default)]
    pub resource_action: Given<Words<{ limits::RESOURCE_ACTION }>>,
}

/// What is said in an e-mail, and when it may go.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailContent {
    /// Line breaks become spaces. Required, but not given together with a template.
    #[serde(default)]
    pub subject: Given<Words<SUBJECT>>,
    /// Required, but not given together with a template.
    #[serde(default)]
    pub body: Given<Words<BODY>>,
    /// How the body is written.
    #[serde(default)]
    pub content_type: Given<Choice<ContentType>>,
    /// Whether the e-mail waits for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
}

/// What is said in an SMS, and when it may go.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsContent {
    /// Required, but not given together with a template.
    #[serde(default)]
    pub body: Given<Words<LONGEST_SMS>>,
    /// Whether the SMS waits for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
    /// Whether characters that would make the SMS take twice the room are written in their nearest form.
    #[serde(default)]
    pub simplify_characters: Given<bool>,
}

/// Who somebody is in a register.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterNumbers {
    /// A person's number.
    #[schemars(with = "String")]
    #[serde(default)]
    pub national_identity_number: Given<String>,
    /// An organisation's number.
    #[schemars(with = "String")]
    #[serde(default)]
    pub organization_number: Given<String>,
}
