//! What is stored: small, and nothing personal in its keys.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::support::{Local, OWNER, SOMEBODY, order, order_with_reminder, to_email, to_person};

/// The size that DynamoDB bills (developer guide, "DynamoDB item sizes and formats").
fn size(value: &Value) -> usize {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => value.as_str().unwrap().len(),
        "N" => value.as_str().unwrap().trim_matches('0').len().div_ceil(2) + 1,
        "BOOL" | "NULL" => 1,
        "L" => 3 + value.as_array().unwrap().iter().map(|item| 1 + size(item)).sum::<usize>(),
        "M" => {
            3 + value
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, item)| 1 + name.len() + size(item))
                .sum::<usize>()
        }
        // In base64, of which four characters are three bytes.
        "B" => value.as_str().unwrap().trim_end_matches('=').len() * 3 / 4,
        other => panic!("unexpected type {other}"),
    }
}

fn item_size(item: &Map<String, Value>) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

pub async fn dynamodb(local: &Local, operation: &str, body: Value) -> Value {
    let request = local.http.post(&local.system.dynamodb_url).body(body.to_string());
    let request = request
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
        .header("X-Amz-Date", "20260101T000000Z")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/eu-north-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0");
    request.send().await.unwrap().json().await.unwrap()
}

pub async fn items(local: &Local) -> Vec<Map<String, Value>> {
    let answer = dynamodb(local, "Scan", json!({"TableName": "varsling"})).await;
    let items = answer["Items"].as_array().unwrap_or_else(|| panic!("no items: {answer}"));
    items.iter().map(|item| item.as_object().unwrap().clone()).collect()
}

const EVIDENCE: &str = "varsling-evidence";

/// The key of the evidence of a chain: the bytes of its id.
fn evidence_key(chain: &str) -> Value {
    let digits = chain.replace('-', "");
    let bytes: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
    json!({"pk": {"S": format!("e#{}", URL_SAFE_NO_PAD.encode(bytes))}})
}

/// What is stored as evidence of a chain.
pub async fn proved(local: &Local, chain: &str) -> Option<Value> {
    let asked = json!({"TableName": EVIDENCE, "Key": evidence_key(chain), "ConsistentRead": true});
    let mut answer = dynamodb(local, "GetItem", asked).await;
    Some(answer["Item"].take()).filter(Value::is_object)
}

/// All that is stored as evidence.
pub async fn all_evidence(local: &Local) -> Vec<Value> {
    let mut answer = dynamodb(local, "Scan", json!({"TableName": EVIDENCE})).await;
    answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// The evidence of a chain goes missing.
pub async fn forget_proof(local: &Local, chain: &str) {
    dynamodb(local, "DeleteItem", json!({"TableName": EVIDENCE, "Key": evidence_key(chain)})).await;
}

pub fn key(item: &Map<String, Value>) -> &str {
    item["pk"]["S"].as_str().unwrap()
}

/// What a chain's item has of the chain.
pub fn body(item: &Map<String, Value>) -> Value {
    let stored = STANDARD.decode(item["b"]["B"].as_str().unwrap()).unwrap();
    rmp_serde::from_slice(&stored).unwrap()
}

/// All that is stored, in letters.
pub async fn in_letters(local: &Local) -> String {
    let stored = items(local).await;
    let bodies: Vec<_> = stored.iter().filter(|item| is_chain(item)).map(body).collect();
    serde_json::to_string(&(stored, bodies)).unwrap()
}

fn is_chain(item: &Map<String, Value>) -> bool {
    key(item).starts_with("chain#")
}

#[tokio::test]
async fn the_hot_item_of_an_order_with_a_reminder_stays_under_a_kilobyte() {
    let local = Local::start().await;
    let long = "et-ganske-langt-fornavn.og-etternavn@en-etat.example.no";
    local
        .people(json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Navn Med Tre Etternavn",
        "email": long, "mobileNumber": "+4790000001"}]}))
        .await;
    let mut recipient = to_person(SOMEBODY, "EmailAndSms");
    recipient["recipientPerson"]["emailSettings"]["body"] = json!("Hei $recipientName$");
    let mut ordered = order("1", recipient.clone());
    ordered["dialogportenAssociation"] = json!({"dialogId": "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"});
    ordered["reminders"] = json!([{"delayDays": 7, "recipient": recipient}]);
    local.order(&ordered).await;
    let mut largest = 0;
    for _ in 0..9 {
        let chain = items(&local).await.into_iter().find(is_chain).unwrap();
        largest = largest.max(item_size(&chain));
        local.advance(TimeDelta::days(1)).await;
    }
    assert_eq!(local.sent_to().await.len(), 4, "both steps were resolved");
    println!("the hot item is {largest} bytes at its largest");
    assert!(largest < 1_024, "{largest} bytes");
}

#[tokio::test]
async fn the_same_text_is_stored_once_and_keys_hold_nothing_personal() {
    let local = Local::start().await;
    for id in ["1", "2", "3"] {
        local.order(&order(id, to_person(SOMEBODY, "EmailPreferred"))).await;
    }
    let stored = items(&local).await;
    let texts = stored.iter().filter(|item| key(item).starts_with("text#")).count();
    let chains = stored.iter().filter(|item| is_chain(item)).count();
    assert_eq!((texts, chains), (2, 3), "one text for each channel");
    assert!(stored.iter().all(|item| !key(item).contains(SOMEBODY) && !key(item).contains('@')));
    let mut kept = stored.iter().filter(|item| !item.contains_key("ttl")).map(key);
    assert_eq!(kept.next(), Some(format!("feed#{OWNER}#block#0").as_str()), "by which the feed goes on");
    assert_eq!(kept.next(), None, "everything that is of an order is deleted some day");
}

#[tokio::test]
async fn a_finished_order_leaves_the_due_index() {
    let local = Local::start().await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    let chain = items(&local).await.into_iter().find(is_chain).unwrap();
    assert!(!chain.contains_key("dk") && !chain.contains_key("da"));
}

#[tokio::test]
async fn what_has_expired_is_not_shown() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::days(29)).await;
    local.shipment(&placed.notification).await;
    // Two days for its lifetime, which it did not need.
    local.advance(TimeDelta::days(4)).await;
    assert_eq!(
        local.get(&format!("/notifications/api/v1/future/shipment/{}", placed.notification)).await.0,
        404
    );
    assert!(items(&local).await.iter().any(is_chain), "it is not deleted yet");
}

/// Addresses and texts go after a month; what was notified, reminded and opened can be proved for ten years.
#[tokio::test]
async fn evidence_outlives_addresses_and_texts() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    let path = format!("/notifications/api/v1/future/orders/{}/evidence", placed.chain);
    assert_eq!(local.get(&path).await.1["shipments"][0]["notifications"][0]["status"], "Email_Delivered");
    local.advance(TimeDelta::days(8)).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    let opened_at = local.get(&path).await.1["openedAt"].clone();
    local.advance(TimeDelta::days(60)).await;
    // Opened again, it was opened no later.
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    let shipment = format!("/notifications/api/v1/future/shipment/{}", placed.notification);
    assert_eq!(local.get(&shipment).await.0, 404);
    let (status, evidence) = local.get(&path).await;
    assert_eq!(status, 200);
    let statuses: Vec<_> = evidence["shipments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (&s["type"], &s["notifications"][0]["status"]))
        .collect();
    assert_eq!(
        statuses,
        [
            (&json!("Notification"), &json!("Email_Delivered")),
            (&json!("Reminder"), &json!("Email_Delivered"))
        ]
    );
    assert!(opened_at.is_string(), "{opened_at}");
    assert_eq!(evidence["openedAt"], opened_at);
    let stranger = local.token("991825827", None).await;
    assert_eq!(local.send_as(&stranger, "GET", &path, &json!(null)).await.0, 404);
    let kept = proved(&local, &placed.chain).await.unwrap();
    let packed = STANDARD.decode(kept["b"]["B"].as_str().unwrap()).unwrap();
    assert!(!packed.contains(&b'@') && !kept.to_string().contains('@'), "{kept}");
    local.advance(TimeDelta::days(3_660)).await;
    assert_eq!(local.get(&path).await.0, 404);
}

/// Releases before kept evidence in the main table, by another key.
#[tokio::test]
async fn evidence_of_an_earlier_release_is_shown_and_keeps_its_id_taken() {
    let local = Local::start().await;
    let ordered = order("1", to_email("mottaker@example.no"));
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::days(60)).await;
    let path = format!("/notifications/api/v1/future/orders/{}/evidence", placed.chain);
    let shown = local.get(&path).await;
    let mut item = proved(&local, &placed.chain).await.unwrap();
    forget_proof(&local, &placed.chain).await;
    assert_eq!(local.get(&path).await.0, 404);
    item["pk"] = json!({"S": format!("evidence#{}", placed.chain)});
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": item})).await;
    assert_eq!(local.get(&path).await, shown);
    dynamodb(
        &local,
        "DeleteItem",
        json!({"TableName": "varsling", "Key": {"pk": {"S": format!("chain#{}", placed.chain)}}}),
    )
    .await;
    assert_eq!(local.post(&ordered).await.0, 409);
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.outbox().await.len(), 1);
}

/// The chain goes before the order, and the order before its evidence.
#[tokio::test]
async fn what_is_partly_removed_is_not_sent_again() {
    let local = Local::start().await;
    let ordered = order("1", to_person(SOMEBODY, "Email"));
    local.order(&ordered).await;
    local.advance(TimeDelta::days(33)).await;
    let stored = items(&local).await;
    let chain = stored.iter().find(|item| is_chain(item)).unwrap();
    let cold = stored.iter().find(|item| key(item).starts_with("order#")).unwrap();
    assert_eq!(cold["ttl"], chain["ttl"], "addresses are removed with the chain");
    dynamodb(&local, "DeleteItem", json!({"TableName": "varsling", "Key": {"pk": chain["pk"]}})).await;
    for _ in 0..2 {
        assert_eq!(local.post(&ordered).await.0, 409);
    }
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.outbox().await.len(), 1);
}
