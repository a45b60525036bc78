//! What is to be done for a chain, and the queue messages that say so. They carry ids only.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Chain, Timer};
use crate::channel::Channel;
use crate::ids::{ChainId, NotificationId};
use crate::status::NotificationStatus;

/// Work for another function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Resolve a step's recipients.
    Resolve {
        /// Not before this time.
        at: DateTime<Utc>,
        /// What to put on the queue.
        message: StepMessage,
    },
    /// Send a notification.
    Send {
        /// On which channel, and so on which queue.
        channel: Channel,
        /// Not before this time.
        at: DateTime<Utc>,
        /// What to put on the queue.
        message: SendMessage,
    },
}

/// Names a claimed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMessage {
    /// The chain.
    pub chain: ChainId,
    /// The step in it.
    pub step: u8,
    /// The chain's version under which the step was claimed.
    pub version: u64,
}

/// Names a claimed notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMessage {
    /// The chain.
    pub chain: ChainId,
    /// The step in it.
    pub step: u8,
    /// The notification in the step.
    pub notification: u16,
    /// The chain's version under which the notification was claimed.
    pub version: u64,
}

impl SendMessage {
    /// The notification's id.
    pub fn id(self) -> NotificationId {
        self.chain.shipment(self.step).notification(self.notification)
    }
}

impl Task {
    /// The earliest time at which a worker may act on it.
    pub fn at(self) -> DateTime<Utc> {
        match self {
            Self::Resolve { at, .. } | Self::Send { at, .. } => at,
        }
    }

    /// How long the queue should hold it back, in whole seconds, rounded up so that it is never early,
    /// and at most as long as a queue can.
    pub fn delay_seconds(self, now: DateTime<Utc>) -> i32 {
        let wait = (self.at() - now).clamp(TimeDelta::zero(), super::QUEUE_REACH);
        let whole = wait.num_seconds();
        let rounded = if wait > TimeDelta::seconds(whole) { whole + 1 } else { whole };
        i32::try_from(rounded).unwrap_or(0)
    }
}

impl Chain {
    /// Gives claims back whose messages no queue would take, so that the next sweep tries again at once
    /// and nobody counts them as lost. False when there was nothing left to give back.
    pub fn give_back(&mut self, tasks: &[Task]) -> bool {
        let mut given_back = false;
        for task in tasks {
            if let Some(timer) = self.claim_mut(*task) {
                *timer = Timer::Plan { at: task.at() };
                given_back = true;
            }
        }
        given_back
    }

    /// The timer that a task was claimed under, if the claim still stands.
    fn claim_mut(&mut self, task: Task) -> Option<&mut Timer> {
        let (timer, version) = match task {
            Task::Resolve { message, .. } => (self.step_mut(message.step)?.timer.as_mut()?, message.version),
            Task::Send { message, .. } => {
                let waiting =
                    self.notification_mut(message.id()).filter(|n| n.status == NotificationStatus::New);
                (waiting?.timer.as_mut()?, message.version)
            }
        };
        Some(timer).filter(|timer| timer.is_claim(version))
    }

    pub(super) fn resolve_task(&self, step: u8, at: DateTime<Utc>, claim: u64) -> Task {
        Task::Resolve { at, message: StepMessage { chain: self.id, step, version: claim } }
    }

    pub(super) fn send_task(
        &self,
        id: NotificationId,
        channel: Channel,
        at: DateTime<Utc>,
        claim: u64,
    ) -> Task {
        let message = SendMessage {
            chain: self.id,
            step: id.shipment.step(),
            notification: id.ordinal,
            version: claim,
        };
        Task::Send { channel, at, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, chain_with_reminder, email_step, order};
    use crate::chain::{Due, Space};
    use crate::order::When;

    #[test]
    fn delays_are_never_early_and_never_longer_than_a_queue_can() {
        let chain = chain_with_reminder();
        let cases = [
            ("10:00:00", 0),
            ("09:59:00", 0),
            ("10:00:01", 1),
            ("10:00:00.001", 1),
            ("10:00:59.999", 60),
            ("10:15:00", 900),
            ("10:15:01", 900),
        ];
        for (due, seconds) in cases {
            assert_eq!(chain.resolve_task(0, at(due), 1).delay_seconds(at("10:00:00")), seconds, "{due}");
        }
    }

    #[test]
    fn what_no_queue_took_is_given_back_to_the_sweep() {
        let mut chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        let task = chain.first_task().unwrap();
        assert!(chain.give_back(&[task]));
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:00:00") }));
        assert!(!chain.give_back(&[task]), "the claim no longer stands");
        assert_eq!(chain.sweep(at("10:00:30")).unwrap().len(), 1);
        assert_eq!(chain.steps[0].losses, 0);
    }

    #[test]
    fn messages_carry_ids_only() {
        let chain = chain_with_reminder();
        let Task::Resolve { message, .. } = chain.resolve_task(1, at("10:00:00"), 7) else { panic!() };
        let json = serde_json::to_value(message).unwrap();
        assert_eq!(json, serde_json::json!({"chain": chain.id.to_string(), "step": 1, "version": 7}));
        assert_eq!(serde_json::from_value::<StepMessage>(json).unwrap(), message);
    }
}
