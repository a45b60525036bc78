//! Orders that list their recipients (`POST /orders`, `/orders/email` and `/orders/sms`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::{
    ContentMembers, EmailContent, RegisterNumbers, SendingMembers, ShipmentMembers, SmsContent,
};
use crate::channel::ChannelSchema;
use crate::order::limits;
use crate::request::{Choice, Flat, Given, Words};

/// One text to many recipients, whatever its channels. Settings of a channel say how the texts of a template are sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListRequest {
    /// What tells this order from the owner's others; without one, each request is an order of its own.
    #[serde(default)]
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// How it is sent.
    #[schemars(flatten)]
    pub sending: Flat<SendingMembers>,
    /// Its reference, time and condition.
    #[schemars(flatten)]
    pub shipment: Flat<ShipmentMembers>,
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
    /// What is sent.
    #[schemars(flatten)]
    pub content: Flat<ContentMembers>,
}

/// Somebody in a list: a `nationalIdentityNumber` alone, an `organizationNumber` alone, or addresses.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListRecipient {
    /// The numbers of registers.
    #[schemars(flatten)]
    pub numbers: Flat<RegisterNumbers>,
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
    /// What is said, and when it may go.
    #[schemars(flatten)]
    pub content: Flat<EmailContent>,
    /// The address that is registered for the owner; another one is replaced.
    #[schemars(with = "String")]
    #[serde(default)]
    pub from_address: Given<String>,
}

/// An SMS to everybody in a list. In `POST /orders/sms` these are members of the order itself.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsTemplate {
    /// What is said, and when it may go.
    #[schemars(flatten)]
    pub content: Flat<SmsContent>,
    /// A sender id that is registered for the owner; another one is replaced.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender_number: Given<String>,
}
