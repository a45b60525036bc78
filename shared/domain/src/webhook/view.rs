//! Webhooks as their owner reads them.

use schemars::JsonSchema;
use serde::Serialize;

use super::Webhook;
use crate::reading::written;

/// An owner's webhooks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhooksView {
    /// All of them, by their names.
    pub webhooks: Vec<WebhookView>,
}

/// A webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    name: String,
    url: String,
    /// What posts are signed with: only in the answer that has made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Since when it fails, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    /// When it was switched off, because it had failed for a day or was gone. Storing it again switches it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    switched_off_at: Option<String>,
}

impl WebhookView {
    /// Without its secret.
    pub fn of(webhook: &Webhook) -> Self {
        Self {
            name: webhook.name.to_string(),
            url: webhook.url.as_str().to_owned(),
            secret: None,
            failing_since: webhook.failing.map(|failing| written(failing.since)),
            switched_off_at: webhook.switched_off_at.map(written),
        }
    }

    /// With the secret that was just made.
    pub fn with_secret(webhook: &Webhook) -> Self {
        Self { secret: Some(webhook.secret.written()), ..Self::of(webhook) }
    }
}
