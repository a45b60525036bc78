//! Orders whose owner waits for the answer of the provider (`POST /future/orders/instant…`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::recipients::{RecipientEmail, RecipientSms};
use crate::order::limits;
use crate::request::{Flat, Given, Short, Whole, Words};

/// What every instant order has.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantMembers {
    /// What tells this order from the owner's others.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
}

/// An e-mail at once.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantEmailRequest {
    /// What every instant order has.
    #[schemars(flatten)]
    pub order: Flat<InstantMembers>,
    /// Where to, and what.
    pub recipient_email: Given<RecipientEmail>,
}

/// An SMS at once.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantSmsRequest {
    /// What every instant order has.
    #[schemars(flatten)]
    pub order: Flat<InstantMembers>,
    /// Where to, and what.
    #[schemars(flatten)]
    pub recipient: Flat<InstantRecipient>,
}

/// An SMS at once, in the form that the contract has given up.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantRequest {
    /// What every instant order has.
    #[schemars(flatten)]
    pub order: Flat<InstantMembers>,
    /// Where to, and what.
    pub recipient: Given<InstantRecipient>,
}

/// The recipient of an SMS.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantRecipient {
    /// Where to, and what.
    pub recipient_sms: Given<InstantRecipientSms>,
}

/// A mobile number, and what is sent there for how long.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstantRecipientSms {
    /// The number, and what is sent there.
    #[schemars(flatten)]
    pub sms: Flat<RecipientSms>,
    /// How long the SMS is worth sending.
    pub time_to_live_in_seconds: Given<Whole<{ limits::SHORTEST_LIFE }, { limits::LONGEST_LIFE }>>,
}
