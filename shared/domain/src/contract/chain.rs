//! An order of a notification and its reminders (`POST /future/orders`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::recipients::Recipient;
use super::words::ReminderPolicy;
use crate::order::{OnConditionFailure, OnUncertainOutcome, Priority, limits};
use crate::request::{Choice, Given, Short, Whole, Words};

/// A notification to one recipient, and its reminders.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainRequest {
    /// What tells this order from the owner's others: the same order with the same id is a replay.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// When the notification is wanted, with time zone; now where it is left out.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub requested_send_time: Given<String>,
    /// Where the owner is asked whether the notification is still to be sent.
    #[schemars(with = "String", length(max = limits::CONDITION_ENDPOINT), extend("format" = "uri"))]
    #[serde(default)]
    pub condition_endpoint: Given<String>,
    /// What is done when the condition endpoint gives no answer.
    #[serde(default)]
    pub on_condition_failure: Given<Choice<OnConditionFailure>>,
    /// The message in Dialogporten that the order is about: once it is opened, nobody is reminded.
    #[serde(default)]
    pub dialogporten_association: Given<DialogportenAssociation>,
    /// Whether a call without an answer from the provider is repeated.
    #[serde(default)]
    pub on_uncertain_outcome: Given<Choice<OnUncertainOutcome>>,
    /// Whether the notification goes before others.
    #[serde(default)]
    pub priority: Given<Choice<Priority>>,
    /// Who is notified.
    pub recipient: Given<Recipient>,
    /// How the recipient is reminded.
    #[schemars(length(max = limits::REMINDERS))]
    #[serde(default)]
    pub reminders: Given<Vec<Given<Reminder>>>,
    /// The rule by which a reminder comes by itself; not together with `reminders`.
    #[serde(default)]
    pub reminder_policy: Given<Choice<ReminderPolicy>>,
}

/// A message in Dialogporten.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DialogportenAssociation {
    /// The dialog, as a rule by its UUID; required where a transmission is named.
    #[serde(default)]
    pub dialog_id: Given<Words<{ limits::DIALOGPORTEN_ID }>>,
    /// The transmission in it.
    #[serde(default)]
    pub transmission_id: Given<Words<{ limits::DIALOGPORTEN_ID }>>,
}

/// A reminder. It has exactly one of `delayDays`, `delayHours` and `requestedSendTime`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reminder {
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// Days after the notification was allowed to go.
    #[serde(default)]
    pub delay_days: Given<Whole<1, { limits::DELAY_DAYS }>>,
    /// Hours after the notification was allowed to go.
    #[serde(default)]
    pub delay_hours: Given<Whole<1, { limits::DELAY_HOURS }>>,
    /// When the reminder is wanted, with time zone.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub requested_send_time: Given<String>,
    /// Where the owner is asked whether the reminder is still to be sent.
    #[schemars(with = "String", length(max = limits::CONDITION_ENDPOINT), extend("format" = "uri"))]
    #[serde(default)]
    pub condition_endpoint: Given<String>,
    /// What is done when the condition endpoint gives no answer.
    #[serde(default)]
    pub on_condition_failure: Given<Choice<OnConditionFailure>>,
    /// Who is reminded.
    pub recipient: Given<Recipient>,
}
