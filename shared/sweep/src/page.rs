//! A page of the due index: the chains are read together, each is woken by itself, and the messages that follow go out
//! together.

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use tracing::Instrument;
use varsling_domain::chain::{Applied, Backlogs, Chain, DeliveryState, Event, Sweep};
use varsling_domain::sandbox::Simulated;
use varsling_function::trouble::Waiting;
use varsling_store::{DueEntry, StoreError};

use super::incident::Incidents;
use super::run::Sweeper;

/// How many chains are woken at the same time.
const CONCURRENCY: usize = 16;

/// Entries that are due.
pub struct Page {
    /// In the order of their times.
    pub entries: Vec<DueEntry>,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Swept {
    /// How many entries it had.
    pub found: usize,
    /// How many chains changed.
    pub changed: usize,
    /// How many could not be swept.
    pub failed: usize,
    /// Since when the oldest of them was due.
    pub oldest: Option<DateTime<Utc>>,
}

impl Sweeper {
    /// Does whatever has come in the chains of a page.
    pub(super) async fn sweep(&self, page: Page, incidents: &Incidents) -> Result<Swept, StoreError> {
        let found = page.entries.len();
        let oldest = page.entries.iter().filter_map(DueEntry::at).min();
        if found == 0 {
            return Ok(Swept::default());
        }
        let mut entries = vec![];
        let mut ids = vec![];
        for entry in page.entries {
            match entry.chain() {
                Ok(id) => {
                    ids.push(id);
                    entries.push(entry);
                }
                Err(error) => incidents.put_aside(&self.store, entry, error, self.clock.now()).await?,
            }
        }
        let backlogs = self.backlogs.all(self.clock.now()).await;
        let chains = self.store.load_chains(&ids).await?;
        let due = entries.into_iter().zip(chains);
        let woken = due.map(|(entry, chain)| {
            let span = tracing::error_span!("due", subject = entry.key);
            self.wake(entry, chain, backlogs, incidents).instrument(span)
        });
        let woken: Vec<_> = stream::iter(woken).buffered(CONCURRENCY).collect().await;
        let (changes, errors): (Vec<_>, Vec<_>) = woken.into_iter().partition(Result::is_ok);
        for error in errors.iter().filter_map(|result| result.as_ref().err()) {
            error.log_waiting(&"a due chain");
        }
        let changes: Vec<_> = changes.into_iter().flatten().flatten().collect();
        self.dispatcher.dispatch(&changes, self.clock.now()).await?;
        Ok(Swept { found, changed: changes.len(), failed: errors.len(), oldest })
    }

    /// Does whatever has come in one chain; the change, if there is one. What cannot be read or is not for this release
    /// is taken out of the way.
    async fn wake(
        &self,
        entry: DueEntry,
        chain: Result<Option<Chain>, StoreError>,
        backlogs: Backlogs,
        incidents: &Incidents,
    ) -> Result<Option<Applied>, StoreError> {
        // Each chain is judged at its own moment: the last of a long sweep may have waited.
        let now = self.clock.now();
        match chain {
            Ok(Some(chain)) => self.wake_chain(chain, backlogs, now).await,
            Ok(None) => Ok(None),
            Err(error) => incidents.put_aside(&self.store, entry, error, now).await.map(|()| None),
        }
    }

    async fn wake_chain(
        &self,
        chain: Chain,
        backlogs: Backlogs,
        now: DateTime<Utc>,
    ) -> Result<Option<Applied>, StoreError> {
        let opened_at = match &chain.watch {
            Some(watch) if chain.has_due_reminder(now) => self.store.opened_at(&watch.marker).await?,
            Some(_) | None => None,
        };
        let deployment = self.deployment.find(&self.store, now).await?;
        let settlement = deployment.settlement.filter(|settlement| settlement.concerns(&chain));
        let mut events: Vec<_> = settlement.map(Event::Settled).into_iter().collect();
        events.push(Event::Woken(Sweep { backlogs, opened_at }));
        events.extend(self.check_children(&chain, now).await?);
        let before = chain.clone();
        let applied = self.store.apply(chain, &events, now).await?.changed();
        if let Some(applied) = &applied {
            tell_unreported(&before, &applied.chain);
        }
        Ok(applied)
    }
}

/// A metric filter counts these lines: that one notice has no report is chance, that many have none is not.
fn tell_unreported(before: &Chain, after: &Chain) {
    let shipments = before.shipments.iter().zip(&after.shipments);
    let deliveries = shipments.flat_map(|(before, after)| before.deliveries().iter().zip(after.deliveries()));
    for (before, after) in deliveries {
        let is_of_sandbox = after
            .address
            .as_ref()
            .is_some_and(|address| Simulated::of(after.channel, address.as_str()).is_some());
        if before.state == DeliveryState::Accepted && after.is_inferred() && !is_of_sandbox {
            tracing::warn!(unreported = after.channel.name(), "ended without a report");
        }
    }
}
