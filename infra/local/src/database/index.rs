//! The index as queries see it: each write comes into it some time after the table has it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::{DynoxideError, Item};

use super::changes::Change;
use super::due::{Entries, Entry, Upcoming};
use super::lag::Lag;
use super::table::{INDEX_KEY, TABLE, Table, key_text};
use crate::AnyError;

/// A write on its way into the index.
struct Coming {
    key: Item,
    new: Option<Item>,
}

/// The index, and what is on its way into it.
pub struct Index {
    /// What has come into it: a table with nothing but its entries.
    seen: Table,
    entries: Entries,
    /// What it will hold once everything has come.
    latest: Entries,
    coming: BTreeMap<(DateTime<Utc>, u64), Coming>,
    /// When the last write of an item comes, so that none overtakes another.
    last: HashMap<String, DateTime<Utc>>,
    count: u64,
    lag: Lag,
}

impl Index {
    /// The index of a table as it is.
    pub fn of(table: &Table, lag: Lag) -> Result<Self, AnyError> {
        let (entries, latest) = (Entries::default(), Entries::default());
        let (coming, last) = (BTreeMap::new(), HashMap::new());
        let mut index = Self { seen: Table::of_index()?, entries, latest, coming, last, count: 0, lag };
        table.each_item(|item| index.enter(item))?;
        Ok(index)
    }

    fn enter(&mut self, item: &Item) -> Result<(), DynoxideError> {
        if Entry::of(item).is_none() {
            return Ok(());
        }
        self.latest.set(item, Entry::of(item));
        self.apply(&Coming { key: super::table::key(item), new: Some(projected(item)) })
    }

    /// What queries saw when somebody last looked.
    pub fn seen(&self) -> &Table {
        &self.seen
    }

    /// Takes a write of the table, which comes into the index later.
    pub fn take(&mut self, change: &Change, now: DateTime<Utc>) {
        let [old, new] = [&change.old, &change.new].map(|image| image.as_ref().and_then(Entry::of));
        if old == new {
            return;
        }
        let key = change.key_text().to_owned();
        let before = self.last.get(&key).copied().unwrap_or(now);
        let at = (now + self.lag.draw()).max(before);
        self.count += 1;
        let image = change.new.as_ref().filter(|_| new.is_some()).map(projected);
        self.latest.set(&change.key, new);
        self.coming.insert((at, self.count), Coming { key: change.key.clone(), new: image });
        self.last.insert(key, at);
    }

    /// What queries see at a time.
    pub fn at(&mut self, now: DateTime<Utc>) -> Result<&Table, DynoxideError> {
        // Of several writes of an item that have come since somebody looked, the last one counts.
        let mut come = BTreeMap::new();
        while let Some(next) = self.coming.first_entry().filter(|next| next.key().0 <= now) {
            let ((at, _), coming) = next.remove_entry();
            let key = key_text(&coming.key).to_owned();
            if self.last.get(&key) == Some(&at) {
                self.last.remove(&key);
            }
            come.insert(key, coming);
        }
        come.values().try_for_each(|coming| self.apply(coming))?;
        Ok(&self.seen)
    }

    fn apply(&mut self, coming: &Coming) -> Result<(), DynoxideError> {
        if coming.new.is_none() && !self.entries.has(&coming.key) {
            return Ok(());
        }
        let (table_name, key) = (TABLE.to_owned(), coming.key.clone());
        self.entries.set(&key, coming.new.as_ref().and_then(Entry::of));
        match coming.new.clone() {
            Some(item) => self
                .seen
                .database
                .put_item(PutItemRequest { table_name, item, ..Default::default() })
                .map(drop),
            None => self
                .seen
                .database
                .delete_item(DeleteItemRequest { table_name, key, ..Default::default() })
                .map(drop),
        }
    }

    /// The entries of a partition that fall due first, at most so many.
    pub fn upcoming(&self, partition: &str, most: usize) -> Vec<Upcoming> {
        self.latest.upcoming(partition, most)
    }

    /// How many entries a partition has.
    pub fn count(&self, partition: &str) -> usize {
        self.latest.count(partition)
    }

    /// The earliest time in a partition, of what queries see or will see.
    pub fn first(&self, partition: &str) -> Option<DateTime<Utc>> {
        let first = [self.entries.first(partition), self.latest.first(partition)].into_iter().flatten().min();
        first.and_then(DateTime::from_timestamp_millis)
    }
}

/// The attributes of an item that the index has.
fn projected(item: &Item) -> Item {
    let mut image = super::table::key(item);
    let of_index = INDEX_KEY.into_iter().filter_map(|name| Some((name.to_owned(), item.get(name)?.clone())));
    image.extend(of_index);
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use dynoxide::actions::scan::ScanRequest;
    use serde_json::{from_value, json};

    /// The longest that anything is on its way.
    const LONGEST: TimeDelta = TimeDelta::seconds(2);

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    fn item(partition: &str, millis: i64) -> Item {
        let (partition, millis) = (json!({"S": partition}), json!({"N": millis.to_string()}));
        from_value(json!({"pk": {"S": "a"}, "dk": partition, "da": millis, "text": {"S": "x"}})).unwrap()
    }

    fn change(old: Option<Item>, new: Option<Item>) -> Change {
        Change { key: from_value(json!({"pk": {"S": "a"}})).unwrap(), old, new }
    }

    fn of_index() -> ScanRequest {
        ScanRequest { table_name: TABLE.into(), index_name: Some("due".into()), ..ScanRequest::default() }
    }

    fn seen(index: &mut Index, now: DateTime<Utc>) -> Vec<Item> {
        index.at(now).unwrap().database.scan(of_index()).unwrap().items.unwrap()
    }

    #[test]
    fn a_write_comes_into_the_index_within_two_seconds_and_not_at_once() {
        let mut index = Index::of(&Table::open(None).unwrap(), Lag::seeded(1)).unwrap();
        index.take(&change(None, Some(item("due#0", 5))), at(0));
        let (arrival, _) = index.coming.keys().next().copied().unwrap();
        assert!(arrival > at(0) && arrival <= at(0) + LONGEST);
        assert!(seen(&mut index, arrival - TimeDelta::milliseconds(1)).is_empty());
        assert_eq!(seen(&mut index, arrival), [projected(&item("due#0", 5))]);
    }

    #[test]
    fn writes_of_one_item_do_not_overtake_each_other() {
        let mut index = Index::of(&Table::open(None).unwrap(), Lag::seeded(1)).unwrap();
        let mut old = None;
        for millis in 1..20 {
            let new = item("due#0", millis);
            index.take(&change(old.replace(new.clone()), Some(new)), at(0));
        }
        index.take(&change(old, None), at(0));
        assert!(seen(&mut index, at(0) + LONGEST).is_empty());
        assert!(index.last.is_empty() && index.coming.is_empty());
    }

    #[test]
    fn what_is_on_its_way_is_due_already_and_what_leaves_is_due_until_then() {
        let mut index = Index::of(&Table::open(None).unwrap(), Lag::seeded(1)).unwrap();
        index.take(&change(None, Some(item("due#0", 5))), at(0));
        assert_eq!(index.first("due#0"), Some(at(5)));
        assert_eq!(seen(&mut index, at(2_000)).len(), 1);
        index.take(&change(Some(item("due#0", 5)), None), at(2_000));
        assert_eq!(index.first("due#0"), Some(at(5)));
        assert!(seen(&mut index, at(4_000)).is_empty());
        assert_eq!(index.first("due#0"), None);
    }

    #[test]
    fn what_comes_and_goes_before_anybody_looks_is_never_seen() {
        let mut index = Index::of(&Table::open(None).unwrap(), Lag::seeded(1)).unwrap();
        index.take(&change(None, Some(item("due#0", 5))), at(0));
        index.take(&change(Some(item("due#0", 5)), None), at(0));
        assert!(seen(&mut index, at(4_000)).is_empty());
        assert_eq!(index.first("due#0"), None);
    }
}
