//! The entries of the index in order of time, to know when a sweep would find something.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use dynoxide::Item;

use super::table::{INDEX_KEY, key_text, number, text};

/// Where an item is in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    partition: String,
    millis: i64,
}

impl Entry {
    /// The entry of an item, if it has one.
    pub fn of(item: &Item) -> Option<Self> {
        let [partition, time] = INDEX_KEY;
        Some(Self { partition: text(item, partition)?.to_owned(), millis: number(item, time)? })
    }
}

/// An entry, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// Its partition, such as `due#03`.
    pub partition: String,
    /// When it falls due.
    pub at: DateTime<Utc>,
    /// The key of its item.
    pub key: String,
}

/// The entries of the index.
#[derive(Default)]
pub struct Entries {
    entries: HashMap<String, Entry>,
    partitions: HashMap<String, BTreeSet<(i64, String)>>,
}

impl Entries {
    /// Sets or removes the entry of an item.
    pub fn set(&mut self, key: &Item, entry: Option<Entry>) {
        let key = key_text(key);
        if let Some(old) = self.entries.remove(key)
            && let Some(partition) = self.partitions.get_mut(&old.partition)
        {
            partition.remove(&(old.millis, key.to_owned()));
        }
        if let Some(new) = entry {
            let partition = self.partitions.entry(new.partition.clone()).or_default();
            partition.insert((new.millis, key.to_owned()));
            self.entries.insert(key.to_owned(), new);
        }
    }

    /// Whether an item has an entry.
    pub fn has(&self, key: &Item) -> bool {
        self.entries.contains_key(key_text(key))
    }

    /// How many a partition has.
    pub fn count(&self, partition: &str) -> usize {
        self.partitions.get(partition).map_or(0, BTreeSet::len)
    }

    /// Those of a partition that fall due first, at most so many.
    pub fn upcoming(&self, partition: &str, most: usize) -> Vec<Upcoming> {
        let first = self.partitions.get(partition).into_iter().flatten().take(most);
        let upcoming = first.map(|(millis, key)| Upcoming {
            partition: partition.to_owned(),
            at: DateTime::from_timestamp_millis(*millis).unwrap_or_default(),
            key: key.clone(),
        });
        upcoming.collect()
    }

    /// The earliest time in a partition.
    pub fn first(&self, partition: &str) -> Option<i64> {
        self.partitions.get(partition)?.first().map(|(millis, _)| *millis)
    }
}
