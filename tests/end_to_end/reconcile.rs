//! A pass of `reconcile` finds the orders that are over and of which nobody was told, and no others.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::outbox::events;
use crate::storage::{dynamodb, items, key};
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
    let evidence = format!("evidence#{}", placed.chain);
    items(local).await.iter().any(|item| key(item) == evidence)
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
    let queued = local.system.costs().of(Some("reconcile"), "sqs.SendMessageBatch").calls;
    assert_eq!(queued, 1, "its four segments, and no order");
}

#[tokio::test]
async fn a_segment_is_worked_through_page_by_page_and_a_message_that_comes_twice_tells_once() {
    let local = Local::start().await;
    let placed = lost(&local, "lost").await;
    for number in 0..600 {
        let item = json!({"pk": {"S": format!("filler#{number}")}});
        dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": item})).await;
    }
    local.fault(json!({"service": "queue", "operation": "reconcile", "effect": "twice", "times": 100})).await;
    pass(&local).await;
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
    let damaged = json!({"pk": {"S": "chain#7a2e8f63-6a73-8930-a063-f2d7fe536800"}, "fv": {"N": "2"},
        "v": {"N": "1"}, "s": {"S": "damaged"}});
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": damaged})).await;
    let placed = lost(&local, "lost").await;
    pass(&local).await;
    assert!(is_proved(&local, &placed).await);
    assert_eq!(local.dead_letters("reconcile").await, 0);
}
