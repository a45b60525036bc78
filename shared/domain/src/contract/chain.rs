//! An order of a notification and its reminders (`POST /future/orders`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::{OrderMembers, ShipmentMembers};
use super::recipients::Recipient;
use super::words::ReminderPolicy;
use crate::order::limits;
use crate::request::{Choice, Flat, Given, Whole, Words};

/// A notification to one recipient, and its reminders.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainRequest {
    /// What the order says as a whole.
    #[schemars(flatten)]
    pub order: Flat<OrderMembers>,
    /// Its reference, time and condition.
    #[schemars(flatten)]
    pub shipment: Flat<ShipmentMembers>,
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
    /// Days after the notification was allowed to go.
    #[serde(default)]
    pub delay_days: Given<Whole<1, { limits::DELAY_DAYS }>>,
    /// Hours after the notification was allowed to go.
    #[serde(default)]
    pub delay_hours: Given<Whole<1, { limits::DELAY_HOURS }>>,
    /// Its reference, time and condition.
    #[schemars(flatten)]
    pub shipment: Flat<ShipmentMembers>,
    /// Who is reminded.
    pub recipient: Given<Recipient>,
}
