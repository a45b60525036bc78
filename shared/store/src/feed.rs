//! The pages of owners' status feeds: each put once, and only if there is none of its number.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::feed::{Epoch, FeedPage};
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, is_condition_failed, schema, service, string, ttl, unreadable};

const KIND: &str = "feed page";

/// Pages are shown for 90 days and kept for far longer: the newest one tells which number comes next.
const KEPT_FOR: TimeDelta = TimeDelta::days(3_653);

/// How many pages are looked back for one that counts.
const LOOKED_BACK: u64 = 50;

/// How many pages are looked for in one round of a search.
const PROBES: u64 = 30;

impl Store {
    /// Writes a page; false if there is one of its number already.
    pub async fn put_feed_page(&self, owner: &Owner, page: &FeedPage) -> Result<bool, StoreError> {
        let mut item: Item = serde_dynamo::to_item(page).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(owner, page.number)));
        item.extend([ttl(page.written_at + KEPT_FOR)]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition_failed(&error) => Ok(false),
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// Those of some pages that there are, by their numbers.
    pub async fn feed_pages(
        &self,
        owner: &Owner,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<BTreeMap<u64, FeedPage>, StoreError> {
        let numbers: Vec<_> = numbers.into_iter().collect();
        let keys = numbers.iter().map(|number| key(owner, *number));
        let mut items = self.get_all(KIND, keys).await?;
        let found =
            numbers.into_iter().filter_map(|number| Some((number, items.remove(&key(owner, number))?)));
        let read = found.map(|(number, item)| {
            let page: FeedPage = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
            Ok((number, FeedPage { number, ..page }))
        });
        read.collect()
    }

    /// The number of an owner's newest page in an epoch; that before the first where there is none. `known` is one that
    /// there is for sure, or the number before the first: the closer it is, the sooner the newest is found.
    pub async fn feed_head(&self, owner: &Owner, epoch: Epoch, known: u64) -> Result<u64, StoreError> {
        let start = known.max(epoch.start());
        let steps = (0..PROBES).map(|power| start + (1 << power));
        let found = self.feed_pages(owner, steps).await?;
        let Some(newest) = found.keys().max() else { return Ok(start) };
        let bounds = Bounds { there: *newest, gone: start + 2 * (newest - start) };
        self.search(owner, bounds, |_| true).await
    }

    /// The last page, from a number on and up to the newest, that was written before a time; the number before `from`
    /// if none was.
    pub async fn last_feed_page_before(
        &self,
        owner: &Owner,
        from: u64,
        newest: u64,
        time: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let bounds = Bounds { there: from.saturating_sub(1), gone: newest + 1 };
        self.search(owner, bounds, |page| page.written_at < time).await
    }

    /// How many orders had ended by a page of an epoch, as the last page says that counts: pages of earlier releases do
    /// not, and an epoch goes on from the one before it. None where no page counts among those that are looked at.
    pub async fn counted_until(
        &self,
        owner: &Owner,
        epoch: Epoch,
        page: u64,
    ) -> Result<Option<u64>, StoreError> {
        let from = page.saturating_sub(LOOKED_BACK).max(epoch.start());
        let pages = self.feed_pages(owner, from + 1..=page).await?;
        if let Some(ended) = pages.into_values().rev().find_map(|page| page.ended) {
            return Ok(Some(ended));
        }
        let Some(before) = epoch.before().filter(|_| from == epoch.start()) else { return Ok(None) };
        let head = self.feed_head(owner, before, before.start()).await?;
        Box::pin(self.counted_until(owner, before, head)).await
    }

    /// The last page of which something holds, where it holds of all before that and of none behind.
    async fn search(
        &self,
        owner: &Owner,
        bounds: Bounds,
        holds: impl Fn(&FeedPage) -> bool,
    ) -> Result<u64, StoreError> {
        let Bounds { mut there, mut gone } = bounds;
        while gone - there > 1 {
            let step = (gone - there).div_ceil(PROBES + 1);
            let probes: Vec<_> =
                (1..=PROBES).map(|probe| there + probe * step).take_while(|number| *number < gone).collect();
            let found = self.feed_pages(owner, probes.iter().copied()).await?;
            let last =
                probes.iter().copied().take_while(|number| found.get(number).is_some_and(&holds)).last();
            let first_gone = probes.into_iter().find(|number| last.is_none_or(|last| *number > last));
            there = last.unwrap_or(there);
            gone = first_gone.unwrap_or(gone);
        }
        Ok(there)
    }
}

/// Between which numbers something is searched.
struct Bounds {
    /// Of this one it holds, or it is before all.
    there: u64,
    /// Of this one it does not.
    gone: u64,
}

fn key(owner: &Owner, number: u64) -> String {
    format!("feed#{owner}#{number}")
}
