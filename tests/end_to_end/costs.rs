//! What the system's calls cost, as the local system counts them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, SOMEBODY, order, to_email, to_person};

#[tokio::test]
async fn calls_and_units_are_counted_by_function_and_operation() {
    let local = Local::start().await;
    let reset = local.send("DELETE", "/local/costs", &Value::Null).await;
    assert_eq!((reset.0, &reset.1["total"]["calls"]), (200, &json!(0)));
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    let costs = local.get("/local/costs").await.1;
    assert_eq!(costs["functions"]["send-email"]["ses.SendEmail"]["calls"], 1, "{costs}");
    let units = costs["functions"]["accept-order"]["dynamodb.PutItem"]["writeUnits"].as_f64().unwrap();
    assert!(units >= 2.0, "the order and its texts: {costs}");
    assert_eq!(local.system.costs().of(Some("send-email"), "ses").calls, 1);
    assert!(local.system.costs().total().write_units > units, "others have written as well");
}

/// Calls and units of some e-mails that are ordered one after the other, each by itself, in a system that is warm.
async fn costs_of(local: &Local, count: usize) -> Value {
    for number in 0..3 {
        local.order(&order(&format!("warm {number}"), to_email("varm@example.no"))).await;
    }
    local.advance(TimeDelta::seconds(20)).await;
    local.send("DELETE", "/local/costs", &Value::Null).await;
    for number in 0..count {
        local.order(&order(&format!("{number}"), to_email(&format!("mottaker{number}@example.no")))).await;
    }
    local.get("/local/costs").await.1
}

fn of(costs: &Value, unit: &str) -> f64 {
    costs["total"][unit].as_f64().unwrap()
}

/// The calls of the functions; what the poller of a queue calls is apart.
fn calls(costs: &Value) -> f64 {
    let polled = costs["functions"]["poller"].as_object().unwrap().values();
    of(costs, "calls") - polled.map(|operation| operation["calls"].as_f64().unwrap()).sum::<f64>()
}

fn sqs_calls(local: &Local) -> f64 {
    f64::from(u32::try_from(local.system.costs().of(None, "sqs").calls).unwrap())
}

/// An immediate e-mail of which everything comes alone: no batch has more than one of anything.
#[tokio::test]
async fn a_lone_email_makes_sixteen_calls_and_takes_nine_write_units() {
    let local = Local::start().await;
    let costs = costs_of(&local, 1).await;
    assert_eq!(
        (calls(&costs), of(&costs, "writeUnits"), of(&costs, "readUnits")),
        (16.0, 9.0, 5.0),
        "{costs}"
    );
}

/// How often an order makes `accept-order` ask how long a queue is, where it has not asked for a while.
async fn questions_after_queues(local: &Local, order: &Value) -> u64 {
    local.advance(TimeDelta::minutes(2)).await;
    local.send("DELETE", "/local/costs", &Value::Null).await;
    assert_eq!(local.post(order).await.0, 201, "{order}");
    local.system.costs().of(Some("accept-order"), "sqs.GetQueueAttributes").calls
}

#[tokio::test]
async fn an_order_asks_only_after_the_queue_that_it_may_go_to_at_once() {
    let local = Local::start().await;
    let to_address = order("address", to_email("mottaker@example.no"));
    assert_eq!(questions_after_queues(&local, &to_address).await, 1);
    let to_be_looked_up = order("person", to_person(SOMEBODY, "EmailAndSms"));
    assert_eq!(questions_after_queues(&local, &to_be_looked_up).await, 0, "its address is found first");
}

/// Sixty e-mails that are due in the same second go through senders, reports and the stream in full batches.
#[tokio::test]
async fn an_email_in_full_batches_makes_fewer_than_ten_calls() {
    const EMAILS: f64 = 60.0;
    let local = Local::start().await;
    costs_of(&local, 1).await;
    local.send("DELETE", "/local/costs", &Value::Null).await;
    let due = local.now().await + TimeDelta::minutes(5);
    for number in 0..60 {
        let mut later = order(&format!("later {number}"), to_email(&format!("senere{number}@example.no")));
        later["requestedSendTime"] = json!(due);
        assert_eq!(local.post(&later).await.0, 201);
    }
    local.advance(TimeDelta::minutes(6)).await;
    let costs = local.get("/local/costs").await.1;
    assert_eq!(local.sent_to().await.len(), 64);
    let (calls, writes, reads) =
        (calls(&costs) / EMAILS, of(&costs, "writeUnits") / EMAILS, of(&costs, "readUnits") / EMAILS);
    assert!((calls - 9.6).abs() < 0.4 && calls <= 10.0, "{calls} calls: {costs}");
    assert!((writes - 7.5).abs() < 0.3 && writes <= 9.0, "{writes} write units: {costs}");
    assert!((reads - 4.8).abs() < 0.4 && reads <= 6.0, "{reads} read units: {costs}");
    // Those of the provider's events, which no function makes, come on top: one for each delivery.
    let sqs = sqs_calls(&local) / EMAILS + 1.0;
    assert!((sqs - 2.6).abs() < 0.2 && sqs <= 3.5, "{sqs} requests of SQS: {costs}");
}

/// How many key spaces the release before this one had, of each of which a tick reads one shard.
const KEY_SPACES_BEFORE: u64 = 6;

/// A tick reads each shard once, and what was said of the deployment. Before the present due index it read each shard of six key
/// spaces.
#[tokio::test]
async fn a_tick_of_an_idle_system_costs_a_query_for_each_shard() {
    let local = Local::start().await;
    local.fault(json!({"target": "tick", "effect": "twice", "times": 1})).await;
    local.advance(TimeDelta::minutes(1)).await;
    local.send("DELETE", "/local/costs", &Value::Null).await;
    local.fault(json!({"target": "tick", "effect": "twice", "times": 1})).await;
    local.advance(TimeDelta::minutes(1)).await;
    let costs = local.system.costs();
    let shards = u64::from(varsling_local::SHARDS);
    let [schedule, fire_reminder] =
        ["schedule", "fire-reminder"].map(|sweep| costs.of(Some(sweep), "dynamodb.Query").calls);
    assert_eq!([schedule, fire_reminder], [2 * (shards + KEY_SPACES_BEFORE), shards], "{}", costs.list());
    // And once for each environment whether the table is a restored one, or settled.
    let [looks, others] =
        ["schedule", "fire-reminder"].map(|sweep| costs.of(Some(sweep), "dynamodb.GetItem").calls);
    assert!(looks <= 2 && others <= 2, "{}", costs.list());
    assert_eq!(costs.total().calls, schedule + fire_reminder + looks + others, "{}", costs.list());
}
