//! What an operator's tool asks of the table, and no function does: how much is due, what is set aside, and what
//! administrators have changed.

use aws_sdk_dynamodb::types::Select;
use chrono::{DateTime, Utc};
use serde_json::Value;
use varsling_domain::chain::Space;

use super::due::QUARANTINE;
use super::{DueEntry, Item, Shard, Store, StoreError, number, schema, service, string, unreadable};

const CHANGE: &str = "administrator's change";

/// How much of a shard is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overdue {
    /// How many chains.
    pub chains: u64,
    /// Since when the first of them is.
    pub since: Option<DateTime<Utc>>,
}

/// A page of what administrators have changed.
#[derive(Debug, Default)]
pub struct ChangesPage {
    /// The records, in no order.
    pub changes: Vec<Value>,
    /// How many items were gone through.
    pub scanned: u64,
    /// Where the next page begins; none after the last one.
    pub next: Option<Item>,
}

impl Store {
    /// How much of a shard is due. Each page of a megabyte costs 128 read units.
    pub async fn overdue(&self, shard: Shard, now: DateTime<Utc>) -> Result<Overdue, StoreError> {
        let first = self.due(shard, now, None, 1).await?.entries.into_iter().next();
        let Some(first) = first else { return Ok(Overdue::default()) };
        let (mut chains, mut after) = (0, None);
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(schema::DUE_INDEX)
                .select(Select::Count)
                .key_condition_expression("#dk = :dk AND #da <= :until")
                .expression_attribute_names("#dk", schema::DUE_KEY)
                .expression_attribute_names("#da", schema::DUE_AT)
                .expression_attribute_values(":dk", string(&shard.key()))
                .expression_attribute_values(":until", number(now.timestamp_millis()))
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|error| service("due index", &error))?;
            chains += u64::try_from(answer.count()).unwrap_or_default();
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(Overdue { chains, since: first.at() });
            }
        }
    }

    /// What is set aside of a shard, the earliest first: a hundred at most.
    pub async fn set_aside(&self, shard: u8) -> Result<Vec<DueEntry>, StoreError> {
        let partition = format!("{QUARANTINE}#{shard:02}");
        Ok(self.due_in(&partition, DateTime::<Utc>::MAX_UTC, None, 100).await?.entries)
    }

    /// Has an entry that was set aside looked at again by the sweep, at its time, unless it has moved meanwhile.
    pub async fn put_back(&self, entry: &DueEntry) -> Result<(), StoreError> {
        let shard = entry.shard();
        self.move_entry(entry, &format!("{}#{shard}", Space::Due.name()), entry.millis()).await
    }

    /// An item as it is stored, for somebody who wants to know why it cannot be read.
    pub async fn raw(&self, key: &str) -> Result<Option<Item>, StoreError> {
        self.get("item", key).await
    }

    /// How many shards each key space has.
    pub fn shard_count(&self) -> u8 {
        self.shards
    }

    /// A page of what administrators have changed. It goes through the whole table: half a read unit for each 4 kB.
    pub async fn administrator_changes(&self, after: Option<Item>) -> Result<ChangesPage, StoreError> {
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("begins_with(#pk, :kind)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_values(":kind", string("administration#"))
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(|error| service(CHANGE, &error))?;
        let items = answer.items().iter().cloned();
        let changes = items.map(|item| serde_dynamo::from_item(item).map_err(unreadable(CHANGE)));
        Ok(ChangesPage {
            changes: changes.collect::<Result<_, _>>()?,
            scanned: u64::try_from(answer.scanned_count()).unwrap_or_default(),
            next: answer.last_evaluated_key,
        })
    }
}
