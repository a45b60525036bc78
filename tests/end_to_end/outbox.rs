//! What has come of orders is told: events of every final state, evidence, parents; once for each change, whatever the
//! stream does.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::storage::{dynamodb, proved};
use crate::support::{Local, OWNER, Placed, RESERVED, order, order_with_reminder, text, to_email, to_person};

pub async fn events(local: &Local, kind: &str) -> Vec<Value> {
    let all = local.get("/local/events").await.1;
    let of = all.as_array().unwrap().iter().filter(|event| event["detail-type"] == kind);
    of.map(|event| event["detail"].clone()).collect()
}

async fn statuses(local: &Local, kind: &str) -> Vec<String> {
    events(local, kind).await.iter().map(|detail| text(&detail["status"])).collect()
}

#[tokio::test]
async fn every_final_state_is_published_whatever_caused_it() {
    let local = Local::start().await;
    local.order(&order("reserved", to_person(RESERVED, "Email"))).await;
    assert_eq!(statuses(&local, "Notification status changed").await, ["Email_Failed_RecipientReserved"]);
    local.order(&order_with_reminder("opened", "dialog")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(8)).await;
    let shipments = statuses(&local, "Shipment status changed").await;
    assert_eq!(shipments, ["Order_Completed", "Order_Completed", "Order_SendConditionNotMet"]);
    local.fault(json!({"service": "ses", "status": 403, "times": 100_000})).await;
    local.order(&order("expired", to_email("utdatert@example.no"))).await;
    local.advance(TimeDelta::days(3)).await;
    let deliveries = statuses(&local, "Notification status changed").await;
    assert!(deliveries.contains(&"Email_Failed_TTL".to_owned()), "{deliveries:?}");
    assert_eq!(statuses(&local, "Order status changed").await.len(), 3);
}

/// What SES reports of an order's first notification.
fn report(placed: &Placed, event: &str, bounce_type: &str) -> String {
    let notification = format!("{}-0", placed.notification);
    let report = json!({"event": event, "notification": notification, "at": "2026-01-01T00:00:00Z",
        "bounceType": bounce_type, "bounceSubType": "General"});
    report.to_string()
}

#[tokio::test]
async fn a_hard_bounce_after_delivery_is_a_correction_that_is_published() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    for (event, kind, status) in [
        ("Email Bounced", "Transient", "Email_Delivered"),
        ("Email Bounced", "Permanent", "Email_Failed_Bounced"),
        ("Email Delivered", "", "Email_Failed_Bounced"),
    ] {
        local.enqueue("reports", &report(&placed, event, kind)).await;
        local.advance(TimeDelta::seconds(3)).await;
        assert_eq!(local.statuses(&placed.notification).await, [status], "{event} {kind}");
    }
    let told = statuses(&local, "Notification status changed").await;
    assert_eq!(told, ["Email_Succeeded", "Email_Delivered", "Email_Failed_Bounced"]);
}

#[tokio::test]
async fn a_stream_that_delivers_twice_publishes_the_same_event_twice_and_writes_one_record() {
    let local = Local::start().await;
    local.fault(json!({"target": "stream", "effect": "twice", "times": 5})).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let ends = events(&local, "Order status changed").await;
    assert!(ends.len() >= 2, "{ends:?}");
    assert!(ends.iter().all(|end| end["eventId"] == ends[0]["eventId"]), "known as the same: {ends:?}");
    assert!(proved(&local, &placed.chain).await.is_some());
}

#[tokio::test]
async fn what_cannot_be_published_now_blocks_nothing_and_is_published_later() {
    let local = Local::start().await;
    local.fault(json!({"service": "events", "status": 403, "times": 3})).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.order(&order("2", to_email("annen@example.no"))).await;
    local.advance(TimeDelta::minutes(15)).await;
    let ends = events(&local, "Order status changed").await;
    let ids: std::collections::BTreeSet<_> = ends.iter().map(|end| text(&end["eventId"])).collect();
    assert_eq!(ids.len(), 2, "{ends:?}");
    assert_eq!(local.dead_letters("untold").await, 0);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_ends_among_the_dead_letters_and_blocks_no_other() {
    let local = Local::start().await;
    let poison = json!({"pk": {"S": "chain#7a2e8f63-6a73-8930-a063-f2d7fe536800"}, "fv": {"N": "3"},
        "t": {"S": "0 *"}, "b": {"B": "ZGFtYWdlZA=="}});
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": poison})).await;
    for number in 0..5 {
        local.order(&order(&number.to_string(), to_email(&format!("m{number}@example.no")))).await;
    }
    local.advance(TimeDelta::minutes(20)).await;
    assert_eq!(events(&local, "Order status changed").await.len(), 5);
    assert_eq!(local.dead_letters("untold").await, 1);
}

#[tokio::test]
async fn queues_that_deliver_twice_and_in_reverse_send_nothing_twice() {
    let local = Local::start().await;
    for queue in ["steps", "email", "reports"] {
        local
            .fault(json!({"target": "queue", "operation": queue, "effect": "twice", "times": 100_000}))
            .await;
        local
            .fault(json!({"target": "queue", "operation": queue, "effect": "reverse", "times": 100_000}))
            .await;
    }
    for number in 0..10 {
        let address = format!("m{number}@example.no");
        local.order(&order(&number.to_string(), to_email(&address))).await;
        local.order(&order(&format!("p{number}"), to_person(crate::support::SOMEBODY, "Email"))).await;
    }
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.outbox().await.len(), 20);
}
