//! An order with all that belongs to it: its chain, the chains of its children, the order as it was accepted, its texts.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use varsling_domain::chain::Chain;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_domain::manifest::Manifest;
use varsling_domain::order::{Order, OrderedShipment, Recipients};
use varsling_domain::reading::StoredTexts;
use varsling_domain::view::{ShipmentView, StoredChild};
use varsling_store::{Store, StoreError};

/// Reads orders.
#[derive(Clone)]
pub struct OrderReader {
    store: Store,
}

impl OrderReader {
    /// A reader of a table.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The chain of this id, if it is the owner's and still kept: DynamoDB deletes what has expired only some time
    /// later, and another owner's is as good as none.
    pub async fn chain(
        &self,
        id: ChainId,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Option<Chain>, StoreError> {
        let chain = self.store.load_chain(id).await?;
        Ok(chain.filter(|chain| chain.owner == *owner && chain.parent.is_none() && now < chain.kept_until))
    }

    /// The chain of a shipment, if it has such a shipment.
    pub async fn chain_of(
        &self,
        id: ShipmentId,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Option<Chain>, StoreError> {
        let chain = self.chain(id.chain(), owner, now).await?;
        Ok(chain.filter(|chain| chain.shipment(id.number()).is_some()))
    }

    /// The children of a shipment as they are stored, each with its own children.
    pub async fn children(&self, chain: &Chain, number: u8) -> Result<Vec<StoredChild>, StoreError> {
        let mut stored = vec![];
        for child in self.store.load_chains(&chain.children(number)).await? {
            stored.push(match child? {
                Some(child) => Some(self.with_children(child).await?),
                None => None,
            });
        }
        Ok(stored)
    }

    /// The children of each shipment, in their order.
    pub async fn all_children(&self, chain: &Chain) -> Result<Vec<Vec<StoredChild>>, StoreError> {
        let numbered = chain.numbered().map(|(number, _)| self.children(chain, number));
        try_join_all(numbered).await
    }

    /// A child, or in its place the children that it has fanned out into.
    async fn with_children(&self, child: Chain) -> Result<Vec<Chain>, StoreError> {
        let ids = child.children(0);
        if ids.is_empty() {
            return Ok(vec![child]);
        }
        let children = self.store.load_chains(&ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(children.into_iter().flatten().collect())
    }

    /// What became of a shipment, as its owner reads it; none if the chain has no such shipment.
    pub async fn manifest(
        &self,
        chain: &Chain,
        number: u8,
        now: DateTime<Utc>,
    ) -> Result<Option<Manifest>, StoreError> {
        let children = self.children(chain, number).await?;
        let Some(view) = ShipmentView::of(chain, number, &children) else { return Ok(None) };
        let manifest = Manifest::of(&view, now);
        let order = self.store.find_order(chain).await?;
        let ordered = order.as_ref().and_then(|order| order.shipments.get(usize::from(number)));
        Ok(Some(match ordered {
            Some(ordered) => with_order(manifest, ordered, &view),
            None => manifest,
        }))
    }

    /// The order as it was accepted; none of a chain that an earlier release accepted without keeping it.
    pub async fn order(&self, chain: &Chain) -> Result<Option<Order>, StoreError> {
        let kept = match &chain.particulars {
            Some(_) => None,
            None => self.store.find_order(chain).await?,
        };
        Ok(kept.or_else(|| Order::of_chain(chain)))
    }

    /// The texts of an order that are still kept.
    pub async fn texts(&self, chain: &Chain, order: &Order) -> Result<StoredTexts, StoreError> {
        let names: BTreeSet<_> = order.texts().collect();
        let load = names.into_iter().map(async |name| match self.store.load_text(chain, name).await {
            Ok(text) => Ok(Some((name.clone(), text))),
            Err(StoreError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        });
        Ok(try_join_all(load).await?.into_iter().flatten().collect())
    }
}

/// What only the order says: which recipient of a list is meant, and of a chain of the first format the reference.
fn with_order(manifest: Manifest, ordered: &OrderedShipment, view: &ShipmentView<'_>) -> Manifest {
    let told = manifest.or_of(ordered);
    match &ordered.recipients {
        Recipients::List(list) => told.naming(list, view),
        Recipients::One(_) => told,
    }
}
