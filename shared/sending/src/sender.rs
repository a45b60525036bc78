//! The worker that sends: what becomes of each message of a batch.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use varsling_dispatch::Dispatcher;
use varsling_domain::chain::{
    Chain, DeliveryEvent, DeliveryMessage, DeliveryWork, Effect, Event, ShipmentEvent,
};
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;
use varsling_domain::window::SendingWindow;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::ConfigError;
use varsling_function::jitter::Jitter;
use varsling_function::lambda::Deadline;
use varsling_function::trouble::{Trouble, Waiting};
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_queues::{QueueName, Queues};
use varsling_store::{RecentOwners, Store, StoreError, Stored};

use super::demand::{Known, Outside, Shares};
use super::pace::{Pace, QUOTA_PAUSE, TooLate};
use super::parents::Parents;

/// What must be left of an invocation for a claim, the call that follows, and writing down what came of it.
const CALL_AND_WRITE: TimeDelta = TimeDelta::seconds(12);

/// How long an owner's settings count that were read, and so how long something may still be sent for a blocked one.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// The longest that what is of a blocked owner waits until it is looked at again, in minutes. The shortest is half of it,
/// so that not all that it has ordered comes back at once.
const WHILE_BLOCKED: f64 = 60.0;

/// What must be left of an invocation for the call alone.
const CALL: TimeDelta = TimeDelta::seconds(6);

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
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
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
    pub fn open(
        channel: Channel,
        provider: P,
        configuration: &SdkConfig,
        context: &FunctionContext,
    ) -> Result<Self, ConfigError> {
        let environment = &context.environment;
        let queues = Queues::open(configuration, environment, &QueueName::of_channel(channel))?;
        Ok(Self {
            provider,
            dispatcher: Dispatcher { store: Store::open(configuration, environment)?, queues },
            window: environment.window()?,
            shares: Shares::open(channel, environment)?,
            batch_size: environment.parsed("BATCH_SIZE", str::parse)?,
            state: Mutex::default(),
            parents: Parents::default(),
            owners: RecentOwners::fresh_for(FRESH),
            clock: Arc::clone(&context.clock),
            jitter: Arc::clone(&context.jitter),
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
        consume::each(batch, |message| message.chain, |message| self.work(message, chains, deadline)).await
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
        match self.settle_unless_due(Attempt { chain, message }).await? {
            Some(attempt) => self.prepare(attempt, deadline).await,
            None => Ok(()),
        }
    }

    /// What is to be sent by now. None where it is not: it is put off, put back or over then.
    async fn settle_unless_due(&self, attempt: Attempt) -> Result<Option<Attempt>, StoreError> {
        let claim = attempt.message.claim;
        let now = self.clock.now();
        match attempt.chain.delivery_work(attempt.message, &self.window, now) {
            DeliveryWork::Stale => Ok(None),
            DeliveryWork::Early(effect) => self.put_back(&attempt, effect.at()).await.map(|()| None),
            DeliveryWork::Expired => self.end(attempt, DeliveryEvent::Expired { claim }).await,
            DeliveryWork::Closed(opens) => self.put_off(attempt, opens).await,
            // It waits: its owner may be let in again while it lives.
            DeliveryWork::Send if self.is_blocked(&attempt.chain.owner).await? => {
                self.put_off(attempt, now + back_off_while_blocked(self.jitter.fraction())).await
            }
            DeliveryWork::Send if self.parents.is_cancelled(self.store(), &attempt.chain, now).await? => {
                self.end(attempt, DeliveryEvent::Cancelled).await
            }
            DeliveryWork::Send => Ok(Some(attempt)),
        }
    }

    async fn put_off(&self, attempt: Attempt, until: DateTime<Utc>) -> Result<Option<Attempt>, StoreError> {
        let claim = attempt.message.claim;
        self.end(attempt, DeliveryEvent::PutOff { claim, until }).await
    }

    /// It is not sent under this claim.
    async fn end(&self, attempt: Attempt, event: DeliveryEvent) -> Result<Option<Attempt>, StoreError> {
        self.happen(attempt, event).await.map(|_| None)
    }

    async fn is_blocked(&self, owner: &Owner) -> Result<bool, StoreError> {
        let found = self.owners.find(self.store(), owner, self.clock.now()).await?;
        Ok(found.is_some_and(|settings| settings.blocked))
    }

    /// Renders it, and waits for its permit.
    async fn prepare(&self, attempt: Attempt, deadline: Deadline) -> Result<(), StoreError> {
        let Some(ready) = self.ready(&attempt).await? else { return Ok(()) };
        let rendered = self.provider.render(&ready).await;
        if let Err(TooLate { at }) = self.permit(deadline).await {
            return self.put_back(&attempt, at).await;
        }
        // While it waited for its permit, its window may have closed, its lifetime ended, its owner been blocked, or the
        // order cancelled that it is a part of.
        let Some(attempt) = self.settle_unless_due(attempt).await? else { return Ok(()) };
        if self.is_opened(&attempt).await? {
            return self.stop(attempt).await;
        }
        self.claim(attempt, rendered, deadline).await
    }

    /// Waits for a permit, and for another one where the provider has refused somebody else meanwhile.
    async fn permit(&self, deadline: Deadline) -> Result<(), TooLate> {
        let latest = deadline.minus(CALL_AND_WRITE).time();
        loop {
            let now = self.clock.now();
            let permit = self.state(|state| state.pace.permit(self.shares.now(&state.known), now, latest))?;
            self.clock.wait_until(permit).await;
            let now = self.clock.now();
            if !self.state(|state| state.pace.is_paused(now)) {
                return Ok(());
            }
        }
    }

    async fn claim(
        &self,
        attempt: Attempt,
        rendered: Result<P::Message, HandOverError>,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let message = attempt.message;
        let claim = message.claim;
        if !deadline.leaves(CALL_AND_WRITE, self.clock.now()) {
            return self.put_back(&attempt, self.clock.now()).await;
        }
        let claimed = self.happen(attempt, DeliveryEvent::Claimed { claim }).await?;
        // Another copy of the message was quicker, or it was taken back.
        let Stored::Changed(applied) = claimed else { return Ok(()) };
        let attempt = Attempt { chain: applied.chain, message };
        if !deadline.leaves(CALL, self.clock.now()) {
            return self.happen(attempt, DeliveryEvent::NotCalled { claim }).await.map(drop);
        }
        let outcome = match &rendered {
            Ok(rendered) => self.provider.hand_over(rendered).await,
            Err(error) => Err(error.clone()),
        };
        self.write_down(attempt, outcome).await
    }

    async fn write_down(
        &self,
        attempt: Attempt,
        outcome: Result<(), HandOverError>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        log::<P>(&attempt, &outcome);
        let Some(event) = self.event(attempt.message.claim, &outcome, now) else { return Ok(()) };
        let stored = self.happen(attempt, event).await?;
        match stored.changed() {
            Some(applied) => self.dispatcher.dispatch(&[applied], now).await,
            None => Ok(()),
        }
    }

    /// What the answer of the provider means for the delivery, and for the pace; nothing where there was no answer.
    fn event(
        &self,
        claim: u64,
        outcome: &Result<(), HandOverError>,
        now: DateTime<Utc>,
    ) -> Option<DeliveryEvent> {
        let fraction = self.jitter.fraction();
        Some(match outcome {
            Ok(()) => {
                self.state(|state| state.pace.accepted());
                DeliveryEvent::HandedOver { claim }
            }
            Err(HandOverError::Refused { failure, .. }) => {
                DeliveryEvent::Refused { claim, failure: *failure }
            }
            Err(HandOverError::Waits { .. }) => {
                DeliveryEvent::RefusedForNow { claim, at_least: TimeDelta::zero(), fraction }
            }
            Err(HandOverError::Throttled { .. }) => {
                let until = self.state(|state| state.pace.refused(now));
                DeliveryEvent::Throttled { claim, until }
            }
            Err(HandOverError::QuotaUsedUp { .. }) => {
                self.state(|state| state.pace.quota_used_up(now));
                DeliveryEvent::RefusedForNow { claim, at_least: QUOTA_PAUSE, fraction }
            }
            Err(HandOverError::Uncertain { .. }) => return None,
        })
    }

    /// The delivery with its text; nothing where it has no address, which is never queued.
    async fn ready(&self, attempt: &Attempt) -> Result<Option<Ready>, StoreError> {
        let Attempt { chain, message } = attempt;
        let Some(delivery) = chain.delivery(message.id()) else { return Ok(None) };
        let (Some(address), Some(hash)) = (&delivery.address, &delivery.text) else { return Ok(None) };
        Ok(Some(Ready {
            id: message.id(),
            claim: message.claim,
            address: address.as_str().to_owned(),
            text: self.store().load_text(chain, hash).await?,
            name: delivery.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            number: delivery
                .organization
                .as_ref()
                .map(|number| number.as_str().to_owned())
                .unwrap_or_default(),
            facts: delivery.facts.clone(),
            now: self.clock.now(),
        }))
    }

    async fn is_opened(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let Attempt { chain, message } = attempt;
        let Some(watch) = chain.watch.as_ref().filter(|_| chain.is_reminder(message.shipment)) else {
            return Ok(false);
        };
        let opened_at = self.store().opened_at(&watch.marker).await?;
        Ok(opened_at.is_some_and(|at| chain.is_stopped_by(at)))
    }

    async fn stop(&self, attempt: Attempt) -> Result<(), StoreError> {
        let Attempt { chain, message } = attempt;
        let event = Event::Shipment { number: message.shipment, event: ShipmentEvent::Opened };
        self.store().apply(chain, &[event], self.clock.now()).await.map(drop)
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

/// How long what is of a blocked owner waits, by a fraction of jitter.
fn back_off_while_blocked(fraction: f64) -> TimeDelta {
    let seconds = WHILE_BLOCKED * 60.0 * (0.5 + fraction / 2.0);
    TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap_or(TimeDelta::hours(1))
}

fn log<P: Provider>(attempt: &Attempt, outcome: &Result<(), HandOverError>) {
    let (delivery, owner) = (attempt.message.id(), &attempt.chain.owner);
    match outcome {
        Ok(()) => tracing::info!(%delivery, %owner, "handed over"),
        Err(HandOverError::Waits { trouble, why }) => trouble.log(P::NAME, &delivery, why),
        Err(HandOverError::Throttled { why }) => Trouble::Passing.log(P::NAME, &delivery, why),
        Err(HandOverError::QuotaUsedUp { why }) => Trouble::Ours.log(P::NAME, &delivery, why),
        Err(why @ (HandOverError::Uncertain { .. } | HandOverError::Refused { .. })) => {
            tracing::warn!(%delivery, %owner, %why, "not handed over");
        }
    }
}
