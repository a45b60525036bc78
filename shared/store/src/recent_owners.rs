//! Owners' settings, cached for some seconds: every request reads them, and they change a few times a year.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::owner::OwnerSettings;

use super::{Store, StoreError};

/// How many owners are remembered before all are forgotten.
const MANY: usize = 1_000;

/// What was read of owners lately.
pub struct RecentOwners {
    fresh: TimeDelta,
    all: Mutex<HashMap<Owner, Read>>,
}

#[derive(Clone)]
struct Read {
    at: DateTime<Utc>,
    settings: Option<OwnerSettings>,
}

impl RecentOwners {
    /// What is read counts for so long, and so it takes as long until a change is seen everywhere.
    pub fn fresh_for(fresh: TimeDelta) -> Self {
        Self { fresh, all: Mutex::default() }
    }

    /// An owner's settings, if any were ever stored, as they are or were a little while ago.
    pub async fn find(
        &self,
        store: &Store,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Option<OwnerSettings>, StoreError> {
        if let Some(read) = self.all().get(owner).filter(|read| now < read.at + self.fresh) {
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
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
