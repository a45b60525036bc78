//! What a provider reports later: statuses only move forward, whatever order the reports come in.

use chrono::{DateTime, Utc};

use super::Chain;
use crate::ids::NotificationId;
use crate::status::{Failure, NotificationStatus};

/// What a provider says became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken it.
    Accepted,
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Failed(Failure),
}

/// One attempt to hand a notification over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Of which notification.
    pub notification: NotificationId,
    /// Which one: 0 for the first. No two attempts of a notification have the same.
    pub number: u32,
}

impl Attempt {
    /// How often the notification had been refused for now, or not been sent, before it.
    pub(super) fn retries(self) -> u32 {
        self.number / 2
    }
}

/// What a report came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// There is no such notification.
    Unknown,
    /// Something at least as far along is known already.
    Old,
    /// The status moved forward.
    Changed,
}

impl From<Outcome> for NotificationStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::Delivered => Self::Delivered,
            Outcome::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl Chain {
    /// The number of the attempt that a claim on this notification is.
    pub fn attempt(&self, id: NotificationId) -> Option<Attempt> {
        let notification = self.notification(id)?;
        let number = notification.retries * 2 + u32::from(notification.sent_again);
        Some(Attempt { notification: id, number })
    }

    /// The provider took it and then did not send it, for a reason that the account has: it waits, as if it had
    /// been refused for now. A report about an attempt that another has followed is old.
    pub fn not_sent(&mut self, attempt: Attempt, fraction: f64, now: DateTime<Utc>) -> Recorded {
        let id = attempt.notification;
        let (Some(latest), Some(notification)) = (self.attempt(id), self.notification_mut(id)) else {
            return Recorded::Unknown;
        };
        let is_out =
            matches!(notification.status, NotificationStatus::Sending | NotificationStatus::Accepted);
        if latest != attempt || !is_out {
            return Recorded::Old;
        }
        notification.status = NotificationStatus::Sending;
        notification.handed_over_at = None;
        self.refused_for_now(id, fraction, now);
        Recorded::Changed
    }

    /// Records what a provider reports.
    pub fn record(&mut self, id: NotificationId, outcome: Outcome, now: DateTime<Utc>) -> Recorded {
        if self.notification(id).is_none() {
            Recorded::Unknown
        } else if self.end(id, outcome.into(), now) {
            Recorded::Changed
        } else {
            Recorded::Old
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, sending_email};
    use crate::status::StepStatus;

    #[test]
    fn reports_in_any_order_end_the_same() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        assert_eq!(chain.record(id, Outcome::Delivered, at("10:00:05")), Recorded::Changed);
        assert_eq!(chain.record(id, Outcome::Accepted, at("10:00:06")), Recorded::Old);
        assert_eq!(chain.record(id, Outcome::Failed(Failure::Bounced), at("10:00:07")), Recorded::Old);
        assert_eq!(chain.record(id, Outcome::Delivered, at("10:00:08")), Recorded::Old);
        assert_eq!(chain.notification(id).unwrap().updated_at, at("10:00:05"));
        assert_eq!((chain.steps[0].status, chain.due()), (StepStatus::Completed, None));
    }

    #[test]
    fn what_the_account_kept_from_being_sent_is_sent_again_and_told_of_once() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        let first = chain.attempt(id).unwrap();
        chain.handed_over(first, at("10:00:04"));
        assert_eq!(chain.not_sent(first, 0.0, at("10:00:05")), Recorded::Changed);
        assert_eq!(chain.notification(id).unwrap().status, NotificationStatus::New);
        assert_eq!(chain.notification(id).unwrap().handed_over_at, None);
        assert_eq!(chain.due().unwrap().at, at("10:00:20"));

        assert!(!chain.handed_over(first, at("10:00:06")), "its answer comes late, and nothing was sent");
        chain.claim_send(id, at("10:00:20"));
        chain.handed_over(chain.attempt(id).unwrap(), at("10:00:21"));
        assert_eq!(
            chain.not_sent(first, 0.0, at("10:00:22")),
            Recorded::Old,
            "it is about the first attempt"
        );
        assert_eq!(chain.notification(id).unwrap().status, NotificationStatus::Accepted);
        assert_eq!(chain.record(id, Outcome::Delivered, at("10:00:23")), Recorded::Changed);
        let second = chain.attempt(id).unwrap();
        assert_eq!(chain.not_sent(second, 0.0, at("10:00:24")), Recorded::Old, "a final status stands");
    }

    #[test]
    fn acceptance_alone_keeps_the_step_open() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        assert_eq!(chain.record(id, Outcome::Accepted, at("10:00:05")), Recorded::Changed);
        assert_eq!(chain.steps[0].status, StepStatus::Processed);
        assert!(chain.due().is_some());
    }

    #[test]
    fn a_report_about_nothing_of_ours_is_unknown() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(9);
        assert_eq!(chain.record(id, Outcome::Delivered, at("10:00:05")), Recorded::Unknown);
    }
}
