//! Doing what a change asks for: the messages of changed chains, ten to a request. What no queue takes is released, so
//! that the next sweep tries again.

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use varsling_domain::chain::{Applied, Chain, DeliveryEvent, Effect, Event, ShipmentEvent};
use varsling_function::trouble::Waiting;
use varsling_queues::{Outgoing, QueueError, Queues};
use varsling_store::{Store, StoreError};

/// How many chains are released at the same time.
const CONCURRENCY: usize = 16;

/// Where the messages go, and where it is written down that one did not get there.
#[derive(Clone)]
pub struct Dispatcher {
    /// The table.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
}

/// An effect of a change.
struct Due<'a> {
    chain: &'a Chain,
    effect: Effect,
}

impl Dispatcher {
    /// Queues what some changes ask for.
    pub async fn dispatch(&self, changes: &[Applied], now: DateTime<Utc>) -> Result<(), StoreError> {
        let due: Vec<_> = changes.iter().flat_map(due_of).collect();
        self.queue(&due, now).await
    }

    /// Queues messages about one chain.
    pub async fn queue_effects(
        &self,
        chain: &Chain,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let due: Vec<_> = effects.iter().map(|effect| Due { chain, effect: *effect }).collect();
        self.queue(&due, now).await
    }

    async fn queue(&self, due: &[Due<'_>], now: DateTime<Utc>) -> Result<(), StoreError> {
        let messages = due.iter().map(|due| Outgoing::of(due.effect, due.chain, now));
        // Nothing in a message can fail to be written; were it so, its lease would end.
        let messages = messages.collect::<Result<Vec<_>, QueueError>>();
        let messages = messages.inspect_err(|error| error.log_waiting(&"a message")).unwrap_or_default();
        let failed = self.queues.send(&messages).await;
        let Some(first) = failed.first() else { return Ok(()) };
        first
            .error
            .log_waiting(&due.get(first.place).map_or_else(String::new, |due| due.chain.id.to_string()));
        let mut unqueued = vec![];
        for failed in &failed {
            unqueued.extend(due.get(failed.place).map(release));
        }
        let writes = unqueued.into_iter().map(|release| self.release(release, now));
        let written: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENCY).collect().await;
        written.into_iter().collect()
    }

    async fn release(&self, release: Release, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.store.apply(release.chain, &[release.event], now).await.map(drop)
    }
}

/// A chain whose message no queue took.
struct Release {
    chain: Chain,
    event: Event,
}

fn release(due: &Due<'_>) -> Release {
    let event = match due.effect {
        Effect::QueueShipment { message, .. } => {
            let event = ShipmentEvent::Released { claim: message.claim };
            Event::Shipment { number: message.shipment, event }
        }
        Effect::QueueDelivery { message, .. } => {
            Event::Delivery { id: message.id(), event: DeliveryEvent::Released { claim: message.claim } }
        }
    };
    Release { chain: due.chain.clone(), event }
}

fn due_of(change: &Applied) -> impl Iterator<Item = Due<'_>> {
    change.effects.iter().map(|effect| Due { chain: &change.chain, effect: *effect })
}
