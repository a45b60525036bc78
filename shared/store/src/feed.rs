//! The pages of owners' status feeds: each put once, and only if there is none of its number. The newest page and every
//! milestone outlast the others: they tell which number comes next.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::feed::{Epoch, FeedPage, MILESTONES, is_milestone};
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, is_condition_failed, schema, service, string, ttl, unreadable};

const KIND: &str = "feed page";

/// How long the newest page and the milestones are kept.
const KEPT_FOR: TimeDelta = TimeDelta::days(3_653);

/// How long any other page is kept once there is one behind it: longer than its entries are shown, and longer than what
/// owners have used is counted by day.
const PASSED_KEPT_FOR: TimeDelta = TimeDelta::days(430);

/// How many pages are looked back for one that counts.
const LOOKED_BACK: u64 = 50;

/// How many pages are looked for in one round of a search.
const PROBES: u64 = 30;

/// How far milestones are looked for in the first round, as a power of two: not beyond the epoch.
const FARTHEST: u32 = 25;

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

    /// Has a page expire that is no longer the newest; unless it is a milestone, or gone.
    pub async fn pass_feed_page(
        &self,
        owner: &Owner,
        page: u64,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if is_milestone(page) {
            return Ok(());
        }
        let request = self.client.update_item().table_name(&self.table);
        let request = request
            .key(schema::PARTITION_KEY, string(&key(owner, page)))
            .update_expression("SET #ttl = :ttl")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#ttl", schema::TTL)
            .expression_attribute_values(":ttl", ttl(now + PASSED_KEPT_FOR).1);
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            _ => Ok(()),
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
    /// was written for sure, or the number before the first: the closer it is, the sooner the newest is found.
    pub async fn feed_head(&self, owner: &Owner, epoch: Epoch, known: u64) -> Result<u64, StoreError> {
        let milestone = self.newest_milestone(owner, known.max(epoch.start())).await?;
        let behind = self.feed_pages(owner, milestone + 1..milestone + MILESTONES).await?;
        Ok(behind.into_keys().max().unwrap_or(milestone))
    }

    /// The newest milestone, where a page or the number before the first is known: that before it, at least.
    async fn newest_milestone(&self, owner: &Owner, known: u64) -> Result<u64, StoreError> {
        let start = known / MILESTONES;
        let steps = (0..FARTHEST).map(|power| (start + (1 << power)) * MILESTONES);
        let found = self.feed_pages(owner, steps).await?;
        let Some(farthest) = found.keys().max().map(|page| page / MILESTONES) else {
            return Ok(start * MILESTONES);
        };
        let bounds = Bounds { there: farthest, gone: start + 2 * (farthest - start) };
        let newest = self.search(owner, bounds, MILESTONES, |page| page.is_some()).await?;
        Ok(newest * MILESTONES)
    }

    /// The last page, from a number on and up to the newest, that was written before a time; the number before `from`
    /// if none was. Those that have expired were.
    pub async fn last_feed_page_before(
        &self,
        owner: &Owner,
        from: u64,
        newest: u64,
        time: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let bounds = Bounds { there: from.saturating_sub(1), gone: newest + 1 };
        self.search(owner, bounds, 1, |page| page.is_none_or(|page| page.written_at < time)).await
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

    /// The last of the numbers of which something holds, where it holds of all before that and of none behind. Numbers
    /// are those of every so many pages.
    async fn search(
        &self,
        owner: &Owner,
        bounds: Bounds,
        every: u64,
        holds: impl Fn(Option<&FeedPage>) -> bool,
    ) -> Result<u64, StoreError> {
        let Bounds { mut there, mut gone } = bounds;
        while gone - there > 1 {
            let step = (gone - there).div_ceil(PROBES + 1);
            let probes: Vec<_> =
                (1..=PROBES).map(|probe| there + probe * step).take_while(|number| *number < gone).collect();
            let found = self.feed_pages(owner, probes.iter().map(|number| number * every)).await?;
            let last = probes.iter().copied().take_while(|number| holds(found.get(&(number * every)))).last();
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
