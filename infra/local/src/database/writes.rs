//! The writes: each is read, carried out by the embedded database, and tells what it has changed.

use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, WriteRequest};
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::transact_write_items::{TransactWriteItem, TransactWriteItemsRequest};
use dynoxide::actions::update_item::UpdateItemRequest;
use dynoxide::{DynoxideError, Item};

use super::changes::{Answer, Change, Failed, Wanted, Written, or_ask, take_all_units};
use super::parse;
use super::table::{Table, key};

/// A write as it was asked for.
pub enum Write {
    Put(PutItemRequest),
    Update(UpdateItemRequest),
    Delete(DeleteItemRequest),
    Batch(BatchWriteItemRequest),
    Transact(TransactWriteItemsRequest),
}

impl Write {
    /// Reads a request; nothing if its operation is no write.
    pub fn read(operation: &str, body: &[u8]) -> Option<Result<Self, DynoxideError>> {
        match operation {
            "PutItem" => Some(parse(body).map(Self::Put)),
            "UpdateItem" => Some(parse(body).map(Self::Update)),
            "DeleteItem" => Some(parse(body).map(Self::Delete)),
            "BatchWriteItem" => Some(parse(body).map(Self::Batch)),
            "TransactWriteItems" => Some(parse(body).map(Self::Transact)),
            _ => None,
        }
    }

    /// Carries it out. What the index costs comes to it, twice in a transaction as everything there.
    pub fn carry_out(self, table: &Table) -> Result<Written, Failed> {
        let times = if matches!(self, Self::Transact(_)) { 2.0 } else { 1.0 };
        let mut written = match self {
            Self::Put(request) => put(table, request),
            Self::Update(request) => update(table, request),
            Self::Delete(request) => delete(table, request),
            Self::Batch(request) => batch(table, request),
            Self::Transact(request) => transact(table, request),
        }?;
        written.units += times * written.changes.iter().map(Change::index_units).sum::<f64>();
        Ok(written)
    }
}

fn put(table: &Table, mut request: PutItemRequest) -> Result<Written, Failed> {
    let (key, new) = (key(&request.item), Some(request.item.clone()));
    let wanted = Wanted::beside(&mut request.return_values, "ALL_OLD", &mut request.return_consumed_capacity);
    let answer = table.database.put_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let old = answer.attributes.clone();
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Ok(Written { answer: Answer::Put(answer), units, changes: vec![Change { key, old, new }] })
}

fn delete(table: &Table, mut request: DeleteItemRequest) -> Result<Written, Failed> {
    let key = request.key.clone();
    let wanted = Wanted::beside(&mut request.return_values, "ALL_OLD", &mut request.return_consumed_capacity);
    let answer = table.database.delete_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let old = answer.attributes.clone();
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Ok(Written { answer: Answer::Delete(answer), units, changes: vec![Change { key, old, new: None }] })
}

fn update(table: &Table, mut request: UpdateItemRequest) -> Result<Written, Failed> {
    let (key, old) = (request.key.clone(), table.get(request.key.clone())?);
    let wanted = Wanted::beside(&mut request.return_values, "ALL_NEW", &mut request.return_consumed_capacity);
    let tells_new = request.return_values.as_deref() == Some("ALL_NEW");
    let answer = table.database.update_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let new = if tells_new { answer.attributes.clone() } else { table.get(key.clone())? };
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Ok(Written { answer: Answer::Update(answer), units, changes: vec![Change { key, old, new }] })
}

fn batch(table: &Table, mut request: BatchWriteItemRequest) -> Result<Written, Failed> {
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let keys = request.request_items.values().flatten().filter_map(batch_key).collect();
    let before = Before::of(table, keys)?;
    let mut answer = table.database.batch_write_item(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Ok(Written { answer: Answer::Batch(answer), units, changes: before.after(table)? })
}

fn batch_key(write: &WriteRequest) -> Option<Item> {
    let put = write.put_request.as_ref().map(|put| key(&put.item));
    put.or_else(|| write.delete_request.as_ref().map(|delete| delete.key.clone()))
}

fn transact(table: &Table, mut request: TransactWriteItemsRequest) -> Result<Written, Failed> {
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let before = Before::of(table, request.transact_items.iter().filter_map(transact_key).collect())?;
    let mut answer = table.database.transact_write_items(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Ok(Written { answer: Answer::Transact(answer), units, changes: before.after(table)? })
}

fn transact_key(item: &TransactWriteItem) -> Option<Item> {
    match (&item.put, &item.update, &item.delete) {
        (Some(put), ..) => Some(key(&put.item)),
        (_, Some(update), _) => Some(update.key.clone()),
        (.., Some(delete)) => Some(delete.key.clone()),
        _ => None,
    }
}

/// Items as they are before a write that concerns several.
struct Before(Vec<Change>);

impl Before {
    fn of(table: &Table, keys: Vec<Item>) -> Result<Self, DynoxideError> {
        let before = keys.into_iter().map(|key| {
            let old = table.get(key.clone())?;
            Ok(Change { key, old, new: None })
        });
        before.collect::<Result<_, _>>().map(Self)
    }

    fn after(self, table: &Table) -> Result<Vec<Change>, DynoxideError> {
        let after = self.0.into_iter().map(|change| {
            let new = table.get(change.key.clone())?;
            Ok(Change { new, ..change })
        });
        after.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{TABLE, text};
    use super::*;
    use serde_json::{Value, json};

    fn table() -> Table {
        Table::open(None).unwrap()
    }

    fn write(table: &Table, operation: &str, body: &Value) -> Result<Written, Failed> {
        Write::read(operation, body.to_string().as_bytes()).unwrap().unwrap().carry_out(table)
    }

    fn written(table: &Table, operation: &str, mut body: Value) -> Written {
        if operation != "BatchWriteItem" && operation != "TransactWriteItems" {
            body["TableName"] = TABLE.into();
        }
        write(table, operation, &body).unwrap_or_else(|failed| panic!("{}", failed.error))
    }

    fn answer(written: &Written) -> String {
        serde_json::to_string(&written.answer).unwrap()
    }

    fn words(change: &Change) -> (Option<&str>, Option<&str>) {
        (
            change.old.as_ref().and_then(|item| text(item, "word")),
            change.new.as_ref().and_then(|item| text(item, "word")),
        )
    }

    #[test]
    fn a_put_an_update_and_a_delete_tell_what_was_and_what_is() {
        let table = table();
        let item = json!({"pk": {"S": "a"}, "word": {"S": "one"}});
        let put = written(&table, "PutItem", json!({"Item": item}));
        assert_eq!(
            (words(&put.changes[0]), answer(&put).as_str(), put.units),
            ((None, Some("one")), "{}", 1.0)
        );
        let update = json!({"Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET word = :w",
            "ExpressionAttributeValues": {":w": {"S": "two"}}});
        let update = written(&table, "UpdateItem", update);
        assert_eq!(words(&update.changes[0]), (Some("one"), Some("two")));
        let delete =
            written(&table, "DeleteItem", json!({"Key": {"pk": {"S": "a"}}, "ReturnValues": "ALL_OLD"}));
        assert_eq!(words(&delete.changes[0]), (Some("two"), None));
        assert!(answer(&delete).contains("two"), "the caller asked for it");
    }

    #[test]
    fn a_write_of_several_tells_of_each() {
        let table = table();
        let [a, b, mut third] =
            ["a", "b", "c"].map(|key| json!({"Item": {"pk": {"S": key}, "word": {"S": "one"}}}));
        let batch = json!({"RequestItems": {TABLE: [{"PutRequest": a}, {"PutRequest": b}]}});
        assert_eq!(written(&table, "BatchWriteItem", batch).changes.len(), 2);
        let delete = json!({"TableName": TABLE, "Key": {"pk": {"S": "a"}}});
        third["TableName"] = TABLE.into();
        let transaction = json!({"TransactItems": [{"Delete": delete}, {"Put": third}]});
        let done = written(&table, "TransactWriteItems", transaction);
        assert_eq!(words(&done.changes[0]), (Some("one"), None));
        assert_eq!(words(&done.changes[1]), (None, Some("one")));
        assert!((done.units - 4.0).abs() < f64::EPSILON, "a transaction costs twice as much");
    }

    #[test]
    fn a_condition_that_is_not_met_costs_what_the_write_would_have_cost() {
        let table = table();
        let item = json!({"pk": {"S": "a"}, "word": {"S": "x".repeat(1500)}});
        written(&table, "PutItem", json!({"Item": item}));
        let again = json!({"TableName": TABLE, "Item": {"pk": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(pk)"});
        let failed = write(&table, "PutItem", &again).err().unwrap();
        assert!((failed.units - 2.0).abs() < f64::EPSILON);
    }

    /// The units of a put of an item with an entry of the index, or without one.
    fn units_of_entry(table: &Table, entry: Option<i64>) -> f64 {
        let mut item = json!({"pk": {"S": "a"}});
        if let Some(at) = entry {
            (item["dk"], item["da"]) = (json!({"S": "due#0"}), json!({"N": at.to_string()}));
        }
        written(table, "PutItem", json!({"Item": item})).units
    }

    #[test]
    fn an_entry_that_comes_or_goes_costs_a_unit_and_one_that_moves_costs_two() {
        let table = table();
        let units = [None, Some(1), Some(1), Some(2), None].map(|entry| units_of_entry(&table, entry));
        assert_eq!(format!("{units:?}"), "[1.0, 2.0, 1.0, 3.0, 2.0]");
    }
}
