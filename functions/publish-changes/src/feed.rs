//! Writes the pages of the status feed. What a page of the time since has already is passed over, so that each end of a
//! shipment is told once however often it is told here.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use varsling_domain::feed::{Due, Epoch, FeedEntry, FeedPage, PLACES};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ShipmentId;
use varsling_store::{Store, StoreError};

/// How far the clocks of writers may differ.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// How long it is remembered at least what was told; twice as long at most.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);
/// How many pages are read at a time on the way back.
const PAGES: u64 = 50;
/// How many pages are read first behind one that was refused.
const BEHIND_REFUSED: u64 = 2;

/// Writes the feeds of all owners.
pub struct FeedWriter {
    store: Store,
    epoch: Epoch,
    owners: Mutex<HashMap<Owner, Known>>,
}

/// What is known of an owner's pages.
struct Known {
    /// The newest page that was seen.
    newest: u64,
    /// How many orders it has counted, as far as that is known.
    ended: Option<u64>,
    /// All pages from this one on were looked at.
    oldest: u64,
    /// No page that was written since then is unknown, but for those behind the newest.
    since: DateTime<Utc>,
    told: HashMap<FeedEntry, DateTime<Utc>>,
    shipments: HashSet<ShipmentId>,
    /// How many pages others have written since the last one of ours, and had written before that since the one before.
    of_others: u64,
    of_others_before: u64,
}

impl Known {
    fn of(newest: u64) -> Self {
        let since = DateTime::<Utc>::MAX_UTC;
        Self {
            newest,
            ended: None,
            oldest: newest + 1,
            since,
            told: HashMap::new(),
            shipments: HashSet::new(),
            of_others: 0,
            of_others_before: 0,
        }
    }

    fn learn(&mut self, page: &FeedPage) {
        if page.number >= self.newest {
            self.newest = page.number;
            self.ended = page.ended.or(self.ended);
        }
        for entry in &page.entries {
            self.told.insert(plain(entry), page.written_at);
            self.shipments.insert(entry.shipment);
        }
    }

    fn learn_of_another(&mut self, page: &FeedPage) {
        self.learn(page);
        self.of_others += 1;
    }

    fn learn_of_ours(&mut self, page: &FeedPage) {
        self.learn(page);
        self.of_others_before = std::mem::take(&mut self.of_others);
    }

    /// The page behind the newest, with these entries.
    fn next_page(&self, entries: Vec<FeedEntry>, now: DateTime<Utc>) -> FeedPage {
        let ended = entries.iter().filter(|entry| entry.ends_notification()).count();
        let ended = self.ended.unwrap_or_default() + u64::try_from(ended).unwrap_or_default();
        FeedPage { number: self.newest + 1, written_at: now, entries, ended: Some(ended) }
    }

    /// What is not told yet. An end of a shipment that has been told another one is a correction.
    fn left(&self, due: Vec<FeedEntry>) -> Vec<FeedEntry> {
        let mut seen = HashSet::new();
        let left =
            due.into_iter().filter(|entry| !self.told.contains_key(entry) && seen.insert(entry.clone()));
        left.collect()
    }

    /// Forgets what was told long ago, which is looked up again where somebody asks. It goes through all of it, so it
    /// does not do that each time.
    fn forget(&mut self, now: DateTime<Utc>) {
        let before = now - REMEMBERED;
        if self.since < before - REMEMBERED {
            self.told.retain(|_, at| *at >= before);
            self.shipments = self.told.keys().map(|entry| entry.shipment).collect();
            self.since = before;
            self.oldest = self.newest + 1;
        }
    }
}

/// The entry as it is compared: whether it corrects another one makes no difference.
fn plain(entry: &FeedEntry) -> FeedEntry {
    FeedEntry { corrects: false, ..entry.clone() }
}

impl FeedWriter {
    /// For a table and an epoch.
    pub fn new(store: Store, epoch: Epoch) -> Self {
        Self { store, epoch, owners: Mutex::default() }
    }

    /// Tells what is due in an owner's feed.
    pub async fn tell(&self, owner: &Owner, due: Vec<Due>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(since) = due.iter().map(|due| due.since).min() else { return Ok(()) };
        let mut owners = self.owners.lock().await;
        let mut known = match owners.remove(owner) {
            Some(known) => known,
            None => self.begin(owner, now).await?,
        };
        let of_others = known.of_others_before;
        if of_others > 0 {
            self.read_on(owner, &mut known, (of_others + 1).min(PAGES)).await?;
        }
        // What is known is kept only if all went well: the next one then looks for itself.
        self.catch_up(owner, &mut known, since - SKEW).await?;
        if known.ended.is_none() {
            known.ended = self.store.counted_until(owner, self.epoch, known.newest).await?;
        }
        let corrected: HashSet<_> =
            due.iter().filter(|due| due.entry.corrects).map(|due| plain(&due.entry)).collect();
        let mut left = known.left(due.iter().map(|due| plain(&due.entry)).collect());
        while !left.is_empty() {
            let most = usize::try_from(PLACES).unwrap_or(left.len()).min(left.len());
            let entries = left.iter().take(most).map(|entry| FeedEntry {
                corrects: corrected.contains(entry) || known.shipments.contains(&entry.shipment),
                ..entry.clone()
            });
            let page = known.next_page(entries.collect(), now);
            if let Some(block) = page.begins_block() {
                self.store.begin_feed_block(owner, self.epoch, &block).await?;
            }
            match self.store.put_feed_page(owner, &page).await? {
                None => known.learn_of_ours(&page),
                Some(page) => {
                    known.learn_of_another(&page);
                    self.read_on(owner, &mut known, BEHIND_REFUSED).await?;
                }
            }
            left = known.left(left);
        }
        known.forget(now);
        owners.insert(owner.clone(), known);
        Ok(())
    }

    /// What is known of an owner of whom nothing was known. Pages that may have expired are filled with empty ones, so
    /// that their numbers do not come again, before anything is written behind them.
    async fn begin(&self, owner: &Owner, now: DateTime<Utc>) -> Result<Known, StoreError> {
        let head = self.store.feed_head(owner, self.epoch).await?;
        let (mut known, expired) = (Known::of(head.number), head.expired_behind(now));
        if !expired.is_empty() {
            let ended = match head.ended {
                Some(ended) => Some(ended),
                None => self.store.counted_until(owner, self.epoch, head.number).await?,
            };
            for number in expired.rev() {
                let page = FeedPage { number, written_at: now, entries: vec![], ended };
                let there = self.store.put_feed_page(owner, &page).await?;
                known.learn(&there.unwrap_or(page));
            }
        }
        Ok(known)
    }

    /// Reads the pages that others have written behind the newest that is known, at first as many as are likely: a page that is
    /// read costs a tenth of one that is refused.
    async fn read_on(&self, owner: &Owner, known: &mut Known, likely: u64) -> Result<(), StoreError> {
        let mut most = likely;
        loop {
            let pages = self.store.feed_pages_behind(owner, known.newest, most).await?;
            for page in &pages {
                known.learn_of_another(page);
            }
            if pages.len() < usize::try_from(most).unwrap_or_default() {
                return Ok(());
            }
            most = (2 * most).min(PAGES);
        }
    }

    /// Looks at pages until all are known that were written since.
    async fn catch_up(
        &self,
        owner: &Owner,
        known: &mut Known,
        since: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let first = self.epoch.start() + 1;
        while known.since > since && known.oldest > first {
            let from = known.oldest.saturating_sub(PAGES).max(first);
            let pages = self.store.feed_pages(owner, from..known.oldest).await?;
            for page in pages.values() {
                known.learn(page);
            }
            known.oldest = from;
            known.since = pages.values().map(|page| page.written_at).min().unwrap_or(since).min(known.since);
        }
        known.since = known.since.min(since);
        Ok(())
    }
}
