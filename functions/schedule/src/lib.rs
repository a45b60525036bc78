//! Every minute: claims what is due (steps, parked notifications), takes back what was lost (expired
//! leases), ends what is over (lifetimes), and lets the lines for an opening of the window leave.

mod line;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use varsling_domain::chain::{Chain, Space};
use varsling_domain::channel::Channel;
use varsling_domain::ids::ChainId;
use varsling_platform::clock::Clock;
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::queues::{QueueName, Queues};
use varsling_platform::store::{Change, Store, StoreError};
use varsling_platform::surroundings::Surroundings;
use varsling_platform::{aws, sweep};

use line::Lines;

/// The function.
pub struct Schedule {
    store: Store,
    queues: Queues,
    lines: Lines,
    clock: Arc<dyn Clock>,
}

impl Function for Schedule {
    const NAME: &'static str = "schedule";
    const VARIABLES: &'static [&'static str] = &[
        "TABLE_NAME",
        "STEPS_QUEUE_URL",
        "EMAIL_QUEUE_URL",
        "SMS_QUEUE_URL",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "EMAIL_RATE",
        "SMS_RATE",
    ];
    type Event = Value;
    type Answer = Value;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        let queues = [QueueName::Steps, QueueName::Email, QueueName::Sms];
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            queues: Queues::open(&configuration, environment, &queues)?,
            lines: Lines::open(environment)?,
            clock: Arc::clone(&surroundings.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, _event: Value) -> Result<Value, HandlerError> {
        let now = self.clock.now();
        let mut due = self.store.due(Space::Lease, now).await?;
        due.extend(self.store.due(Space::Plan, now).await?);
        // Beside each other: a long sweep must not keep the lines from moving.
        let (swept, left) = futures::join!(sweep::each(due, |id| self.sweep(id)), self.leave(now));
        let left = left?;
        if left > 0 {
            tracing::info!(left, "the lines for the window");
        }
        Ok(swept?)
    }
}

impl Schedule {
    /// Lets those leave who have their turn; says how many.
    async fn leave(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let parts = (&self.store, &self.queues);
        let both = self.lines.both(&self.store, now).await?;
        let leave = |channel| self.lines.leave(parts, (channel, &both), now);
        let (email, sms) = futures::join!(leave(Channel::Email), leave(Channel::Sms));
        Ok(email? + sms?)
    }

    /// Claims what is due in one chain and queues it; says how much that was.
    async fn sweep(&self, id: ChainId) -> Result<usize, StoreError> {
        // Each chain is judged at its own moment: the last of a long sweep may have waited its turn.
        let now = self.clock.now();
        let Some(chain) = self.store.load_chain(id).await? else { return Ok(0) };
        let claim = |chain: &mut Chain| match chain.sweep(now) {
            Some(tasks) => Change::Write(tasks),
            None => Change::Keep(vec![]),
        };
        let (chain, tasks) = self.store.amend(chain, claim).await?;
        sweep::dispatch(&self.store, &self.queues, chain, &tasks, now).await?;
        Ok(tasks.len())
    }
}
