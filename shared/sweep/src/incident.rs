//! What a sweep cannot act on is taken out of the way of the rest: an item of a later release is put off, one that cannot
//! be read is set aside when the run is over. More than a few of these in one run, and the code is at fault: then they
//! stay where they are, and the run fails.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_function::metrics::{MetricName, Metrics};
use varsling_function::trouble::Waiting;
use varsling_store::{DueEntry, Store, StoreError};

/// How long what belongs to a later release is put off.
const PUT_OFF: TimeDelta = TimeDelta::minutes(5);

/// How many items of one run may be set aside.
const MOST_SET_ASIDE: usize = 5;

/// The chains of a run that could not be read.
#[derive(Debug, Default)]
pub struct Incidents(Mutex<Vec<Unreadable>>);

#[derive(Debug)]
struct Unreadable {
    entry: DueEntry,
    error: StoreError,
}

impl Incidents {
    /// Takes an entry out of the way whose chain could not be read. The error itself, where that is not possible.
    pub async fn put_aside(
        &self,
        store: &Store,
        entry: DueEntry,
        error: StoreError,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        match error {
            StoreError::LaterFormat { format, .. } => {
                tracing::info!(item = %entry.key, format, "a chain of a later release is put off");
                store.put_off(&entry, now + PUT_OFF).await
            }
            StoreError::Unreadable { .. } => {
                let mut unreadable = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                unreadable.push(Unreadable { entry, error });
                Ok(())
            }
            error => Err(error),
        }
    }

    /// Ends the run: sets aside what could not be read, if that is not too much. How many chains stay where they are.
    pub async fn close(self, store: &Store, metrics: &Metrics) -> usize {
        let unreadable = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if unreadable.len() > MOST_SET_ASIDE {
            log_fault_of_the_code(&unreadable);
            return unreadable.len();
        }
        let mut left = 0;
        for one in unreadable {
            tracing::error!(item = %one.entry.key, error = %one.error, "a chain cannot be read and is set aside");
            match store.quarantine(&one.entry).await {
                Ok(()) => metrics.count(MetricName::SetAside, 1, &[]),
                Err(error) => {
                    error.log_waiting(&one.entry.key);
                    left += 1;
                }
            }
        }
        left
    }
}

fn log_fault_of_the_code(unreadable: &[Unreadable]) {
    let Some(first) = unreadable.first() else { return };
    tracing::error!(
        chains = unreadable.len(),
        item = %first.entry.key,
        error = %first.error,
        "more chains than a few cannot be read, so that none is set aside"
    );
}
