//! The sweeps: nothing is forgotten, whatever a tick or a worker meets.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::storage::{body, dynamodb, items, key};
use crate::support::{Local, SOMEBODY, order, order_with_reminder, to_email, to_person};

async fn due_at(local: &Local, count: usize, due: DateTime<Utc>) {
    for number in 0..count {
        let mut later = order(&format!("due {number}"), to_person(SOMEBODY, "Email"));
        later["requestedSendTime"] = json!(due);
        assert_eq!(local.post(&later).await.0, 201);
    }
}

/// The item of the only chain there is, changed and written back.
async fn change_chain(local: &Local, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> String {
    let mut chain = items(local).await.into_iter().find(|item| key(item).starts_with("chain#")).unwrap();
    change(&mut chain);
    let id = key(&chain).to_owned();
    dynamodb(local, "PutItem", json!({"TableName": "varsling", "Item": chain})).await;
    id
}

async fn chain(local: &Local, id: &str) -> serde_json::Map<String, Value> {
    items(local).await.into_iter().find(|item| key(item) == id).unwrap()
}

#[tokio::test]
async fn a_shard_that_holds_more_than_a_tick_manages_is_worked_through() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::hours(1);
    due_at(&local, 900, due).await;
    local.to(due - TimeDelta::seconds(150)).await;
    let costs = local.get("/local/costs").await.1;
    assert!(
        costs["functions"]["sweep-shard"].is_object(),
        "more than a page in each of four shards: {costs}"
    );
    local.to(due + TimeDelta::minutes(3)).await;
    assert_eq!(local.outbox().await.len(), 900);
}

/// Puts copies of the only chain there is into its shard of the due index, as if they were overdue: none is due, so that
/// each is looked at and moved to where it belongs.
async fn overdue_copies(local: &Local, count: usize) {
    let chain = items(local).await.into_iter().find(|item| key(item).starts_with("chain#")).unwrap();
    let overdue = json!({"N": local.now().await.timestamp_millis().to_string()});
    // The last two digits of a chain's id are zeros.
    let stem = key(&chain)[..key(&chain).len() - 6].to_owned();
    for number in 0..count {
        let mut copy = chain.clone();
        copy.insert("pk".into(), json!({"S": format!("{stem}{number:04}00")}));
        copy.insert("da".into(), overdue.clone());
        dynamodb(local, "PutItem", json!({"TableName": "varsling", "Item": copy})).await;
    }
}

/// How many entries of the due index have come.
async fn overdue(local: &Local) -> usize {
    let now = local.now().await.timestamp_millis();
    let all = items(local).await;
    let times = all.iter().filter_map(|item| item.get("da")?["N"].as_str()?.parse::<i64>().ok());
    times.filter(|time| *time <= now).count()
}

#[tokio::test]
async fn a_worker_that_dies_at_any_of_its_calls_is_followed_by_another() {
    for operation in ["Query", "BatchGetItem", "PutItem"] {
        for effect in ["kill", "kill-after"] {
            let local = Local::start().await;
            due_at(&local, 1, local.now().await + TimeDelta::days(2)).await;
            overdue_copies(&local, 250).await;
            let fault = json!({"service": "dynamodb", "operation": operation, "effect": effect,
                "function": "sweep-shard"});
            local.fault(fault).await;
            local.advance(TimeDelta::minutes(10)).await;
            assert_eq!(local.get("/local/faults").await.1["faults"], json!([]), "{effect} at {operation}");
            assert_eq!(overdue(&local).await, 0, "{effect} at {operation}");
        }
    }
}

#[tokio::test]
async fn a_shard_message_that_comes_twice_is_harmless() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 3, due).await;
    local.to(due - TimeDelta::minutes(2)).await;
    for shard in [0, 0, 1, 1, 2, 3] {
        local.enqueue("shards.fifo", &json!({"space": "due", "shard": shard}).to_string()).await;
    }
    local.enqueue("shards.fifo", r#"{"space": "yesterday", "shard": 0}"#).await;
    local.to(due + TimeDelta::minutes(1)).await;
    assert_eq!(local.outbox().await.len(), 3);
}

#[tokio::test]
async fn ticks_that_are_missed_or_overlap_lose_nothing_and_send_nothing_twice() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 5, due).await;
    local.fault(json!({"target": "tick", "effect": "fail", "times": 40})).await;
    local.to(due + TimeDelta::minutes(1)).await;
    local.lift_faults().await;
    local.fault(json!({"target": "tick", "effect": "twice", "times": 20})).await;
    local.to(due + TimeDelta::minutes(15)).await;
    assert_eq!(local.outbox().await.len(), 5);
}

#[tokio::test]
async fn a_sweep_that_dies_at_any_of_its_calls_is_followed_by_another() {
    for (service, operation) in [
        ("dynamodb", "Query"),
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "PutItem"),
        ("sqs", "GetQueueAttributes"),
        ("sqs", "SendMessage"),
        ("sqs", "SendMessageBatch"),
    ] {
        for effect in ["kill", "kill-after"] {
            let local = Local::start().await;
            let due = local.now().await + TimeDelta::minutes(30);
            due_at(&local, 3, due).await;
            let fault =
                json!({"service": service, "operation": operation, "effect": effect, "function": "schedule"});
            local.fault(fault).await;
            local.to(due + TimeDelta::minutes(30)).await;
            assert_eq!(local.outbox().await.len(), 3, "{effect} at {operation}");
        }
    }
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_is_set_aside_and_its_neighbours_go_on() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 1, due).await;
    let id = change_chain(&local, |item| {
        item.insert("b".into(), json!({"B": "ZGFtYWdlZA=="}));
    })
    .await;
    for number in 0..20 {
        let mut later = order(&format!("neighbour {number}"), to_email(&format!("nabo{number}@example.no")));
        later["requestedSendTime"] = json!(due);
        assert_eq!(local.post(&later).await.0, 201);
    }
    local.to(due + TimeDelta::minutes(3)).await;
    assert_eq!(local.outbox().await.len(), 20);
    let aside = chain(&local, &id).await;
    assert!(aside["dk"]["S"].as_str().unwrap().starts_with("quarantine#"), "{aside:?}");
    let time = (due - TimeDelta::minutes(3)).timestamp_millis().to_string();
    assert_eq!(aside["da"]["N"], time, "it keeps its time");
}

/// Something is in the due index that is no chain.
#[tokio::test]
async fn an_item_of_an_unknown_kind_is_set_aside_and_its_neighbours_go_on() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 5, due).await;
    let entry = items(&local).await.into_iter().find(|item| key(item).starts_with("chain#")).unwrap();
    for kind in ["parcel#1", "chain#no-id", "chain"] {
        let item = json!({"pk": {"S": kind}, "dk": entry["dk"], "da": {"N": "1"}});
        dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": item})).await;
    }
    local.to(due + TimeDelta::minutes(3)).await;
    assert_eq!(local.outbox().await.len(), 5);
    for kind in ["parcel#1", "chain#no-id", "chain"] {
        let aside = chain(&local, kind).await;
        assert!(aside["dk"]["S"].as_str().unwrap().starts_with("quarantine#"), "{aside:?}");
    }
}

#[tokio::test]
async fn more_than_a_few_that_cannot_be_read_stay_where_they_are() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 40, due).await;
    for mut item in items(&local).await.into_iter().filter(|item| key(item).starts_with("chain#")) {
        item.insert("b".into(), json!({"B": "ZGFtYWdlZA=="}));
        dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": item})).await;
    }
    local.to(due - TimeDelta::seconds(160)).await;
    let aside = items(&local).await.into_iter().filter(|item| {
        item.get("dk").is_some_and(|space| space["S"].as_str().unwrap().starts_with("quarantine#"))
    });
    assert!(aside.count() <= 5, "the code is at fault, not so many items");
}

#[tokio::test]
async fn a_chain_of_a_later_release_is_put_off_and_left_as_it_is() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 1, due).await;
    let id = change_chain(&local, |item| {
        item.insert("fv".into(), json!({"N": "4"}));
        item.insert("b".into(), json!({"B": "bGF0ZXI="}));
    })
    .await;
    let before = chain(&local, &id).await;
    local.to(due + TimeDelta::minutes(10)).await;
    let after = chain(&local, &id).await;
    assert_eq!((&after["b"], &after["v"], &after["dk"]), (&before["b"], &before["v"], &before["dk"]));
    let moved = after["da"]["N"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(moved > local.now().await.timestamp_millis() - 60_000, "its entry is put off");
}

/// Chains that a release before 0.3 wrote, with an attribute for each member, are sent and written in one attribute.
#[tokio::test]
async fn what_the_format_before_left_behind_goes_on() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(30);
    due_at(&local, 1, due).await;
    let id = change_chain(&local, |item| {
        let body = body(item);
        item.remove("b");
        let version = item["v"].clone();
        item.extend(marshalled(&body)["M"].as_object().unwrap().clone());
        item.extend([("fv".to_owned(), json!({"N": "2"})), ("v".to_owned(), version)]);
    })
    .await;
    local.to(due + TimeDelta::minutes(10)).await;
    assert_eq!(local.outbox().await.len(), 1);
    let chain = chain(&local, &id).await;
    assert_eq!(chain["fv"], json!({"N": "3"}));
    assert!(!chain.contains_key("s") && !chain.contains_key("dk"), "{chain:?}");
}

/// Chains that the first releases wrote are found in their key spaces, sent once, and written in the current format.
#[tokio::test]
async fn what_the_first_format_left_behind_goes_on() {
    let local = Local::start().await;
    let now = local.now().await;
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/domain/golden/first/queued.json");
    let item: Value = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    let mut item = moved_to(item, now);
    item["dk"] = json!("lease#02");
    let stored = marshalled(&item);
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": stored["M"]})).await;
    let text = json!({"pk": {"S": text_key(&item)}, "text": {"M": {"Email": {"M": {"subject": {"S": "Emne"},
        "body": {"S": "Tekst"}, "content_type": {"S": "Plain"}}}}}});
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": text})).await;
    local.advance(TimeDelta::minutes(20)).await;
    assert_eq!(local.sent_to().await, ["kontakt@example.no"]);
    let chain = chain(&local, item["pk"].as_str().unwrap()).await;
    assert_eq!(chain["fv"], json!({"N": "3"}));
    assert!(!chain.contains_key("dk"), "it is over");
}

fn text_key(item: &Value) -> String {
    let kept = DateTime::<Utc>::from_timestamp_millis(item["x"].as_i64().unwrap()).unwrap();
    let hash = item["s"][0]["n"][0]["x"].as_str().unwrap();
    format!("text#{}#{hash}#{}", item["o"].as_str().unwrap(), kept.format("%Y%m%d"))
}

/// The same item, as if it had been written now.
fn moved_to(item: Value, now: DateTime<Utc>) -> Value {
    let then = "2026-11-02T10:00:00Z".parse::<DateTime<Utc>>().unwrap().timestamp_millis();
    let by = now.timestamp_millis() - then;
    match item {
        Value::Number(number) => match number.as_i64() {
            Some(millis) if millis > 1_000_000_000_000 => json!(millis + by),
            Some(seconds) if seconds > 1_000_000_000 => json!(seconds + by / 1_000),
            _ => Value::Number(number),
        },
        Value::Array(all) => all.into_iter().map(|one| moved_to(one, now)).collect(),
        Value::Object(all) => all.into_iter().map(|(name, one)| (name, moved_to(one, now))).collect(),
        other => other,
    }
}

/// JSON as DynamoDB has it.
fn marshalled(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({ "S": text }),
        Value::Array(all) => json!({"L": all.iter().map(marshalled).collect::<Vec<_>>()}),
        Value::Object(all) => {
            let all: serde_json::Map<_, _> =
                all.iter().map(|(name, one)| (name.clone(), marshalled(one))).collect();
            json!({ "M": all })
        }
    }
}

#[tokio::test]
async fn a_reminder_whose_tick_died_is_decided_by_the_next() {
    let local = Local::start().await;
    let fault =
        json!({"service": "dynamodb", "operation": "PutItem", "effect": "kill", "function": "fire-reminder"});
    local.fault(fault).await;
    local.order(&order_with_reminder("1", "dialog")).await;
    local.order(&order("2", to_email("annen@example.no"))).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.outbox().await.len(), 3);
}
