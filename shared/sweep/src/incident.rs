//! What a sweep cannot act on is taken out of everybody's way: an item of a later release is put off, one that cannot be
//! read is set aside. More than a few of these in one run, and the code is at fault: then they are left where they are.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_store::{DueEntry, Store, StoreError};

/// How long what belongs to a later release is put off.
const PUT_OFF: TimeDelta = TimeDelta::minutes(5);

/// How many items of one run may be set aside.
const MOST_SET_ASIDE: usize = 5;

/// What a run has set aside.
#[derive(Debug, Default)]
pub struct Incidents {
    set_aside: AtomicUsize,
}

impl Incidents {
    /// Takes an entry out of the way whose chain could not be read. The error itself, where that is not possible or no
    /// use.
    pub async fn put_aside(
        &self,
        store: &Store,
        entry: &DueEntry,
        error: StoreError,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        match error {
            StoreError::LaterFormat { format, .. } => {
                tracing::info!(chain = %entry.chain, format, "a chain of a later release is put off");
                store.put_off(entry, now + PUT_OFF).await
            }
            StoreError::Unreadable { .. }
                if self.set_aside.fetch_add(1, Ordering::Relaxed) < MOST_SET_ASIDE =>
            {
                tracing::error!(chain = %entry.chain, %error, "a chain cannot be read and is set aside");
                store.quarantine(entry).await
            }
            error => Err(error),
        }
    }
}
