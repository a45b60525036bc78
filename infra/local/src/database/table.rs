//! The one table, kept by an embedded database, and what its items are known by.

use std::path::Path;

use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::{AttributeValue, DynoxideError, Item};

use crate::AnyError;

/// The table's name.
pub const TABLE: &str = "varsling";
/// The attribute that is the table's key.
const KEY: &str = "pk";
/// The attributes that are the index's key: its partition and the time in it.
pub const INDEX_KEY: [&str; 2] = ["dk", "da"];
const DEFINITION: &str = include_str!("../../table.json");

/// The table.
#[derive(Clone)]
pub struct Table(pub dynoxide::Database);

impl Table {
    /// Opens the table in a folder or in memory, and makes it if it is missing.
    pub fn open(folder: Option<&Path>) -> Result<Self, AnyError> {
        let database = match folder {
            Some(folder) => on_disk(folder)?,
            None => dynoxide::Database::memory()?,
        };
        if database.get_table_metadata(TABLE)?.is_none() {
            database.create_table(serde_json::from_str(DEFINITION)?)?;
        }
        Ok(Self(database))
    }

    /// The item with a key, as it is now.
    pub fn get(&self, key: Item) -> Result<Option<Item>, DynoxideError> {
        let table_name = TABLE.to_owned();
        let request =
            GetItemRequest { table_name, key, consistent_read: Some(true), ..GetItemRequest::default() };
        Ok(self.0.get_item(request)?.item)
    }
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
