//! Sending again what failed: once, and to nobody whom it may have reached.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::operating::{BOUNCES, ops, refused};
use crate::support::{Local, Placed, order, text, to_email};

#[tokio::test]
async fn an_instant_notice_has_no_text_to_send_again() {
    let local = Local::start().await;
    let body = json!({"idempotencyId": "1", "recipientEmail": {"emailAddress": BOUNCES,
        "emailSettings": {"subject": "Kode", "body": "1234"}}});
    let (status, placed) =
        local.send("POST", "/notifications/api/v1/future/orders/instant/email", &body).await;
    assert_eq!(status, 201, "{placed}");
    local.advance(TimeDelta::minutes(1)).await;
    let id = text(&placed["notificationOrderId"]);
    let error = refused(&local, &["order", "send-again", &id]).await;
    assert!(error.contains("409") && error.contains("text of the order"), "{error}");
}

/// What a municipality orders to an address that takes nothing yet.
async fn bounced(local: &Local) -> Placed {
    let placed = local.order(&giving_up("1", BOUNCES)).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_Bounced"]);
    placed
}

fn giving_up(id: &str, address: &str) -> Value {
    let mut ordered = order(id, to_email(address));
    ordered["onBadAddress"] = json!("GiveUp");
    ordered
}

#[tokio::test]
async fn what_failed_is_sent_again_once_and_its_owner_can_ask_too() {
    let local = Local::start().await;
    let placed = bounced(&local).await;
    let id = text(&ops(&local, &["suppressions", "list"]).await.json["suppressions"][0]["id"]);
    ops(&local, &["suppressions", "lift", &id]).await;
    let dry = ops(&local, &["--dry-run", "order", "send-again", &placed.chain]).await;
    assert!(dry.json.get("notificationOrderId").is_none(), "{}", dry.json);
    let again = ops(&local, &["order", "send-again", &placed.chain]).await.json;
    assert_ne!(again["notificationOrderId"], placed.chain.as_str());
    assert_eq!(ops(&local, &["order", "send-again", &placed.chain]).await.json, again, "the same again");
    let path = format!("/notifications/api/v1/future/orders/{}/send-again", placed.chain);
    assert_eq!(local.send("POST", &path, &Value::Null).await, (200, again.clone()), "its owner asks");
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.sent_to().await, [BOUNCES, BOUNCES]);
    let changes = ops(&local, &["changes"]).await.json;
    let actions: Vec<_> =
        changes["changes"].as_array().unwrap().iter().map(|one| text(&one["action"])).collect();
    assert!(actions.contains(&"SendAgain".to_owned()), "{actions:?}");
}

#[tokio::test]
async fn what_was_delivered_or_is_under_way_is_not_sent_again() {
    let local = Local::start().await;
    let delivered = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let error = refused(&local, &["order", "send-again", &delivered.chain]).await;
    assert!(
        error.contains("409") && error.contains("Nothing of the order is known to have failed"),
        "{error}"
    );
    let mut later = order("2", to_email("mottaker@example.no"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(2));
    let later = local.order(&later).await;
    assert!(refused(&local, &["order", "send-again", &later.chain]).await.contains("is not over yet"));
}

#[tokio::test]
async fn of_a_list_those_alone_get_it_again_who_did_not_get_it() {
    let local = Local::start().await;
    let list = json!({"subject": "Emne", "body": "Tekst", "sendingTimePolicy": "Anytime", "recipients": [
        {"emailAddress": "en@example.no"}, {"emailAddress": BOUNCES}, {"emailAddress": "to@example.no"}]});
    let (_, placed) = local.send("POST", "/notifications/api/v1/orders/email", &list).await;
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(local.sent_to().await.len(), 3);
    let again = ops(&local, &["order", "send-again", &text(&placed["orderId"])]).await.json;
    local.advance(TimeDelta::minutes(2)).await;
    let shown = local.shipment(&text(&again["orderId"])).await;
    assert_eq!(shown["recipients"].as_array().map(Vec::len), Some(1), "{shown}");
    assert_eq!(shown["recipients"][0]["destination"], BOUNCES);
    assert_eq!(shown["recipients"][0]["status"], "Email_Failed_SuppressedRecipient");
}
