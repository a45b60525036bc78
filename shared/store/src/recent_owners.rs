//! Owners' settings, cached for a minute: every order reads them, and they change a few times a year.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::owner::OwnerSettings;

use super::{Store, StoreError};

/// How long what was read counts.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// How many owners are remembered before all are forgotten.
const MANY: usize = 1_000;

/// What was read of owners lately.
#[derive(Default)]
pub struct RecentOwners(Mutex<HashMap<Owner, Read>>);

#[derive(Clone)]
struct Read {
    at: DateTime<Utc>,
    settings: OwnerSettings,
}

impl RecentOwners {
    /// An owner's settings, read at most a minute ago.
    pub async fn settings(
        &self,
        store: &Store,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<OwnerSettings, StoreError> {
        if let Some(read) = self.all().get(owner).filter(|read| now < read.at + FRESH) {
            return Ok(read.settings.clone());
        }
        let settings = store.load_owner_settings(owner).await?;
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
