//! Addresses that nothing is sent to any more: one item each, listed in a partition of its own of the due index, which no
//! sweep reads.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::ReturnValue;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use varsling_domain::suppression::{SuppressedBecause, Suppression, SuppressionId};

use super::{
    Consistency, Item, Store, StoreError, is_condition_failed, number, schema, service, string, ttl,
    unreadable,
};

const KIND: &str = "suppression";
const PREFIX: &str = "suppressed#";
/// Where they stand in the index.
const PARTITION: &str = "suppressed";
/// The attribute with the reason.
const BECAUSE: &str = "w";

/// A suppressed address, and what it is known by.
#[derive(Debug, Clone)]
pub struct Suppressed {
    /// What it is known by.
    pub id: SuppressionId,
    /// Why, and until when.
    pub suppression: Suppression,
}

/// Some suppressed addresses, the latest first.
#[derive(Debug, Default)]
pub struct SuppressedPage {
    /// The addresses.
    pub all: Vec<Suppressed>,
    /// What to ask for the next ones with; none where there are no more.
    pub next: Option<SuppressedPlace>,
}

/// Where a page ended, for the caller to give back.
#[derive(Debug, Clone)]
pub struct SuppressedPlace {
    at: i64,
    id: SuppressionId,
}

/// A text is no place that a page ended at.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no place in the list")]
pub struct InvalidPlace;

impl FromStr for SuppressedPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (at, id) = text.split_once('.').ok_or(InvalidPlace)?;
        Ok(Self { at: at.parse().map_err(|_| InvalidPlace)?, id: id.parse().map_err(|_| InvalidPlace)? })
    }
}

impl fmt::Display for SuppressedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id.as_str())
    }
}

impl SuppressedPlace {
    fn of(item: &Item) -> Option<Self> {
        let id = item.get(schema::PARTITION_KEY)?.as_s().ok()?.strip_prefix(PREFIX)?;
        let at = item.get(schema::DUE_AT)?.as_n().ok()?;
        Some(Self { at: at.parse().ok()?, id: id.parse().ok()? })
    }

    fn key(&self) -> Item {
        Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(&self.id))),
            (schema::DUE_KEY.to_owned(), string(PARTITION)),
            (schema::DUE_AT.to_owned(), number(self.at)),
        ])
    }
}

impl Store {
    /// Suppresses an address. Somebody who has complained stays so, whatever bounces later.
    pub async fn suppress(&self, id: &SuppressionId, suppression: &Suppression) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(suppression).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(id)));
        item.insert(schema::DUE_KEY.to_owned(), string(PARTITION));
        item.insert(schema::DUE_AT.to_owned(), number(suppression.since.timestamp_millis()));
        item.extend(suppression.until.map(ttl));
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk) OR #w <> :complaint")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#w", BECAUSE)
            .expression_attribute_values(":complaint", string(SuppressedBecause::Complaint.name()));
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Of some addresses those that are suppressed, as of a moment ago.
    pub async fn suppressed(
        &self,
        ids: impl Iterator<Item = SuppressionId>,
        now: DateTime<Utc>,
    ) -> Result<HashSet<SuppressionId>, StoreError> {
        let keys: Vec<_> = ids.map(|id| key(&id)).collect();
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let items = self.get_all_as(Consistency::Eventual, KIND, keys.into_iter()).await?;
        let mut suppressed = HashSet::new();
        for (key, item) in items {
            let read = read(&key, item)?;
            if read.suppression.counts(now) {
                suppressed.insert(read.id);
            }
        }
        Ok(suppressed)
    }

    /// Whether an address is suppressed, as of a moment ago.
    pub async fn is_suppressed(&self, id: &SuppressionId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let item = self.get_eventually(KIND, &key(id)).await?;
        let read = item.map(|item| read(&key(id), item)).transpose()?;
        Ok(read.is_some_and(|read| read.suppression.counts(now)))
    }

    /// Why an address is suppressed; none where it is not.
    pub async fn find_suppression(
        &self,
        id: &SuppressionId,
        now: DateTime<Utc>,
    ) -> Result<Option<Suppressed>, StoreError> {
        let item = self.get(KIND, &key(id)).await?;
        let read = item.map(|item| read(&key(id), item)).transpose()?;
        Ok(read.filter(|read| read.suppression.counts(now)))
    }

    /// Lifts a suppression; false where there was none.
    pub async fn lift_suppression(&self, id: &SuppressionId) -> Result<bool, StoreError> {
        let request = self.client.delete_item().table_name(&self.table);
        let request = request.key(schema::PARTITION_KEY, string(&key(id))).return_values(ReturnValue::AllOld);
        let answer = request.send().await.map_err(|error| service(KIND, &error))?;
        Ok(answer.attributes.is_some_and(|item| !item.is_empty()))
    }

    /// Suppressed addresses, the latest first, from where a page before ended.
    pub async fn list_suppressions(
        &self,
        after: Option<&SuppressedPlace>,
        most: i32,
        now: DateTime<Utc>,
    ) -> Result<SuppressedPage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::DUE_INDEX)
            .key_condition_expression("#dk = :dk")
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_values(":dk", string(PARTITION))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(SuppressedPlace::key))
            .limit(most);
        let answer = request.send().await.map_err(|error| service(KIND, &error))?;
        let keys =
            answer.items().iter().filter_map(|item| item.get(schema::PARTITION_KEY)?.as_s().ok().cloned());
        let keys: Vec<_> = keys.collect();
        let mut items = self.get_all(KIND, keys.iter().cloned()).await?;
        let mut all = vec![];
        for key in keys {
            // One that was lifted a moment ago is still in the index.
            if let Some(item) = items.remove(&key) {
                all.push(read(&key, item)?);
            }
        }
        all.retain(|read| read.suppression.counts(now));
        Ok(SuppressedPage { all, next: answer.last_evaluated_key.as_ref().and_then(SuppressedPlace::of) })
    }
}

fn read(key: &str, item: Item) -> Result<Suppressed, StoreError> {
    let id = key.strip_prefix(PREFIX).and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| StoreError::Unreadable { kind: KIND, why: "its key".into() })?;
    let suppression = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
    Ok(Suppressed { id, suppression })
}

fn key(id: &SuppressionId) -> String {
    format!("{PREFIX}{}", id.as_str())
}
