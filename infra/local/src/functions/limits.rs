//! How long each function may run, as the template says.

use chrono::TimeDelta;

/// Every function's time limit in seconds.
pub const TIMEOUTS: [(&str, u16); 15] = [
    ("accept-order", 10),
    ("fire-reminder", 50),
    ("manage-templates", 10),
    ("publish-changes", 30),
    ("reconcile", 120),
    ("record-delivery", 10),
    ("record-opened", 10),
    ("report-status", 10),
    ("resolve-recipients", 30),
    ("schedule", 50),
    ("send-email", 30),
    ("send-email-urgent", 30),
    ("send-sms", 30),
    ("send-sms-urgent", 30),
    ("sweep-shard", 120),
];

/// Where the template says nothing, and what a function of a test has.
const USUAL: u16 = 10;

/// How long a function may run.
pub fn timeout(function: &str) -> TimeDelta {
    let found = TIMEOUTS.iter().find(|(name, _)| *name == function);
    TimeDelta::seconds(found.map_or(USUAL, |(_, seconds)| *seconds).into())
}
