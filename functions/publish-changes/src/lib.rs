//! Tells what has come of orders: fed by the table's stream with those changes that have something to tell, it publishes
//! status events, writes the evidence of what is over, brings retention forward, and has a parent look at its children.
//!
//! All of it can be repeated. A record that fails becomes a message with the chain's id on a queue of its own, so that it
//! does not block its shard; that message is handled from the chain as it is by then.

mod feed;
mod publishing;
mod records;
mod subscribers;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use varsling_domain::budget::{self, BudgetEvent};
use varsling_domain::chain::Told;
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;
use varsling_domain::usage;
use varsling_events::Bus;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::metrics::Metrics;
use varsling_function::trouble::Waiting;
use varsling_queues::{QueueError, QueueName, Queues, UntoldMessage};
use varsling_store::{Counted, EvidenceStore, RecentWebhooks, Store, StoreError};

use feed::FeedWriter;
use publishing::{Change, PublishError};
use records::Record;
use subscribers::Subscribers;

/// How long a message waits that is about a chain of a later release, in seconds.
const LATER: i32 = 300;

/// The function.
pub struct PublishChanges {
    store: Store,
    evidence: EvidenceStore,
    queues: Queues,
    bus: Bus,
    feed: FeedWriter,
    subscribers: Subscribers,
    webhooks: RecentWebhooks,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
}

impl Function for PublishChanges {
    const NAME: &'static str = "publish-changes";
    const VARIABLES: Variables = &[&[
        "TABLE_NAME",
        "EVIDENCE_TABLE_NAME",
        "UNTOLD_QUEUE_URL",
        "WEBHOOKS_QUEUE_URL",
        "EVENT_BUS_NAME",
        "STATUS_EVENTS_TO",
        "FEED_EPOCH",
    ]];
    type Event = Value;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            feed: FeedWriter::new(store.clone(), environment.parsed("FEED_EPOCH", str::parse)?),
            evidence: EvidenceStore::open(&store, environment)?,
            store,
            queues: Queues::open(&configuration, environment, &[QueueName::Untold, QueueName::Webhooks])?,
            bus: Bus::open(&configuration, environment)?,
            webhooks: RecentWebhooks::default(),
            metrics: context.metrics.clone(),
            subscribers: environment.parsed("STATUS_EVENTS_TO", str::parse)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, event: Value, _deadline: Deadline) -> Result<Value, HandlerError> {
        let is_stream = event["Records"][0]["eventSource"] == "aws:dynamodb";
        if is_stream {
            return Ok(self.publish_stream(&event).await);
        }
        let batch = Batch::<UntoldMessage>::read(serde_json::from_value(event)?, GivenUp::ToDeadLetters);
        let answer =
            consume::each(batch, |message| message.chain, |message| self.publish_untold(message)).await;
        Ok(serde_json::to_value(answer)?)
    }
}

impl PublishChanges {
    /// Tells the changes of a batch of the stream. Only what could not even be put on the queue fails, from where the
    /// stream then goes on.
    async fn publish_stream(&self, event: &Value) -> Value {
        let records = records::read(event);
        let readable: Vec<_> = records.iter().filter_map(|record| record.change.as_ref()).collect();
        let failed = self.publish(&readable).await;
        let mut failures = vec![];
        for record in &records {
            let is_told = record.change.as_ref().is_some_and(|change| !failed.contains(&change.chain.id));
            if let Some(chain) = record.chain.filter(|_| !is_told)
                && let Err(error) = self.leave_untold(chain).await
            {
                error.log_waiting(&chain);
                failures.push(json!({"itemIdentifier": record.sequence_number}));
            }
        }
        failures.extend(self.publish_budgets(&records).await);
        self.count_failures(&records, &failures).await;
        json!({ "batchItemFailures": failures })
    }

    /// Counts the deliveries of a batch that have failed. What comes again, from the first record on that failed, is
    /// counted then.
    async fn count_failures(&self, records: &[Record], again: &[Value]) {
        let comes_again =
            |record: &&Record| again.iter().any(|one| one["itemIdentifier"] == record.sequence_number);
        let done = records.iter().take_while(|record| !comes_again(record));
        let mut counts = BTreeMap::new();
        for Change { chain, told } in done.filter_map(|record| record.change.as_ref()) {
            *counts.entry(chain.owner.clone()).or_default() += usage::failures(chain, told);
        }
        counts.retain(|_, count| *count > 0);
        if counts.is_empty() {
            return;
        }
        let now = self.clock.now();
        if let Err(error) = self.store.count_usage(Counted::Failures, budget::day(now), &counts, now).await {
            error.log_waiting(&"the day's failures");
        }
    }

    /// Tells operators, whose bus it is, of budgets that are nearly or all used; those records that have to come again.
    async fn publish_budgets(&self, records: &[Record]) -> Vec<Value> {
        let mut failures = vec![];
        for record in records {
            let Some(event) = &record.budget else { continue };
            log_budget(event);
            if let Some(failed) = self.bus.publish(std::slice::from_ref(event)).await.into_iter().next() {
                failed.error.log_waiting(&event.id());
                failures.push(json!({"itemIdentifier": record.sequence_number}));
            }
        }
        failures
    }

    async fn leave_untold(&self, chain: ChainId) -> Result<(), QueueError> {
        self.queues.send_one(&UntoldMessage { chain }.outgoing()?).await
    }

    async fn leave_for_later(&self, message: UntoldMessage) -> Result<(), QueueError> {
        self.queues.send_one(&message.outgoing()?.delayed(LATER)).await
    }

    /// Tells all that there is to tell of a chain as it is.
    async fn publish_untold(&self, message: UntoldMessage) -> Result<(), PublishError> {
        let chain = match self.store.load_chain(message.chain).await {
            // The release that wrote it tells of it.
            Err(StoreError::LaterFormat { .. }) => return Ok(self.leave_for_later(message).await?),
            chain => chain?,
        };
        let Some(chain) = chain else { return Ok(()) };
        let told = Told::of_all(&chain, self.clock.now());
        self.publish_one(&Change { chain, told }).await
    }
}

/// A metric filter counts these lines; a budget that is used up is an error, which alarms.
fn log_budget(event: &BudgetEvent) {
    let whose = event.owner().map_or("the deployment", Owner::as_str);
    if event.is_used_up() {
        tracing::error!(
            budget = event.id(),
            whose,
            "a daily budget is used up: what is left waits until tomorrow"
        );
    } else {
        tracing::warn!(budget = event.id(), whose, "a daily budget is nearly used up");
    }
}
