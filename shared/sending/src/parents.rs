//! Whether a child's parent has been cancelled: looked at before the child is sent, and remembered for a moment, because
//! thousands of children have the same parent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Chain, Parent};
use varsling_domain::ids::ChainId;
use varsling_store::{Store, StoreError};

/// How long what was seen of a parent counts.
const FRESH: TimeDelta = TimeDelta::seconds(2);

/// How many parents are remembered before all are forgotten.
const MANY: usize = 100;

/// What was seen of parents.
#[derive(Default)]
pub struct Parents(Mutex<HashMap<ChainId, Seen>>);

#[derive(Clone)]
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
        let Some(Parent { chain, shipment, .. }) = child.parent else { return Ok(false) };
        if let Some(seen) = self.seen(chain, now) {
            return Ok(seen.cancelled.contains(&shipment));
        }
        let parent = store.load_chain(chain).await?;
        let cancelled: Vec<_> = parent
            .iter()
            .flat_map(Chain::numbered)
            .filter(|(_, one)| one.is_cancelled())
            .map(|(n, _)| n)
            .collect();
        let is_cancelled = cancelled.contains(&shipment);
        self.remember(chain, Seen { at: now, cancelled });
        Ok(is_cancelled)
    }

    fn seen(&self, parent: ChainId, now: DateTime<Utc>) -> Option<Seen> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&parent).filter(|seen| now < seen.at + FRESH).cloned()
    }

    fn remember(&self, parent: ChainId, seen: Seen) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY {
            all.clear();
        }
        all.insert(parent, seen);
    }
}
