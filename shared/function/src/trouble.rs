//! Why a shipment or delivery has to wait, and how that is logged: operators' alarms count these log lines.

use std::fmt::Display;

/// An error that makes something wait.
pub trait Waiting: Display {
    /// Who has to do something before it can go on.
    fn trouble(&self) -> Trouble;
    /// The dependency that does not do what it was asked.
    fn waits_for(&self) -> &'static str;
    /// Logs that `subject` waits because of it.
    fn log_waiting(&self, subject: &dyn Display)
    where
        Self: Sized,
    {
        self.trouble().log(self.waits_for(), subject, self);
    }
}

/// Who has to do something before it can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody: a dependency does not answer, or throttles. A warning; an alarm goes off after ten minutes of them.
    Passing,
    /// The operator: a permission, a quota, an account or a configuration is wrong. An error, which alarms at once.
    Ours,
}

impl Trouble {
    /// What an error of an AWS service is, by its code as [`crate::aws::reason`] gives it: too many requests, and
    /// whatever kept the service from answering, pass. A code that nobody knows here needs somebody.
    pub fn of_aws(why: &str) -> Self {
        let passes = [
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServiceError",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "ServiceUnavailable",
            "Throttling",
            "ThrottlingException",
            "TransactionConflictException",
            "not reached",
            "timed out",
            "unreadable answer",
        ];
        if passes.contains(&why) { Self::Passing } else { Self::Ours }
    }

    /// Logs that `subject` (an id, or nothing personal else) waits for a dependency. The field `waits_for` is what
    /// the metric filters of the template look for.
    pub fn log(self, waits_for: &str, subject: &dyn Display, why: &dyn Display) {
        match self {
            Self::Passing => tracing::warn!(waits_for, %subject, %why, "waiting for a dependency"),
            Self::Ours => tracing::error!(waits_for, %subject, %why, "waiting until this is mended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_errors_differ_from_those_that_an_operator_must_mend() {
        for why in ["ThrottlingException", "InternalServerError", "timed out", "not reached"] {
            assert_eq!(Trouble::of_aws(why), Trouble::Passing, "{why}");
        }
        for why in ["AccessDeniedException", "ResourceNotFoundException", "not sent", "something new"] {
            assert_eq!(Trouble::of_aws(why), Trouble::Ours, "{why}");
        }
    }
}
