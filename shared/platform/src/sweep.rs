//! What the two sweeps have in common: many chains, a few at a time, and none keeps the others waiting.

use std::future::Future;

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use varsling_domain::chain::{Chain, Task};
use varsling_domain::ids::ChainId;

use crate::queues::Queues;
use crate::store::{Change, Store, StoreError};
use crate::trouble::Waiting;
use chrono::{DateTime, Utc};

/// How many chains are worked on at the same time.
const CONCURRENCY: usize = 32;

/// Some chains could not be swept; they stand in the index and are found again.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {found} due chains could not be swept")]
pub struct Incomplete {
    found: usize,
    failed: usize,
}

/// Works on every chain that was found due, and says how many there were. An error of one is logged, and
/// the sweep as a whole then fails, so that the function's error alarm sees it.
pub async fn each<F>(found: Vec<ChainId>, work: impl Fn(ChainId) -> F) -> Result<Value, Incomplete>
where
    F: Future<Output = Result<usize, StoreError>>,
{
    let count = found.len();
    let results: Vec<_> = stream::iter(found).map(work).buffer_unordered(CONCURRENCY).collect().await;
    let (swept, errors): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    for error in errors.iter().filter_map(|result| result.as_ref().err()) {
        error.log_waiting(&"a due chain");
    }
    let queued: usize = swept.into_iter().flatten().sum();
    if count > 0 {
        tracing::info!(found = count, queued, failed = errors.len(), "swept");
    }
    if errors.is_empty() {
        Ok(json!({ "found": count, "queued": queued }))
    } else {
        Err(Incomplete { found: count, failed: errors.len() })
    }
}

/// Queues what was claimed in a chain. What no queue takes is given back, so that it is due again rather
/// than lost until its lease ends.
pub async fn dispatch(
    store: &Store,
    queues: &Queues,
    chain: Chain,
    tasks: &[Task],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Err(error) = queues.dispatch(tasks, &chain.owner, now).await else { return Ok(()) };
    error.log_waiting(&chain.id);
    let give_back =
        |chain: &mut Chain| if chain.give_back(tasks) { Change::Write(()) } else { Change::Keep(()) };
    store.amend(chain, give_back).await.map(drop)
}
