//! Why a notice has to wait, and how that is logged: operators' alarms count these lines.

use std::fmt::Display;

/// Who has to do something before it can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody: what we depend on does not answer, or asks for patience. A warning; an alarm tells after ten
    /// minutes of them.
    Passing,
    /// The operator: a permission, a quota, an account or a configuration is wrong. An error, which alarms at once.
    Ours,
}

impl Trouble {
    /// Logs that `subject` (an id, or nothing personal else) waits for a dependency. The field `waits_for` is what
    /// the metric filters of the template look for.
    pub fn log(self, waits_for: &str, subject: &dyn Display, why: &dyn Display) {
        match self {
            Self::Passing => tracing::warn!(waits_for, %subject, %why, "waiting for a dependency"),
            Self::Ours => tracing::error!(waits_for, %subject, %why, "waiting until this is mended"),
        }
    }
}
