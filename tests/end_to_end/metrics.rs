//! What functions count and measure of what happens.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, SOMEBODY, order, to_email, to_person, to_sms};

/// What was told of a measure with these dimensions.
async fn told(local: &Local, measure: &str, dimensions: Value) -> Option<Value> {
    let (_, all) = local.get("/local/metrics").await;
    let mut of_measure = all[measure].as_array().cloned().unwrap_or_default().into_iter();
    of_measure.find(|one| one["dimensions"] == dimensions)
}

async fn sum(local: &Local, measure: &str, dimensions: Value) -> Option<f64> {
    told(local, measure, dimensions).await?["sum"].as_f64()
}

#[tokio::test]
async fn an_order_is_counted_when_it_is_accepted_handed_over_and_over() {
    let local = Local::start().await;
    let email = order("1", to_email("mottaker@example.no"));
    local.order(&email).await;
    assert_eq!(local.post(&email).await.0, 200, "the same again");
    local.order(&order("2", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(sum(&local, "OrdersAccepted", json!({})).await, Some(2.0));
    let by = json!({"Channel": "email", "Class": "Normal"});
    assert_eq!(sum(&local, "HandedOver", by.clone()).await, Some(1.0));
    assert_eq!(sum(&local, "DueToHandOver", by).await, Some(0.0), "at once");
    for status in ["Email_Delivered", "SMS_Delivered"] {
        assert_eq!(sum(&local, "Ended", json!({"Status": status, "Basis": "Reported"})).await, Some(1.0));
    }
}

#[tokio::test]
async fn what_is_handed_over_late_says_how_late_and_what_was_not_taken_says_why() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "status": 429, "times": 1})).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(5)).await;
    let why = json!({"Channel": "email", "Class": "Normal", "Why": "Throttled"});
    assert_eq!(sum(&local, "NotHandedOver", why).await, Some(1.0));
    assert_eq!(sum(&local, "HandedOver", json!({"Channel": "email", "Class": "Normal"})).await, Some(1.0));
}

#[tokio::test]
async fn what_only_tries_the_service_is_not_counted_as_handed_over() {
    let local = Local::start().await;
    local.order(&order("1", to_email("delivered@varsling.test"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(told(&local, "HandedOver", json!({"Channel": "email", "Class": "Normal"})).await, None);
}

#[tokio::test]
async fn an_end_that_nobody_reported_says_so() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "kill", "function": "send-email"})).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::hours(1)).await;
    let by = json!({"Status": "Email_Failed", "Basis": "Inferred"});
    assert_eq!(sum(&local, "Ended", by).await, Some(1.0));
}

#[tokio::test]
async fn the_oldest_that_is_due_has_its_age() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    let mut later = order("1", to_email("mottaker@example.no"));
    later["requestedSendTime"] = json!(due);
    local.order(&later).await;
    local.fault(json!({"service": "dynamodb", "operation": "Query", "status": 500, "times": 100_000})).await;
    local.to(due + TimeDelta::minutes(10)).await;
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(1)).await;
    let oldest = told(&local, "OldestDue", json!({"Space": "due"})).await.unwrap();
    // It stood there three minutes before its time.
    assert!((780.0..=900.0).contains(&oldest["greatest"].as_f64().unwrap()), "{oldest}");
}

#[tokio::test]
async fn a_register_that_fails_is_counted_by_its_name() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    local.fault(json!({"register": "krr", "status": 503, "times": 100})).await;
    local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let failed = sum(&local, "RegisterFailed", json!({"Register": "contact and reservation"})).await;
    assert!(failed.is_some_and(|failed| failed >= 1.0), "{failed:?}");
}
