//! DynamoDB for the local system: embedded, served on loopback to the real SDK.

use std::path::Path;

use chrono::{DateTime, Utc};
use dynoxide::types::AttributeValue;
use serde_json::json;
use varsling_domain::chain::Space;
use varsling_platform::store::due_key;

use crate::AnyError;

/// The table's name.
const TABLE: &str = "varsling";
/// How many partitions each key space of the due index has: several, as in a deployment, but every one of them is
/// asked in each minute of every test.
pub const SHARDS: u8 = 4;

/// The database and the one table in it.
#[derive(Clone)]
pub struct Database(dynoxide::Database);

impl Database {
    /// Opens the database, in a folder or in memory, and makes the table if it is missing.
    pub fn open(folder: Option<&Path>) -> Result<Self, AnyError> {
        let database = match folder {
            Some(folder) => dynoxide::Database::new(&folder.join("varsling.db").to_string_lossy())?,
            None => dynoxide::Database::memory()?,
        };
        if database.get_table_metadata(TABLE)?.is_none() {
            database.create_table(serde_json::from_str(include_str!("../table.json"))?)?;
        }
        Ok(Self(database))
    }

    /// Serves the database until told to stop.
    pub async fn serve(
        self,
        listener: tokio::net::TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, self.0, stop).await {
            tracing::error!(error, "the database stopped");
        }
    }

    /// The earliest time at which a sweep would find something.
    pub fn next_due(&self) -> Result<Option<DateTime<Utc>>, AnyError> {
        let mut earliest = None;
        for space in Space::ALL {
            for shard in 0..SHARDS {
                let due = self.first(&due_key(space, shard))?;
                let found = due.map(|due| due - space.look_ahead());
                earliest = earliest.into_iter().chain(found).min();
            }
        }
        Ok(earliest)
    }

    fn first(&self, partition: &str) -> Result<Option<DateTime<Utc>>, AnyError> {
        let found = self.0.query(serde_json::from_value(json!({
            "TableName": TABLE,
            "IndexName": "due",
            "KeyConditionExpression": "dk = :dk",
            "ExpressionAttributeValues": {":dk": {"S": partition}},
            "Limit": 1,
        }))?)?;
        let first = found.items.and_then(|items| items.into_iter().next());
        Ok(first.and_then(|item| match item.get("da") {
            Some(AttributeValue::N(millis)) => DateTime::from_timestamp_millis(millis.parse().ok()?),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(database: &Database, key: &str, partition: &str, millis: i64) {
        let item = json!({"pk": {"S": key}, "dk": {"S": partition}, "da": {"N": millis.to_string()}});
        let request = json!({"TableName": TABLE, "Item": item});
        database.0.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    #[test]
    fn the_earliest_of_all_key_spaces_counts_with_its_look_ahead() {
        let database = Database::open(None).unwrap();
        assert_eq!(database.next_due().unwrap(), None);
        put(&database, "a", "lease#03", 1_000_000);
        put(&database, "b", "plan#00", 1_180_001);
        assert_eq!(database.next_due().unwrap(), DateTime::from_timestamp_millis(1_000_000));
        put(&database, "c", "reminder#01", 1_179_999);
        assert_eq!(database.next_due().unwrap(), DateTime::from_timestamp_millis(999_999));
    }

    #[test]
    fn a_folder_keeps_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        put(&Database::open(Some(folder.path())).unwrap(), "a", "lease#00", 5);
        let again = Database::open(Some(folder.path())).unwrap();
        assert_eq!(again.next_due().unwrap(), DateTime::from_timestamp_millis(5));
    }
}
