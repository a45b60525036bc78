//! Goes through the whole table for orders that are over and of which publish-changes has never told the end, and queues
//! them for it. A schedule or an operator starts a pass; each segment of the table is a message, and a segment that takes
//! longer than an invocation goes on with another message.
//!
//! All of it can be repeated: a message that comes twice finds the same chains twice, and telling them twice tells the
//! same.

mod pass;
mod segment;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_queues::{NotQueued, Outgoing, QueueError, QueueName, Queues};
use varsling_store::{EvidenceStore, Store};

use segment::SegmentMessage;

/// Into how many segments a pass divides the table: as many as the event source of their queue works off beside each
/// other.
const SEGMENTS: u8 = 4;

/// How a pass is started: by the schedule, or by an operator, who may say more.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    /// Orders that ended since then are told anew whatever is proved of them: after a restore of the main table, its
    /// feed may lack what evidence has.
    #[serde(default)]
    tell_since: Option<DateTime<Utc>>,
}

/// The function.
pub struct Reconcile {
    store: Store,
    evidence: EvidenceStore,
    queues: Queues,
    clock: Arc<dyn Clock>,
}

impl Function for Reconcile {
    const NAME: &'static str = "reconcile";
    const VARIABLES: Variables =
        &[&["TABLE_NAME", "EVIDENCE_TABLE_NAME", "FEED_EPOCH", "RECONCILE_QUEUE_URL", "UNTOLD_QUEUE_URL"]];
    type Event = Value;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let queues = [QueueName::Reconcile, QueueName::Untold];
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            evidence: EvidenceStore::open(&store, environment)?,
            store,
            queues: Queues::open(&configuration, environment, &queues)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, event: Value, deadline: Deadline) -> Result<Value, HandlerError> {
        let is_batch = event["Records"].is_array();
        if !is_batch {
            return Ok(self.start_pass(serde_json::from_value(event)?).await?);
        }
        let batch = Batch::<SegmentMessage>::read(serde_json::from_value(event)?, GivenUp::ToDeadLetters);
        let answer =
            consume::each(batch, |message| message.segment, |message| self.work_through(message, deadline))
                .await;
        Ok(serde_json::to_value(answer)?)
    }
}

impl Reconcile {
    /// Queues every segment of the table from its beginning.
    async fn start_pass(&self, start: Start) -> Result<Value, QueueError> {
        let messages = (0..SEGMENTS).map(|number| {
            let first = SegmentMessage::first(number, SEGMENTS);
            SegmentMessage { tell_since: start.tell_since, ..first }.outgoing()
        });
        self.send_all(&messages.collect::<Result<Vec<_>, _>>()?).await?;
        tracing::info!(segments = SEGMENTS, "a pass has begun");
        Ok(json!({ "segments": SEGMENTS }))
    }

    /// Puts messages on their queues, all or with an error.
    async fn send_all(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let failed = self.queues.send(messages).await;
        failed.into_iter().next().map_or(Ok(()), |NotQueued { error, .. }| Err(error))
    }
}
