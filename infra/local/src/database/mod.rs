//! DynamoDB for the local system: an embedded database behind a front that sees every call, counts what it costs,
//! and lets the index lag.

mod changes;
mod due;
mod index;
pub mod keys;
mod lag;
mod reads;
mod release_before;
mod table;
mod writes;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use dynoxide::{AttributeValue, DynoxideError, Item};
use serde::de::DeserializeOwned;
use serde_json::json;
use varsling_store::{evidence, partitions, schema};

use crate::aws::reply::Reply;
use crate::aws::service::Service;
use crate::costs::Cost;
use crate::runtime::Caller;
use crate::simulator::Simulator;
use crate::{AnyError, lock};
pub use changes::Change;
use changes::{Done, Failed, Written};
pub use due::Upcoming;
use index::Index;
use lag::Lag;
use reads::Places;
use table::Table;
pub use table::{EVIDENCE_TABLE, KEY, TABLE, number, text};
use writes::Write;

/// How many partitions each key space of the due index has: several, as in a deployment, but every one of them is
/// asked in each minute of every test.
pub const SHARDS: u8 = 4;

/// Who is told of every change, in order.
type Listener = Box<dyn Fn(&[Change], DateTime<Utc>) + Send + Sync>;

/// The database.
#[derive(Clone)]
pub struct Database(Arc<Front>);

struct Front {
    table: Table,
    /// No stream follows it, and it has no index.
    evidence: Table,
    /// Held by a write until the index has taken it, so that writes come in order.
    index: Mutex<Index>,
    listener: OnceLock<Listener>,
}

impl Database {
    /// Opens the database, in a folder or in memory.
    pub fn open(folder: Option<&Path>, seed: u64) -> Result<Self, AnyError> {
        let table = Table::open(folder)?;
        let evidence = table.of_evidence()?;
        let index = Mutex::new(Index::of(&table, Lag::seeded(seed))?);
        Ok(Self(Arc::new(Front { table, evidence, index, listener: OnceLock::new() })))
    }

    /// Tells somebody of every change from now on; the first one who asks.
    pub fn tell(&self, listener: impl Fn(&[Change], DateTime<Utc>) + Send + Sync + 'static) {
        let _ = self.0.listener.set(Box::new(listener));
    }

    /// Answers a call.
    pub fn answer(&self, simulator: &Simulator, caller: Caller<'_>, operation: &str, body: &[u8]) -> Reply {
        let (faults, now) = (&simulator.faults, simulator.now());
        let is_of_release_before = is_write(operation) && faults.writes_as_before(caller);
        let before = is_of_release_before.then(|| release_before::written_before(body)).flatten();
        let body = before.as_deref().unwrap_or(body);
        let carried_out = if is_search(operation) && faults.is_stale(caller) {
            self.0.search_stale(operation, body)
        } else {
            self.0.carry_out(operation, body, now)
        };
        let cost = cost(operation, &carried_out);
        if keys::concerns_evidence(body) {
            simulator.costs.add(caller, Service::DynamoDb, &format!("{operation} of evidence"), cost);
        } else {
            simulator.costs.add(caller, Service::DynamoDb, operation, cost);
        }
        reply(carried_out)
    }

    /// The keys of all items, those of the index included.
    pub fn keys(&self) -> Result<Vec<String>, AnyError> {
        let mut keys = vec![];
        self.each_item(|item| {
            let names = [KEY, table::INDEX_KEY[0]].into_iter();
            keys.extend(names.filter_map(|name| item.get(name)).map(|value| format!("{value:?}")));
        })?;
        Ok(keys)
    }

    /// Does something with each item, evidence included.
    pub fn each_item(&self, mut with: impl FnMut(&Item)) -> Result<(), AnyError> {
        for table in [&self.0.table, &self.0.evidence] {
            table.each_item(|item| {
                with(item);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The item with a key, as it is now.
    pub fn item(&self, key: &str) -> Result<Option<Item>, AnyError> {
        let key = Item::from([(KEY.to_owned(), AttributeValue::S(key.to_owned()))]);
        Ok(self.0.table.get(key)?)
    }

    /// What sweeps will find first, at most so many entries of each partition, and how many there are in all.
    pub fn upcoming(&self, most: usize) -> (Vec<Upcoming>, usize) {
        let index = lock(&self.0.index);
        let keys: Vec<_> = partitions(SHARDS).into_iter().map(|partition| partition.key).collect();
        let mut upcoming: Vec<_> = keys.iter().flat_map(|key| index.upcoming(key, most)).collect();
        upcoming.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        (upcoming, keys.iter().map(|key| index.count(key)).sum())
    }

    /// Deletes what has expired, as DynamoDB does some time after it has; how many items those were.
    pub fn expire(&self, now: DateTime<Utc>) -> Result<usize, AnyError> {
        let mut keys = vec![];
        self.each_item(|item| {
            if number(item, schema::TTL).is_some_and(|until| until < now.timestamp()) {
                keys.push(table::key(item));
            }
        })?;
        for key in &keys {
            let table = if is_evidence(key) { table::EVIDENCE_TABLE } else { table::TABLE };
            let request = serde_json::to_vec(&json!({"TableName": table, "Key": key}))?;
            self.0.carry_out("DeleteItem", &request, now).map_err(|failed| failed.error)?;
        }
        Ok(keys.len())
    }

    /// The earliest time at which a sweep would find something.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let index = lock(&self.0.index);
        let due = partitions(SHARDS)
            .into_iter()
            .filter_map(|partition| index.first(&partition.key).map(|due| due - partition.ahead));
        due.min()
    }
}

/// Whether an item, or its key, is of the table of evidence.
pub fn is_evidence(item: &Item) -> bool {
    text(item, KEY).is_some_and(|key| key.starts_with(evidence::KEY_PREFIX))
}

impl Front {
    fn carry_out(&self, operation: &str, body: &[u8], now: DateTime<Utc>) -> Result<Done, Failed> {
        if let Some(write) = Write::read(operation, body) {
            let is_of_evidence = keys::concerns_evidence(body);
            let written =
                if is_of_evidence { write?.carry_out(&self.evidence) } else { self.write(write?, now) };
            let Written { answer, units, .. } = written?;
            return Done::new(&answer, units);
        }
        let index = if is_search(operation) { &self.index_at(now)? } else { &self.table };
        let places = Places { table: &self.table, index };
        reads::read(&places, operation, body).unwrap_or_else(|| Err(unknown()))
    }

    /// A search of an index that has not caught up since it was last looked at.
    fn search_stale(&self, operation: &str, body: &[u8]) -> Result<Done, Failed> {
        let index = lock(&self.index).seen().clone();
        let places = Places { table: &self.table, index: &index };
        reads::read(&places, operation, body).unwrap_or_else(|| Err(unknown()))
    }

    /// The index is a table of its own, so that a query needs the lock no longer than to let it catch up.
    fn index_at(&self, now: DateTime<Utc>) -> Result<Table, DynoxideError> {
        Ok(lock(&self.index).at(now)?.clone())
    }

    /// Requests are read before and answers written after the lock is held.
    fn write(&self, write: Write, now: DateTime<Utc>) -> Result<Written, Failed> {
        let mut index = lock(&self.index);
        let written = write.carry_out(&self.table)?;
        written.changes.iter().for_each(|change| index.take(change, now));
        if let Some(listener) = self.listener.get() {
            listener(&written.changes, now);
        }
        Ok(written)
    }
}

fn unknown() -> Failed {
    DynoxideError::ValidationException("not simulated".into()).into()
}

fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems")
}

/// Whether an operation can look at the index.
fn is_search(operation: &str) -> bool {
    matches!(operation, "Query" | "Scan")
}

fn cost(operation: &str, carried_out: &Result<Done, Failed>) -> Cost {
    let (Ok(Done { units, .. }) | Err(Failed { units, .. })) = carried_out;
    if is_write(operation) {
        Cost { calls: 1, write_units: *units, read_units: 0.0 }
    } else {
        Cost { calls: 1, write_units: 0.0, read_units: *units }
    }
}

/// What a request says.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn reply(carried_out: Result<Done, Failed>) -> Reply {
    let (status, body) = match carried_out {
        Ok(done) => (StatusCode::OK, done.body),
        Err(Failed { error, .. }) => {
            let status = StatusCode::from_u16(error.status_code());
            (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error.to_json())
        }
    };
    Reply {
        status,
        content_type: Service::DynamoDb.content_type(),
        error_type: None,
        function_error: false,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(database: &Database, key: &str, partition: &str, millis: i64) {
        let item = json!({"pk": {"S": key}, "dk": {"S": partition}, "da": {"N": millis.to_string()}});
        let request = json!({"TableName": table::TABLE, "Item": item}).to_string();
        assert!(database.0.carry_out("PutItem", request.as_bytes(), Utc::now()).is_ok());
    }

    #[test]
    fn the_earliest_of_all_key_spaces_counts_with_its_look_ahead() {
        let database = Database::open(None, 0).unwrap();
        assert_eq!(database.next_due(), None);
        put(&database, "a", "lease#03", 1_000_000);
        put(&database, "b", "plan#00", 1_180_001);
        assert_eq!(database.next_due(), DateTime::from_timestamp_millis(1_000_000));
        put(&database, "c", "reminder#01", 999_999);
        assert_eq!(database.next_due(), DateTime::from_timestamp_millis(999_999));
    }

    #[test]
    fn a_folder_keeps_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        put(&Database::open(Some(folder.path()), 0).unwrap(), "a", "due#00", 5);
        let again = Database::open(Some(folder.path()), 0).unwrap();
        assert_eq!(again.next_due(), DateTime::from_timestamp_millis(5));
    }

    #[test]
    fn a_condition_that_is_not_met_tells_the_item_to_those_who_ask() {
        let database = Database::open(None, 0).unwrap();
        let first = json!({"TableName": table::TABLE, "Item": {"pk": {"S": "a"}, "word": {"S": "one"}}});
        assert!(database.0.carry_out("PutItem", first.to_string().as_bytes(), Utc::now()).is_ok());
        let mut again = first;
        again["ConditionExpression"] = "attribute_not_exists(pk)".into();
        again["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
        let reply = reply(database.0.carry_out("PutItem", again.to_string().as_bytes(), Utc::now()));
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(body["__type"].as_str().unwrap().ends_with("#ConditionalCheckFailedException"));
        assert_eq!(body["Item"]["word"]["S"], "one");
    }
}
