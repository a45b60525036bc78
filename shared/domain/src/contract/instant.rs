//! Orders whose owner waits for the answer of the provider (`POST /future/orders/instant…`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{EmailSettings, SmsSettings, TemplateUse};
use crate::order::limits;
use crate::request::{Given, Short, Whole, Words};

/// An e-mail at once.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantEmailRequest {
    /// What tells this order from the owner's others.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// Where to, and what.
    pub recipient_email: Given<InstantEmailRecipient>,
}

/// An SMS at once.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantSmsRequest {
    /// What tells this order from the owner's others.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// Where to, and what.
    pub recipient_sms: Given<InstantSmsRecipient>,
}

/// An SMS at once, in the form that the contract has given up.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantRequest {
    /// What tells this order from the owner's others.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// Where to, and what.
    pub recipient: Given<InstantRecipient>,
}

/// The recipient of an SMS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantRecipient {
    /// Where to, and what.
    pub recipient_sms: Given<InstantSmsRecipient>,
}

/// An e-mail address, and what is sent there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantEmailRecipient {
    /// The address.
    #[schemars(with = "String", extend("format" = "email"))]
    pub email_address: Given<String>,
    /// What is sent; required without a template.
    #[serde(default)]
    pub email_settings: Given<EmailSettings>,
    /// The template that the text is made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
}

/// A mobile number, and what is sent there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantSmsRecipient {
    /// The number, with `+` or `00` and the country code.
    #[schemars(with = "String", pattern(r"^\s*(\+|00)"))]
    pub phone_number: Given<String>,
    /// How long the SMS is worth sending.
    pub time_to_live_in_seconds: Given<Whole<{ limits::SHORTEST_LIFE }, { limits::LONGEST_LIFE }>>,
    /// What is sent; required without a template.
    #[serde(default)]
    pub sms_settings: Given<SmsSettings>,
    /// The template that the text is made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
}
