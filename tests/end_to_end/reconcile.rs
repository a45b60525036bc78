//! A pass of `reconcile` finds the orders that are over and of which nobody was told, and no others.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::outbox::events;
use crate::storage::{dynamodb, proved};
use crate::support::{Local, Placed, order, text, to_email};

/// An order that ends while whatever reads the stream fails, for so long that its records are given up.
async fn lost(local: &Local, id: &str) -> Placed {
    local.fault(json!({"target": "stream", "effect": "fail", "times": 100_000})).await;
    let placed = local.order(&order(id, to_email(&format!("{id}@example.no")))).await;
    local.advance(TimeDelta::hours(2)).await;
    local.lift_faults().await;
    assert!(!is_proved(local, &placed).await);
    placed
}

async fn told(local: &Local, id: &str) -> Placed {
    let placed = local.order(&order(id, to_email(&format!("{id}@example.no")))).await;
    local.advance(TimeDelta::hours(2)).await;
    assert!(is_proved(local, &placed).await);
    placed
}

async fn is_proved(local: &Local, placed: &Placed) -> bool {
    proved(local, &placed.chain).await.is_some()
}

/// The ids of the events that tell the end of an order, one for each time that it was published.
async fn ends(local: &Local) -> Vec<String> {
    events(local, "Order status changed").await.iter().map(|end| text(&end["eventId"])).collect()
}

/// A pass through the whole table, as the schedule or an operator starts it.
async fn pass(local: &Local) {
    local.enqueue("reconcile-start", "{}").await;
    local.advance(TimeDelta::hours(2)).await;
}

#[tokio::test]
async fn an_end_that_the_stream_has_lost_is_told_by_a_pass_and_what_was_told_is_not_told_again() {
    let local = Local::start().await;
    told(&local, "told").await;
    let placed = lost(&local, "lost").await;
    assert_eq!(ends(&local).await.len(), 1);
    pass(&local).await;
    assert!(is_proved(&local, &placed).await);
    let all = ends(&local).await;
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (2, 2), "{all:?}");
    pass(&local).await;
    assert_eq!(ends(&local).await, all, "a second pass finds nothing");
}

#[tokio::test]
async fn an_order_that_is_not_over_or_has_only_just_ended_is_left_alone() {
    let local = Local::start().await;
    let mut later = order("later", to_email("siden@example.no"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(2));
    local.order(&later).await;
    local.fault(json!({"target": "stream", "effect": "fail", "times": 100_000})).await;
    local.order(&order("ended", to_email("mottaker@example.no"))).await;
    local.enqueue("reconcile-start", "{}").await;
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(calls(&local, "sqs.SendMessageBatch"), 1, "its four segments, and no order");
}

/// How many items of the table a call of the local database takes (`BatchWriteItem`).
const MOST_IN_ONE_WRITE: usize = 25;

async fn put_all(local: &Local, items: &[Value]) {
    for some in items.chunks(MOST_IN_ONE_WRITE) {
        let writes: Vec<_> = some.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
        dynamodb(local, "BatchWriteItem", json!({"RequestItems": {"varsling": writes}})).await;
    }
}

/// How often `reconcile` has called an operation.
fn calls(local: &Local, operation: &str) -> u64 {
    local.system.costs().of(Some("reconcile"), operation).calls
}

#[tokio::test]
async fn a_segment_is_worked_through_page_by_page_and_a_message_that_comes_twice_tells_once() {
    let local = Local::start().await;
    let placed = lost(&local, "lost").await;
    // About 300 for each of the four segments, and 250 to a page.
    let fillers: Vec<_> = (0..1200).map(|number| json!({"pk": {"S": format!("filler#{number}")}})).collect();
    put_all(&local, &fillers).await;
    local.fault(json!({"service": "queue", "operation": "reconcile", "effect": "twice", "times": 100})).await;
    pass(&local).await;
    assert_eq!(calls(&local, "dynamodb.Scan"), 16, "four segments of two pages, each of them twice");
    assert!(is_proved(&local, &placed).await);
    let all: BTreeSet<_> = ends(&local).await.into_iter().collect();
    assert_eq!(all.len(), 1, "known as the same: {all:?}");
    assert_eq!(local.dead_letters("reconcile").await, 0);
}

/// Chains of a later release that are over. None of them has evidence, so each is looked at closely and left alone.
fn of_a_later_release(count: u32) -> Vec<Value> {
    let ids = (0..count).map(|number| format!("chain#7a2e8f63-6a73-8930-a063-f2d7{number:06x}00"));
    let chains =
        ids.map(|id| json!({"pk": {"S": id}, "fv": {"N": "4"}, "v": {"N": "1"}, "s": {"S": "later"}}));
    chains.collect()
}

/// A table that is slow enough that a page of suspects takes 16 seconds and an invocation reads seven of eight pages.
async fn slow(local: &Local) {
    put_all(local, &of_a_later_release(2000)).await;
    let delay = json!({"service": "dynamodb", "operation": "GetItem", "function": "reconcile", "effect": "delay",
        "seconds": 1, "times": 100_000});
    local.fault(delay).await;
}

/// The whole table as one segment.
async fn pass_in_one(local: &Local) {
    local.enqueue("reconcile", &json!({"segment": 0, "of": 1, "after": null}).to_string()).await;
    local.advance(TimeDelta::hours(2)).await;
}

#[tokio::test]
async fn a_segment_that_takes_longer_than_an_invocation_goes_on_where_it_was_with_another_message() {
    let local = Local::start().await;
    let placed = lost(&local, "lost").await;
    slow(&local).await;
    pass_in_one(&local).await;
    assert_eq!(calls(&local, "sqs.SendMessage"), 2, "the order, and the segment that goes on");
    assert_eq!(calls(&local, "dynamodb.Scan"), 9, "no page is read twice");
    assert!(is_proved(&local, &placed).await);
    assert_eq!(ends(&local).await.len(), 1);
    assert_eq!(local.dead_letters("reconcile").await, 0);
}

/// It dies twice, because what is sent first may be the order.
#[tokio::test]
async fn a_segment_whose_invocation_dies_once_it_is_handed_on_is_worked_through_again() {
    let local = Local::start().await;
    let placed = lost(&local, "lost").await;
    slow(&local).await;
    let dies = json!({"service": "sqs", "operation": "SendMessage", "function": "reconcile",
        "effect": "kill-after", "times": 2});
    local.fault(dies).await;
    pass_in_one(&local).await;
    assert!(left(&local).await.iter().all(|fault| fault["effect"] == "delay"), "it has died twice");
    assert!(calls(&local, "dynamodb.Scan") > 9, "pages are read again");
    assert!(is_proved(&local, &placed).await);
    let all: BTreeSet<_> = ends(&local).await.into_iter().collect();
    assert_eq!(all.len(), 1, "known as the same: {all:?}");
    assert_eq!(local.dead_letters("reconcile").await, 0);
}

#[tokio::test]
async fn a_pass_that_is_killed_at_any_call_goes_through_the_table_all_the_same() {
    for (service, operation) in [
        ("dynamodb", "Scan"),
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "GetItem"),
        ("sqs", "SendMessageBatch"),
        ("sqs", "SendMessage"),
    ] {
        for effect in ["kill", "kill-after"] {
            let local = Local::start().await;
            let placed = lost(&local, "lost").await;
            let fault = json!({"service": service, "operation": operation, "function": "reconcile", "effect": effect});
            local.fault(fault).await;
            pass(&local).await;
            assert_eq!(left(&local).await, [] as [Value; 0], "{operation} {effect}: the fault has happened");
            assert!(is_proved(&local, &placed).await, "{operation} {effect}");
        }
    }
}

/// The faults that have not happened.
async fn left(local: &Local) -> Vec<Value> {
    local.get("/local/faults").await.1["faults"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_is_left_alone_and_its_neighbours_are_told() {
    let local = Local::start().await;
    let damaged = json!({"pk": {"S": "chain#7a2e8f63-6a73-8930-a063-f2d7fe536800"}, "fv": {"N": "3"},
        "v": {"N": "1"}, "b": {"B": "ZGFtYWdlZA=="}});
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": damaged})).await;
    let placed = lost(&local, "lost").await;
    pass(&local).await;
    assert!(is_proved(&local, &placed).await);
    assert_eq!(local.dead_letters("reconcile").await, 0);
}
