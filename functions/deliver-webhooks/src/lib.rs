//! Posts owners' events to their webhooks. The queue keeps the order of what is about one shipment: what fails stays at
//! the head of its group and comes again. How a webhook fails stands in the table, so that one that is down is left alone
//! for a while, by all its events together, and is switched off after a day.

mod client;

use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use chrono::TimeDelta;
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

/// How long a post and what is written of it may take: the client's end of a post, and the table's.
const MOST_OF_A_POST: TimeDelta = TimeDelta::seconds(13);

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
    /// The rest of the invocation would not carry a post.
    #[error("there is no time left for a post")]
    NoTime,
}

impl Waiting for DeliveryError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            // It is the owner's, and is switched off after a day.
            Self::NotTaken(_) | Self::LeftAlone | Self::NoTime => Trouble::Passing,
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::NotTaken(_) | Self::LeftAlone | Self::NoTime => "webhook",
        }
    }

    /// A webhook that is down is no trouble of the deployment's: an alarm would go off for each.
    fn log_waiting(&self, subject: &dyn std::fmt::Display) {
        match self {
            Self::Store(error) => error.log_waiting(subject),
            Self::NotTaken(why) => tracing::info!(%subject, %why, "a webhook did not take an event"),
            Self::LeftAlone | Self::NoTime => {}
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
            client: PostClient::new(environment.parsed("CONDITION_ENDPOINTS", str::parse)?, client::LONGEST)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<Value, HandlerError> {
        let batch = Batch::<WebhookMessage>::read(event, GivenUp::ToDeadLetters);
        let answer = consume::each_until_one_fails(batch, WebhookMessage::group, |message| {
            self.work(message, deadline)
        })
        .await;
        Ok(serde_json::to_value(answer)?)
    }
}

/// What an owner asks for by its answer is no trouble of the deployment's; what has failed for a day its operator hears of.
fn log_switched_off(message: &WebhookMessage, outcome: PostOutcome) {
    let WebhookMessage { owner, webhook, .. } = message;
    match outcome {
        PostOutcome::Gone => tracing::warn!(%owner, %webhook, "a webhook is gone, and is switched off"),
        PostOutcome::Taken | PostOutcome::Failed => {
            tracing::error!(%owner, %webhook, "a webhook has failed for a day, and is switched off");
        }
    }
}

fn log_given_up(message: &WebhookMessage) {
    let WebhookMessage { owner, webhook, event_id, .. } = message;
    tracing::warn!(%owner, %webhook, event = event_id, "an event was not taken in a day, and is dropped");
}

impl DeliverWebhooks {
    async fn work(&self, message: WebhookMessage, deadline: Deadline) -> Result<(), DeliveryError> {
        let now = self.clock.now();
        if !deadline.leaves(MOST_OF_A_POST, now) {
            return Err(DeliveryError::NoTime);
        }
        let webhook = self.store.find_webhook(&message.owner, &message.webhook).await?;
        // Its owner has deleted it.
        let Some(webhook) = webhook else { return Ok(()) };
        match webhook.work(now) {
            PostWork::Post => self.post(webhook, message).await,
            PostWork::Wait => Err(DeliveryError::LeftAlone),
            PostWork::SwitchedOff => Ok(()),
        }
    }

    async fn post(&self, webhook: Webhook, message: WebhookMessage) -> Result<(), DeliveryError> {
        let posted = self.client.post(&webhook.url, &message.post(&webhook, self.clock.now())).await;
        let outcome = match &posted {
            Ok(()) => PostOutcome::Taken,
            Err(PostError::Gone) => PostOutcome::Gone,
            Err(_) => PostOutcome::Failed,
        };
        let after = webhook.after(outcome, self.clock.now());
        let is_switched_off = after.as_ref().is_some_and(Webhook::is_switched_off);
        if let Some(after) = after {
            self.store.change_webhook(&message.owner, &webhook, after).await?;
        }
        match posted {
            _ if is_switched_off => log_switched_off(&message, outcome),
            Err(_) if message.is_given_up(self.clock.now()) => log_given_up(&message),
            posted => return posted.map_err(DeliveryError::NotTaken),
        }
        Ok(())
    }
}
