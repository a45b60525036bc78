//! The status feed: every shipment that has come to its end, once, and nothing behind what was read.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::faults::merged;
use crate::storage::{dynamodb, items, key};
use crate::support::{
    Local, NO_ADDRESS, OWNER, RESERVED, SILENT, SOMEBODY, order, order_with_reminder, text, to_email,
    to_organization, to_person,
};

const BASE: &str = "/notifications/api/v1";

async fn page(local: &Local, query: &str) -> Vec<Value> {
    let (status, entries) = local.get(&format!("{BASE}/future/shipment/feed?{query}")).await;
    assert_eq!(status, 200, "{query}: {entries}");
    entries.as_array().unwrap().clone()
}

async fn whole(local: &Local) -> Vec<Value> {
    page(local, "").await
}

fn seq(entry: &Value) -> u64 {
    entry["sequenceNumber"].as_u64().unwrap()
}

/// How often each shipment is in the feed without being a correction.
fn told(entries: &[Value]) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry["corrects"].is_null()) {
        *told.entry(text(&entry["shipmentId"])).or_default() += 1;
    }
    told
}

/// Reads on from a cursor as a client does: until there is nothing more.
async fn read_on(local: &Local, cursor: &mut u64, size: usize) -> Vec<Value> {
    let mut read = vec![];
    loop {
        let entries = page(local, &format!("seq={cursor}&pageSize={size}")).await;
        for entry in &entries {
            assert!(seq(entry) > *cursor, "{entry} behind {cursor}");
            *cursor = seq(entry);
        }
        let is_last = entries.is_empty();
        read.extend(entries);
        if is_last {
            return read;
        }
    }
}

#[tokio::test]
async fn every_order_is_told_once_when_it_is_final_however_it_ends() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let sent = local.order(&order("sent", to_email("mottaker@example.no"))).await;
    let reserved = local.order(&order("reserved", to_person(RESERVED, "Email"))).await;
    let unknown = local.order(&order("unknown", to_person(NO_ADDRESS, "Email"))).await;
    let wide = local.order(&order("wide", to_organization(SILENT, "Email"))).await;
    let mut later = order("cancelled", to_email("avlyst@example.no"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(2));
    let cancelled = local.order(&later).await;
    let watched = local.order(&order_with_reminder("reminded", "dialog")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    let list = json!({"subject": "Emne", "body": "Tekst", "sendersReference": "liste", "recipients": [
        {"emailAddress": "en@example.no"}, {"emailAddress": "to@example.no"}, {"nationalIdentityNumber": SOMEBODY}]});
    let (status, answer) = local.send("POST", &format!("{BASE}/orders/email"), &list).await;
    assert_eq!(status, 202, "{answer}");
    let path = format!("{BASE}/future/orders/{}/cancel", cancelled.chain);
    assert_eq!(local.send("PUT", &path, &Value::Null).await.0, 200);
    let instant = json!({"idempotencyId": "instant", "recipientEmail": {"emailAddress": "straks@example.no",
        "emailSettings": {"subject": "Kode", "body": "1"}}});
    let (status, instant) =
        local.send("POST", &format!("{BASE}/future/orders/instant/email"), &instant).await;
    assert_eq!(status, 201, "{instant}");
    local.advance(TimeDelta::days(12)).await;
    let entries = whole(&local).await;
    let mut expected: Vec<_> = [&sent, &reserved, &unknown, &wide, &cancelled, &watched]
        .into_iter()
        .flat_map(|placed| placed.reminders.iter().chain([&placed.notification]).cloned())
        .chain([text(&answer["orderId"]), text(&instant["notification"]["shipmentId"])])
        .map(|id| (id, 1))
        .collect();
    expected.sort();
    assert_eq!(told(&entries).into_iter().collect::<Vec<_>>(), expected, "{entries:#?}");
    assert!(entries.windows(2).all(|pair| seq(&pair[0]) < seq(&pair[1])));
    let of = |id: &str| entries.iter().find(|entry| text(&entry["shipmentId"]) == id).unwrap();
    assert_eq!(of(&cancelled.notification)["status"], "Order_Cancelled");
    assert_eq!(of(&sent.notification)["recipients"][0]["destination"], "mottaker@example.no");
    let list = of(&text(&answer["orderId"]));
    assert_eq!(
        (&list["sendersReference"], list["recipients"].as_array().unwrap().len()),
        (&json!("liste"), 3)
    );
    assert_eq!(of(&watched.reminders[0])["shipmentType"], "Reminder");
    for entry in &entries {
        let shipment = local.get(&format!("{BASE}/future/shipment/{}", text(&entry["shipmentId"]))).await.1;
        assert_eq!((&entry["status"], &entry["lastUpdate"]), (&shipment["status"], &shipment["lastUpdate"]));
    }
}

#[tokio::test]
async fn a_cursor_a_size_and_an_order_are_kept_to() {
    let local = Local::start().await;
    for number in 0..7 {
        local.order(&order(&number.to_string(), to_email("mottaker@example.no"))).await;
    }
    let all = whole(&local).await;
    let numbers: Vec<_> = all.iter().map(seq).collect();
    assert_eq!(numbers.len(), 7);
    let seqs = async |query: String| page(&local, &query).await.iter().map(seq).collect::<Vec<_>>();
    assert_eq!(seqs(format!("seq={}", numbers[2])).await, numbers[3..], "the cursor is exclusive");
    assert_eq!(seqs("pageSize=2".to_owned()).await, numbers[..2]);
    assert_eq!(seqs("pageSize=0".to_owned()).await, numbers[..1]);
    assert_eq!(seqs("pageSize=-4".to_owned()).await, numbers[..1]);
    assert_eq!(seqs("pageSize=100000".to_owned()).await, numbers);
    let newest: Vec<_> = numbers.iter().rev().copied().collect();
    assert_eq!(seqs("orderBy=desc&pageSize=3".to_owned()).await, newest[..3]);
    assert_eq!(seqs(format!("orderBy=DESC&seq={}", numbers[3])).await, newest[4..]);
    for beyond in [numbers[6] + 1, 812_345_000, 9_223_372_036_854_775_807] {
        assert_eq!(seqs(format!("seq={beyond}")).await, Vec::<u64>::new(), "{beyond}");
    }
    for (query, field) in [
        ("seq=-1", "seq"),
        ("seq=x", "seq"),
        ("seq=9223372036854775808", "seq"),
        ("seq=1.5", "seq"),
        ("pageSize=many", "pageSize"),
        ("orderBy=newest", "orderBy"),
    ] {
        let (status, problem) = local.get(&format!("{BASE}/future/shipment/feed?{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
        assert!(problem["errors"][field].is_array(), "{query}: {problem}");
    }
}

#[tokio::test]
async fn an_owner_reads_its_own_feed_only() {
    let local = Local::start().await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    let path = format!("{BASE}/future/shipment/feed");
    let other = local.token("991825827", None).await;
    assert_eq!(local.send_as(&other, "GET", &path, &Value::Null).await, (200, json!([])));
    let unscoped = local.token(OWNER, Some("altinn:other")).await;
    assert_eq!(local.send_as(&unscoped, "GET", &path, &Value::Null).await.0, 403);
    assert_eq!(whole(&local).await.len(), 1);
}

#[tokio::test]
async fn a_correction_is_a_further_entry_and_each_outcome_is_told_once() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let mut cursor = 0;
    assert_eq!(read_on(&local, &mut cursor, 500).await.len(), 1);
    let bounce = json!({"event": "Email Bounced", "notification": format!("{}-0", placed.notification),
        "at": local.now().await, "bounceType": "Permanent", "bounceSubType": "General"});
    for _ in 0..3 {
        local.enqueue("reports", &bounce.to_string()).await;
        local.advance(TimeDelta::minutes(2)).await;
    }
    let news = read_on(&local, &mut cursor, 500).await;
    assert_eq!(news.len(), 1, "{news:?}");
    assert_eq!(
        (&news[0]["corrects"], &news[0]["shipmentId"], &news[0]["recipients"][0]["status"]),
        (&json!(true), &json!(placed.notification), &json!("Email_Failed_Bounced"))
    );
}

/// Writers die before and after each of their calls, records come twice, and somebody reads all the time.
#[tokio::test]
async fn a_reader_that_never_rests_misses_nothing_while_writers_die() {
    for effect in ["kill", "kill-after"] {
        let local = Local::start().await;
        let (mut cursor, mut read, mut placed) = (0, vec![], vec![]);
        for round in 0..6 {
            // The first death makes the next one look for the newest page, which is where the second comes.
            for operation in ["PutItem", "BatchGetItem"] {
                let dies = json!({"service": "dynamodb", "operation": operation, "effect": effect});
                local.fault(merged(dies, json!({"function": "publish-changes"}))).await;
            }
            local.fault(json!({"service": "stream", "effect": "twice", "times": 3})).await;
            for number in 0..5 {
                let id = format!("{round}-{number}");
                let (status, answer) = local.post(&order(&id, to_email("mottaker@example.no"))).await;
                assert_eq!(status, 201);
                placed.push(text(&answer["notification"]["shipmentId"]));
                read.extend(read_on(&local, &mut cursor, 3).await);
            }
            local.advance(TimeDelta::minutes(2)).await;
            read.extend(read_on(&local, &mut cursor, 3).await);
        }
        let left = local.get("/local/faults").await.1["faults"].to_string();
        assert!(!left.contains("publish-changes"), "all deaths have happened: {left}");
        local.advance(TimeDelta::hours(1)).await;
        read.extend(read_on(&local, &mut cursor, 3).await);
        let told = told(&read);
        assert_eq!(told.len(), placed.len(), "{effect}");
        assert!(placed.iter().all(|id| told.get(id) == Some(&1)), "{effect}: {told:?}");
        assert_eq!(read.len(), whole(&local).await.len(), "{effect}: what was read is all there is");
    }
}

#[tokio::test]
async fn many_writers_at_once_tell_each_shipment_once() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(5);
    for number in 0..150 {
        let mut later = order(&number.to_string(), to_email(&format!("mottaker{number}@example.no")));
        later["requestedSendTime"] = json!(due);
        assert_eq!(local.post(&later).await.0, 201);
    }
    local.fault(json!({"service": "stream", "effect": "twice", "times": 50})).await;
    let (mut cursor, mut read) = (0, vec![]);
    for _ in 0..20 {
        local.advance(TimeDelta::seconds(30)).await;
        read.extend(read_on(&local, &mut cursor, 17).await);
    }
    let told = told(&read);
    assert_eq!((told.len(), read.len()), (150, 150));
    assert!(told.values().all(|times| *times == 1), "{told:?}");
}

#[tokio::test]
async fn an_entry_is_shown_for_ninety_days_and_joined_with_what_is_proved_when_addresses_are_gone() {
    let local = Local::start().await;
    local.order(&order("old", to_email("gammel@example.no"))).await;
    local.advance(TimeDelta::days(60)).await;
    let entries = whole(&local).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0]["recipients"][0]["destination"], &entries[0]["recipients"][0]["status"]),
        (&json!(""), &json!("Email_Delivered"))
    );
    let young = local.order(&order("young", to_email("ny@example.no"))).await;
    local.advance(TimeDelta::days(31)).await;
    for query in ["", "orderBy=desc"] {
        let entries = page(&local, query).await;
        assert_eq!(entries.len(), 1, "{query}");
        assert_eq!(text(&entries[0]["shipmentId"]), young.notification);
    }
    local.advance(TimeDelta::days(90)).await;
    assert_eq!(whole(&local).await, Vec::<Value>::new());
    // The numbers go on behind what is hidden.
    local.order(&order("newest", to_email("nyest@example.no"))).await;
    local.advance(TimeDelta::days(2)).await;
    assert!(seq(&whole(&local).await[0]) > seq(&entries[0]));
}

/// The keys of what is kept of the feeds.
async fn kept(local: &Local) -> Vec<String> {
    let items = items(local).await;
    let mut keys: Vec<_> =
        items.iter().map(key).filter(|key| key.starts_with("feed#")).map(ToOwned::to_owned).collect();
    keys.sort();
    keys
}

/// Makes the feed what an earlier release left of it: its first page of each block was kept for a hundred years, and there was
/// no item for the newest block.
async fn as_earlier_releases_kept_it(local: &Local) {
    let item = |name: String| json!({"TableName": "varsling", "Key": {"pk": {"S": name}}});
    dynamodb(local, "DeleteItem", item(format!("feed#{OWNER}#block#0"))).await;
    let in_a_hundred_years = (local.now().await + TimeDelta::days(36_525)).timestamp();
    for page in [1, 33] {
        let update = json!({"UpdateExpression": "SET #ttl = :ttl", "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": {":ttl": {"N": in_a_hundred_years.to_string()}}});
        dynamodb(local, "UpdateItem", merged(update, item(format!("feed#{OWNER}#{page}")))).await;
    }
}

/// What reads a feed whose pages have expired: a client that begins anew, one that goes on from where it was long ago, and a writer
/// that has to find its number.
#[tokio::test]
async fn no_number_comes_again_when_pages_have_expired() {
    for is_of_earlier_release in [false, true] {
        go_on_behind_what_has_expired(is_of_earlier_release).await;
    }
}

async fn go_on_behind_what_has_expired(is_of_earlier_release: bool) {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).await;
    for number in 0..40 {
        local.order(&order(&number.to_string(), to_email("mottaker@example.no"))).await;
        local.advance(TimeDelta::seconds(3)).await;
    }
    let old = whole(&local).await;
    let [first, last] = [&old[0], &old[39]].map(seq);
    assert_eq!((old.len(), last / 1_000), (40, 40), "a page for each");
    if is_of_earlier_release {
        as_earlier_releases_kept_it(&local).await;
    }
    local.advance(TimeDelta::days(431)).await;
    let (status, expired) = local.send("POST", "/local/expiry", &Value::Null).await;
    assert_eq!(status, 200, "{expired}");
    let left = if is_of_earlier_release { ["1", "33"].as_slice() } else { &["block#0"] };
    let left: Vec<_> = left.iter().map(|name| format!("feed#{OWNER}#{name}")).collect();
    assert_eq!(kept(&local).await, left);
    for cursor in [0, first, last, last + 1_000] {
        assert_eq!(page(&local, &format!("seq={cursor}")).await, Vec::<Value>::new(), "{cursor}");
    }
    // The writers know no page any more.
    local.system.stop().await;
    let local = Local::open(folder.path()).await;
    // The first one dies as it fills what has expired.
    for _ in 0..2 {
        let dies = json!({"service": "dynamodb", "operation": "PutItem", "effect": "kill-after"});
        local.fault(merged(dies, json!({"function": "publish-changes"}))).await;
    }
    let newest = local.order(&order("newest", to_email("nyest@example.no"))).await;
    local.advance(TimeDelta::minutes(10)).await;
    for query in ["", "orderBy=desc", &format!("seq={first}"), &format!("seq={last}")] {
        let entries = page(&local, query).await;
        let ids: Vec<_> = entries.iter().map(|entry| text(&entry["shipmentId"])).collect();
        assert_eq!(ids, std::slice::from_ref(&newest.notification), "{query}");
        assert_eq!(seq(&entries[0]) / 1_000, 65, "behind all that may have been");
    }
    let today = local.now().await.date_naive();
    let usage = local.get(&format!("{BASE}/owners/{OWNER}/usage?from={today}&to={today}")).await.1;
    assert_eq!(usage["total"]["orders"], 1, "{usage}");
}
