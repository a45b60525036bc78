//! A shipment: the notification or one reminder, and how far it has come.

use chrono::serde::{ts_milliseconds as millis, ts_milliseconds_option as optional_millis};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Delivery;
use super::fan_out::FanOut;
use crate::channel::ChannelSchema;
use crate::order::is_default;
use crate::reached::WasReached;
use crate::status::ShipmentStatus;
use crate::template::TemplateUsed;

/// One shipment of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shipment {
    /// How far it has come.
    #[serde(rename = "s")]
    pub state: ShipmentState,
    /// When that state was reached.
    #[serde(rename = "u", with = "millis")]
    pub updated_at: DateTime<Utc>,
    /// How its channel is chosen.
    #[serde(rename = "h")]
    pub schema: ChannelSchema,
    /// When it is planned.
    #[serde(rename = "d", with = "millis")]
    pub planned_at: DateTime<Utc>,
    /// When its lifetime ends: nothing is sent any more.
    #[serde(rename = "e", with = "millis")]
    pub expires_at: DateTime<Utc>,
    /// How long after the notification was allowed to go a reminder is planned; none where its time is given.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// What has been tried in vain.
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    pub attempts: Attempts,
    /// The owner's own reference, shown back as it came.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// The template that its texts are made of.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateUsed>,
    /// Why it was sent, or why it was not.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// How many recipients it lists; each of them gets a chain of its own.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<u16>,
    /// Whether the sender of its SMS is another than the order names, which cannot be shown.
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    pub sender_replaced: bool,
    /// Whether some of those whom it lists have their chains already: nobody asks any more whether to send it.
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pub partly_resolved: bool,
    /// When its condition endpoint first said yes; none where it has none, or never did.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub condition_met_at: Option<DateTime<Utc>>,
    /// When its recipients were looked up, where what was decided later has changed when its state was reached.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub looked_up_at: Option<DateTime<Utc>>,
}

/// How far a shipment has come.
#[cfg_attr(test, derive(strum::EnumCount))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ShipmentState {
    /// It waits for its time.
    #[serde(rename = "S")]
    Scheduled {
        /// When that is.
        #[serde(rename = "a", with = "millis")]
        at: DateTime<Utc>,
    },
    /// A message about it is on the queue, and a worker resolves its recipients.
    #[serde(rename = "R")]
    Resolving {
        /// What the message is known by.
        #[serde(rename = "c")]
        claim: u64,
        /// When the worker may begin.
        #[serde(rename = "f", with = "millis")]
        from: DateTime<Utc>,
        /// When the message counts as lost.
        #[serde(rename = "l", with = "millis")]
        lease_ends: DateTime<Utc>,
    },
    /// A dependency gave no answer, or a long list is to be gone on with: it is tried again.
    #[serde(rename = "P")]
    Postponed {
        /// When that is.
        #[serde(rename = "a", with = "millis")]
        at: DateTime<Utc>,
    },
    /// Its recipients are resolved; it is over when all its deliveries are.
    #[serde(rename = "O")]
    Open(Vec<Delivery>),
    /// It reaches so many addresses that each gets a chain of its own. Who gets what is written down; a message about it
    /// is on the queue, and a worker makes the chains.
    #[serde(rename = "M")]
    FanningOut {
        /// What the message is known by.
        #[serde(rename = "c")]
        claim: u64,
        /// When the worker may begin.
        #[serde(rename = "f", with = "millis")]
        from: DateTime<Utc>,
        /// When the message counts as lost.
        #[serde(rename = "l", with = "millis")]
        lease_ends: DateTime<Utc>,
        /// How many children there will be.
        #[serde(rename = "n")]
        children: u16,
    },
    /// Each of its recipients has a chain of its own; it is over when all of them are.
    #[serde(rename = "F")]
    FannedOut(FanOut),
    /// All its children are over.
    #[serde(rename = "D")]
    AllChildrenFinal {
        /// How many there are.
        #[serde(rename = "n")]
        children: u16,
        /// Whether nothing of them was sent or reported: each was taken back.
        #[serde(rename = "o", default, skip_serializing_if = "is_default")]
        all_taken_back: bool,
        /// Whether anybody was reached by then.
        #[serde(rename = "e", default, skip_serializing_if = "is_default")]
        reached: WasReached,
    },
    /// It was stopped before anybody was resolved: its message had been opened, its condition was not met, or it was
    /// cancelled.
    #[serde(rename = "X")]
    Stopped,
}

/// How long after the notification was allowed to go a reminder is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delay {
    /// In calendar days, on Oslo's clock.
    #[serde(rename = "d")]
    Days(u32),
    /// In hours.
    #[serde(rename = "h")]
    Hours(u32),
}

/// What has been tried in vain before a shipment's recipients were resolved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How often a register gave no answer.
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    pub lookups: u32,
    /// How often the condition endpoint gave no answer.
    #[serde(rename = "q", default, skip_serializing_if = "is_default")]
    pub conditions: u32,
    /// How often a worker took it and did not come back.
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pub expired_leases: u32,
    /// What the next message is known by; every message before has a smaller number.
    #[serde(rename = "c", default, skip_serializing_if = "is_default")]
    pub claims: u64,
}

/// What was decided about a shipment, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What, and why.
    #[serde(rename = "r")]
    pub reason: Reason,
    /// When it was decided.
    #[serde(rename = "a", with = "millis")]
    pub at: DateTime<Utc>,
}

/// Why a shipment was sent or was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// A reminder fired: its message has not been opened.
    #[serde(rename = "U")]
    NotOpened,
    /// A reminder fired: the order names no message that could have been opened.
    #[serde(rename = "M")]
    NoMessageNamed,
    /// A reminder was stopped: its message has been opened.
    #[serde(rename = "O")]
    MessageOpened,
    /// The condition endpoint said no.
    #[serde(rename = "C")]
    ConditionNotMet,
    /// The condition endpoint gave no answer, so the shipment went on, or was stopped where the order says so.
    #[serde(rename = "A")]
    ConditionUnanswered,
    /// The lifetime ended before the recipients could be resolved.
    #[serde(rename = "T")]
    LifetimeEnded,
    /// Workers took it and did not come back, too many times.
    #[serde(rename = "L")]
    AttemptsExhausted,
    /// The owner cancelled it.
    #[serde(rename = "X")]
    Cancelled,
    /// The table was restored, and an administrator gave it up: it may have been sent before.
    #[serde(rename = "G")]
    GivenUpAfterRestore,
}

impl Shipment {
    /// Its deliveries, once its recipients are resolved in the chain itself.
    pub fn deliveries(&self) -> &[Delivery] {
        match &self.state {
            ShipmentState::Open(deliveries) => deliveries,
            ShipmentState::Scheduled { .. }
            | ShipmentState::Resolving { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::FanningOut { .. }
            | ShipmentState::FannedOut(_)
            | ShipmentState::AllChildrenFinal { .. }
            | ShipmentState::Stopped => &[],
        }
    }

    /// How many children it has fanned out into; none if it has not.
    pub fn children(&self) -> u16 {
        match &self.state {
            ShipmentState::FannedOut(fan_out) => fan_out.children,
            ShipmentState::AllChildrenFinal { children, .. } | ShipmentState::FanningOut { children, .. } => {
                *children
            }
            ShipmentState::Scheduled { .. }
            | ShipmentState::Resolving { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::Open(_)
            | ShipmentState::Stopped => 0,
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(&self) -> bool {
        match &self.state {
            ShipmentState::Open(deliveries) => deliveries.iter().all(Delivery::is_final),
            ShipmentState::AllChildrenFinal { .. } | ShipmentState::Stopped => true,
            ShipmentState::Scheduled { .. }
            | ShipmentState::Resolving { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::FanningOut { .. }
            | ShipmentState::FannedOut(_) => false,
        }
    }

    /// Whether it is over and nothing of it was sent or reported.
    pub fn is_taken_back(&self) -> bool {
        match &self.state {
            ShipmentState::Open(deliveries) => {
                !deliveries.is_empty() && deliveries.iter().all(Delivery::is_stopped)
            }
            ShipmentState::AllChildrenFinal { all_taken_back, .. } => *all_taken_back,
            ShipmentState::Stopped => true,
            ShipmentState::Scheduled { .. }
            | ShipmentState::Resolving { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::FanningOut { .. }
            | ShipmentState::FannedOut(_) => false,
        }
    }

    /// Whether nothing of it was ever handed to a sender's provider.
    pub(super) fn is_all_new(&self) -> bool {
        self.deliveries().iter().all(|delivery| delivery.is_new() && delivery.handed_over_at.is_none())
    }

    /// Whether it was cancelled, given up, or its message opened: nothing of it is sent again.
    pub(super) fn is_withdrawn(&self) -> bool {
        let withdrawn = [Reason::Cancelled, Reason::MessageOpened, Reason::GivenUpAfterRestore];
        self.decision.is_some_and(|decision| withdrawn.contains(&decision.reason))
    }

    /// Its status in the contract. What was resolved before its time is not under way until then.
    pub fn status(&self, now: DateTime<Utc>) -> ShipmentStatus {
        match &self.state {
            ShipmentState::Scheduled { .. } => ShipmentStatus::Registered,
            ShipmentState::Resolving { from, .. } if now < *from && self.is_untouched() => {
                ShipmentStatus::Registered
            }
            ShipmentState::Resolving { .. } | ShipmentState::Postponed { .. } => ShipmentStatus::Processing,
            ShipmentState::Open(deliveries) => self.status_of(deliveries, now),
            ShipmentState::FanningOut { .. } | ShipmentState::FannedOut(_) => ShipmentStatus::Processed,
            ShipmentState::AllChildrenFinal { all_taken_back: false, .. } => ShipmentStatus::Completed,
            ShipmentState::AllChildrenFinal { all_taken_back: true, .. } | ShipmentState::Stopped => {
                self.status_stopped()
            }
        }
    }

    fn status_of(&self, deliveries: &[Delivery], now: DateTime<Utc>) -> ShipmentStatus {
        if !self.is_final() {
            let is_early = now < self.planned_at && deliveries.iter().all(Delivery::is_new);
            return if is_early { ShipmentStatus::Registered } else { ShipmentStatus::Processed };
        }
        if self.is_taken_back() { self.status_stopped() } else { ShipmentStatus::Completed }
    }

    fn status_stopped(&self) -> ShipmentStatus {
        match self.decision.map(|decision| decision.reason) {
            Some(Reason::Cancelled) => ShipmentStatus::Cancelled,
            _ => ShipmentStatus::SendConditionNotMet,
        }
    }

    fn is_untouched(&self) -> bool {
        self.attempts.lookups == 0 && self.attempts.conditions == 0 && self.attempts.expired_leases == 0
    }

    /// When the status of the shipment itself was reached.
    pub fn reached_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let last = self.deliveries().iter().map(|delivery| delivery.updated_at).max();
        match &self.state {
            ShipmentState::Open(_) if self.is_final() => {
                last.map_or(self.updated_at, |last| last.max(self.updated_at))
            }
            ShipmentState::Open(_) if now >= self.planned_at => self.updated_at.max(self.planned_at),
            _ => self.updated_at,
        }
    }
}
