//! A tick, which looks at every shard, and a worker, which works through one of them.

use std::fmt;
use std::sync::Arc;

use aws_config::SdkConfig;
use chrono::{DateTime, DurationRound, TimeDelta, Timelike, Utc};
use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use varsling_dispatch::Dispatcher;
use varsling_domain::chain::Space;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::{ConfigError, Variables};
use varsling_function::lambda::Deadline;
use varsling_function::metrics::{MetricName, Metrics};
use varsling_function::trouble::Waiting;
use varsling_queues::backlogs::BacklogReader;
use varsling_queues::rates::Rates;
use varsling_queues::variables;
use varsling_queues::{Outgoing, QueueError, QueueName, Queues};
use varsling_store::{DueEntry, RecentDeployment, Shard, Store, StoreError};

use super::incident::Incidents;
use super::page::{Page, Swept};

/// How many entries are read, woken and written at a time.
const PAGE: i32 = 100;

/// How many shards a tick looks at beside each other.
const SHARDS_AT_A_TIME: usize = 8;

/// How long a page takes at least: a moved entry is two writes of the index, and a partition of the index takes 1,000 a
/// second (Amazon DynamoDB developer guide, "DynamoDB burst and adaptive capacity").
const PACE: TimeDelta = TimeDelta::milliseconds(250);

/// How long a page may take; no more is begun with less time left.
const PAGE_TIME: TimeDelta = TimeDelta::seconds(8);

/// In how many minutes every shard of the key spaces of the release before is looked at once.
const BEFORE_EVERY: u8 = 8;

/// Names a shard that is to be worked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardMessage {
    /// The key space.
    pub space: String,
    /// The shard's number.
    pub shard: u8,
}

impl fmt::Display for ShardMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.space, self.shard)
    }
}

/// What a tick came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct SweptShards {
    found: usize,
    changed: usize,
    handed_over: usize,
    failed: usize,
    oldest: Option<DateTime<Utc>>,
}

/// Some of what was due could not be swept; it stands in the index and is found again.
#[derive(Debug, thiserror::Error)]
#[error("{failed} shards or chains could not be swept")]
pub struct Incomplete {
    failed: usize,
}

/// Wakes what is due.
pub struct Sweeper {
    pub(super) store: Store,
    pub(super) dispatcher: Dispatcher,
    pub(super) backlogs: BacklogReader,
    pub(super) deployment: RecentDeployment,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Metrics,
}

impl ShardMessage {
    fn of(shard: Shard) -> Self {
        Self { space: shard.space.name().to_owned(), shard: shard.number }
    }

    /// The shard; none where there is no such key space.
    pub fn shard(&self) -> Option<Shard> {
        let space = Space::ALL.into_iter().find(|space| space.name() == self.space)?;
        Some(Shard { space, number: self.shard })
    }
}

impl SweptShards {
    fn add(&mut self, swept: Swept) {
        self.found += swept.found;
        self.changed += swept.changed;
        self.failed += swept.failed;
        self.oldest = self.oldest.into_iter().chain(swept.oldest).min();
    }

    /// The sum of several.
    pub fn merged(all: Vec<Self>) -> Self {
        let mut sum = Self::default();
        for one in all {
            sum.found += one.found;
            sum.changed += one.changed;
            sum.handed_over += one.handed_over;
            sum.failed += one.failed;
            sum.oldest = sum.oldest.into_iter().chain(one.oldest).min();
        }
        sum
    }

    /// The answer of the invocation, which fails where something did, so that the function's alarm sees it.
    fn answer(self) -> Result<Value, Incomplete> {
        let Self { found, changed, handed_over, failed, .. } = self;
        if found > 0 || failed > 0 {
            tracing::info!(found, changed, handed_over, failed, "swept");
        }
        if failed > 0 {
            Err(Incomplete { failed })
        } else {
            Ok(json!({ "found": found, "changed": changed }))
        }
    }
}

impl Sweeper {
    /// The variables that it needs.
    pub const VARIABLES: Variables =
        &[&["TABLE_NAME", "STEPS_QUEUE_URL", "SHARDS_QUEUE_URL"], variables::OF_DELIVERIES];

    /// As the environment says.
    pub fn open(configuration: &SdkConfig, context: &FunctionContext) -> Result<Self, ConfigError> {
        let environment = &context.environment;
        let names = [vec![QueueName::Steps, QueueName::Shards], QueueName::of_channels()].concat();
        let queues = Queues::open(configuration, environment, &names)?;
        let store = Store::open(configuration, environment)?;
        Ok(Self {
            backlogs: BacklogReader::new(queues.clone(), Rates::open(environment)?),
            deployment: RecentDeployment::default(),
            dispatcher: Dispatcher { store: store.clone(), queues },
            store,
            clock: Arc::clone(&context.clock),
            metrics: context.metrics.clone(),
        })
    }

    /// Opens the connections.
    pub async fn warm(&self) {
        futures::join!(self.store.warm(), self.dispatcher.queues.warm());
    }

    /// Tells what a run came to; the answer of its invocation.
    pub fn told(&self, space: Space, swept: SweptShards) -> Result<Value, Incomplete> {
        let late = swept.oldest.and_then(|oldest| (self.clock.now() - oldest).to_std().ok());
        if let Some(late) = late {
            self.metrics.time(MetricName::OldestDue, late, &[("Space", space.name())]);
        }
        swept.answer()
    }

    /// Looks at every shard of a key space. What one of them holds beyond a page is handed to a worker; the failure of
    /// one stops nobody else.
    pub async fn tick(&self, space: Space, deadline: Deadline) -> SweptShards {
        match self.is_unsettled().await {
            Ok(false) => self.look_at_all(space, deadline).await,
            Ok(true) => SweptShards::default(),
            Err(error) => {
                error.log_waiting(&"the deployment");
                SweptShards { failed: 1, ..SweptShards::default() }
            }
        }
    }

    /// Whether the table was restored and nothing was said yet of what was under way: then nothing of it is touched.
    async fn is_unsettled(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let deployment = self.deployment.find(&self.store, now).await?;
        self.store.note_deployment(&deployment, now).await?;
        let is_unsettled = self.store.is_unsettled(&deployment);
        if is_unsettled {
            tracing::error!("the table was restored and is not settled: nothing that is due is looked at");
        }
        Ok(is_unsettled)
    }

    async fn look_at_all(&self, space: Space, deadline: Deadline) -> SweptShards {
        let incidents = Incidents::default();
        let shards = self.store.shards(space).map(|shard| self.first_page(shard, deadline, &incidents));
        let swept: Vec<_> = stream::iter(shards).buffer_unordered(SHARDS_AT_A_TIME).collect().await;
        let mut swept = SweptShards::merged(swept);
        swept.failed += incidents.close(&self.store, &self.metrics).await;
        swept
    }

    async fn first_page(&self, shard: Shard, deadline: Deadline, incidents: &Incidents) -> SweptShards {
        let mut swept = SweptShards::default();
        match self.try_first_page(shard, deadline, incidents, &mut swept).await {
            Ok(()) => {}
            Err(error) => {
                error.log_waiting(&shard.key());
                swept.failed += 1;
            }
        }
        swept
    }

    async fn try_first_page(
        &self,
        shard: Shard,
        deadline: Deadline,
        incidents: &Incidents,
        swept: &mut SweptShards,
    ) -> Result<(), SweepError> {
        let now = self.clock.now();
        let page = self.store.due(shard, now, None, PAGE).await?;
        let is_more = page.next.is_some();
        if is_more || !deadline.leaves(PAGE_TIME, now) {
            self.hand_over(shard, now).await?;
            swept.handed_over += 1;
        }
        // What is handed over begins with this page: nothing waits for the worker that can be done now.
        if deadline.leaves(PAGE_TIME, now) {
            swept.add(self.sweep(Page { entries: page.entries }, incidents).await?);
        }
        Ok(())
    }

    /// Hands a shard to a worker: once in a minute, and one worker a shard.
    async fn hand_over(&self, shard: Shard, now: DateTime<Utc>) -> Result<(), QueueError> {
        let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now).timestamp();
        let key = shard.key();
        let message = Outgoing::new(QueueName::Shards, &ShardMessage::of(shard))?;
        let message = message.in_group(key.clone()).once(format!("{key}#{minute}"));
        self.dispatcher.queues.send_one(&message).await
    }

    /// Works through one shard until it holds nothing more that is due, or the time is up; the next tick hands over
    /// what is left.
    pub async fn work_through(&self, shard: Shard, deadline: Deadline) -> Result<SweptShards, StoreError> {
        let mut swept = SweptShards::default();
        if self.is_unsettled().await? {
            return Ok(swept);
        }
        let incidents = Incidents::default();
        let mut next = None;
        loop {
            let began = self.clock.now();
            let page = self.store.due(shard, began, next, PAGE).await?;
            let count = page.entries.len();
            next = page.next;
            swept.add(self.sweep(Page { entries: page.entries }, &incidents).await?);
            if next.is_none() || !deadline.leaves(PAGE_TIME + PACE, self.clock.now()) {
                swept.failed += incidents.close(&self.store, &self.metrics).await;
                return Ok(swept);
            }
            if count > 0 {
                self.clock.wait_until(began + PACE).await;
            }
        }
    }

    /// Looks at what the release before has left in its key spaces: an eighth of the shards in each minute.
    pub async fn tick_before(&self) -> SweptShards {
        let now = self.clock.now();
        // Whether the table is settled, the other half of the tick finds out and tells.
        let deployment = self.deployment.find(&self.store, now).await;
        if !deployment.is_ok_and(|deployment| !self.store.is_unsettled(&deployment)) {
            return SweptShards::default();
        }
        let turn = u8::try_from(now.minute()).unwrap_or_default() % BEFORE_EVERY;
        let mut swept = SweptShards::default();
        for shard in self.store.shards(Space::Due).filter(|shard| shard.number % BEFORE_EVERY == turn) {
            match self.sweep_before(shard.number, now).await {
                Ok(page) => swept.add(page),
                Err(error) => {
                    error.log_waiting(&"the key spaces of the release before");
                    swept.failed += 1;
                }
            }
        }
        swept
    }

    async fn sweep_before(&self, shard: u8, now: DateTime<Utc>) -> Result<Swept, StoreError> {
        let entries: Vec<DueEntry> = self.store.due_before(shard, now, PAGE).await?;
        let incidents = Incidents::default();
        let mut swept = self.sweep(Page { entries }, &incidents).await?;
        swept.failed += incidents.close(&self.store, &self.metrics).await;
        Ok(swept)
    }
}

/// Why a shard could not be swept.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Waiting for SweepError {
    fn trouble(&self) -> varsling_function::trouble::Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            Self::Queue(error) => error.trouble(),
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::Queue(error) => error.waits_for(),
        }
    }
}
