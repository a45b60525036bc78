//! Telling changes: events first, then evidence, which says that the events are out.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use varsling_domain::chain::{
    Chain, Event, FanOut, Outcomes, Parent, Shipment, ShipmentEvent, Subject, Told, shortened,
};
use varsling_domain::feed::{self, Due};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;
use varsling_domain::status_events::StatusEvent;
use varsling_domain::webhook::{WebhookMessage, WebhookName};
use varsling_events::EventError;
use varsling_function::metrics::{MetricName, Metrics};
use varsling_function::trouble::{Trouble, Waiting};
use varsling_queues::{NotQueued, Outgoing, QueueError, QueueName};
use varsling_store::StoreError;

use crate::PublishChanges;

/// How many chains are followed up at the same time.
const CONCURRENCY: usize = 16;

/// A change of a chain, with what there is to tell of it.
pub struct Change {
    /// The chain after it.
    pub chain: Chain,
    /// What there is to tell.
    pub told: Told,
}

/// Why something was not told.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus failed.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Waiting for PublishError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            Self::Event(error) => error.trouble(),
            Self::Queue(error) => error.trouble(),
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::Event(error) => error.waits_for(),
            Self::Queue(error) => error.waits_for(),
        }
    }
}

/// An event, and the chain that it is about.
struct Telling {
    chain: ChainId,
    event: StatusEvent,
}

impl Change {
    fn is_over(&self) -> bool {
        self.told.subjects().contains(&Subject::Chain)
    }

    /// Leaves a line for each shipment that is over, whatever it ended in.
    fn log_ends(&self, metrics: &Metrics, now: DateTime<Utc>) {
        for subject in self.told.subjects() {
            let Subject::Shipment(number) = subject else { continue };
            let Some(shipment) = self.chain.shipment(*number) else { continue };
            let (status, deliveries) = (shipment.status(now).wire_name(), Outcomes::of(shipment));
            for (outcome, count) in deliveries.counts() {
                let by = [("Status", outcome.status.as_str()), ("Basis", outcome.basis)];
                metrics.count(MetricName::Ended, count, &by);
            }
            tracing::info!(shipment = %self.chain.shipment_id(*number), status, %deliveries, "over");
        }
    }

    fn tellings(&self, now: DateTime<Utc>) -> impl Iterator<Item = Telling> {
        let events = self
            .told
            .subjects()
            .iter()
            .filter_map(move |subject| StatusEvent::of(&self.chain, *subject, now));
        events.map(|event| Telling { chain: self.chain.id, event })
    }
}

impl PublishChanges {
    /// Tells some changes; the chains of which not all could be told.
    pub(crate) async fn publish(&self, changes: &[&Change]) -> HashSet<ChainId> {
        let now = self.clock.now();
        for change in changes {
            change.log_ends(&self.metrics, now);
        }
        let mut failed = self.publish_events(changes, now).await;
        let parents = self.wake_parents(changes, now).await;
        failed.extend(parents);
        failed.extend(self.tell_feeds(changes, now).await);
        failed.extend(self.queue_posts(changes, now).await);
        let mut over = vec![];
        for change in latest(changes) {
            if !failed.contains(&change.chain.id) {
                over.push(change.chain.clone());
            }
        }
        let closed = over.into_iter().map(|chain| self.try_close(chain, now));
        let closed: Vec<_> = stream::iter(closed).buffer_unordered(CONCURRENCY).collect().await;
        failed.extend(closed.into_iter().flatten());
        failed
    }

    /// Closes a chain; its id where that fails.
    async fn try_close(&self, chain: Chain, now: DateTime<Utc>) -> Option<ChainId> {
        let error = self.close(&chain, now).await.err()?;
        error.log_waiting(&chain.id);
        Some(chain.id)
    }

    /// Tells one change, or says why not.
    pub(crate) async fn publish_one(&self, change: &Change) -> Result<(), PublishError> {
        let now = self.clock.now();
        let tellings: Vec<_> = self.subscribed(&[change], now);
        let events: Vec<_> = tellings.into_iter().map(|telling| telling.event).collect();
        if let Some(failed) = self.bus.publish(&events).await.into_iter().next() {
            return Err(failed.error.into());
        }
        if let Some(failed) = self.queue_all(&self.posts(change, now).await?).await.into_iter().next() {
            return Err(failed.error.into());
        }
        let due = self.due_in_feed(change, now).await?;
        self.feed.tell(&change.chain.owner, due, now).await?;
        if change.is_over() {
            if let Some(parent) = change.chain.parent {
                self.wake_parent(parent, now).await?;
            }
            self.close(&change.chain, now).await?;
        }
        Ok(())
    }

    /// Tells in their owners' feeds what has ended; the chains of those feeds that could not be written.
    async fn tell_feeds(&self, changes: &[&Change], now: DateTime<Utc>) -> Vec<ChainId> {
        let mut feeds: BTreeMap<&Owner, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            feeds.entry(&change.chain.owner).or_default().push(change);
        }
        let mut failed = vec![];
        for (owner, changes) in feeds {
            let told = async {
                let mut due = vec![];
                for change in &changes {
                    due.extend(self.due_in_feed(change, now).await?);
                }
                self.feed.tell(owner, due, now).await
            };
            if let Err(error) = told.await {
                error.log_waiting(owner);
                failed.extend(changes.iter().map(|change| change.chain.id));
            }
        }
        failed
    }

    /// What a change has for the feed. Of a child only a correction counts, and only once its parent was told.
    async fn due_in_feed(&self, change: &Change, now: DateTime<Utc>) -> Result<Vec<Due>, StoreError> {
        let Change { chain, told } = change;
        let parent_is_final = match chain.parent {
            Some(parent) if !feed::entries(chain, told, true, now).is_empty() => {
                let parent_chain = self.store.load_chain(parent.known.chain()).await?;
                let of = parent_chain.as_ref().and_then(|chain| chain.shipment(parent.known.number()));
                of.is_some_and(Shipment::is_final)
            }
            _ => false,
        };
        Ok(feed::entries(chain, told, parent_is_final, now))
    }

    fn subscribed(&self, changes: &[&Change], now: DateTime<Utc>) -> Vec<Telling> {
        let wanted = changes.iter().filter(|change| self.subscribers.include(change.chain.owner.as_str()));
        wanted.flat_map(|change| change.tellings(now)).collect()
    }

    async fn publish_events(&self, changes: &[&Change], now: DateTime<Utc>) -> HashSet<ChainId> {
        let tellings = self.subscribed(changes, now);
        let (chains, events): (Vec<_>, Vec<_>) =
            tellings.into_iter().map(|telling| (telling.chain, telling.event)).unzip();
        let mut failed = HashSet::new();
        for refused in self.bus.publish(&events).await {
            if let Some(chain) = chains.get(refused.place) {
                refused.error.log_waiting(chain);
                failed.insert(*chain);
            }
        }
        failed
    }

    /// Queues what goes to owners' webhooks; the chains of which not all could be queued.
    async fn queue_posts(&self, changes: &[&Change], now: DateTime<Utc>) -> Vec<ChainId> {
        let (mut posts, mut chains, mut failed) = (vec![], vec![], vec![]);
        for change in changes {
            match self.posts(change, now).await {
                Ok(more) => {
                    chains.extend(more.iter().map(|_| change.chain.id));
                    posts.extend(more);
                }
                Err(error) => {
                    error.log_waiting(&change.chain.id);
                    failed.push(change.chain.id);
                }
            }
        }
        for refused in self.queue_all(&posts).await {
            refused.error.log_waiting(&"a webhook");
            failed.extend(chains.get(refused.place));
        }
        failed
    }

    async fn queue_all(&self, posts: &[Outgoing]) -> Vec<NotQueued> {
        if posts.is_empty() { vec![] } else { self.queues.send(posts).await }
    }

    /// What a change has for the webhooks of its owner.
    async fn posts(&self, change: &Change, now: DateTime<Utc>) -> Result<Vec<Outgoing>, PublishError> {
        let names = self.webhooks.find(&self.store, &change.chain.owner, now).await?;
        let mut posts = vec![];
        for telling in change.tellings(now).filter(|_| !names.is_empty()) {
            for name in &names {
                let message = message(&telling.event, name, now)?;
                posts.push(
                    Outgoing::new(QueueName::Webhooks, &message)?
                        .in_group(message.group())
                        .once(message.id()),
                );
            }
        }
        Ok(posts)
    }

    /// Has the parents of what is over look at their children soon: once for each parent.
    async fn wake_parents(&self, changes: &[&Change], now: DateTime<Utc>) -> Vec<ChainId> {
        let mut failed = vec![];
        for family in families(changes) {
            if let Err(error) = self.wake_parent(family.parent, now).await {
                error.log_waiting(&family.parent.chain);
                failed.extend(family.children);
            }
        }
        failed
    }

    async fn wake_parent(&self, parent: Parent, now: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(chain) = self.store.load_chain(parent.chain).await? else { return Ok(()) };
        let event = ShipmentEvent::ChildEnded { check_at: FanOut::check_soon(now) };
        self.store.apply(chain, &[Event::Shipment { number: parent.shipment, event }], now).await.map(drop)
    }

    /// Writes down what a chain that is over proves, and until when it is kept now.
    async fn close(&self, chain: &Chain, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut kept = chain.clone();
        if let Some(until) = shortened(chain, now) {
            self.store.shorten_retention(chain, until).await?;
            kept.kept_until = until;
        }
        self.evidence.put(&kept, now).await
    }
}

fn message(
    event: &StatusEvent,
    webhook: &WebhookName,
    now: DateTime<Utc>,
) -> Result<WebhookMessage, QueueError> {
    let detail = serde_json::to_value(event).map_err(|error| QueueError::Unwritable(error.to_string()))?;
    Ok(WebhookMessage {
        owner: event.owner().clone(),
        webhook: webhook.clone(),
        event_id: event.event_id().to_owned(),
        kind: event.detail_type().to_owned(),
        subject: event.about().to_owned(),
        at: now,
        event: detail,
    })
}

/// A parent with those of its children that are over.
struct Family {
    parent: Parent,
    children: Vec<ChainId>,
}

fn families(changes: &[&Change]) -> Vec<Family> {
    let mut families: Vec<Family> = vec![];
    for change in changes.iter().filter(|change| change.is_over()) {
        let Some(parent) = change.chain.parent else { continue };
        match families.iter_mut().find(|family| family.parent == parent) {
            Some(family) => family.children.push(change.chain.id),
            None => families.push(Family { parent, children: vec![change.chain.id] }),
        }
    }
    families
}

/// Of each chain that is over, the latest of its changes.
fn latest<'a>(changes: &[&'a Change]) -> Vec<&'a Change> {
    let mut latest: BTreeMap<ChainId, &Change> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.is_over()) {
        let known = latest.entry(change.chain.id).or_insert(change);
        if change.chain.version > known.chain.version {
            *known = change;
        }
    }
    latest.into_values().collect()
}
