//! Dead letters: explained, and sent back to where they came from.

use chrono::TimeDelta;
use serde_json::json;

use crate::operating::{ops, refused};
use crate::support::{Local, order, text, to_email};

#[tokio::test]
async fn a_report_that_could_not_be_recorded_is_sent_back_and_counts() {
    let local = Local::start().await;
    local
        .fault(json!({"service": "dynamodb", "function": "record-delivery", "status": 500, "times": 100_000}))
        .await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::hours(2)).await;
    local.lift_faults().await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Succeeded"]);
    let listed = ops(&local, &["dead-letters", "list"]).await;
    assert!(listed.is_alarming);
    assert!(
        listed.text.iter().any(|line| line.starts_with("reports") && line.ends_with(" 1")),
        "{:?}",
        listed.text
    );
    let explained = ops(&local, &["dead-letters", "explain", "reports"]).await.json;
    assert_eq!(explained["messages"][0]["body"]["notification"], format!("{}-0", placed.notification));
    let dry = ops(&local, &["--dry-run", "dead-letters", "send-back", "reports"]).await;
    assert_eq!(dry.text, ["would send 1 messages back to reports; nothing is changed"]);
    assert_eq!(local.dead_letters("reports").await, 1);
    let sent = ops(&local, &["dead-letters", "send-back", "reports-dead"]).await.json;
    assert_eq!(sent["sentBack"], 1);
    local.advance(TimeDelta::seconds(2)).await;
    assert_eq!(local.dead_letters("reports").await, 0);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    let change = &ops(&local, &["changes"]).await.json["changes"][0];
    assert_eq!(
        [text(&change["action"]), text(&change["about"]), text(&change["by"])],
        ["SendBack", "reports", "arn:aws:iam::000000000000:user/local"]
    );
    assert_eq!(change["before"]["deadLetters"], 1);
}

#[tokio::test]
async fn one_of_several_dead_letters_is_sent_back_and_the_others_stay() {
    let local = Local::start().await;
    for body in ["{}", "[]"] {
        local.enqueue("email", body).await;
    }
    local.advance(TimeDelta::minutes(16)).await;
    let explained = ops(&local, &["dead-letters", "explain", "email"]).await.json;
    let id = text(&explained["messages"][0]["messageId"]);
    let sent = ops(&local, &["dead-letters", "send-back", "email", "--only", &id]).await.json;
    assert_eq!((&sent["sentBack"], local.dead_letters("email").await), (&json!(1), 1));
    assert!(
        refused(&local, &["dead-letters", "send-back", "email", "--only", &id])
            .await
            .contains("no such dead letter")
    );
    let left = ops(&local, &["dead-letters", "explain", "email"]).await.json;
    assert_eq!(left["messages"].as_array().map(Vec::len), Some(1), "it can be seen at once");
}

#[tokio::test]
async fn a_dead_letter_of_a_fifo_queue_goes_back_to_its_group() {
    let local = Local::start().await;
    let deployment = local.get("/local/deployment").await.1;
    let message = json!({"QueueUrl": deployment["outputs"]["ShardsQueueUrl"], "MessageBody": "{}", "MessageGroupId": "g",
        "MessageDeduplicationId": "1"});
    let request = local.http.post(text(&deployment["endpoints"]["aws"])).json(&message);
    let sent = request.header("x-amz-target", "AmazonSQS.SendMessage").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(local.dead_letters("shards.fifo").await, 1);
    let sent = ops(&local, &["dead-letters", "send-back", "shards"]).await.json;
    assert_eq!(sent["sentBack"], 1);
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(local.dead_letters("shards.fifo").await, 1, "it cannot be understood still");
}
