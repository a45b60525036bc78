//! Posting to an address that an owner chose: where the policy permits, without following redirects, and with an end.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use varsling_domain::order::condition::NotPermitted;
use varsling_domain::order::{ConditionEndpoint, EndpointPolicy};
use varsling_domain::webhook::Post;
use varsling_function::lambda::StartError;
use varsling_outgoing_http::Unanswered;
use varsling_outgoing_http::guard::Guard;
use varsling_outgoing_http::{self as outgoing_http};

/// How long a post may take.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Posts events.
pub struct PostClient {
    policy: EndpointPolicy,
    client: Client,
}

/// Why a post was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// There is no such webhook any more (410).
    #[error("it is gone")]
    Gone,
    /// The address may not be posted to.
    #[error("not permitted: {0}")]
    NotPermitted(NotPermitted),
    /// There was no answer, or another than success.
    #[error("{0}")]
    Unanswered(Unanswered),
}

impl PostClient {
    /// With what is permitted, and how long a post may take.
    pub fn new(policy: EndpointPolicy, longest: Duration) -> Result<Self, StartError> {
        let is_public = policy == EndpointPolicy::Public;
        let builder = outgoing_http::builder(longest).dns_resolver(Guard::new(policy)).https_only(is_public);
        Ok(Self { policy, client: outgoing_http::build(builder)? })
    }

    /// Posts once. Of the answer the status alone counts; a redirect is none.
    pub async fn post(&self, url: &ConditionEndpoint, post: &Post) -> Result<(), PostError> {
        // Also for webhooks that were stored under another policy than today's.
        self.policy.permits(url).map_err(PostError::NotPermitted)?;
        let request = self
            .client
            .post(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &post.id)
            .header("webhook-timestamp", post.timestamp.to_string())
            .header("webhook-signature", &post.signature)
            .body(post.body.clone());
        let answer = request.send().await.map_err(|error| PostError::Unanswered(error.into()))?;
        match answer.status().as_u16() {
            200..=299 => Ok(()),
            410 => Err(PostError::Gone),
            status => Err(PostError::Unanswered(Unanswered::Status(status))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use varsling_domain::webhook::{Secret, Webhook, WebhookMessage};

    #[tokio::test]
    async fn a_webhook_that_never_answers_has_an_end() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let url = ConditionEndpoint::try_from(url.as_str()).unwrap();
        let webhook = Webhook::new("archive".parse().unwrap(), url.clone(), Secret::of([1; 32]));
        let message = WebhookMessage {
            owner: "991825827".parse().unwrap(),
            webhook: webhook.name.clone(),
            event_id: "1".into(),
            kind: "Test".into(),
            subject: "1".into(),
            at: Utc::now(),
            event: serde_json::Value::Null,
        };
        let client = PostClient::new(EndpointPolicy::Any, Duration::from_millis(50)).unwrap();
        let posted = client.post(&url, &message.post(&webhook, Utc::now())).await;
        assert!(matches!(posted, Err(PostError::Unanswered(_))), "{posted:?}");
    }
}
