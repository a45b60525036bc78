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
const TOTAL: Duration = Duration::from_secs(10);

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
    /// With what is permitted.
    pub fn new(policy: EndpointPolicy) -> Result<Self, StartError> {
        let is_public = policy == EndpointPolicy::Public;
        let builder = outgoing_http::builder(TOTAL).dns_resolver(Guard::new(policy)).https_only(is_public);
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
