//! An order chain: the notification and its reminders, with their statuses and timers.
//!
//! This is the small hot item that every function reads and writes; field names are single letters in
//! the table because DynamoDB bills by the byte. Each rule that changes a chain has a file of its own:
//! `accept`, `sweep`, `reminder`, `resolve`, `listed`, `unanswered`, `line`, `send`, `report`; `timer` says when it is looked at next.

mod accept;
mod back_off;
mod lane;
mod line;
mod listed;
mod reminder;
mod report;
mod resolve;
mod send;
mod sweep;
mod task;
mod timer;
mod unanswered;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod parked;

pub use back_off::back_off;
pub use lane::{CROWD, Lane, OwnLine};
pub use report::{Attempt, Outcome, Recorded};
pub use resolve::{Found, MOST_ADDRESSES, StepWork};
pub use send::SendWork;
pub use task::{SendMessage, StepMessage, Task};
pub use timer::{Due, LOOK_AHEAD, QUEUE_REACH, Space, Timer};

use chrono::serde::{ts_milliseconds as millis, ts_milliseconds_option as optional_millis};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::identity::{OrganizationNumber, Owner};
use crate::ids::{ChainId, NotificationId, ShipmentId};
use crate::keywords::{self, Facts};
use crate::opened::Watch;
use crate::order::OnUncertainOutcome;
use crate::order::fingerprint::Fingerprint;
use crate::recipients::Address;
use crate::status::{Failure, NotificationStatus, StepStatus};
use crate::text::TextHash;

/// A chain as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Its id; kept in the key, not among the fields.
    #[serde(skip, default = "ChainId::nil")]
    pub id: ChainId,
    /// Counts the writes; every write is conditional on the version it read.
    #[serde(rename = "v")]
    pub version: u64,
    /// Whose order it is.
    #[serde(rename = "o")]
    pub owner: Owner,
    /// What the request's body was, for telling a replay from a conflict.
    #[serde(rename = "f")]
    pub fingerprint: Fingerprint,
    /// When the order was accepted.
    #[serde(rename = "c", with = "millis")]
    pub accepted_at: DateTime<Utc>,
    /// Until when everything that belongs to it is kept. Settled when it is accepted, because texts are stored
    /// under the day on which it falls, for the case that each step is over as late as it can be; brought
    /// forward when the last one is final.
    #[serde(rename = "x", with = "millis")]
    pub kept_until: DateTime<Utc>,
    /// For how many days it is kept once the last step is final; none where what was settled stands.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub kept_days: Option<u16>,
    /// In which of its owner's lines it waits for an opening.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub lane: Lane,
    /// The order that lists its only recipient, if one does.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    pub listed_by: Option<ChainId>,
    /// The marker that stops its reminders, if the order names a dialog.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// What an uncertain hand-over leads to.
    #[serde(rename = "y", default, skip_serializing_if = "is_default")]
    pub on_uncertain_outcome: OnUncertainOutcome,
    /// The notification, then the reminders.
    #[serde(rename = "s")]
    pub steps: Vec<Step>,
}

/// One shipment of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How far it has come.
    #[serde(rename = "s")]
    pub status: StepStatus,
    /// When the status was reached.
    #[serde(rename = "u", with = "millis")]
    pub updated_at: DateTime<Utc>,
    /// How its channel is chosen.
    #[serde(rename = "h")]
    pub schema: ChannelSchema,
    /// When it is planned.
    #[serde(rename = "d", with = "millis")]
    pub due: DateTime<Utc>,
    /// When its lifetime ends: nothing is sent any more.
    #[serde(rename = "e", with = "millis")]
    pub expires: DateTime<Utc>,
    /// For a reminder by days: how many after the notification was allowed to go.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub delay_days: Option<u32>,
    /// For a reminder by hours: how many after the notification was allowed to go.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub delay_hours: Option<u32>,
    /// When it is looked at next; none while its notifications have timers of their own.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<Timer>,
    /// How often a dependency gave no answer.
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    pub retries: u32,
    /// How often a worker took it and never came back.
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pub losses: u32,
    /// How often the condition endpoint was asked in vain.
    #[serde(rename = "q", default, skip_serializing_if = "is_default")]
    pub questions: u32,
    /// Why it fired, or why it did not.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// How many recipients it lists; each of them is a chain of its own, once resolved.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<u16>,
    /// Whether some of those whom it lists have their chains already.
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pub begun: bool,
    /// Who gets what, once resolved.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<Notification>,
}

/// What was decided about a step when it was due, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What, and why.
    #[serde(rename = "r")]
    pub reason: Reason,
    /// When it was decided.
    #[serde(rename = "a", with = "millis")]
    pub at: DateTime<Utc>,
}

/// Why a step fired or did not.
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
    /// The condition endpoint gave no answer, so the step went on, or was called off where the order says so.
    #[serde(rename = "A")]
    ConditionUnanswered,
    /// The lifetime ended before the recipients could be resolved.
    #[serde(rename = "T")]
    LifetimeEnded,
    /// Workers took it and never came back, too many times.
    #[serde(rename = "L")]
    AttemptsExhausted,
}

/// One address on one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
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
    /// How far it has come.
    #[serde(rename = "s")]
    pub status: NotificationStatus,
    /// When the status was reached.
    #[serde(rename = "u", with = "millis")]
    pub updated_at: DateTime<Utc>,
    /// When its provider took it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub handed_over_at: Option<DateTime<Utc>>,
    /// When it may go, where that is later than when it was resolved.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub not_before: Option<DateTime<Utc>>,
    /// When it is looked at next; none once its status is final.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<Timer>,
    /// Whether it waits for the window, also when it is tried again.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
    /// How many messages an SMS takes, as it was ordered.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<u8>,
    /// How often a provider refused it for now.
    #[serde(rename = "r", default, skip_serializing_if = "is_default")]
    pub retries: u32,
    /// How often a worker took it and never came back.
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pub losses: u32,
    /// It has been sent again after nobody knew what came of it; that happens once.
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    pub sent_again: bool,
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

impl Chain {
    /// The id of one of its shipments.
    pub fn shipment(&self, step: u8) -> ShipmentId {
        self.id.shipment(step)
    }

    /// The id under which the owner knows one of its shipments.
    pub fn known_shipment(&self, step: u8) -> ShipmentId {
        self.listed_by.unwrap_or(self.id).shipment(step)
    }

    /// The step of that number, if there is one.
    pub fn step(&self, step: u8) -> Option<&Step> {
        self.steps.get(usize::from(step))
    }

    fn step_mut(&mut self, step: u8) -> Option<&mut Step> {
        self.steps.get_mut(usize::from(step))
    }

    /// The notification of that id, if there is one.
    pub fn notification(&self, id: NotificationId) -> Option<&Notification> {
        self.step(id.shipment.step())?.notifications.get(usize::from(id.ordinal))
    }

    fn notification_mut(&mut self, id: NotificationId) -> Option<&mut Notification> {
        self.step_mut(id.shipment.step())?.notifications.get_mut(usize::from(id.ordinal))
    }

    /// Brings forward until when everything is kept, once the last step is final. What was settled is the end
    /// in any case: the texts are gone by then. True when it changed.
    pub fn settle_retention(&mut self) -> bool {
        let Some(days) = self.kept_days.filter(|_| self.due().is_none()) else { return false };
        let settled = self.kept_until;
        let last = self.steps.iter().flat_map(|step| {
            step.notifications.iter().map(|notification| notification.updated_at).chain([step.updated_at])
        });
        if let Some(last) = last.max() {
            self.kept_until = self.kept_until.min(last + TimeDelta::days(days.into()));
        }
        self.kept_until != settled
    }

    /// The version that the next write will have; what it claims is claimed under this number.
    fn next_version(&self) -> u64 {
        self.version + 1
    }
}

impl Step {
    fn reach(&mut self, status: StepStatus, now: DateTime<Utc>) {
        self.status = status;
        self.updated_at = now;
    }

    fn decide(&mut self, reason: Reason, now: DateTime<Utc>) {
        self.decision = Some(Decision { reason, at: now });
    }

    /// Ends an unresolved step as failed on the channels that it would have taken.
    fn fail(&mut self, reason: Reason, failure: Failure, now: DateTime<Utc>) {
        self.decide(reason, now);
        self.unreachable(failure, now);
    }

    /// Resolves the step to nobody: one failed notification on each channel it would have taken.
    fn unreachable(&mut self, failure: Failure, now: DateTime<Utc>) {
        // Of those who are listed it is told by their own chains, and by those that are missing.
        if self.listed.is_none() {
            let failed = |channel: &Channel| Notification::failed(*channel, failure, now);
            self.notifications = self.schema.first_choice().iter().map(failed).collect();
        }
        self.timer = None;
        self.reach(StepStatus::Processed, now);
        self.settle(now);
    }

    /// Ends the step without sending anything (more).
    fn call_off(&mut self, reason: Reason, now: DateTime<Utc>) {
        self.decide(reason, now);
        self.timer = None;
        self.reach(StepStatus::SendConditionNotMet, now);
    }

    /// Completes a resolved step whose notifications are all final.
    fn settle(&mut self, now: DateTime<Utc>) {
        if self.status != StepStatus::Processed || !self.notifications.iter().all(|n| n.status.is_final()) {
            return;
        }
        let none_left = !self.notifications.is_empty()
            && self.notifications.iter().all(|n| n.status == NotificationStatus::Stopped);
        let end = if none_left { StepStatus::SendConditionNotMet } else { StepStatus::Completed };
        self.timer = None;
        self.reach(end, now);
    }
}

impl Notification {
    fn failed(channel: Channel, failure: Failure, now: DateTime<Utc>) -> Self {
        Self {
            channel,
            address: None,
            name: None,
            facts: Facts::default(),
            organization: None,
            text: None,
            status: NotificationStatus::Failed(failure),
            updated_at: now,
            handed_over_at: None,
            not_before: None,
            timer: None,
            policy: SendingTimePolicy::Anytime,
            segments: None,
            retries: 0,
            losses: 0,
            sent_again: false,
        }
    }

    /// Moves the status forward; what is not further along changes nothing.
    fn reach(&mut self, status: NotificationStatus, now: DateTime<Utc>) -> bool {
        if !self.status.advances_to(status) {
            return false;
        }
        self.status = status;
        self.updated_at = now;
        if matches!(status, NotificationStatus::Accepted | NotificationStatus::Delivered) {
            self.handed_over_at.get_or_insert(now);
        }
        if status.is_final() {
            self.timer = None;
        } else if matches!(self.timer, Some(Timer::Line { .. })) {
            // It waited to be sent again, and was sent after all: the line is none of its business any more.
            self.timer = Some(Timer::lease_from(now, 0));
        }
        true
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
