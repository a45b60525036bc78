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
