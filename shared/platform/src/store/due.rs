//! The due index: which chains a sweep has to look at. Sparse, keys only, and spread over shards so
//! that a busy minute is not one partition's.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use futures::stream::{self, StreamExt};
use varsling_domain::chain::{Chain, Space};
use varsling_domain::channel::Channel;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, number, schema, service, string};

/// How many partitions each key space has, unless `DUE_SHARDS` says otherwise. A partition takes 1,000 writes a
/// second. Entries are not moved when the number changes.
pub(super) const SHARDS: u8 = 32;

/// How many shards are read at once.
const CONCURRENCY: usize = 8;

/// How many entries of one shard a sweep takes at most; the next sweep takes the rest.
const MOST_PER_SHARD: i32 = 1_000;

impl Store {
    /// The chains that are due in a key space, looking as far ahead as the space is read. There is no
    /// lower bound: what appears late is still found.
    pub async fn due(&self, space: Space, now: DateTime<Utc>) -> Result<Vec<ChainId>, StoreError> {
        let found = self.due_at_most(space, now, MOST_PER_SHARD).await?;
        Ok(found.into_iter().map(|(_, chain)| chain).collect())
    }

    /// The first chains that are due in a key space, in order; of each shard at most so many.
    pub async fn due_at_most(
        &self,
        space: Space,
        now: DateTime<Utc>,
        most: i32,
    ) -> Result<Vec<(i64, ChainId)>, StoreError> {
        let until = now + space.look_ahead();
        let shards = stream::iter(0..self.shards).map(|shard| self.due_in_shard(space, shard, until, most));
        let found: Vec<Vec<_>> = shards.buffer_unordered(CONCURRENCY).try_collect().await?;
        let mut found: Vec<_> = found.into_iter().flatten().collect();
        found.sort_unstable();
        Ok(found)
    }

    /// How many entries to take of each shard to find so many in all, were they spread evenly.
    pub fn per_shard(&self, count: usize) -> i32 {
        i32::try_from(count.div_ceil(usize::from(self.shards)) + 1)
            .map_or(MOST_PER_SHARD, |most| most.min(MOST_PER_SHARD))
    }

    async fn due_in_shard(
        &self,
        space: Space,
        shard: u8,
        until: DateTime<Utc>,
        most: i32,
    ) -> Result<Vec<(i64, ChainId)>, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::DUE_INDEX)
            .key_condition_expression("#dk = :dk AND #da <= :until")
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_names("#da", schema::DUE_AT)
            .expression_attribute_values(":dk", string(&due_key(space, shard)))
            .expression_attribute_values(":until", number(until.timestamp_millis()))
            .limit(most);
        let answer = request.send().await.map_err(|error| service("due index", &error))?;
        Ok(answer.items().iter().filter_map(entry_of).collect())
    }
}

/// The attributes that put a chain into the index; none once everything in it is final.
pub(super) fn entry(chain: &Chain, shards: u8) -> Vec<(String, AttributeValue)> {
    let Some(due) = chain.due() else { return vec![] };
    let key = due_key(due.space, chain.id.shard(shards));
    vec![
        (schema::DUE_KEY.to_owned(), string(&key)),
        (schema::DUE_AT.to_owned(), number(due.at.timestamp_millis())),
    ]
}

/// The partition of a shard of a key space.
pub fn due_key(space: Space, shard: u8) -> String {
    let space = match space {
        Space::Plan => "plan",
        Space::Reminder => "reminder",
        Space::Line(Channel::Email) => "line-email",
        Space::Line(Channel::Sms) => "line-sms",
        Space::BothLines => "line-both",
        Space::UrgentLine => "line-urgent",
        Space::Lease => "lease",
    };
    format!("{space}#{shard:02}")
}

fn entry_of(item: &Item) -> Option<(i64, ChainId)> {
    let key = item.get(schema::PARTITION_KEY)?.as_s().ok()?;
    let at = item.get(schema::DUE_AT)?.as_n().ok()?.parse().ok()?;
    Some((at, key.strip_prefix("chain#")?.parse().ok()?))
}
