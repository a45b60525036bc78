//! The writes: each is carried out by the embedded database and tells what it has changed.

use dynoxide::actions::batch_write_item::{BatchWriteItemRequest, WriteRequest};
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::transact_write_items::{TransactWriteItem, TransactWriteItemsRequest};
use dynoxide::actions::update_item::UpdateItemRequest;
use dynoxide::{DynoxideError, Item};

use super::changes::{Change, Done, Failed, Wanted, or_ask, take_all_units};
use super::parse;
use super::table::{Table, key};

/// Carries out a write; nothing if the operation is none.
pub fn write(table: &Table, operation: &str, body: &[u8]) -> Option<Result<Done, Failed>> {
    match operation {
        "PutItem" => Some(put(table, body)),
        "UpdateItem" => Some(update(table, body)),
        "DeleteItem" => Some(delete(table, body)),
        "BatchWriteItem" => Some(batch(table, body)),
        "TransactWriteItems" => Some(transact(table, body)),
        _ => None,
    }
}

fn put(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: PutItemRequest = parse(body)?;
    let (key, new) = (key(&request.item), Some(request.item.clone()));
    let wanted = Wanted::beside(&mut request.return_values, "ALL_OLD", &mut request.return_consumed_capacity);
    let answer = table.0.put_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let old = answer.attributes.clone();
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Done::new(&answer, units, vec![Change { key, old, new }])
}

fn delete(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: DeleteItemRequest = parse(body)?;
    let key = request.key.clone();
    let wanted = Wanted::beside(&mut request.return_values, "ALL_OLD", &mut request.return_consumed_capacity);
    let answer = table.0.delete_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let old = answer.attributes.clone();
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Done::new(&answer, units, vec![Change { key, old, new: None }])
}

fn update(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: UpdateItemRequest = parse(body)?;
    let (key, old) = (request.key.clone(), table.get(request.key.clone())?);
    let wanted = Wanted::beside(&mut request.return_values, "ALL_NEW", &mut request.return_consumed_capacity);
    let tells_new = request.return_values.as_deref() == Some("ALL_NEW");
    let answer = table.0.update_item(request);
    let mut answer = answer.map_err(|error| Failed::of(table, &key, error))?;
    let new = if tells_new { answer.attributes.clone() } else { table.get(key.clone())? };
    let units = wanted.take_back(&mut answer.attributes, &mut answer.consumed_capacity);
    Done::new(&answer, units, vec![Change { key, old, new }])
}

fn batch(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: BatchWriteItemRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let keys = request.request_items.values().flatten().filter_map(batch_key).collect();
    let before = Before::of(table, keys)?;
    let mut answer = table.0.batch_write_item(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units, before.after(table)?)
}

fn batch_key(write: &WriteRequest) -> Option<Item> {
    let put = write.put_request.as_ref().map(|put| key(&put.item));
    put.or_else(|| write.delete_request.as_ref().map(|delete| delete.key.clone()))
}

fn transact(table: &Table, body: &[u8]) -> Result<Done, Failed> {
    let mut request: TransactWriteItemsRequest = parse(body)?;
    let wants_units = or_ask(&mut request.return_consumed_capacity, "TOTAL");
    let before = Before::of(table, request.transact_items.iter().filter_map(transact_key).collect())?;
    let mut answer = table.0.transact_write_items(request)?;
    let units = take_all_units(wants_units, &mut answer.consumed_capacity);
    Done::new(&answer, units, before.after(table)?)
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

    fn done(table: &Table, operation: &str, mut body: Value) -> Done {
        if operation != "BatchWriteItem" && operation != "TransactWriteItems" {
            body["TableName"] = TABLE.into();
        }
        let done = write(table, operation, body.to_string().as_bytes()).unwrap();
        done.unwrap_or_else(|failed| panic!("{}", failed.error))
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
        let put = done(&table, "PutItem", json!({"Item": item}));
        assert_eq!((words(&put.changes[0]), put.body.as_str(), put.units), ((None, Some("one")), "{}", 1.0));
        let update = json!({"Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET word = :w",
            "ExpressionAttributeValues": {":w": {"S": "two"}}});
        let update = done(&table, "UpdateItem", update);
        assert_eq!(words(&update.changes[0]), (Some("one"), Some("two")));
        let delete =
            done(&table, "DeleteItem", json!({"Key": {"pk": {"S": "a"}}, "ReturnValues": "ALL_OLD"}));
        assert_eq!(words(&delete.changes[0]), (Some("two"), None));
        assert!(delete.body.contains("two"), "the caller asked for it");
    }

    #[test]
    fn a_write_of_several_tells_of_each() {
        let table = table();
        let [a, b, mut third] =
            ["a", "b", "c"].map(|key| json!({"Item": {"pk": {"S": key}, "word": {"S": "one"}}}));
        let batch = json!({"RequestItems": {TABLE: [{"PutRequest": a}, {"PutRequest": b}]}});
        assert_eq!(done(&table, "BatchWriteItem", batch).changes.len(), 2);
        let delete = json!({"TableName": TABLE, "Key": {"pk": {"S": "a"}}});
        third["TableName"] = TABLE.into();
        let transaction = json!({"TransactItems": [{"Delete": delete}, {"Put": third}]});
        let done = done(&table, "TransactWriteItems", transaction);
        assert_eq!(words(&done.changes[0]), (Some("one"), None));
        assert_eq!(words(&done.changes[1]), (None, Some("one")));
        assert!((done.units - 4.0).abs() < f64::EPSILON, "a transaction costs twice as much");
    }

    #[test]
    fn a_condition_that_is_not_met_costs_what_the_write_would_have_cost() {
        let table = table();
        let item = json!({"pk": {"S": "a"}, "word": {"S": "x".repeat(1500)}});
        done(&table, "PutItem", json!({"Item": item}));
        let again = json!({"TableName": TABLE, "Item": {"pk": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(pk)"});
        let failed = write(&table, "PutItem", again.to_string().as_bytes()).unwrap().err().unwrap();
        assert!((failed.units - 2.0).abs() < f64::EPSILON);
    }
}
