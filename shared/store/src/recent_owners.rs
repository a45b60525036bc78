//! Owners' settings, cached for some seconds: every request reads them, and they change a few times a year.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::owner::OwnerSettings;

use super::{Store, StoreError};

/// How long what was read counts, and so how long a block takes until it is seen everywhere.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// How many owners are remembered before all are forgotten.
const MANY: usize = 1_000;

/// What was read of owners lately.
#[derive(Default)]
pub struct RecentOwners(Mutex<HashMap<Owner, Read>>);

#[derive(Clone)]
struct Read {
    at: DateTime<Utc>,
    settings: Option<OwnerSettings>,
}

impl RecentOwners {
    /// An owner's settings, if any were ever stored, read at most ten seconds ago.
    pub async fn find(
        &self,
        store: &Store,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Option<OwnerSettings>, StoreError> {
        if let Some(read) = self.all().get(owner).filter(|read| now < read.at + FRESH) {
            return Ok(read.settings.clone());
        }
        let settings = store.find_owner_settings(owner).await?;
        let mut all = self.all();
        if all.len() >= MANY {
            all.clear();
        }
        all.insert(owner.clone(), Read { at: now, settings: settings.clone() });
        Ok(settings)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Owner, Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
