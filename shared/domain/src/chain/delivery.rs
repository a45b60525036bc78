//! A delivery: one address on one channel, and how far it has come.

use chrono::serde::{ts_milliseconds as millis, ts_milliseconds_option as optional_millis};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ProviderReply;
use super::fallback::Fallback;
use crate::channel::{Channel, SendingTimePolicy};
use crate::identity::OrganizationNumber;
use crate::keywords::{self, Facts};
use crate::order::is_default;
use crate::recipients::Address;
use crate::status::{DeliveryStatus, Failure};
use crate::text::TextHash;

/// One address on one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The channel.
    #[serde(rename = "h")]
    pub channel: Channel,
    /// Where to; none where nobody could be reached.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The recipient's name, where the text asks for it.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<RecipientName>,
    /// Whatever else the text asks for.
    #[serde(rename = "k", default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The recipient's organisation number, if it is an organisation.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationNumber>,
    /// The stored text; none where nobody could be reached.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextHash>,
    /// Whether it waits for the sending window, also when it is tried again.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
    /// How many messages an SMS takes, as it was ordered.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<u8>,
    /// How far it has come.
    #[serde(rename = "s")]
    pub state: DeliveryState,
    /// When its status was reached.
    #[serde(rename = "u", with = "millis")]
    pub updated_at: DateTime<Utc>,
    /// When its provider took it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub handed_over_at: Option<DateTime<Utc>>,
    /// What the messages about it are known by that are on a queue, and the call that one of them leads to. It grows
    /// with each call that came to nothing, so that what is known of one call is never taken for the next one's.
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    pub claim: u64,
    /// How often a provider refused it for now.
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    pub refusals: u32,
    /// How often a message about it was lost, or a worker took it and did not come back.
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pub expired_leases: u32,
    /// Where it goes on another channel, once, if its own address takes nothing.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Box<Fallback>>,
    /// Whether it is one that goes where another one's address took nothing.
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    pub is_fallback: bool,
    /// It has been sent again after nobody knew what came of it; that happens once.
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    pub sent_again: bool,
    /// What it waited for last, before it was queued; none where it never waited.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Waited>,
    /// What its provider last reported, in its own words.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub provider_reply: Option<ProviderReply>,
}

/// A wait that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Until when.
    #[serde(rename = "a", with = "millis")]
    pub until: DateTime<Utc>,
    /// For what.
    #[serde(rename = "w", default, skip_serializing_if = "is_default")]
    pub why: Wait,
    /// How often a provider had refused it for now by then.
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    pub refusals: u32,
}

/// How far a delivery has come.
#[cfg_attr(test, derive(strum::EnumCount))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// It waits for the sending window, to be tried again, or for whatever else it was put off.
    #[serde(rename = "W")]
    Waiting {
        /// Until when.
        #[serde(rename = "a", with = "millis")]
        at: DateTime<Utc>,
        /// For what.
        #[serde(rename = "w", default, skip_serializing_if = "is_default")]
        why: Wait,
    },
    /// A message about it is on a queue.
    #[serde(rename = "Q")]
    Queued {
        /// From when it may be sent.
        #[serde(rename = "f", with = "millis")]
        from: DateTime<Utc>,
        /// When the message counts as lost.
        #[serde(rename = "l", with = "millis")]
        lease_ends: DateTime<Utc>,
    },
    /// A sender has claimed it: whether its provider has it is not known.
    #[serde(rename = "S")]
    Sending {
        /// When it was claimed.
        #[serde(rename = "f", with = "millis")]
        since: DateTime<Utc>,
    },
    /// It was not handed over, and its owner, who waited for the answer, has been told so: only the owner tries again.
    #[serde(rename = "G")]
    GivenBack {
        /// Until when the owner can.
        #[serde(rename = "a", with = "millis")]
        until: DateTime<Utc>,
    },
    /// Its provider has taken it.
    #[serde(rename = "A")]
    Accepted,
    /// It is over.
    #[serde(rename = "D")]
    Done(Ending),
}

/// What a delivery waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// Its time: the window opens, or it is tried again.
    #[default]
    #[serde(rename = "T")]
    Time,
    /// Its owner is blocked.
    #[serde(rename = "B")]
    OwnerBlocked,
    /// An administrator holds it, its channel or its owner.
    #[serde(rename = "H")]
    Held,
    /// The day's budget is used up, its owner's or the deployment's.
    #[serde(rename = "U")]
    DailyBudget,
}

impl Wait {
    /// What an owner reads; none of what needs no words.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Time => None,
            Self::OwnerBlocked => Some("OwnerBlocked"),
            Self::Held => Some("Held"),
            Self::DailyBudget => Some("DailyBudget"),
        }
    }
}

/// What became of a delivery, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// What became of it.
    #[serde(rename = "o")]
    pub outcome: Outcome,
    /// How that is known.
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    pub basis: Basis,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It arrived.
    #[serde(rename = "D")]
    Delivered,
    /// It will not arrive.
    #[serde(rename = "F")]
    Failed(Failure),
    /// It was taken back before it was handed over.
    #[serde(rename = "X")]
    Stopped,
}

impl Outcome {
    /// Whether it did not arrive, and will not.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// How an outcome is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// A register, the provider or the owner said so.
    #[default]
    #[serde(rename = "R")]
    Told,
    /// The provider said so of what can still change: a bounce that need not be the last word.
    #[serde(rename = "T")]
    Transient,
    /// Nobody said anything in time.
    #[serde(rename = "I")]
    Inferred,
    /// The table was restored, and nobody knows what came of it before.
    #[serde(rename = "U")]
    Unknown,
}

/// A recipient's name, for `$recipientName$`, no longer than [`keywords::LONGEST_NAME`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientName(String);

impl RecipientName {
    /// A name as a register knows it.
    pub fn new(name: &str) -> Self {
        Self(name.chars().take(keywords::LONGEST_NAME).collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RecipientName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl DeliveryState {
    /// It waits for its time.
    pub fn waiting(at: DateTime<Utc>) -> Self {
        Self::Waiting { at, why: Wait::Time }
    }
}

impl Delivery {
    /// One that reaches nobody.
    fn failed(channel: Channel, failure: Failure, basis: Basis, now: DateTime<Utc>) -> Self {
        Self {
            channel,
            address: None,
            name: None,
            facts: Facts::default(),
            organization: None,
            text: None,
            policy: SendingTimePolicy::Anytime,
            segments: None,
            state: DeliveryState::Done(Ending { outcome: Outcome::Failed(failure), basis }),
            updated_at: now,
            handed_over_at: None,
            claim: 0,
            refusals: 0,
            expired_leases: 0,
            fallback: None,
            is_fallback: false,
            sent_again: false,
            waited: None,
            provider_reply: None,
        }
    }

    /// One on each channel, that reaches nobody.
    pub(super) fn failed_on(
        channels: &[Channel],
        failure: Failure,
        basis: Basis,
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        channels.iter().map(|channel| Self::failed(*channel, failure, basis, now)).collect()
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(&self) -> bool {
        matches!(self.state, DeliveryState::Done(_))
    }

    /// Whether no sender has claimed it.
    pub fn is_new(&self) -> bool {
        match self.state {
            DeliveryState::Waiting { .. }
            | DeliveryState::Queued { .. }
            | DeliveryState::GivenBack { .. } => true,
            DeliveryState::Sending { .. } | DeliveryState::Accepted | DeliveryState::Done(_) => false,
        }
    }

    /// What it ends as that is taken back: nothing was sent. Of one that is sent again that is not known, because the
    /// first call may have sent it.
    pub(super) fn ending_when_taken_back(&self) -> Ending {
        if self.sent_again {
            return Ending { outcome: Outcome::Failed(Failure::Unspecified), basis: Basis::Inferred };
        }
        Ending { outcome: Outcome::Stopped, basis: Basis::Told }
    }

    /// Whether it was taken back.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, DeliveryState::Done(Ending { outcome: Outcome::Stopped, .. }))
    }

    /// What it waits for beside its time, if anything.
    pub fn waits_for(&self) -> Option<&'static str> {
        match self.state {
            DeliveryState::Waiting { why, .. } => why.name(),
            DeliveryState::Queued { .. }
            | DeliveryState::Sending { .. }
            | DeliveryState::GivenBack { .. }
            | DeliveryState::Accepted
            | DeliveryState::Done(_) => None,
        }
    }

    /// Its status in the contract.
    pub fn status(&self) -> DeliveryStatus {
        match self.state {
            DeliveryState::Waiting { .. }
            | DeliveryState::Queued { .. }
            | DeliveryState::GivenBack { .. } => DeliveryStatus::New,
            DeliveryState::Sending { .. } => DeliveryStatus::Sending,
            DeliveryState::Accepted => DeliveryStatus::Accepted,
            DeliveryState::Done(Ending { outcome, .. }) => match outcome {
                Outcome::Delivered => DeliveryStatus::Delivered,
                Outcome::Failed(failure) => DeliveryStatus::Failed(failure),
                Outcome::Stopped => DeliveryStatus::Stopped,
            },
        }
    }
}
