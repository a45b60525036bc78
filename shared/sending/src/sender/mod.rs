//! The worker that sends: what becomes of each message of a batch.

mod calling;
mod gate;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use varsling_dispatch::Dispatcher;
use varsling_domain::chain::{Chain, DeliveryEvent, DeliveryMessage, Effect, Event};
use varsling_domain::channel::Channel;
use varsling_domain::ids::ChainId;
use varsling_domain::window::SendingWindow;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::jitter::Jitter;
use varsling_function::lambda::{Deadline, StartError};
use varsling_function::trouble::Waiting;
use varsling_providers::Provider;
use varsling_queues::{QueueName, Queues};
use varsling_secrets::Secrets;
use varsling_store::{RecentDeployment, RecentOwners, Store, StoreError, Stored};

use super::budgets::{Budgets, Limits};
use super::demand::{Known, Outside, Shares};
use super::meter::Meter;
use super::pace::Pace;
use super::parents::Parents;
use super::suppressions::Suppressions;

/// How long an owner's settings count that were read, and so how long something may still be sent for a blocked one.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// A worker that sends the deliveries of one channel and class, at its share of the channel's rate.
pub struct Sender<P> {
    provider: P,
    dispatcher: Dispatcher,
    window: SendingWindow,
    shares: Shares,
    batch_size: usize,
    state: Mutex<State>,
    parents: Parents,
    owners: RecentOwners,
    deployment: RecentDeployment,
    budgets: Budgets,
    suppressions: Suppressions,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
    meter: Meter,
}

#[derive(Clone, Default)]
struct State {
    pace: Pace,
    known: Known,
}

/// A delivery on its way to the provider.
struct Attempt {
    chain: Chain,
    message: DeliveryMessage,
}

impl<P: Provider> Sender<P> {
    /// For a channel, as the environment says.
    pub async fn open(
        channel: Channel,
        provider: P,
        configuration: &SdkConfig,
        context: &FunctionContext,
    ) -> Result<Self, StartError> {
        let environment = &context.environment;
        let names = [QueueName::of_channel(channel).as_slice(), &[QueueName::Reports]].concat();
        let queues = Queues::open(configuration, environment, &names)?;
        Ok(Self {
            provider,
            dispatcher: Dispatcher { store: Store::open(configuration, environment)?, queues },
            window: environment.window()?,
            shares: Shares::open(channel, environment)?,
            batch_size: environment.parsed("BATCH_SIZE", str::parse)?,
            state: Mutex::default(),
            parents: Parents::default(),
            owners: RecentOwners::fresh_for(FRESH),
            deployment: RecentDeployment::default(),
            suppressions: Suppressions::new(Secrets::open(configuration).id_key(environment).await?),
            budgets: Budgets::new(channel, Limits::open(channel, environment)?),
            clock: Arc::clone(&context.clock),
            jitter: Arc::clone(&context.jitter),
            meter: Meter::open(channel, context)?,
        })
    }

    /// Opens the connections.
    pub async fn warm(&self) {
        futures::join!(self.dispatcher.store.warm(), self.dispatcher.queues.warm(), self.provider.warm());
    }

    /// Sends what the messages of a batch name, chains concurrently.
    pub async fn send(&self, event: SqsEvent, deadline: Deadline) -> SqsBatchResponse {
        let batch = Batch::<DeliveryMessage>::read(event, GivenUp::ToLease);
        self.look_around(batch.received.len() >= self.batch_size).await;
        let chains = &self.load_all(&batch).await;
        self.look_up_owners(chains).await;
        futures::join!(self.reserve(&batch, chains), self.look_up_suppressed(&batch, chains));
        let answer =
            consume::each(batch, |message| message.chain, |message| self.work(message, chains, deadline))
                .await;
        self.budgets.release_refused(self.store(), self.clock.now()).await;
        answer
    }

    /// Chains that cannot be read in one request are read one by one, where an error fails only its own message.
    async fn load_all(&self, batch: &Batch<DeliveryMessage>) -> HashMap<ChainId, Chain> {
        let ids: Vec<_> = batch.received.iter().map(|received| received.message.chain).collect();
        let loaded = self.store().load_chains(&ids).await;
        let loaded = loaded.inspect_err(|error| error.log_waiting(&"a batch")).unwrap_or_default();
        ids.into_iter().zip(loaded).filter_map(|(id, chain)| Some((id, chain.ok()??))).collect()
    }

    /// Once for each owner of a batch, so that its messages find it known. One that cannot be read fails its messages.
    async fn look_up_owners(&self, chains: &HashMap<ChainId, Chain>) {
        let owners: HashSet<_> = chains.values().map(|chain| &chain.owner).collect();
        let now = self.clock.now();
        let look_ups = owners.into_iter().map(async |owner| {
            let found = self.owners.find(self.store(), owner, now).await;
            if found.is_ok_and(|found| found.is_some_and(|settings| settings.blocked)) {
                tracing::warn!(%owner, "is blocked: nothing of it is sent");
            }
        });
        join_all(look_ups).await;
    }

    async fn look_up_suppressed(&self, batch: &Batch<DeliveryMessage>, chains: &HashMap<ChainId, Chain>) {
        let messages = batch.received.iter().map(|received| received.message);
        let deliveries: Vec<_> =
            messages.filter_map(|message| chains.get(&message.chain)?.delivery(message.id())).collect();
        self.suppressions.look_up(self.store(), &deliveries, self.clock.now()).await;
    }

    async fn load(&self, id: ChainId, chains: &HashMap<ChainId, Chain>) -> Result<Option<Chain>, StoreError> {
        match chains.get(&id) {
            Some(chain) => Ok(Some(chain.clone())),
            None => self.store().load_chain(id).await,
        }
    }

    /// What the others want, for a batch that is full or not: a full one means that more is waiting.
    async fn look_around(&self, has_backlog: bool) {
        let Dispatcher { store, queues } = &self.dispatcher;
        let known = self.state(|state| state.known);
        let known = self.shares.look(known, has_backlog, Outside { store, queues }, self.clock.now()).await;
        self.state(|state| state.known = known);
    }

    async fn work(
        &self,
        message: DeliveryMessage,
        chains: &HashMap<ChainId, Chain>,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let Some(chain) = self.load(message.chain, chains).await? else {
            tracing::warn!(delivery = %message.id(), "there is no such chain");
            return Ok(());
        };
        let deployment = self.deployment.find(self.store(), self.clock.now()).await?;
        if self.store().is_unsettled(&deployment) {
            // The sweep queues it again once that is settled.
            return Ok(());
        }
        let chain = self.store().settle_chain(chain, &deployment, self.clock.now()).await?;
        let Some(attempt) = self.settle_unless_due(Attempt { chain, message }).await? else { return Ok(()) };
        if self.is_within_budget(&attempt).await? {
            return self.prepare(attempt, deadline).await;
        }
        self.put_off_to_next_day(attempt).await
    }

    async fn happen(&self, attempt: Attempt, event: DeliveryEvent) -> Result<Stored, StoreError> {
        let Attempt { chain, message } = attempt;
        let event = Event::Delivery { id: message.id(), event };
        self.store().apply(chain, &[event], self.clock.now()).await
    }

    /// What cannot be sent now goes back as a new message under the same claim, so that receive counts only ever mean
    /// crashes.
    async fn put_back(&self, attempt: &Attempt, at: DateTime<Utc>) -> Result<(), StoreError> {
        let Attempt { chain, message } = attempt;
        let Some(channel) = chain.delivery(message.id()).map(|delivery| delivery.channel) else {
            return Ok(());
        };
        let effect = Effect::QueueDelivery { channel, at, message: *message };
        self.dispatcher.queue_effects(chain, &[effect], self.clock.now()).await
    }

    fn store(&self) -> &Store {
        &self.dispatcher.store
    }

    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
