//! What a service owner has ordered, once it is known to be valid.
//!
//! `parse` turns a request body into an [`Order`]; `limits` holds the bounds it enforces.

pub mod condition;
pub mod fingerprint;
pub mod limits;
mod list;
pub mod parse;
mod public_address;

pub use condition::{ConditionEndpoint, EndpointPolicy};
pub use list::{Named, RecipientList, Recipients};

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::address::{EmailAddress, MobileNumber};
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::identity::{ExternalIdentity, NationalIdentityNumber, OrganizationNumber};
use crate::keywords;
use crate::language::Language;
use crate::sms::Segments;
use crate::template::TemplateUsed;
use crate::text::TextHash;

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

/// Who gets a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Recipient {
    /// A given e-mail address.
    Email {
        /// Where to.
        address: EmailAddress,
        /// What.
        email: EmailSettings,
    },
    /// A given mobile number.
    Sms {
        /// Where to.
        number: MobileNumber,
        /// What.
        sms: SmsSettings,
    },
    /// A person, by the contact and reservation register (KRR).
    Person {
        /// Who.
        number: NationalIdentityNumber,
        /// On which channel.
        schema: ChannelSchema,
        /// Notify even somebody who has reserved against digital communication.
        ignore_reservation: bool,
        /// Use addresses that have not been confirmed for 18 months.
        use_stale_contact_information: bool,
        /// What, per channel.
        settings: Settings,
        /// The same in other languages, for a person who has chosen one of them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<Language, Settings>,
        /// The resource the notice concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
    },
    /// An organisation, by its official notification addresses.
    Organization {
        /// Who.
        number: OrganizationNumber,
        /// On which channel.
        schema: ChannelSchema,
        /// What, per channel.
        settings: Settings,
        /// The resource the notice concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
    },
    /// Somebody without a national identity number, by the profile that they have registered.
    External {
        /// Who.
        identity: ExternalIdentity,
        /// On which channel.
        schema: ChannelSchema,
        /// What, per channel.
        settings: Settings,
    },
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

/// What to send on each channel that a schema may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Present whenever the schema may use e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailSettings>,
    /// Present whenever the schema may use SMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsSettings>,
}

/// What to send by e-mail, and when it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailSettings {
    /// Names the stored [`crate::text::EmailText`].
    pub text: TextHash,
    /// Whether the text needs the recipient's name looked up.
    pub names_recipient: bool,
    /// The keywords that ask for something else about the recipient.
    #[serde(default, skip_serializing_if = "is_default")]
    pub asks: BTreeSet<String>,
    /// Whether it waits for the window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
}

/// What to send by SMS, and when it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSettings {
    /// Names the stored [`crate::text::SmsText`].
    pub text: TextHash,
    /// Whether the text needs the recipient's name looked up.
    pub names_recipient: bool,
    /// The keywords that ask for something else about the recipient.
    #[serde(default, skip_serializing_if = "is_default")]
    pub asks: BTreeSet<String>,
    /// Whether it waits for the window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
    /// How many messages it takes, before names are filled in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub segments: u8,
}

impl EmailSettings {
    fn view(&self) -> ChannelSettings<'_> {
        let Self { text, names_recipient, asks, policy } = self;
        ChannelSettings { text, names_recipient: *names_recipient, asks, policy: *policy, segments: None }
    }
}

impl SmsSettings {
    fn view(&self) -> ChannelSettings<'_> {
        let Self { text, names_recipient, asks, policy, segments } = self;
        let segments = Some(*segments).filter(|count| *count > 0);
        ChannelSettings { text, names_recipient: *names_recipient, asks, policy: *policy, segments }
    }

    /// The bounds of a text keep this far below what a byte holds.
    fn segments_of(text: &str) -> u8 {
        u8::try_from(Segments::of(text).count).unwrap_or(u8::MAX)
    }

    /// The settings of a text.
    pub fn of(text: TextHash, body: &str, policy: SendingTimePolicy) -> Self {
        Self {
            text,
            names_recipient: keywords::names_recipient(body),
            asks: keywords::asked(body),
            policy,
            segments: Self::segments_of(body),
        }
    }
}

/// What one channel of a recipient needs to know of its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelSettings<'a> {
    /// Names the stored text.
    pub text: &'a TextHash,
    /// Whether the text needs the recipient's name looked up.
    pub names_recipient: bool,
    /// The keywords that ask for something else about the recipient.
    pub asks: &'a BTreeSet<String>,
    /// Whether it waits for the window.
    pub policy: SendingTimePolicy,
    /// How many messages an SMS takes.
    pub segments: Option<u8>,
}

impl Recipient {
    /// How the channel is chosen.
    pub fn schema(&self) -> ChannelSchema {
        match self {
            Self::Email { .. } => ChannelSchema::Email,
            Self::Sms { .. } => ChannelSchema::Sms,
            Self::Person { schema, .. }
            | Self::Organization { schema, .. }
            | Self::External { schema, .. } => *schema,
        }
    }

    /// The same recipient, with its texts in the language that it has chosen if the order has them.
    pub fn in_language(&self, chosen: Option<Language>) -> Cow<'_, Self> {
        let Self::Person { languages, .. } = self else { return Cow::Borrowed(self) };
        let Some(found) = chosen.and_then(|language| languages.get(&language)) else {
            return Cow::Borrowed(self);
        };
        let (found, mut recipient) = (found.clone(), self.clone());
        if let Self::Person { settings, .. } = &mut recipient {
            *settings = found;
        }
        Cow::Owned(recipient)
    }

    /// The settings for a channel; none where the order gave none.
    pub fn settings(&self, channel: Channel) -> Option<ChannelSettings<'_>> {
        match (self, channel) {
            (Self::Email { email, .. }, Channel::Email) => Some(email.view()),
            (Self::Sms { sms, .. }, Channel::Sms) => Some(sms.view()),
            (Self::Email { .. } | Self::Sms { .. }, _) => None,
            (
                Self::Person { settings, .. }
                | Self::Organization { settings, .. }
                | Self::External { settings, .. },
                _,
            ) => settings.of(channel),
        }
    }
}

impl Settings {
    /// The settings for a channel; none where the order gave none.
    pub fn of(&self, channel: Channel) -> Option<ChannelSettings<'_>> {
        match channel {
            Channel::Email => self.email.as_ref().map(EmailSettings::view),
            Channel::Sms => self.sms.as_ref().map(SmsSettings::view),
        }
    }
}
