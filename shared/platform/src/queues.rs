//! The queues: what one function leaves for another. Messages carry ids only.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use chrono::{DateTime, Utc};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use varsling_domain::chain::Task;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;

use crate::environment::{ConfigError, Environment};
use crate::trouble::{Trouble, Waiting};

/// How many messages SQS takes in one request.
const BATCH: usize = 10;

/// How many requests are made at the same time.
const CONCURRENCY: usize = 8;

/// A queue of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Steps whose recipients are to be resolved.
    Steps,
    /// Notifications to send by e-mail.
    Email,
    /// Notifications to send by SMS.
    Sms,
    /// What providers report.
    Reports,
}

impl QueueName {
    fn variable(self) -> &'static str {
        match self {
            Self::Steps => "STEPS_QUEUE_URL",
            Self::Email => "EMAIL_QUEUE_URL",
            Self::Sms => "SMS_QUEUE_URL",
            Self::Reports => "REPORTS_QUEUE_URL",
        }
    }
}

/// A message did not get onto its queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The service failed or could not be reached.
    #[error("the queue {queue:?} did not take a message: {why}")]
    Service {
        /// The queue.
        queue: QueueName,
        /// The service's error code, or what kept it from answering.
        why: String,
    },
    /// The function has no such queue.
    #[error("this function has no queue {0:?}")]
    NotOpened(QueueName),
    /// The message could not be written as JSON.
    #[error("a message cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl Waiting for QueueError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Service { why, .. } => Trouble::of_aws(why),
            Self::NotOpened(_) | Self::Unwritable(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        "queue"
    }
}

/// A message on its way to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    body: String,
    delay_seconds: i32,
    /// The owner: SQS then keeps one owner's backlog from delaying the others.
    group: Option<String>,
}

impl Outgoing {
    /// A message that becomes visible after a delay of at most 900 seconds.
    pub fn new(body: &impl Serialize, delay_seconds: i32, owner: Option<&Owner>) -> Result<Self, QueueError> {
        let group = owner.map(|owner| owner.as_str().to_owned());
        Ok(Self { body: serde_json::to_string(body)?, delay_seconds, group })
    }
}

/// The queues that a function writes to.
#[derive(Clone)]
pub struct Queues {
    client: Client,
    urls: HashMap<QueueName, String>,
}

impl Queues {
    /// The named queues, at the URLs that the environment gives.
    pub fn open(
        configuration: &SdkConfig,
        environment: &Environment,
        names: &[QueueName],
    ) -> Result<Self, ConfigError> {
        let url = |name: &QueueName| Ok((*name, environment.required(name.variable())?));
        let urls = names.iter().map(url).collect::<Result<_, ConfigError>>()?;
        Ok(Self { client: Client::new(configuration), urls })
    }

    /// Opens the connection by asking for an attribute.
    pub async fn warm(&self) {
        let Some((name, url)) = self.urls.iter().next() else { return };
        let request = self.client.get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(QueueAttributeName::QueueArn).send().await;
        if let Err(error) = answer {
            tracing::warn!(queue = ?name, why = crate::aws::reason(&error), "the queue does not answer yet");
        }
    }

    /// Queues tasks of one owner, each no earlier than its time.
    pub async fn dispatch(
        &self,
        tasks: &[Task],
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<(), QueueError> {
        let mut outgoing: HashMap<QueueName, Vec<Outgoing>> = HashMap::new();
        for task in tasks {
            let delay = task.delay_seconds(now);
            let (queue, message) = match task {
                Task::Resolve { message, .. } => {
                    (QueueName::Steps, Outgoing::new(message, delay, Some(owner))?)
                }
                Task::Send { channel: Channel::Email, message, .. } => {
                    (QueueName::Email, Outgoing::new(message, delay, Some(owner))?)
                }
                Task::Send { channel: Channel::Sms, message, .. } => {
                    (QueueName::Sms, Outgoing::new(message, delay, Some(owner))?)
                }
            };
            outgoing.entry(queue).or_default().push(message);
        }
        let sent = join_all(outgoing.into_iter().map(|(queue, messages)| self.send(queue, messages))).await;
        sent.into_iter().collect()
    }

    /// Puts messages on a queue.
    pub async fn send(&self, queue: QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let url = self.urls.get(&queue).ok_or(QueueError::NotOpened(queue))?;
        match <[Outgoing; 1]>::try_from(messages) {
            Ok([message]) => self.send_one(queue, url, message).await,
            Err(messages) => self.send_many(queue, url, &messages).await,
        }
    }

    async fn send_one(&self, queue: QueueName, url: &str, message: Outgoing) -> Result<(), QueueError> {
        let request = self.client.send_message().queue_url(url).message_body(message.body);
        let request = request.delay_seconds(message.delay_seconds).set_message_group_id(message.group);
        let refused = |error| QueueError::Service { queue, why: crate::aws::reason(&error) };
        request.send().await.map(drop).map_err(refused)
    }

    async fn send_many(&self, queue: QueueName, url: &str, messages: &[Outgoing]) -> Result<(), QueueError> {
        let batches: Vec<_> =
            messages.chunks(BATCH).map(|batch| self.send_batch(queue, url, batch)).collect();
        stream::iter(batches).buffer_unordered(CONCURRENCY).try_collect().await
    }

    async fn send_batch(&self, queue: QueueName, url: &str, batch: &[Outgoing]) -> Result<(), QueueError> {
        let entries = batch.iter().enumerate().map(|(i, message)| entry(i, message));
        let entries = entries.collect::<Result<Vec<_>, _>>();
        let refused = |why: String| QueueError::Service { queue, why };
        let entries = entries.map_err(|error| refused(error.to_string()))?;
        let request = self.client.send_message_batch().queue_url(url).set_entries(Some(entries));
        let answer = request.send().await.map_err(|error| refused(crate::aws::reason(&error)))?;
        answer.failed().first().map_or(Ok(()), |failed| Err(refused(failed.code().to_owned())))
    }
}

fn entry(
    id: usize,
    message: &Outgoing,
) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    SendMessageBatchRequestEntry::builder()
        .id(id.to_string())
        .message_body(&message.body)
        .delay_seconds(message.delay_seconds)
        .set_message_group_id(message.group.clone())
        .build()
}
