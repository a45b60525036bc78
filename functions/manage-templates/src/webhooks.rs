//! `/webhooks`: where an owner has its events posted.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::identity::Owner;
use varsling_domain::request::{self, Faults};
use varsling_domain::webhook::{
    self, MOST, Secret, Webhook, WebhookMessage, WebhookName, WebhookView, WebhooksView,
};
use varsling_function::trouble::Waiting;
use varsling_queues::{Outgoing, QueueName};
use varsling_store::StoredWebhooks;

use super::{Answer, ManageTemplates, invalid, unavailable};

/// The kind of event that is posted on demand.
const TEST: &str = "Test";

impl ManageTemplates {
    pub(super) async fn list_webhooks(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let (_, stored) = self.webhooks(event).await?;
        let webhooks = stored.all.iter().map(WebhookView::of).collect();
        Ok(http::json(200, &WebhooksView { webhooks }, &[]))
    }

    pub(super) async fn put_webhook(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (owner, stored) = self.webhooks(event).await?;
        let name: Result<WebhookName, _> = name.parse();
        let name = name.map_err(|error| invalid(Faults::of("name", error.to_string())))?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let url = webhook::parse_webhook(&body, self.endpoints).map_err(invalid)?;
        let Some(known) = stored.named(&name).cloned() else {
            if stored.all.len() >= MOST {
                return Err(Problem::conflict("An owner has at most 5 webhooks."));
            }
            let webhook = Webhook::new(name, url, new_secret());
            self.store_webhook(&owner, stored, webhook.clone()).await?;
            return Ok(http::json(201, &WebhookView::with_secret(&webhook), &[]));
        };
        let webhook = known.moved(url);
        self.store_webhook(&owner, stored, webhook.clone()).await?;
        Ok(http::json(200, &WebhookView::of(&webhook), &[]))
    }

    /// A new secret; the present one signs beside it for a week.
    pub(super) async fn rotate_webhook(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (owner, stored) = self.webhooks(event).await?;
        let webhook = named(&stored, name)?.rotated(new_secret(), self.clock.now());
        self.store_webhook(&owner, stored, webhook.clone()).await?;
        Ok(http::json(200, &WebhookView::with_secret(&webhook), &[]))
    }

    pub(super) async fn delete_webhook(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (owner, stored) = self.webhooks(event).await?;
        let name = named(&stored, name)?.name;
        if !self.store.put_webhooks(&owner, &stored.without(&name)).await.map_err(unavailable)? {
            return Err(Problem::unavailable());
        }
        Ok(http::no_content())
    }

    /// Has a test event posted.
    pub(super) async fn test_webhook(&self, event: &ApiGatewayV2httpRequest, name: &str) -> Answer {
        let (owner, stored) = self.webhooks(event).await?;
        let webhook = named(&stored, name)?;
        if webhook.is_switched_off() {
            return Err(Problem::conflict("This webhook is switched off; storing it again switches it on."));
        }
        let message = test_event(&owner, &webhook, self.clock.now());
        let queued = Outgoing::new(QueueName::Webhooks, &message)
            .map(|outgoing| outgoing.in_group(message.group()).once(message.id()));
        let queued = match queued {
            Ok(outgoing) => self.queues.send_one(&outgoing).await,
            Err(error) => Err(error),
        };
        queued.map_err(|error| {
            error.log_waiting(&"a caller");
            Problem::unavailable()
        })?;
        Ok(http::json(202, &WebhookView::of(&webhook), &[]))
    }

    async fn webhooks(&self, event: &ApiGatewayV2httpRequest) -> Result<(Owner, StoredWebhooks), Problem> {
        let owner = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
        let stored = self.store.load_webhooks(&owner).await.map_err(unavailable)?;
        Ok((owner, stored))
    }

    /// Where somebody else writes at the same moment, the owner tries again.
    async fn store_webhook(
        &self,
        owner: &Owner,
        stored: StoredWebhooks,
        webhook: Webhook,
    ) -> Result<(), Problem> {
        tracing::info!(%owner, webhook = %webhook.name, "a webhook was stored");
        let is_written = self.store.put_webhooks(owner, &stored.with(webhook)).await.map_err(unavailable)?;
        if is_written { Ok(()) } else { Err(Problem::unavailable()) }
    }
}

fn named(stored: &StoredWebhooks, name: &str) -> Result<Webhook, Problem> {
    let name: WebhookName = name.parse().map_err(|_| Problem::not_found())?;
    stored.named(&name).cloned().ok_or_else(Problem::not_found)
}

/// One a minute and one after the other, however often an owner asks: tests must not take the turns of events.
fn test_event(owner: &Owner, webhook: &Webhook, now: DateTime<Utc>) -> WebhookMessage {
    let event_id = format!("test-{}", now.timestamp() / 60);
    WebhookMessage {
        owner: owner.clone(),
        webhook: webhook.name.clone(),
        kind: TEST.to_owned(),
        subject: TEST.to_owned(),
        at: now,
        event: json!({"eventId": event_id, "owner": owner}),
        event_id,
    }
}

fn new_secret() -> Secret {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    Secret::of(bytes)
}
