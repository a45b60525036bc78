//! The same request again: the same answer; another request under the same id: refused.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, OWNER, Placed, SOMEBODY, order, text, to_email};

#[tokio::test]
async fn a_replay_answers_the_same_ids_and_sends_nothing() {
    let local = Local::start().await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["sendersReference"] = json!("sak-1");
    let (first, accepted) = local.post(&ordered).await;
    local.until_idle().await;
    ordered["requestedSendTime"] = json!(null);
    let (second, replayed) = local.post(&ordered).await;
    local.until_idle().await;
    assert_eq!((first, second), (201, 200));
    assert_eq!(accepted, replayed);
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn an_order_that_is_over_is_replayed_for_as_long_as_it_is_kept() {
    let local = Local::start().await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    let (_, accepted) = local.post(&ordered).await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.post(&ordered).await, (200, accepted), "its evidence is written");
    ordered["recipient"] = to_email("en.annen@example.no");
    let (status, problem) = local.post(&ordered).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().starts_with("Another order"), "{problem}");
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn another_body_is_a_conflict_and_changes_nothing() {
    let local = Local::start().await;
    let mut first = order("1", to_email("mottaker@example.no"));
    first["requestedSendTime"] = json!(local.now().await + TimeDelta::hours(1));
    local.order(&first).await;
    let (status, problem) = local.post(&order("1", to_email("en.annen@example.no"))).await;
    assert_eq!((status, &problem["status"]), (409, &json!(409)));
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
}

#[tokio::test]
async fn a_replay_after_the_send_time_is_still_a_replay() {
    let local = Local::start().await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["requestedSendTime"] = json!(local.now().await + TimeDelta::hours(1));
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::days(1)).await;
    let (status, body) = local.post(&ordered).await;
    assert_eq!((status, &body["notificationOrderId"]), (200, &json!(placed.chain)));
    let mut other = ordered.clone();
    other["recipient"] = to_email("en.annen@example.no");
    assert_eq!(local.post(&other).await.0, 409);
    other["idempotencyId"] = json!("2");
    assert_eq!(local.post(&other).await.0, 400, "a new order may not lie in the past");
}

#[tokio::test]
async fn the_same_order_at_the_same_time_is_one_order() {
    let local = Local::start().await;
    let ordered = order("1", to_email("mottaker@example.no"));
    let answers = futures::future::join_all((0..8).map(|_| local.post(&ordered))).await;
    local.until_idle().await;
    let created = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!((created, answers.len()), (1, 8));
    assert!(answers.iter().all(|(status, body)| matches!(status, 200 | 201) && *body == answers[0].1));
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn each_owner_has_ids_of_its_own() {
    let local = Local::start().await;
    let ordered = order("1", to_email("mottaker@example.no"));
    local.order(&ordered).await;
    let another = local.token("991825827", None).await;
    assert_ne!(OWNER, "991825827");
    let (status, _) = local.post_raw(Some(&another), ordered.to_string()).await;
    assert_eq!(status, 201);
}

/// A template's texts, of one e-mail.
fn texts(body: &str) -> Value {
    json!({"nb": {"email": {"subject": "Svar", "body": body}}})
}

/// A template says something else by now, and lacks the reminder that it had; what was accepted stands.
#[tokio::test]
async fn a_replay_after_the_template_has_changed_changes_nothing() {
    let local = Local::start().await;
    let path = "/notifications/api/v1/templates/svar";
    let first =
        json!({"texts": texts("Den første."), "reminder": {"delayDays": 7, "texts": texts("Igjen.")}});
    assert_eq!(local.send("PUT", path, &first).await.0, 201);
    let template = json!({"name": "svar", "language": "nb"});
    let person = json!({"nationalIdentityNumber": SOMEBODY, "channelSchema": "Email", "template": template});
    let mut ordered = order("1", json!({"recipientPerson": person}));
    ordered["requestedSendTime"] = json!(local.now().await + TimeDelta::hours(1));
    let placed = local.order(&ordered).await;
    assert_eq!(local.send("PUT", path, &json!({"texts": texts("Den andre.")})).await.0, 200);
    let (status, replayed) = local.post(&ordered).await;
    assert_eq!((status, Placed::of(&replayed).reminders), (200, placed.reminders.clone()));
    local.advance(TimeDelta::days(8)).await;
    let bodies: Vec<_> = local.outbox().await.iter().map(|entry| text(&entry["body"])).collect();
    assert_eq!(bodies, ["Den første.", "Igjen."]);
}

/// What is proved of an order must not be replaced by another under the same id.
#[tokio::test]
async fn the_id_of_an_order_that_has_been_removed_is_not_used_again() {
    let local = Local::start().await;
    let ordered = order("1", to_email("mottaker@example.no"));
    local.order(&ordered).await;
    local.advance(TimeDelta::days(40)).await;
    for body in [&ordered, &order("1", to_email("en.annen@example.no"))] {
        let (status, problem) = local.post(body).await;
        assert_eq!(status, 409, "{problem}");
    }
    assert_eq!(local.outbox().await.len(), 1);
}
