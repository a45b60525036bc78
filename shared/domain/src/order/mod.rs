//! What a service owner has ordered, once it is known to be valid.
//!
//! `parse` turns a request body into an [`Order`]; `limits` holds the bounds it enforces.

pub mod condition;
pub mod fingerprint;
pub mod limits;
mod list;
mod normal_form;
pub mod parse;
mod public_address;
pub(crate) mod recipient;
pub mod send_again;
mod settings;

pub use condition::{ConditionEndpoint, EndpointPolicy};
pub use list::{Named, RecipientList, Recipients};
pub use recipient::{GivenAddress, Recipient};
pub use settings::{Settings, TextSettings};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::template::TemplateUsed;

/// A valid order: the notification first, then its reminders. Texts are named by their hashes and
/// kept apart, so that this (the "cold" item of a chain) is small and never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What makes a repeated request the same order; unique per owner and kind of order.
    pub idempotency_id: String,
    /// The dialog that the notice is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub association: Option<Association>,
    /// What an uncertain hand-over to a provider leads to.
    #[serde(default)]
    pub on_uncertain_outcome: OnUncertainOutcome,
    /// What an address leads to that turns out to be bad.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_bad_address: OnBadAddress,
    /// Whether it goes before others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// The notification at index 0, the reminders after it. Stored under the name that the first version gave it.
    #[serde(rename = "steps")]
    pub shipments: Vec<OrderedShipment>,
}

/// Whether a provider call without an answer is repeated when no delivery event tells its outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnUncertainOutcome {
    /// Report it as failed: never a second notice, possibly none.
    #[default]
    GiveUp,
    /// Send once more: never none, possibly a second.
    SendAgain,
}

/// What is done when a notice that prefers one channel has an address there that takes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnBadAddress {
    /// It is sent on the other channel, where there is an address.
    #[default]
    OtherChannel,
    /// Nothing more is sent.
    GiveUp,
}

impl OnBadAddress {
    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherChannel => "OtherChannel",
            Self::GiveUp => "GiveUp",
        }
    }
}

/// Whether a notice goes before others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priority {
    /// Like any other.
    #[default]
    Normal,
    /// Before others: it has queues and a share of the rate of its own.
    Urgent,
}

/// What is done when a condition endpoint gives no answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnConditionFailure {
    /// It is asked once more after a minute, and then the notice is sent.
    #[default]
    Send,
    /// It is asked a number of times, ever more seldom, and then the notice is not sent.
    Hold,
}

/// Defaults are not stored.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The dialog (and perhaps the transmission in it) that an order is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// Dialogporten's id of the dialog.
    pub dialog_id: String,
    /// Dialogporten's id of the transmission; none means the dialog as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmission_id: Option<String>,
}

/// One shipment of an order: the notification or one reminder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderedShipment {
    /// The owner's own reference, shown back as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// When it is planned.
    pub when: When,
    /// Asked right before sending; `false` stops the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<ConditionEndpoint>,
    /// What a condition endpoint without an answer leads to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_condition_failure: OnConditionFailure,
    /// The template that its texts are made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateUsed>,
    /// Whether the sender of its SMS is another than the order names, which cannot be shown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sender_replaced: bool,
    /// Who gets it, with which texts.
    pub recipients: Recipients,
}

/// When a shipment is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum When {
    /// As soon as the order is accepted.
    Now,
    /// At a given time.
    At(DateTime<Utc>),
    /// A number of calendar days, on Oslo's clock, after the notification was allowed to go.
    AfterDays(u32),
    /// A number of hours after the notification was allowed to go.
    AfterHours(u32),
}

/// The resource (and the action on it) that a notice concerns: `resourceId`, `resourceAction`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// `urn:altinn:resource:…`
    pub id: String,
    /// The action that a recipient must be allowed to take; `read` where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}
