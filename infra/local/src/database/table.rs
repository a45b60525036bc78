//! The tables, kept by an embedded database, and what their items are known by.

use std::path::Path;

use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, DynoxideError, Item};
use serde_json::{Value, json};

use crate::AnyError;

/// The name of the main table.
pub const TABLE: &str = "varsling";
/// The attribute that is the table's key.
pub const KEY: &str = "pk";
/// The attributes that are the index's key: its partition and the time in it.
pub const INDEX_KEY: [&str; 2] = ["dk", "da"];
const DEFINITION: &str = include_str!("../../table.json");
/// The name of the table of evidence.
pub const EVIDENCE_TABLE: &str = "varsling-evidence";
const EVIDENCE_DEFINITION: &str = include_str!("../../evidence-table.json");

/// A table.
#[derive(Clone)]
pub struct Table {
    /// The database that it is in.
    pub database: dynoxide::Database,
    name: &'static str,
}

impl Table {
    /// Opens the table in a folder or in memory, and makes it if it is missing. It has no index: that is a table of its
    /// own, which lags behind.
    pub fn open(folder: Option<&Path>) -> Result<Self, AnyError> {
        let database = match folder {
            Some(folder) => on_disk(folder)?,
            None => dynoxide::Database::memory()?,
        };
        match database.get_table_metadata(TABLE)? {
            None => drop(database.create_table(serde_json::from_value(without_index()?)?)?),
            Some(table) if table.gsi_definitions.is_some() => remove_index(&database)?,
            Some(_) => {}
        }
        Ok(Self { database, name: TABLE })
    }

    /// The table of evidence, in the same database; it is made if it is missing.
    pub fn of_evidence(&self) -> Result<Self, AnyError> {
        let database = self.database.clone();
        if database.get_table_metadata(EVIDENCE_TABLE)?.is_none() {
            database.create_table(serde_json::from_str(EVIDENCE_DEFINITION)?)?;
        }
        Ok(Self { database, name: EVIDENCE_TABLE })
    }

    /// A table in memory, with the index alone to be searched.
    pub fn of_index() -> Result<Self, AnyError> {
        let database = dynoxide::Database::memory()?;
        database.create_table(serde_json::from_str(DEFINITION)?)?;
        Ok(Self { database, name: TABLE })
    }

    /// Does something with each item.
    pub fn each_item(
        &self,
        mut with: impl FnMut(&Item) -> Result<(), DynoxideError>,
    ) -> Result<(), DynoxideError> {
        let mut from = None;
        loop {
            let table_name = self.name.to_owned();
            let page = ScanRequest { exclusive_start_key: from, table_name, ..ScanRequest::default() };
            let page = self.database.scan(page)?;
            page.items.iter().flatten().try_for_each(&mut with)?;
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// The item with a key, as it is now.
    pub fn get(&self, key: Item) -> Result<Option<Item>, DynoxideError> {
        let table_name = self.name.to_owned();
        let request =
            GetItemRequest { table_name, key, consistent_read: Some(true), ..GetItemRequest::default() };
        Ok(self.database.get_item(request)?.item)
    }
}

/// The table as it is deployed, but for its index.
fn without_index() -> Result<Value, serde_json::Error> {
    let mut definition: Value = serde_json::from_str(DEFINITION)?;
    if let Some(definition) = definition.as_object_mut() {
        definition.remove("GlobalSecondaryIndexes");
        let key = json!([{"AttributeName": KEY, "AttributeType": "S"}]);
        definition.insert("AttributeDefinitions".into(), key);
    }
    Ok(definition)
}

/// Folders of earlier versions have the index in the table.
fn remove_index(database: &dynoxide::Database) -> Result<(), AnyError> {
    let request =
        json!({"TableName": TABLE, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "due"}}]});
    database.update_table(serde_json::from_value(request)?)?;
    Ok(())
}

/// A database in a folder. It outlives its process, killed or not. No write waits for the disk (SQLite, "PRAGMA
/// synchronous": OFF), so that the folder may be damaged when the machine itself dies.
fn on_disk(folder: &Path) -> Result<dynoxide::Database, AnyError> {
    let database = dynoxide::Database::new(&folder.join("varsling.db").to_string_lossy())?;
    // The library's name for it; it is never switched back.
    database.enable_bulk_loading()?;
    Ok(database)
}

/// The attributes of an item that are its key.
pub fn key(item: &Item) -> Item {
    item.get(KEY).map(|value| (KEY.to_owned(), value.clone())).into_iter().collect()
}

/// The text that is an item's key.
pub fn key_text(item: &Item) -> &str {
    text(item, KEY).unwrap_or_default()
}

/// A text in an item.
pub fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

/// A whole number in an item.
pub fn number(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_whose_table_has_the_index_is_opened_without_it() {
        let folder = tempfile::tempdir().unwrap();
        on_disk(folder.path()).unwrap().create_table(serde_json::from_str(DEFINITION).unwrap()).unwrap();
        let Table { database, .. } = Table::open(Some(folder.path())).unwrap();
        assert!(database.get_table_metadata(TABLE).unwrap().unwrap().gsi_definitions.is_none());
        drop(database);
        assert!(Table::open(Some(folder.path())).is_ok());
    }
}
