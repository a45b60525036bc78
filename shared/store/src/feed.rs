//! The pages of owners' status feeds: each put once, and only if there is none of its number.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use chrono::{DateTime, Utc};
use varsling_domain::feed::{Epoch, FeedPage};
use varsling_domain::identity::Owner;

use super::{Consistency, Item, Store, StoreError, schema, service, string, ttl, unreadable};

const KIND: &str = "feed page";

/// How many pages are looked back for one that counts.
const LOOKED_BACK: u64 = 50;

/// How many pages are looked for in one round of a search.
const PROBES: u64 = 30;

impl Store {
    /// Writes a page. None if it was written, else the one that has its number already.
    pub async fn put_feed_page(
        &self,
        owner: &Owner,
        page: &FeedPage,
    ) -> Result<Option<FeedPage>, StoreError> {
        let mut item: Item = serde_dynamo::to_item(page).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(owner, page.number)));
        item.extend([ttl(page.kept_until())]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(None) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(service(KIND, &error));
        };
        let there = failed.item().ok_or(StoreError::Missing(KIND))?;
        read(page.number, there.clone()).map(Some)
    }

    /// Those of some pages that there are, by their numbers.
    pub async fn feed_pages(
        &self,
        owner: &Owner,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<BTreeMap<u64, FeedPage>, StoreError> {
        self.feed_pages_as(Consistency::Strong, owner, numbers).await
    }

    /// Those of some pages that follow one without a hole, as they were a moment ago.
    pub async fn feed_pages_behind(
        &self,
        owner: &Owner,
        page: u64,
        most: u64,
    ) -> Result<Vec<FeedPage>, StoreError> {
        let numbers = page + 1..=page + most;
        let mut pages = self.feed_pages_as(Consistency::Eventual, owner, numbers.clone()).await?;
        Ok(numbers.map_while(|number| pages.remove(&number)).collect())
    }

    async fn feed_pages_as(
        &self,
        consistency: Consistency,
        owner: &Owner,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<BTreeMap<u64, FeedPage>, StoreError> {
        let numbers: Vec<_> = numbers.into_iter().collect();
        let keys = numbers.iter().map(|number| key(owner, *number));
        let mut items = self.get_all_as(consistency, KIND, keys).await?;
        let found =
            numbers.into_iter().filter_map(|number| Some((number, items.remove(&key(owner, number))?)));
        found.map(|(number, item)| Ok((number, read(number, item)?))).collect()
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
        let bounds = Bounds { there: from.saturating_sub(1), gone: (newest + 1).max(from) };
        self.search_feed(owner, bounds, std::convert::identity, |page| {
            page.is_none_or(|page| page.written_at < time)
        })
        .await
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
        let mut pages = self.feed_pages(owner, from + 1..=page + 1).await?;
        let behind = pages.remove(&(page + 1));
        if !pages.contains_key(&page)
            && let Some(before) = behind.and_then(|behind| behind.ended_before())
        {
            // It has expired; the one behind it counts on from it.
            return Ok(Some(before));
        }
        if let Some(ended) = pages.into_values().rev().find_map(|page| page.ended) {
            return Ok(Some(ended));
        }
        let Some(before) = epoch.before().filter(|_| from == epoch.start()) else { return Ok(None) };
        let head = self.feed_head(owner, before).await?;
        match head.ended {
            Some(ended) => Ok(Some(ended)),
            None => Box::pin(self.counted_until(owner, before, head.number)).await,
        }
    }

    /// The last of some numbers of whose page something holds, where it holds of all before that and of none behind.
    pub(super) async fn search_feed(
        &self,
        owner: &Owner,
        bounds: Bounds,
        page_of: impl Fn(u64) -> u64,
        holds: impl Fn(Option<&FeedPage>) -> bool,
    ) -> Result<u64, StoreError> {
        let Bounds { mut there, mut gone } = bounds;
        while gone - there > 1 {
            let step = (gone - there).div_ceil(PROBES + 1);
            let probes: Vec<_> =
                (1..=PROBES).map(|probe| there + probe * step).take_while(|number| *number < gone).collect();
            let found = self.feed_pages(owner, probes.iter().map(|number| page_of(*number))).await?;
            let held = probes.iter().copied().take_while(|number| holds(found.get(&page_of(*number))));
            let last = held.last();
            let first_gone = probes.into_iter().find(|number| last.is_none_or(|last| *number > last));
            there = last.unwrap_or(there);
            gone = first_gone.unwrap_or(gone);
        }
        Ok(there)
    }
}

/// Between which numbers something is searched.
pub(super) struct Bounds {
    /// Of this one it holds, or it is before all.
    pub there: u64,
    /// Of this one it does not.
    pub gone: u64,
}

fn read(number: u64, item: Item) -> Result<FeedPage, StoreError> {
    let page: FeedPage = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
    Ok(FeedPage { number, ..page })
}

fn key(owner: &Owner, number: u64) -> String {
    format!("feed#{owner}#{number}")
}
