//! Working through a segment, a page at a time: the evidence of every chain that is over is looked up, what lacks it is
//! looked at closely, and what should have been told is queued.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt};
use varsling_domain::chain::should_be_told;
use varsling_domain::evidence::Evidence;
use varsling_domain::ids::ChainId;
use varsling_function::lambda::Deadline;
use varsling_function::trouble::{Trouble, Waiting};
use varsling_queues::{QueueError, UntoldMessage};
use varsling_store::{FinishedChain, FinishedPage, Proof, StoreError};

use crate::Reconcile;
use crate::segment::SegmentMessage;

/// How many items of the table are read at a time.
const PAGE: i32 = 250;

/// How many read units a second a segment takes. All segments together take a thousand, a twelfth of what a new
/// on-demand table serves (Amazon DynamoDB developer guide, "DynamoDB on-demand capacity mode"). What the items of a
/// segment stand on is mostly one partition, which serves 3,000.
const UNITS_PER_SECOND: f64 = 250.0;

/// What it takes to look up the evidence of a chain, which is read eventually consistent and is below four kilobytes, in both
/// tables at most.
const UNITS_OF_EVIDENCE: f64 = 1.0;

/// What it takes to look at a chain closely, and at what is proved of it.
const UNITS_OF_A_CLOSE_LOOK: f64 = 3.0;

/// How long a page may take; no more is begun with less time left.
const PAGE_TIME: TimeDelta = TimeDelta::seconds(20);

/// How many suspects are looked at closely at the same time.
const CONCURRENCY: usize = 16;

/// Why a segment could not be worked through.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Waiting for ReconcileError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            Self::Queue(error) => error.trouble(),
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::Queue(error) => error.waits_for(),
        }
    }
}

impl Reconcile {
    /// Works through a segment to its end, or until the time is up; another message then continues.
    pub(crate) async fn work_through(
        &self,
        message: SegmentMessage,
        deadline: Deadline,
    ) -> Result<(), ReconcileError> {
        let mut place = message;
        loop {
            let began = self.clock.now();
            let page = self.store.finished_chains(place.segment(), place.after.as_deref(), PAGE).await?;
            place.untold += self.queue_untold(&page, place.tell_since).await?;
            place.seen += count(page.chains.len());
            let pause = pause(&page, place.tell_since.is_some());
            place.after = page.next;
            if place.after.is_none() {
                tracing::info!(
                    segment = place.segment,
                    seen = place.seen,
                    untold = place.untold,
                    "a segment is finished"
                );
                return Ok(());
            }
            if !deadline.leaves(PAGE_TIME + pause, self.clock.now()) {
                return Ok(self.queues.send_one(&place.outgoing()?).await?);
            }
            self.clock.wait_until(began + pause).await;
        }
    }

    /// Queues those chains of a page that should have been told and were not; how many there are.
    async fn queue_untold(
        &self,
        page: &FinishedPage,
        tell_since: Option<DateTime<Utc>>,
    ) -> Result<u64, ReconcileError> {
        let untold = self.untold(&page.chains, tell_since).await?;
        if untold.is_empty() {
            return Ok(0);
        }
        let messages = untold.iter().map(|chain| UntoldMessage { chain: *chain }.outgoing());
        self.send_all(&messages.collect::<Result<Vec<_>, _>>()?).await?;
        let found = count(untold.len());
        // An alarm counts these log lines.
        tracing::warn!(untold = found, "orders were found that nobody was told of");
        Ok(found)
    }

    async fn untold(
        &self,
        chains: &[FinishedChain],
        tell_since: Option<DateTime<Utc>>,
    ) -> Result<Vec<ChainId>, StoreError> {
        let suspects = match tell_since {
            Some(_) => chains.iter().map(|chain| chain.id).collect(),
            None => self.suspects(chains).await?,
        };
        let judged = suspects.into_iter().map(|chain| self.untold_one(chain, tell_since));
        let judged: Vec<_> = stream::iter(judged).buffer_unordered(CONCURRENCY).collect().await;
        let untold: Result<Vec<_>, _> = judged.into_iter().collect();
        Ok(untold?.into_iter().flatten().collect())
    }

    /// The chains whose evidence is missing, or is that of an earlier version.
    async fn suspects(&self, chains: &[FinishedChain]) -> Result<Vec<ChainId>, StoreError> {
        let ids: Vec<_> = chains.iter().map(|chain| chain.id).collect();
        let proofs = self.evidence.proofs(&ids).await?;
        let suspects = chains
            .iter()
            .filter(|chain| proofs.get(&chain.id).is_none_or(|proof| !proof.covers(chain.version)));
        Ok(suspects.map(|chain| chain.id).collect())
    }

    /// The chain, if it should have been told and was not. What cannot be read is left alone.
    async fn untold_one(
        &self,
        id: ChainId,
        tell_since: Option<DateTime<Utc>>,
    ) -> Result<Option<ChainId>, StoreError> {
        match self.is_untold(id, tell_since, self.clock.now()).await {
            Ok(is_untold) => Ok(is_untold.then_some(id)),
            Err(StoreError::LaterFormat { format, .. }) => {
                tracing::info!(chain = %id, format, "a chain of a later release is left alone");
                Ok(None)
            }
            Err(error @ StoreError::Unreadable { .. }) => {
                tracing::error!(chain = %id, %error, "a finished chain cannot be read and is left alone");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a chain should have been told, and what is proved of it is not how it ended. A write that changes nothing
    /// of that has a version of its own, which was never to be told.
    async fn is_untold(
        &self,
        id: ChainId,
        tell_since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let Some(chain) = self.store.load_chain(id).await? else { return Ok(false) };
        if !should_be_told(&chain, now) {
            return Ok(false);
        }
        if tell_since.is_some_and(|since| chain.reached_at(now).is_some_and(|ended| ended >= since)) {
            return Ok(true);
        }
        if self.evidence.proofs(&[id]).await?.get(&id) == Some(&Proof::BeforeRestore) {
            return Ok(false);
        }
        let proved = self.evidence.load(id, now).await?;
        Ok(proved != Some(Evidence::of(&chain, now)))
    }
}

/// How long a page has to take at least, for what it has read.
fn pause(page: &FinishedPage, are_all_suspects: bool) -> TimeDelta {
    let chains = u32::try_from(page.chains.len()).unwrap_or(u32::MAX);
    let each = if are_all_suspects { UNITS_OF_A_CLOSE_LOOK } else { UNITS_OF_EVIDENCE };
    let units = page.read_units + f64::from(chains) * each;
    let pause = Duration::try_from_secs_f64(units / UNITS_PER_SECOND).unwrap_or_default();
    TimeDelta::from_std(pause).unwrap_or_default()
}

fn count(chains: usize) -> u64 {
    u64::try_from(chains).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_takes_no_more_than_its_read_units_a_second() {
        let chain = FinishedChain { id: ChainId::nil(), version: 1 };
        let page = FinishedPage { chains: vec![chain; 100], next: None, read_units: 75.0 };
        assert_eq!(pause(&page, false), TimeDelta::milliseconds(700));
        assert_eq!(pause(&page, true), TimeDelta::milliseconds(1_500));
        assert_eq!(pause(&FinishedPage::default(), true), TimeDelta::zero());
    }
}
