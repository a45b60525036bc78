//! Suppressed addresses as administrators read them.

use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::suppression::{Suppression, SuppressionId};

/// Suppressed addresses, the latest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SuppressionsView {
    /// The addresses; never the addresses themselves, which are not kept.
    pub suppressions: Vec<SuppressionView>,
    /// What to ask with for the next ones, as `after`; absent where there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A suppressed address.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuppressionView {
    /// What it is known by: an HMAC of the address.
    id: String,
    channel: &'static str,
    /// `Bounced`, `Complaint` or `ProvidersList`.
    reason: &'static str,
    since: String,
    /// Until when; for ever where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The notification of which that was reported.
    notification_id: String,
}

/// Whether an address is suppressed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundSuppressionView {
    /// Why; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<SuppressionView>,
}

impl SuppressionView {
    /// Of an address that is known by an id.
    pub fn of(id: &SuppressionId, suppression: &Suppression) -> Self {
        Self {
            id: id.as_str().to_owned(),
            channel: suppression.channel.name(),
            reason: suppression.because.name(),
            since: written(suppression.since),
            until: suppression.until.map(written),
            notification_id: suppression.delivery.clone(),
        }
    }
}
