//! An event on its way to a webhook.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{PATIENCE, Webhook, WebhookName};
use crate::identity::Owner;

/// What stands on the queue: ids and statuses, nothing personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookMessage {
    /// Whose webhook.
    pub owner: Owner,
    /// Which.
    pub webhook: WebhookName,
    /// What is told: the same whenever it is told.
    pub event_id: String,
    /// What kind of event it is.
    pub kind: String,
    /// About what: the events of one subject come in their order.
    pub subject: String,
    /// When it was queued.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// The event.
    pub event: Value,
}

impl WebhookMessage {
    /// What keeps its place in the order: one webhook and one subject.
    pub fn group(&self) -> String {
        format!("{}#{}#{}", self.owner, self.webhook, self.subject)
    }

    /// What it is known by on the queue, and by its receiver.
    pub fn id(&self) -> String {
        let parts = [self.owner.as_str(), self.webhook.as_str(), &self.event_id];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        format!("msg_{}", URL_SAFE_NO_PAD.encode(&hash.finalize()[..18]))
    }

    /// Whether it was tried for a day.
    pub fn is_given_up(&self, now: DateTime<Utc>) -> bool {
        now >= self.at + PATIENCE
    }

    /// The post to its webhook.
    pub fn post(&self, webhook: &Webhook, now: DateTime<Utc>) -> Post {
        let timestamp = self.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let body = serde_json::json!({"type": self.kind, "timestamp": timestamp, "data": self.event});
        let (id, body) = (self.id(), body.to_string());
        let seconds = now.timestamp();
        let signatures: Vec<_> =
            webhook.secrets(now).map(|secret| secret.sign(&id, seconds, &body)).collect();
        Post { id, timestamp: seconds, signature: signatures.join(" "), body }
    }
}

/// A post as it is sent (Standard Webhooks specification, "Webhook headers").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// `webhook-id`: the same for each try.
    pub id: String,
    /// `webhook-timestamp`: of this try, in seconds.
    pub timestamp: i64,
    /// `webhook-signature`: one for each secret.
    pub signature: String,
    /// The body, as it was signed.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::ConditionEndpoint;
    use crate::webhook::Secret;
    use chrono::TimeDelta;
    use serde_json::json;

    fn message() -> WebhookMessage {
        WebhookMessage {
            owner: "991825827".parse().unwrap(),
            webhook: "archive".parse().unwrap(),
            event_id: "c2727ae6-466e-8b3f-b22a-0b0219417001-0/Email_Delivered/1795691942005".into(),
            kind: "Notification status changed".into(),
            subject: "c2727ae6-466e-8b3f-b22a-0b0219417001".into(),
            at: DateTime::from_timestamp(1_795_691_942, 0).unwrap(),
            event: json!({"status": "Email_Delivered"}),
        }
    }

    #[test]
    fn a_post_is_signed_with_each_secret_over_what_is_sent() {
        let url = ConditionEndpoint::try_from("https://example.no/").unwrap();
        let now = DateTime::from_timestamp(1_795_692_000, 0).unwrap();
        let webhook = Webhook::new("archive".parse().unwrap(), url, Secret::of([1; 32]))
            .rotated(Secret::of([2; 32]), now);
        let post = message().post(&webhook, now);
        let expected =
            [[2; 32], [1; 32]].map(|key| Secret::of(key).sign(&post.id, 1_795_692_000, &post.body));
        assert_eq!(post.signature, expected.join(" "));
        let body: Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!((&body["type"], &body["data"]), (&json!("Notification status changed"), &message().event));
    }

    #[test]
    fn an_event_has_one_id_for_a_webhook_and_fits_the_queue() {
        let other = WebhookMessage { webhook: "other".parse().unwrap(), ..message() };
        assert_eq!(message().id(), message().id());
        assert_ne!(message().id(), other.id());
        assert!(message().group().len() <= 128 && message().id().len() <= 128);
    }

    #[test]
    fn an_event_is_tried_for_a_day() {
        assert!(!message().is_given_up(message().at + TimeDelta::hours(23)));
        assert!(message().is_given_up(message().at + TimeDelta::hours(24)));
    }
}
