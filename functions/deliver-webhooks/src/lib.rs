//! Posts owners' events to their webhooks. The queue keeps the order of what is about one shipment: what fails stays at
//! the head of its group and comes again. How a webhook fails stands in the table, so that one that is down is left alone
//! for a while, by all its events together, and is switched off after a day.

mod client;

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use serde_json::Value;
use varsling_domain::webhook::{PostOutcome, PostWork, Webhook, WebhookMessage};
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::{Trouble, Waiting};
use varsling_store::{Store, StoreError};

use client::{PostClient, PostError};

/// The function.
pub struct DeliverWebhooks {
    store: Store,
    client: PostClient,
    clock: Arc<dyn Clock>,
}

/// Why an event was not posted.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The webhook did not take it.
    #[error("the webhook did not take an event: {0}")]
    NotTaken(PostError),
    /// The webhook has failed, and is left alone for a while.
    #[error("the webhook is left alone for a while")]
    LeftAlone,
}

impl Waiting for DeliveryError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            // It is the owner's, and is switched off after a day.
            Self::NotTaken(_) | Self::LeftAlone => Trouble::Passing,
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::NotTaken(_) | Self::LeftAlone => "webhook",
        }
    }

    /// A webhook that is down is no trouble of the deployment's: an alarm would go off for each.
    fn log_waiting(&self, subject: &dyn std::fmt::Display) {
        match self {
            Self::Store(error) => error.log_waiting(subject),
            Self::NotTaken(why) => tracing::info!(%subject, %why, "a webhook did not take an event"),
            Self::LeftAlone => {}
        }
    }
}

impl Function for DeliverWebhooks {
    const NAME: &'static str = "deliver-webhooks";
    const VARIABLES: Variables = &[&["TABLE_NAME", "CONDITION_ENDPOINTS"]];
    type Event = SqsEvent;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            client: PostClient::new(environment.parsed("CONDITION_ENDPOINTS", str::parse)?)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    async fn handler(&self, event: SqsEvent, _deadline: Deadline) -> Result<Value, HandlerError> {
        let batch = Batch::<WebhookMessage>::read(event, GivenUp::ToDeadLetters);
        let answer =
            consume::each_group(batch, WebhookMessage::group, |messages| self.post_all(messages)).await;
        Ok(serde_json::to_value(answer)?)
    }
}

impl DeliverWebhooks {
    /// Posts events about one subject in their order. Where one fails, all come again, so that none overtakes it; those
    /// that were posted have the same id then.
    async fn post_all(&self, messages: Vec<WebhookMessage>) -> Result<(), DeliveryError> {
        for message in messages {
            self.work(message).await?;
        }
        Ok(())
    }

    async fn work(&self, message: WebhookMessage) -> Result<(), DeliveryError> {
        let now = self.clock.now();
        let webhook = self.store.find_webhook(&message.owner, &message.webhook).await?;
        // Its owner has deleted it.
        let Some(webhook) = webhook else { return Ok(()) };
        match webhook.work(message.at, now) {
            PostWork::Post => self.post(webhook, message).await,
            PostWork::Wait => Err(DeliveryError::LeftAlone),
            PostWork::SwitchedOff => Ok(()),
            PostWork::GiveUp => self.give_up(webhook, message).await,
        }
    }

    async fn give_up(&self, webhook: Webhook, message: WebhookMessage) -> Result<(), DeliveryError> {
        tracing::error!(owner = %message.owner, event = message.event_id, "an event was not posted in a day");
        if let Some(after) = webhook.after_giving_up(self.clock.now()) {
            self.switch_off(&webhook, &message, after).await?;
        }
        Ok(())
    }

    async fn switch_off(
        &self,
        webhook: &Webhook,
        message: &WebhookMessage,
        after: Webhook,
    ) -> Result<(), StoreError> {
        tracing::error!(owner = %message.owner, webhook = %webhook.name, "a webhook is switched off");
        self.store.change_webhook(&message.owner, webhook, after).await
    }

    async fn post(&self, webhook: Webhook, message: WebhookMessage) -> Result<(), DeliveryError> {
        let posted = self.client.post(&webhook.url, &message.post(&webhook, self.clock.now())).await;
        let outcome = match &posted {
            Ok(()) => PostOutcome::Taken,
            Err(PostError::Gone) => PostOutcome::Gone,
            Err(_) => PostOutcome::Failed,
        };
        let after = webhook.after(outcome, self.clock.now());
        match after {
            Some(off) if off.is_switched_off() => {
                return Ok(self.switch_off(&webhook, &message, off).await?);
            }
            Some(after) => self.store.change_webhook(&message.owner, &webhook, after).await?,
            None => {}
        }
        posted.map_err(DeliveryError::NotTaken)
    }
}
