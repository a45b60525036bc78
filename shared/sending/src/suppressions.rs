//! Whether addresses are suppressed: looked up for a batch at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use varsling_domain::chain::Delivery;
use varsling_domain::ids::IdKey;
use varsling_domain::suppression::SuppressionId;
use varsling_function::trouble::Waiting;
use varsling_store::{Store, StoreError};

/// What is known of the addresses of a batch.
pub struct Suppressions {
    key: IdKey,
    known: Mutex<HashMap<SuppressionId, bool>>,
}

impl Suppressions {
    /// With the key that suppressed addresses are hashed with, which is that of ids.
    pub fn new(key: IdKey) -> Self {
        Self { key, known: Mutex::default() }
    }

    /// Looks up the addresses of a batch. Where the table does not answer, each is looked up by itself.
    pub async fn look_up(&self, store: &Store, batch: &[&Delivery], now: DateTime<Utc>) {
        let ids: Vec<_> = batch.iter().filter_map(|delivery| self.id(delivery)).collect();
        self.known().clear();
        match store.suppressed(ids.iter().cloned(), now).await {
            Ok(suppressed) => {
                self.known().extend(ids.into_iter().map(|id| (id.clone(), suppressed.contains(&id))));
            }
            Err(error) => error.log_waiting(&"the suppressed addresses"),
        }
    }

    /// Whether nothing is to be sent to the address of a delivery.
    pub async fn has(
        &self,
        store: &Store,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(id) = self.id(delivery) else { return Ok(false) };
        let known = self.known().get(&id).copied();
        match known {
            Some(is_suppressed) => Ok(is_suppressed),
            None => store.is_suppressed(&id, now).await,
        }
    }

    fn id(&self, delivery: &Delivery) -> Option<SuppressionId> {
        let address = delivery.address.as_ref()?;
        Some(SuppressionId::of(&self.key, delivery.channel, address.as_str()))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<SuppressionId, bool>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
