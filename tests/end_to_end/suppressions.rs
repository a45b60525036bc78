//! Addresses that bounced, or whose owner complained, are sent to no more until an administrator says so.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_local::Options;

use crate::storage::{items, key};
use crate::support::{ADMIN, Local, OWNER, Placed, order, text, to_email};

const BASE: &str = "/notifications/api/v1";

async fn administer(local: &Local, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let token = local.token(OWNER, Some(ADMIN)).await;
    local.send_as(&token, method, &format!("{BASE}{path}"), body).await
}

async fn listed(local: &Local) -> Vec<Value> {
    // The index is some seconds behind.
    local.advance(TimeDelta::seconds(3)).await;
    let (status, answer) = administer(local, "GET", "/suppressions", &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["suppressions"].as_array().unwrap().clone()
}

async fn send(local: &Local, id: &str, address: &str) -> (Placed, Vec<String>) {
    let placed = local.order(&order(id, to_email(address))).await;
    let statuses = local.statuses(&placed.notification).await;
    (placed, statuses)
}

#[tokio::test]
async fn an_address_that_bounced_is_sent_to_no_more_until_it_is_lifted() {
    let local = Local::start().await;
    let (first, statuses) = send(&local, "1", "bounce@simulator.amazonses.com").await;
    assert_eq!(statuses, ["Email_Failed_Bounced"]);
    // The same mailbox, however it is written; no provider is called.
    let (second, statuses) = send(&local, "2", "bounce@Simulator.amazonses.COM").await;
    assert_eq!(statuses, ["Email_Failed_SuppressedRecipient"]);
    assert_eq!(local.sent_to().await, ["bounce@simulator.amazonses.com"]);
    let shipment = local.shipment(&second.notification).await;
    assert_eq!((&shipment["reached"], &shipment["status"]), (&json!("No"), &json!("Order_Completed")));
    let all = listed(&local).await;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["reason"], &all[0]["channel"]), (&json!("Bounced"), &json!("email")));
    assert_eq!(text(&all[0]["notificationId"]), format!("{}-0", first.notification));
    let asked = json!({"emailAddress": "bounce@simulator.amazonses.com"});
    let (_, found) = administer(&local, "POST", "/suppressions/find", &asked).await;
    assert_eq!(found["suppression"], all[0]);
    let id = text(&all[0]["id"]);
    assert_eq!(administer(&local, "DELETE", &format!("/suppressions/{id}"), &Value::Null).await.0, 204);
    assert_eq!(administer(&local, "DELETE", &format!("/suppressions/{id}"), &Value::Null).await.0, 404);
    let (_, found) = administer(&local, "POST", "/suppressions/find", &asked).await;
    assert_eq!(found, json!({}));
    let (_, statuses) = send(&local, "3", "bounce@simulator.amazonses.com").await;
    assert_eq!(statuses, ["Email_Failed_Bounced"], "it was tried again");
}

#[tokio::test]
async fn a_bounce_expires_and_a_complaint_does_not() {
    let local = Local::start().await;
    send(&local, "1", "bounce@simulator.amazonses.com").await;
    let (placed, _) = send(&local, "2", "klager@example.no").await;
    let complaint =
        json!({"event": "Email Complaint Received", "notification": format!("{}-0", placed.notification)});
    local.enqueue("reports", &complaint.to_string()).await;
    assert_eq!(listed(&local).await.len(), 2);
    local.advance(TimeDelta::days(91)).await;
    let left = listed(&local).await;
    assert_eq!((left.len(), &left[0]["reason"]), (1, &json!("Complaint")));
    let (_, statuses) = send(&local, "3", "bounce@simulator.amazonses.com").await;
    assert_eq!(statuses, ["Email_Failed_Bounced"]);
    let (_, statuses) = send(&local, "4", "klager@example.no").await;
    assert_eq!(statuses, ["Email_Failed_SuppressedRecipient"]);
    // A later bounce does not make the complaint expire.
    let bounce = json!({"event": "Email Bounced", "notification": format!("{}-0", placed.notification), "bounceType": "Permanent"});
    local.enqueue("reports", &bounce.to_string()).await;
    local.advance(TimeDelta::days(91)).await;
    assert_eq!(listed(&local).await.len(), 1);
}

#[tokio::test]
async fn an_instant_notice_to_a_suppressed_address_is_over_at_once() {
    let local = Local::start().await;
    send(&local, "1", "bounce@simulator.amazonses.com").await;
    let instant = json!({"idempotencyId": "otp", "recipientEmail": {"emailAddress": "bounce@simulator.amazonses.com",
        "emailSettings": {"subject": "Kode", "body": "482913"}}});
    let (status, answer) = local.send("POST", &format!("{BASE}/future/orders/instant/email"), &instant).await;
    assert_eq!(status, 201, "{answer}");
    let placed = Placed::of(&answer);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_SuppressedRecipient"]);
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn nothing_that_is_stored_of_a_suppressed_address_names_it() {
    let local = Local::start().await;
    send(&local, "1", "bounce@simulator.amazonses.com").await;
    let all = items(&local).await;
    let suppressed: Vec<_> = all.iter().filter(|item| key(item).starts_with("suppressed#")).collect();
    assert_eq!(suppressed.len(), 1);
    assert!(!serde_json::to_string(suppressed[0]).unwrap().contains("simulator"), "{suppressed:?}");
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_only_administrators_ask() {
    let local = Local::start().await;
    for (method, path) in [
        ("GET", "/suppressions"),
        ("POST", "/suppressions/find"),
        ("DELETE", "/suppressions/AAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        assert_eq!(local.send(method, &format!("{BASE}{path}"), &json!({})).await.0, 403, "{path}");
    }
    for body in [
        json!({}),
        json!({"emailAddress": "x"}),
        json!({"emailAddress": "a@example.no", "mobileNumber": "+4790000001"}),
    ] {
        assert_eq!(administer(&local, "POST", "/suppressions/find", &body).await.0, 400, "{body}");
    }
    assert_eq!(administer(&local, "DELETE", "/suppressions/a@example.no", &Value::Null).await.0, 404);
    assert_eq!(administer(&local, "GET", "/suppressions?after=nonsense", &Value::Null).await.0, 400);
}

#[tokio::test]
async fn each_owner_sends_as_a_tenant_of_its_own_where_the_deployment_says_so() {
    let variables = [("SES_TENANT_PREFIX", "varsling-".to_owned())].into();
    let local = Local::with(Options { variables, ..Options::default() }).await;
    send(&local, "1", "mottaker@example.no").await;
    assert_eq!(local.outbox().await[0]["tenant"], format!("varsling-{OWNER}"));
    let alone = Local::start().await;
    send(&alone, "1", "mottaker@example.no").await;
    assert_eq!(alone.outbox().await[0]["tenant"], Value::Null);
}
