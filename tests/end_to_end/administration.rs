//! What administrators change leaves who, what, from what to what, and when.

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use crate::storage::{items, key};
use crate::support::{ADMIN, Local, OWNER, order, text, to_email};

const BASE: &str = "/notifications/api/v1";
const ADMINISTRATOR: &str = "991825827";
/// At which SES's mailbox simulator bounces.
const BOUNCES: &str = "bounce@simulator.amazonses.com";

async fn administer(local: &Local, method: &str, path: &str, body: &Value) -> Value {
    let token = local.token(ADMINISTRATOR, Some(ADMIN)).await;
    let (status, answer) = local.send_as(&token, method, &format!("{BASE}{path}"), body).await;
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}

/// The records, the oldest first, each as DynamoDB has it.
async fn records(local: &Local) -> Vec<Value> {
    let all = items(local).await.into_iter().filter(|item| key(item).starts_with("administration#"));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|record| text(&record["at"]["S"]));
    all.into_iter().map(Value::Object).collect()
}

/// Which attributes say what it was, and what it became.
fn sides(record: &Value) -> [bool; 2] {
    ["before", "after"].map(|side| record.get(side).is_some())
}

#[tokio::test]
async fn each_change_leaves_who_did_what_from_what_to_what_and_when() {
    let local = Local::start().await;
    local.order(&order("1", to_email(BOUNCES))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let listed = administer(&local, "GET", "/suppressions", &Value::Null).await;
    let suppression = text(&listed["suppressions"][0]["id"]);
    let owner = format!("/owners/{OWNER}");
    for (method, path, body) in [
        ("PUT", owner.clone(), json!({"name": "Før kommune"})),
        ("PUT", owner, json!({"name": "Etter kommune"})),
        ("PUT", "/holds/email".into(), json!({"reason": "feil tekst"})),
        ("DELETE", "/holds/email".into(), Value::Null),
        ("DELETE", format!("/suppressions/{suppression}"), Value::Null),
    ] {
        administer(&local, method, &path, &body).await;
        local.advance(TimeDelta::seconds(1)).await;
    }
    let records = records(&local).await;
    let told: Vec<_> =
        records.iter().map(|one| (text(&one["action"]["S"]), text(&one["about"]["S"]), sides(one))).collect();
    assert_eq!(
        told,
        [
            ("PutOwner".into(), OWNER.into(), [false, true]),
            ("PutOwner".into(), OWNER.into(), [true, true]),
            ("Hold".into(), "email".into(), [false, true]),
            ("Release".into(), "email".into(), [true, false]),
            ("LiftSuppression".into(), suppression, [true, false]),
        ]
    );
    assert_eq!(records[1]["before"]["M"]["name"]["S"], "Før kommune");
    assert_eq!(records[1]["after"]["M"]["name"]["S"], "Etter kommune");
    assert_eq!(records[3]["before"]["M"]["reason"]["S"], "feil tekst");
    for record in &records {
        assert_eq!(record["by"]["S"], ADMINISTRATOR);
        let at: DateTime<chrono::Utc> = text(&record["at"]["S"]).parse().unwrap();
        let until: i64 = text(&record["ttl"]["N"]).parse().unwrap();
        assert_eq!(until, (at + TimeDelta::days(3_653)).timestamp(), "as long as evidence");
        assert!(!record.to_string().contains('@'), "{record}");
    }
}

#[tokio::test]
async fn what_is_refused_or_only_read_leaves_none() {
    let local = Local::start().await;
    let admin = local.token(ADMINISTRATOR, Some(ADMIN)).await;
    for (method, path, expected) in [
        ("GET", "/holds", 200),
        ("PUT", "/holds/fax", 400),
        ("PUT", "/settlement", 400),
        ("DELETE", "/suppressions/AAAAAAAAAAAAAAAAAAAAAA", 404),
    ] {
        assert_eq!(local.send_as(&admin, method, &format!("{BASE}{path}"), &json!({})).await.0, expected);
    }
    assert_eq!(local.send("PUT", &format!("{BASE}/holds/email"), &json!({})).await.0, 403);
    assert_eq!(records(&local).await, Vec::<Value>::new());
}
