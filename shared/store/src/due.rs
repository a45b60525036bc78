//! The due index: which chains a sweep has to look at. Sparse, keys only, and spread over shards so that a busy minute
//! is not one partition's.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Chain, Due, LOOK_AHEAD, Space};
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, number, schema, service, string};

/// How many partitions each key space has, unless `DUE_SHARDS` says otherwise. A partition takes 1,000 writes a
/// second. Entries are not moved when the number changes.
pub(super) const SHARDS: u8 = 32;

/// The key space of what cannot be read: it keeps its time, and no sweep looks at it.
pub(super) const QUARANTINE: &str = "quarantine";

/// The key spaces of the release before this one, with how far ahead of its time an entry was acted on. A chain leaves
/// them with the first write by this release.
const BEFORE: [BeforeSpace; 6] = [
    BeforeSpace { name: "plan", ahead: LOOK_AHEAD },
    BeforeSpace { name: "lease", ahead: TimeDelta::zero() },
    BeforeSpace { name: "line-email", ahead: LOOK_AHEAD },
    BeforeSpace { name: "line-sms", ahead: LOOK_AHEAD },
    BeforeSpace { name: "line-both", ahead: LOOK_AHEAD },
    BeforeSpace { name: "line-urgent", ahead: LOOK_AHEAD },
];

struct BeforeSpace {
    name: &'static str,
    ahead: TimeDelta,
}

/// A partition of the index that sweeps look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its key.
    pub key: String,
    /// How far ahead of its time an entry is acted on.
    pub ahead: TimeDelta,
}

/// Every partition that sweeps look at, those of the release before included, where each key space has so many shards.
pub fn partitions(shards: u8) -> Vec<Partition> {
    (0..shards).flat_map(shard_partitions).collect()
}

fn shard_partitions(number: u8) -> impl Iterator<Item = Partition> {
    let now = Space::ALL
        .into_iter()
        .map(move |space| Partition { key: Shard { space, number }.key(), ahead: TimeDelta::zero() });
    let before = BEFORE
        .iter()
        .map(move |space| Partition { key: format!("{}#{number:02}", space.name), ahead: space.ahead });
    now.chain(before)
}

/// One shard of a key space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The key space.
    pub space: Space,
    /// Which of its shards.
    pub number: u8,
}

impl Shard {
    /// Its partition of the index.
    pub fn key(self) -> String {
        format!("{}#{:02}", self.space.name(), self.number)
    }
}

/// One entry of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEntry {
    /// The key of the item that it is of.
    pub key: String,
    /// The partition that it stands in.
    partition: String,
    /// Its time there, in epoch milliseconds.
    millis: i64,
}

/// Some of a shard's entries, in order.
#[derive(Debug, Default)]
pub struct DuePage {
    /// The entries.
    pub entries: Vec<DueEntry>,
    /// Where the next page begins; none after the last one.
    pub next: Option<Item>,
}

impl DueEntry {
    /// The chain; an error where it is an entry of anything else, which does not belong into the index.
    pub fn chain(&self) -> Result<ChainId, StoreError> {
        let id = self.key.strip_prefix(super::chains::KEY_PREFIX).and_then(|id| id.parse().ok());
        id.ok_or(StoreError::Unreadable { kind: "due entry", why: "its key is no chain's".into() })
    }

    /// When it is due.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.millis)
    }

    /// The same, in epoch milliseconds.
    pub(super) fn millis(&self) -> i64 {
        self.millis
    }

    /// The number of its shard, as it stands in the names of partitions.
    pub(super) fn shard(&self) -> &str {
        self.partition.rsplit('#').next().unwrap_or_default()
    }
}

impl Store {
    /// Every shard of a key space.
    pub fn shards(&self, space: Space) -> impl Iterator<Item = Shard> + use<> {
        (0..self.shards).map(move |number| Shard { space, number })
    }

    /// A page of what is due in a shard. There is no lower bound: what appears late is still found.
    pub async fn due(
        &self,
        shard: Shard,
        now: DateTime<Utc>,
        after: Option<Item>,
        most: i32,
    ) -> Result<DuePage, StoreError> {
        self.due_in(&shard.key(), now, after, most).await
    }

    /// What is due in the key spaces of the release before, of one shard.
    pub async fn due_before(
        &self,
        number: u8,
        now: DateTime<Utc>,
        most: i32,
    ) -> Result<Vec<DueEntry>, StoreError> {
        let mut found = vec![];
        for space in &BEFORE {
            let partition = format!("{}#{number:02}", space.name);
            found.extend(self.due_in(&partition, now + space.ahead, None, most).await?.entries);
        }
        Ok(found)
    }

    pub(super) async fn due_in(
        &self,
        partition: &str,
        until: DateTime<Utc>,
        after: Option<Item>,
        most: i32,
    ) -> Result<DuePage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::DUE_INDEX)
            .key_condition_expression("#dk = :dk AND #da <= :until")
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_names("#da", schema::DUE_AT)
            .expression_attribute_values(":dk", string(partition))
            .expression_attribute_values(":until", number(until.timestamp_millis()))
            .set_exclusive_start_key(after)
            .limit(most);
        let answer = request.send().await.map_err(|error| service("due index", &error))?;
        let entries = answer.items().iter().filter_map(found).collect();
        Ok(DuePage { entries, next: answer.last_evaluated_key })
    }

    /// Moves a chain that cannot be read to its own key space, unless its entry has moved meanwhile. It keeps its time.
    pub async fn quarantine(&self, entry: &DueEntry) -> Result<(), StoreError> {
        self.move_entry(entry, &format!("{QUARANTINE}#{}", entry.shard()), entry.millis).await
    }

    /// Puts off an entry that this release has nothing to do with, unless it has moved meanwhile.
    pub async fn put_off(&self, entry: &DueEntry, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.move_entry(entry, &entry.partition, until.timestamp_millis()).await
    }

    pub(super) async fn move_entry(
        &self,
        entry: &DueEntry,
        partition: &str,
        millis: i64,
    ) -> Result<(), StoreError> {
        let request = self.client.update_item().table_name(&self.table);
        let moved = request
            .key(schema::PARTITION_KEY, string(&entry.key))
            // The write has nothing to tell of, whatever the one before had.
            .update_expression("SET #dk = :to, #da = :at REMOVE #t")
            .condition_expression("#dk = :from AND #da = :was")
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_names("#da", schema::DUE_AT)
            .expression_attribute_names("#t", schema::TOLD)
            .expression_attribute_values(":to", string(partition))
            .expression_attribute_values(":at", number(millis))
            .expression_attribute_values(":from", string(&entry.partition))
            .expression_attribute_values(":was", number(entry.millis))
            .send()
            .await;
        match moved {
            Err(error) if super::is_condition_failed(&error) => Ok(()),
            moved => moved.map(drop).map_err(|error| service("due index", &error)),
        }
    }
}

/// The attributes that put a chain into the index; none once everything in it is final.
pub(super) fn entry(chain: &Chain, shards: u8) -> Vec<(String, AttributeValue)> {
    let Some(due) = chain.entry else { return vec![] };
    let shard = Shard { space: due.space, number: chain.id.shard(shards) };
    vec![
        (schema::DUE_KEY.to_owned(), string(&shard.key())),
        (schema::DUE_AT.to_owned(), number(due.at.timestamp_millis())),
    ]
}

/// Where an item stands in the index; nowhere where it stands in a key space of the release before.
pub(super) fn entry_of(item: &Item) -> Option<Due> {
    let key = item.get(schema::DUE_KEY)?.as_s().ok()?;
    let name = key.split('#').next()?;
    let space = Space::ALL.into_iter().find(|space| space.name() == name)?;
    let millis = item.get(schema::DUE_AT)?.as_n().ok()?.parse().ok()?;
    Some(Due { space, at: DateTime::from_timestamp_millis(millis)? })
}

fn found(item: &Item) -> Option<DueEntry> {
    let key = item.get(schema::PARTITION_KEY)?.as_s().ok()?.clone();
    let partition = item.get(schema::DUE_KEY)?.as_s().ok()?.clone();
    let millis = item.get(schema::DUE_AT)?.as_n().ok()?.parse().ok()?;
    Some(DueEntry { key, partition, millis })
}
