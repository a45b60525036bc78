//! What an owner has used, by day: orders, e-mails, segments and failures.

use chrono::TimeDelta;
use serde_json::{Value, json};

use varsling_local::Options;

use crate::support::{Local, OWNER, order, to_email, to_sms};

const ADMIN: &str = "altinn:notifications.admin";
const BOUNCING: &str = "bounce@simulator.amazonses.com";

fn path(owner: &str, query: &str) -> String {
    format!("/notifications/api/v1/owners/{owner}/usage{query}")
}

async fn shown(local: &Local, query: &str) -> Value {
    let (status, usage) = local.get(&path(OWNER, query)).await;
    assert_eq!(status, 200, "{usage}");
    usage
}

fn counts(day: &str, [orders, emails, segments, failures]: [u64; 4]) -> Value {
    json!({"date": day, "orders": orders, "emails": emails, "smsSegments": segments, "failures": failures})
}

#[tokio::test]
async fn what_was_sent_and_what_failed_is_shown_by_day() {
    let local = Local::start_at("2026-12-01T10:00:00Z").await;
    for id in ["1", "2"] {
        local.order(&order(id, to_email(&format!("m{id}@example.no")))).await;
    }
    let mut long = to_sms("+4790000001", "Anytime");
    long["recipientSms"]["smsSettings"]["body"] = json!("a".repeat(200));
    local.order(&order("3", long)).await;
    local.advance(TimeDelta::days(1)).await;
    local.order(&order("4", to_email(BOUNCING))).await;
    local.until_idle().await;
    let usage = shown(&local, "?from=2026-11-30&to=2026-12-02").await;
    let expected = [
        counts("2026-11-30", [0; 4]),
        counts("2026-12-01", [3, 2, 2, 0]),
        counts("2026-12-02", [1, 1, 0, 1]),
    ];
    assert_eq!(usage["days"], json!(expected));
    assert_eq!(usage["total"], json!({"orders": 4, "emails": 3, "smsSegments": 2, "failures": 1}));
    assert_eq!(shown(&local, "").await["days"].as_array().unwrap().len(), 31);
}

#[tokio::test]
async fn a_list_is_one_order_and_each_of_its_notices_counts() {
    let local = Local::start_at("2026-12-01T10:00:00Z").await;
    let addresses = (0..30).map(|number| json!({"emailAddress": format!("m{number}@example.no")}));
    let recipients: Vec<_> = addresses.chain([json!({"emailAddress": BOUNCING})]).collect();
    let list = json!({"subject": "Hei", "body": "Hei", "recipients": recipients});
    let (status, placed) = local.send("POST", "/notifications/api/v1/orders/email", &list).await;
    assert_eq!(status, 202, "{placed}");
    local.advance(TimeDelta::hours(2)).await;
    let usage = shown(&local, "?from=2026-12-01&to=2026-12-01").await;
    assert_eq!(usage["days"], json!([counts("2026-12-01", [1, 31, 0, 1])]));
}

/// A restored table has pages of the epoch before.
#[tokio::test]
async fn orders_are_counted_on_through_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let of_epoch = async |epoch: &str, start: &str| {
        let options = Options {
            data: Some(folder.path().into()),
            variables: [("FEED_EPOCH", epoch.to_owned())].into(),
            start: Some(start.parse().unwrap()),
            ..Options::default()
        };
        Local::with(options).await
    };
    let local = of_epoch("0", "2026-12-01T10:00:00Z").await;
    for id in ["1", "2"] {
        local.order(&order(id, to_email(&format!("m{id}@example.no")))).await;
    }
    local.until_idle().await;
    local.advance(TimeDelta::hours(1)).await;
    local.system.stop().await;
    std::fs::remove_file(folder.path().join("clock")).unwrap();
    let local = of_epoch("1", "2026-12-02T10:00:00Z").await;
    let usage = shown(&local, "?from=2026-12-01&to=2026-12-02").await;
    assert_eq!(usage["total"]["orders"], 2, "{usage}");
    local.order(&order("3", to_email("m3@example.no"))).await;
    local.until_idle().await;
    local.advance(TimeDelta::hours(1)).await;
    let usage = shown(&local, "?from=2026-12-01&to=2026-12-02").await;
    assert_eq!(
        usage["days"],
        json!([counts("2026-12-01", [2, 2, 0, 0]), counts("2026-12-02", [1, 1, 0, 0])])
    );
}

#[tokio::test]
async fn usage_is_shown_to_its_owner_and_to_administrators_only() {
    let local = Local::start().await;
    let other = local.token("974760673", None).await;
    assert_eq!(local.send_as(&other, "GET", &path(OWNER, ""), &Value::Null).await.0, 403);
    let admin = local.token("974760673", Some(ADMIN)).await;
    assert_eq!(local.send_as(&admin, "GET", &path(OWNER, ""), &Value::Null).await.0, 200);
    assert_eq!(local.send_as(&admin, "GET", &path("12345678", ""), &Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_is_no_range_of_days_is_refused_with_what_was_meant() {
    let local = Local::start_at("2026-12-01T10:00:00Z").await;
    for (query, name, why) in [
        ("?from=1.12.2026", "from", "Must be a day such as 2026-11-27."),
        ("?to=2026-13-01", "to", "Must be a day such as 2026-11-27."),
        ("?from=2026-12-02&to=2026-12-01", "from", "Must not be after to."),
        ("?from=2026-01-01", "from", "At most 92 days can be asked for at once."),
    ] {
        let (status, problem) = local.get(&path(OWNER, query)).await;
        assert_eq!((status, &problem["errors"][name][0]), (400, &json!(why)), "{problem}");
    }
}
