//! Every minute: decides the reminders that are due. One whose message has been opened stops here; the
//! others go on to have their recipients resolved.

use std::sync::Arc;

use serde_json::Value;
use varsling_domain::chain::{Chain, Space};
use varsling_domain::ids::ChainId;
use varsling_platform::clock::Clock;
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::queues::{QueueName, Queues};
use varsling_platform::store::{Change, Store, StoreError};
use varsling_platform::surroundings::Surroundings;
use varsling_platform::{aws, sweep};

/// The function.
pub struct FireReminder {
    store: Store,
    queues: Queues,
    clock: Arc<dyn Clock>,
}

impl Function for FireReminder {
    const NAME: &'static str = "fire-reminder";
    const VARIABLES: &'static [&'static str] = &["TABLE_NAME", "STEPS_QUEUE_URL"];
    type Event = Value;
    type Answer = Value;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            queues: Queues::open(&configuration, environment, &[QueueName::Steps])?,
            clock: Arc::clone(&surroundings.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, _event: Value) -> Result<Value, HandlerError> {
        let due = self.store.due(Space::Reminder, self.clock.now()).await?;
        Ok(sweep::each(due, |id| self.fire(id)).await?)
    }
}

impl FireReminder {
    /// Decides the due reminders of one chain and queues those that fire; says how many.
    async fn fire(&self, id: ChainId) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let Some(chain) = self.store.load_chain(id).await? else { return Ok(0) };
        if !chain.has_due_reminder(now) {
            return Ok(0);
        }
        let opened_at = match &chain.watch {
            Some(watch) => self.store.opened_at(&watch.marker).await?,
            None => None,
        };
        let decide = |chain: &mut Chain| match chain.fire_reminders(opened_at, now) {
            Some(tasks) => Change::Write(tasks),
            None => Change::Keep(vec![]),
        };
        let (chain, tasks) = self.store.amend(chain, decide).await?;
        sweep::dispatch(&self.store, &self.queues, chain, &tasks, now).await?;
        Ok(tasks.len())
    }
}
