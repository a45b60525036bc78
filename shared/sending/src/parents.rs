//! Whether a child's parent has been cancelled: looked at before the child is sent, and remembered for a moment, because
//! thousands of children have the same parent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::Chain;
use varsling_domain::ids::ChainId;
use varsling_store::{Store, StoreError};

/// How long what was seen of a parent counts.
const FRESH: TimeDelta = TimeDelta::seconds(2);

/// How many parents are remembered before all are forgotten.
const MANY: usize = 100;

/// What was seen of parents.
#[derive(Default)]
pub struct Parents(Mutex<HashMap<ChainId, Arc<Parent>>>);

/// A parent. Locked while it is read, so that the children of one batch cause one read.
#[derive(Default)]
struct Parent(tokio::sync::Mutex<Option<Seen>>);

struct Seen {
    at: DateTime<Utc>,
    /// The numbers of the shipments that are cancelled.
    cancelled: Vec<u8>,
}

impl Parents {
    /// Whether the shipment that a chain is a child of has been cancelled.
    pub async fn is_cancelled(
        &self,
        store: &Store,
        child: &Chain,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(of) = child.parent else { return Ok(false) };
        let parent = self.parent(of.chain);
        let mut seen = parent.0.lock().await;
        if let Some(fresh) = seen.as_ref().filter(|seen| now < seen.at + FRESH) {
            return Ok(fresh.cancelled.contains(&of.shipment));
        }
        let cancelled = cancelled(store.load_chain(of.chain).await?.as_ref());
        let is_cancelled = cancelled.contains(&of.shipment);
        *seen = Some(Seen { at: now, cancelled });
        Ok(is_cancelled)
    }

    fn parent(&self, id: ChainId) -> Arc<Parent> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY {
            all.clear();
        }
        Arc::clone(all.entry(id).or_default())
    }
}

/// The numbers of a parent's shipments that are cancelled.
fn cancelled(parent: Option<&Chain>) -> Vec<u8> {
    let shipments = parent.into_iter().flat_map(Chain::numbered);
    shipments.filter(|(_, shipment)| shipment.is_cancelled()).map(|(number, _)| number).collect()
}
