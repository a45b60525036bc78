//! Condition endpoints: asked right before sending; no answer is asked again once and then means yes.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_test_server::{Reply, TinyServer};

use crate::support::{Local, order, order_with_reminder, to_email};

/// An order whose condition endpoint answers in this way.
fn conditional(local: &Local, id: &str, send: bool) -> Value {
    let mut ordered = order(id, to_email("mottaker@example.no"));
    ordered["conditionEndpoint"] = json!(local.url(&format!("/local/condition?send={send}")));
    ordered
}

/// An order with a condition that is not sent unless the condition is answered.
fn held(local: &Local, id: &str) -> Value {
    let mut ordered = conditional(local, id, true);
    ordered["onConditionFailure"] = json!("Hold");
    ordered
}

#[tokio::test]
async fn yes_sends_and_no_stops() {
    let local = Local::start().await;
    let yes = local.order(&conditional(&local, "1", true)).await;
    assert_eq!(local.shipment(&yes.notification).await["status"], "Order_Completed");
    assert_eq!(local.sent_to().await.len(), 1);
    let no = local.order(&conditional(&local, "2", false)).await;
    let shipment = local.shipment(&no.notification).await;
    assert_eq!(shipment["status"], "Order_SendConditionNotMet");
    assert_eq!(shipment["decision"]["reason"], "ConditionNotMet");
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn an_unanswered_condition_is_requested_again_after_a_minute() {
    let local = Local::start().await;
    local.fault(json!({"register": "condition", "status": 503, "times": 1})).await;
    let start = local.now().await;
    let placed = local.order(&conditional(&local, "1", false)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    local.to(start + TimeDelta::seconds(61)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_SendConditionNotMet");
}

#[tokio::test]
async fn two_unanswered_requests_mean_yes() {
    let local = Local::start().await;
    local.fault(json!({"register": "condition", "status": 503, "times": 2})).await;
    let start = local.now().await;
    let placed = local.order(&conditional(&local, "1", false)).await;
    local.to(start + TimeDelta::seconds(59)).await;
    assert_eq!(local.sent_to().await.len(), 0);
    local.to(start + TimeDelta::seconds(61)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(shipment["decision"]["reason"], "ConditionUnanswered");
}

#[tokio::test]
async fn a_reminder_has_a_condition_of_its_own() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", "dialog");
    ordered["reminders"][0]["conditionEndpoint"] = json!(local.url("/local/condition?send=false"));
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    assert_eq!(local.shipment(&placed.reminders[0]).await["decision"]["reason"], "ConditionNotMet");
}

#[tokio::test]
async fn an_order_that_is_to_be_held_is_not_sent_without_an_answer() {
    let local = Local::start().await;
    local.fault(json!({"register": "condition", "status": 503, "times": 2})).await;
    local.order(&held(&local, "late")).await;
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(local.outbox().await.len(), 1, "a late answer is an answer");
    local.fault(json!({"register": "condition", "status": 503, "times": 100})).await;
    let never = local.order(&held(&local, "never")).await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.outbox().await.len(), 1);
    let shipment = local.shipment(&never.notification).await;
    assert_eq!(shipment["status"], "Order_SendConditionNotMet");
    assert_eq!(shipment["decision"]["reason"], "ConditionUnanswered");
}

/// What servers answer in front of the endpoint that is meant, or with a mark that only machines see.
#[tokio::test]
async fn a_no_behind_a_redirect_or_a_byte_order_mark_is_a_no() {
    let no = r#"{"sendNotification":false}"#;
    let redirecting = TinyServer::answering(move |request| {
        let is_final = request.head.contains("/sak/ HTTP");
        if is_final { Reply::ok(no) } else { Reply::status(301).with_header("location", "/sak/") }
    });
    let (redirecting, marked) =
        (redirecting.await, TinyServer::replying(Reply::ok(format!("\u{feff}{no}"))).await);
    let local = Local::start().await;
    for (id, server) in [("1", &redirecting), ("2", &marked)] {
        let mut ordered = order(id, to_email("mottaker@example.no"));
        ordered["conditionEndpoint"] = json!(format!("{}sak", server.url_at("localhost")));
        let placed = local.order(&ordered).await;
        assert_eq!(local.shipment(&placed.notification).await["status"], "Order_SendConditionNotMet", "{id}");
    }
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}
