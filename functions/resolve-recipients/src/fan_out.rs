//! A recipient with many addresses: the resolved set is written once, then the chain records that its children are being
//! made, and then the children are made, from the resolved set alone. If a worker dies on the way, another one makes the
//! children that are missing.

use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::{
    Applied, Chain, Child, ChildOf, Delivery, Rescheduled, Resolved, ResolvedSet, ResolvedTo, ShipmentEvent,
    ShipmentMessage, Told,
};
use varsling_domain::finder::Finder;
use varsling_store::{Created, StoreError};

use super::ResolveRecipients;

/// How many chains are written at the same time.
const CONCURRENCY: usize = 32;

/// A child that is about to be stored.
pub struct NewChild {
    /// Its chain.
    pub chain: Chain,
    /// Whom it is for, where it is found by that: one of a list.
    pub finder: Option<Finder>,
}

impl ResolveRecipients {
    pub(super) async fn fan_out(
        &self,
        chain: Chain,
        message: ShipmentMessage,
        deliveries: Vec<Delivery>,
        reminders: Vec<Rescheduled>,
    ) -> Result<(), StoreError> {
        let set = self.store().create_resolved_set(&chain, message.shipment, ResolvedSet(deliveries)).await?;
        let children = u16::try_from(set.0.len()).unwrap_or(u16::MAX);
        let resolved = Resolved { to: ResolvedTo::ChildrenToMake(children), reminders };
        let event = ShipmentEvent::LookedUp { claim: message.claim, resolved };
        // This worker makes them itself; the message that the state speaks of is the one that it has.
        match self.happen(chain, message, event).await?.changed() {
            Some(applied) => self.make(applied.chain, message, &set).await,
            None => Ok(()),
        }
    }

    /// Goes on where another worker broke off.
    pub(super) async fn make_children(
        &self,
        chain: Chain,
        message: ShipmentMessage,
    ) -> Result<(), StoreError> {
        match self.store().load_resolved_set(&chain, message.shipment).await? {
            Some(set) => self.make(chain, message, &set).await,
            None => Err(StoreError::Missing("resolved set")),
        }
    }

    async fn make(
        &self,
        chain: Chain,
        message: ShipmentMessage,
        set: &ResolvedSet,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(shipment) = chain.shipment(message.shipment) else { return Ok(()) };
        let class = chain.class.of_many();
        let backlogs = self.backlogs.of(class, shipment.schema.channels(), now).await;
        let mut scheduling = self.scheduling(&chain, shipment.planned_at, backlogs, now);
        scheduling.class = class;
        let children = (0..).zip(set.scheduled(&scheduling)).map(|(ordinal, delivery)| {
            let resolved = ResolvedTo::Deliveries(vec![delivery]);
            let of = ChildOf { resolved: &resolved, schema: shipment.schema, class };
            let chain = chain.child(Child { shipment: message.shipment, ordinal }, of, now);
            NewChild { chain, finder: None }
        });
        self.create_all(children.collect()).await?;
        self.happen(chain, message, ShipmentEvent::ChildrenMade { claim: message.claim }).await.map(drop)
    }

    /// Writes chains for the first time, and queues what may go soon of those that are new. What no queue takes comes
    /// back when its lease ends; so does what an earlier worker wrote.
    pub(super) async fn create_all(&self, children: Vec<NewChild>) -> Result<(), StoreError> {
        let create = children.into_iter().map(|child| self.create(child));
        let new: Vec<_> = stream::iter(create).buffer_unordered(CONCURRENCY).try_collect().await?;
        let new: Vec<_> = new.into_iter().flatten().collect();
        self.dispatcher.dispatch(&new, self.clock.now()).await
    }

    async fn create(&self, child: NewChild) -> Result<Option<Applied>, StoreError> {
        let NewChild { mut chain, finder } = child;
        let at = chain.shipments.first().map_or(chain.accepted_at, |first| first.planned_at);
        self.store().put_pointers(finder.as_slice(), &chain, at).await?;
        Ok(match self.store().create_chain(&mut chain, self.clock.now()).await? {
            Created::New => Some(Applied { effects: chain.messages(), told: Told::default(), chain }),
            Created::Existing(_) => None,
        })
    }
}
