//! The queues: what one function leaves for another. Messages carry ids only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use serde::Serialize;
use varsling_domain::chain::{Chain, Effect};
use varsling_domain::channel::Channel;
use varsling_domain::priority::PriorityClass;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::{Trouble, Waiting};

use crate::rounds::{after_refused, rounds};
use crate::variables;

/// How many messages SQS takes in one request.
const BATCH: usize = 10;

/// How many requests are made at the same time.
const CONCURRENCY: usize = 8;

/// A queue of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueName {
    /// Shipments whose recipients are to be resolved.
    Steps,
    /// Deliveries to send on a channel.
    Deliveries(Channel),
    /// Urgent deliveries to send on a channel.
    UrgentDeliveries(Channel),
    /// What providers report.
    Reports,
    /// Shards of the due index that hold more than a tick manages.
    Shards,
    /// Segments of the table that are searched for what was never told.
    Reconcile,
    /// Chains of which it is not known whether all has been told.
    Untold,
    /// Events for owners' webhooks.
    Webhooks,
}

impl QueueName {
    /// The queues of every channel.
    pub fn of_channels() -> Vec<Self> {
        Channel::ALL.iter().flat_map(|channel| Self::of_channel(*channel)).collect()
    }

    /// The queues of a channel.
    pub fn of_channel(channel: Channel) -> [Self; 2] {
        [PriorityClass::Normal, PriorityClass::Urgent].map(|class| Self::of(channel, class))
    }

    /// The queue of a channel's deliveries of a class.
    pub fn of(channel: Channel, class: PriorityClass) -> Self {
        match class {
            PriorityClass::Urgent => Self::UrgentDeliveries(channel),
            PriorityClass::Normal | PriorityClass::Bulk => Self::Deliveries(channel),
        }
    }

    /// The channel whose deliveries it holds; none of the other queues.
    pub fn channel(self) -> Option<Channel> {
        match self {
            Self::Deliveries(channel) | Self::UrgentDeliveries(channel) => Some(channel),
            Self::Steps | Self::Reports | Self::Shards | Self::Reconcile | Self::Untold | Self::Webhooks => {
                None
            }
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Steps => "STEPS_QUEUE_URL",
            Self::Deliveries(channel) => variables::of(channel).queue,
            Self::UrgentDeliveries(channel) => variables::of(channel).urgent_queue,
            Self::Reports => "REPORTS_QUEUE_URL",
            Self::Shards => "SHARDS_QUEUE_URL",
            Self::Reconcile => "RECONCILE_QUEUE_URL",
            Self::Untold => "UNTOLD_QUEUE_URL",
            Self::Webhooks => "WEBHOOKS_QUEUE_URL",
        }
    }
}

/// A message did not get onto its queue.
#[derive(Debug, Clone, thiserror::Error)]
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
    Unwritable(String),
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
    queue: QueueName,
    body: String,
    delay_seconds: i32,
    /// Whose message it is: SQS then keeps one group's backlog from delaying the others, and a FIFO queue works off
    /// one message of a group at a time.
    group: Option<String>,
    /// What a FIFO queue takes once only.
    deduplication: Option<String>,
}

impl Outgoing {
    /// A message that becomes visible at once.
    pub fn new(queue: QueueName, body: &impl Serialize) -> Result<Self, QueueError> {
        let body = serde_json::to_string(body).map_err(|error| QueueError::Unwritable(error.to_string()))?;
        Ok(Self { queue, body, delay_seconds: 0, group: None, deduplication: None })
    }

    /// The same, to become visible after a delay of at most 900 seconds.
    #[must_use]
    pub fn delayed(self, delay_seconds: i32) -> Self {
        Self { delay_seconds, ..self }
    }

    /// The same, in a group.
    #[must_use]
    pub fn in_group(self, group: String) -> Self {
        Self { group: Some(group), ..self }
    }

    /// The same, for a FIFO queue that takes it once in five minutes.
    #[must_use]
    pub fn once(self, deduplication: String) -> Self {
        Self { deduplication: Some(deduplication), ..self }
    }

    /// What keeps its order: a group of a FIFO queue. None where the order of a message does not matter.
    pub fn order_key(&self) -> Option<(QueueName, &str)> {
        self.deduplication.as_ref()?;
        Some((self.queue, self.group.as_deref().unwrap_or_default()))
    }

    /// The message that an effect asks for.
    pub fn of(effect: Effect, chain: &Chain, now: DateTime<Utc>) -> Result<Self, QueueError> {
        let outgoing = match effect {
            Effect::QueueShipment { message, .. } => Self::new(QueueName::Steps, &message)?,
            Effect::QueueDelivery { channel, message, .. } => {
                Self::new(QueueName::of(channel, chain.class), &message)?
            }
        };
        Ok(outgoing.delayed(effect.delay_seconds(now)).in_group(group(chain)))
    }
}

/// The message group of a chain: its owner, and beside it that of the owner's lists, so that single notices need not
/// wait behind them (Amazon SQS developer guide, "Amazon SQS fair queues").
fn group(chain: &Chain) -> String {
    match chain.class {
        PriorityClass::Normal | PriorityClass::Urgent => chain.owner.to_string(),
        PriorityClass::Bulk => format!("{}#bulk", chain.owner),
    }
}

/// A message that no queue took.
#[derive(Debug)]
pub struct NotQueued {
    /// Its place among those that were to be queued.
    pub place: usize,
    /// Why.
    pub error: QueueError,
}

/// The queues that a function writes to.
#[derive(Clone)]
pub struct Queues {
    client: Client,
    urls: BTreeMap<QueueName, String>,
    /// How many messages have been put on each so far.
    sent: Arc<Mutex<HashMap<QueueName, u64>>>,
}

impl Queues {
    /// The named queues, at the URLs that the environment gives.
    pub fn open(
        configuration: &SdkConfig,
        environment: &Environment,
        names: &[QueueName],
    ) -> Result<Self, ConfigError> {
        let mut urls = BTreeMap::new();
        for name in names {
            urls.insert(*name, environment.required(name.variable())?);
        }
        Ok(Self { client: Client::new(configuration), urls, sent: Arc::default() })
    }

    /// Opens the connection by asking for an attribute.
    pub async fn warm(&self) {
        let Some((name, url)) = self.urls.iter().next() else { return };
        let request = self.client.get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(QueueAttributeName::QueueArn).send().await;
        if let Err(error) = answer {
            tracing::warn!(queue = ?name, why = varsling_function::aws::reason(&error), "the queue does not answer yet");
        }
    }

    /// How many messages a queue holds: those that can be received, those that are worked on, and those that are to
    /// be seen later.
    pub async fn depth(&self, queue: QueueName) -> Result<u64, QueueError> {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self.client.get_queue_attributes().queue_url(self.url(queue)?);
        let answer = request.set_attribute_names(Some(counts.to_vec())).send().await;
        let answer = answer.map_err(|error| refused(queue, varsling_function::aws::reason(&error)))?;
        let attributes = answer.attributes().cloned().unwrap_or_default();
        Ok(counts.iter().filter_map(|count| attributes.get(count)?.parse::<u64>().ok()).sum())
    }

    /// How many messages this process has put on a queue so far.
    pub fn sent_to(&self, queue: QueueName) -> u64 {
        self.sent().get(&queue).copied().unwrap_or_default()
    }

    fn sent(&self) -> MutexGuard<'_, HashMap<QueueName, u64>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts messages on their queues, ten at a time; those that no queue took. Messages of one group of a FIFO queue go
    /// in their order, and none of them after one that was not taken.
    pub async fn send(&self, messages: &[Outgoing]) -> Vec<NotQueued> {
        let mut refused: Vec<NotQueued> = vec![];
        for round in rounds(messages) {
            let left = after_refused(messages, round, &mut refused);
            refused.extend(self.send_round(messages, left).await);
        }
        refused
    }

    /// Puts some messages on their queues in any order.
    async fn send_round(&self, messages: &[Outgoing], places: Vec<usize>) -> Vec<NotQueued> {
        let mut by_queue: BTreeMap<QueueName, Vec<usize>> = BTreeMap::new();
        for place in places {
            by_queue.entry(messages[place].queue).or_default().push(place);
        }
        let batches: Vec<_> = by_queue
            .into_iter()
            .flat_map(|(queue, places)| {
                places.chunks(BATCH).map(|some| (queue, some.to_vec())).collect::<Vec<_>>()
            })
            .collect();
        let sent = batches.into_iter().map(|(queue, places)| self.send_some(queue, messages, places));
        stream::iter(sent)
            .buffer_unordered(CONCURRENCY)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    /// Puts one message on its queue.
    pub async fn send_one(&self, message: &Outgoing) -> Result<(), QueueError> {
        let queue = message.queue;
        let request = self.client.send_message().queue_url(self.url(queue)?).message_body(&message.body);
        let request = if message.deduplication.is_none() {
            request.delay_seconds(message.delay_seconds)
        } else {
            request.set_message_deduplication_id(message.deduplication.clone())
        };
        let sent = request.set_message_group_id(message.group.clone()).send().await;
        sent.map(drop).map_err(|error| refused(queue, varsling_function::aws::reason(&error)))
    }

    async fn send_some(&self, queue: QueueName, messages: &[Outgoing], places: Vec<usize>) -> Vec<NotQueued> {
        *self.sent().entry(queue).or_default() += places.len() as u64;
        if let [place] = places[..] {
            let sent = self.send_one(&messages[place]).await;
            return sent.err().map(|error| NotQueued { place, error }).into_iter().collect();
        }
        match self.send_batch(queue, messages, &places).await {
            Ok(failed) => failed,
            Err(error) => places.into_iter().map(|place| NotQueued { place, error: error.clone() }).collect(),
        }
    }

    async fn send_batch(
        &self,
        queue: QueueName,
        messages: &[Outgoing],
        places: &[usize],
    ) -> Result<Vec<NotQueued>, QueueError> {
        let entries =
            places.iter().map(|place| entry(*place, &messages[*place])).collect::<Result<Vec<_>, _>>();
        let entries = entries.map_err(|error| refused(queue, error.to_string()))?;
        let request = self.client.send_message_batch().queue_url(self.url(queue)?).set_entries(Some(entries));
        let answer =
            request.send().await.map_err(|error| refused(queue, varsling_function::aws::reason(&error)))?;
        let failed = answer.failed().iter().filter_map(|failed| {
            let error = refused(queue, failed.code().to_owned());
            Some(NotQueued { place: failed.id().parse().ok()?, error })
        });
        Ok(failed.collect())
    }

    fn url(&self, queue: QueueName) -> Result<&str, QueueError> {
        self.urls.get(&queue).map(String::as_str).ok_or(QueueError::NotOpened(queue))
    }
}

fn refused(queue: QueueName, why: String) -> QueueError {
    QueueError::Service { queue, why }
}

fn entry(
    place: usize,
    message: &Outgoing,
) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(&message.body);
    let entry = if message.deduplication.is_none() {
        entry.delay_seconds(message.delay_seconds)
    } else {
        entry.set_message_deduplication_id(message.deduplication.clone())
    };
    entry.set_message_group_id(message.group.clone()).build()
}
