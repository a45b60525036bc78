//! What administrators hold waits and is not lost, and what was under way when a table was lost is not sent twice.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_local::Options;

use crate::outbox::events;
use crate::storage::{all_evidence, dynamodb, items, proved};
use crate::support::{
    ADMIN, Local, OWNER, Placed, SOMEBODY, order, order_with_reminder, text, to_email, to_person, to_sms,
};

const BASE: &str = "/notifications/api/v1";
const OTHER: &str = "991825827";

/// An administrator says something of the deployment.
async fn administer(local: &Local, method: &str, path: &str, body: &Value) -> Value {
    let token = local.token(OTHER, Some(ADMIN)).await;
    let (status, answer) = local.send_as(&token, method, &format!("{BASE}{path}"), body).await;
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

async fn hold(local: &Local, scope: &str) {
    let told = administer(local, "PUT", &format!("/holds/{scope}"), &json!({"reason": "feil tekst"})).await;
    assert!(told["holds"].as_array().unwrap().iter().any(|hold| hold["scope"] == scope), "{told}");
    local.advance(TimeDelta::seconds(11)).await;
}

async fn release(local: &Local, scope: &str) {
    let told = administer(local, "DELETE", &format!("/holds/{scope}"), &Value::Null).await;
    assert_eq!(told["holds"], json!([]), "{told}");
}

async fn waits_for(local: &Local, placed: &Placed) -> Option<String> {
    local.shipment(&placed.notification).await["recipients"][0]["waitsFor"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_channel_that_is_held_sends_nothing_until_it_is_released_and_loses_nothing() {
    let local = Local::start().await;
    hold(&local, "email").await;
    let email = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let sms = local.order(&order("2", to_sms("+4790000001", "Anytime"))).await;
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Delivered"]);
    assert_eq!(waits_for(&local, &email).await.as_deref(), Some("Held"));
    // Longer than anything lives that is not held.
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.statuses(&email.notification).await, ["Email_New"]);
    let (_, timeline) = local.get(&format!("{BASE}/future/orders/{}/timeline", email.chain)).await;
    assert!(
        timeline["events"].as_array().unwrap().iter().any(|event| event["reason"] == "Held"),
        "{timeline}"
    );
    release(&local, "email").await;
    local.to("2026-12-16T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.statuses(&email.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn a_reminder_counts_from_when_its_notification_was_released() {
    let local = Local::start().await;
    hold(&local, OWNER).await;
    local.order(&order_with_reminder("1", "dialog")).await;
    local.advance(TimeDelta::days(9)).await;
    release(&local, OWNER).await;
    local.to("2026-12-16T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    local.advance(TimeDelta::days(6)).await;
    assert_eq!(local.sent_to().await.len(), 1, "a week has not passed");
    local.advance(TimeDelta::days(7)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no", "paminnelse@example.no"]);
}

#[tokio::test]
async fn what_is_held_for_as_long_as_it_is_kept_does_not_vanish_without_a_word() {
    let variables = [("RETENTION_DAYS", "2".to_owned())].into();
    let local = Local::with(Options { variables, ..Options::default() }).await;
    hold(&local, "email").await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    // Its lifetime and the days of retention, less the one in which its owner can read what became of it.
    local.advance(TimeDelta::days(3) + TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_TTL"]);
}

#[tokio::test]
async fn an_owner_or_everything_can_be_held_and_instant_notices_say_so() {
    let local = Local::start().await;
    let other = local.token(OTHER, None).await;
    let orders = format!("{BASE}/future/orders");
    hold(&local, OWNER).await;
    local.order(&order("1", to_email("min@example.no"))).await;
    let theirs = order("1", to_email("deres@example.no"));
    assert_eq!(local.send_as(&other, "POST", &orders, &theirs).await.0, 201);
    local.advance(TimeDelta::seconds(5)).await;
    assert_eq!(local.sent_to().await, ["deres@example.no"]);
    release(&local, OWNER).await;
    hold(&local, "deployment").await;
    let instant = json!({"idempotencyId": "otp", "recipientSms": {"phoneNumber": "+4790000001",
        "timeToLiveInSeconds": 300, "smsSettings": {"body": "Kode"}}});
    let path = format!("{orders}/instant/sms");
    let (status, problem) = local.send_as(&other, "POST", &path, &instant).await;
    assert_eq!(
        (status, text(&problem["detail"])),
        (503, "Sending is held for now. Nothing was sent.".into())
    );
    release(&local, "deployment").await;
    local.advance(TimeDelta::minutes(21)).await;
    assert_eq!(local.send_as(&other, "POST", &path, &instant).await.0, 201);
    assert_eq!(local.sent_to().await, ["deres@example.no", "min@example.no", "+4790000001"]);
}

#[tokio::test]
async fn only_administrators_hold_and_only_what_there_is() {
    let local = Local::start().await;
    for (method, path) in
        [("GET", "/holds"), ("PUT", "/holds/email"), ("DELETE", "/holds/email"), ("PUT", "/settlement")]
    {
        assert_eq!(local.send(method, &format!("{BASE}{path}"), &json!({})).await.0, 403, "{path}");
    }
    let admin = local.token(OTHER, Some(ADMIN)).await;
    for (path, body, expected) in [
        ("/holds/fax", json!({}), 400),
        ("/holds/email", json!({"reason": 1}), 400),
        ("/settlement", json!({}), 400),
        ("/settlement", json!({"until": "2030-01-01T00:00:00Z"}), 400),
    ] {
        assert_eq!(local.send_as(&admin, "PUT", &format!("{BASE}{path}"), &body).await.0, expected, "{path}");
    }
    assert_eq!(administer(&local, "GET", "/holds", &Value::Null).await["holds"], json!([]));
}

/// A system on a copy of another one's table, some time after that was lost.
async fn restored(backup: &Path, at: DateTime<Utc>) -> Local {
    let copied = Local::open(backup).await;
    name_the_table(&copied, "the table that was lost").await;
    copied.system.stop().await;
    std::fs::remove_file(backup.join("clock")).unwrap();
    Local::with(Options { data: Some(backup.into()), start: Some(at), ..Options::default() }).await
}

/// Makes the table one that was restored from a backup of another: that is what the deployment says in it.
async fn name_the_table(local: &Local, name: &str) {
    let update = json!({"TableName": "varsling", "Key": {"pk": {"S": "deployment"}}, "UpdateExpression": "SET #t = :t",
        "ExpressionAttributeNames": {"#t": "table"}, "ExpressionAttributeValues": {":t": {"S": name}}});
    dynamodb(local, "UpdateItem", update).await;
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// What was placed before a backup, and what the table had sent when it was lost.
struct Lost {
    later: Placed,
    looked_up: Placed,
    reminded: Placed,
    listed: String,
    sent: Vec<String>,
    at: DateTime<Utc>,
}

/// Orders of all kinds, a backup while they are under way, and an hour in which they are sent before the table is lost.
async fn lose(folder: &Path, backup: &Path) -> Lost {
    let local = Local::open(folder).await;
    let due = local.now().await + TimeDelta::minutes(30);
    let at_the_time = |id: &str, recipient: Value| {
        let mut ordered = order(id, recipient);
        ordered["requestedSendTime"] = json!(due);
        ordered
    };
    local.order(&order("sent", to_email("sendt@example.no"))).await;
    let later = local.order(&at_the_time("later", to_email("senere@example.no"))).await;
    let looked_up = local.order(&at_the_time("looked up", to_person(SOMEBODY, "Email"))).await;
    let mut reminding = order_with_reminder("reminded", "dialog");
    reminding["requestedSendTime"] = json!(due);
    let reminded = local.order(&reminding).await;
    let recipients: Vec<_> =
        (0..12).map(|n| json!({"emailAddress": format!("liste{n}@example.no")})).collect();
    let list = json!({"idempotencyId": "list", "subject": "Emne", "body": "Tekst", "recipients": recipients, "requestedSendTime": due});
    let (status, listed) = local.send("POST", &format!("{BASE}/orders/email"), &list).await;
    assert_eq!(status, 202, "{listed}");
    // The tick that looks ahead has queued some of it, and its messages are lost with the queues.
    local.advance(TimeDelta::minutes(28)).await;
    local.system.stop().await;
    copy(folder, backup);
    let local = Local::open(folder).await;
    local.advance(TimeDelta::minutes(60)).await;
    let (sent, at) = (local.sent_to().await, local.now().await);
    local.system.stop().await;
    Lost { later, looked_up, reminded, listed: text(&listed["orderId"]), sent, at }
}

#[tokio::test]
async fn nothing_goes_out_twice_after_a_restore() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lost = lose(folder.path(), backup.path()).await;
    assert_eq!(lost.sent.len(), 15, "{:?}", lost.sent);
    let local = restored(backup.path(), lost.at + TimeDelta::hours(1)).await;
    let new = local.order(&order("new", to_email("ny@example.no"))).await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new(), "everything is held");
    let told = administer(&local, "GET", "/holds", &Value::Null).await;
    assert!(told["unsettledSince"].is_string(), "{told}");
    let settled = administer(&local, "PUT", "/settlement", &json!({})).await;
    let repeated = administer(&local, "PUT", "/settlement", &json!({})).await;
    assert_eq!(settled["settlement"]["until"], repeated["settlement"]["until"], "it may be said once more");
    let all = items(&local).await;
    let records = all.iter().filter(|item| item.get("action").is_some_and(|action| action["S"] == "Settle"));
    let had_one_before: Vec<_> = records.map(|record| record.contains_key("before")).collect();
    assert_eq!(
        had_one_before.iter().filter(|had| **had).count(),
        1,
        "each leaves a record: {had_one_before:?}"
    );
    assert_eq!(had_one_before.len(), 2);
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.sent_to().await, ["ny@example.no"], "what was ordered since is sent");
    for placed in [&lost.later, &lost.looked_up, &lost.reminded] {
        let shipment = local.shipment(&placed.notification).await;
        assert_eq!(shipment["decision"]["reason"], "GivenUpAfterRestore", "{shipment}");
        assert_eq!(
            (&shipment["status"], &shipment["reached"]),
            (&json!("Order_Completed"), &json!("Unknown"))
        );
    }
    let (_, evidence) = local.get(&format!("{BASE}/future/orders/{}/evidence", lost.later.chain)).await;
    assert!(evidence.to_string().contains("GivenUpAfterRestore"), "{evidence}");
    assert_eq!(local.shipment(&lost.listed).await["status"], "Order_Completed");
    assert_eq!(local.statuses(&new.notification).await, ["Email_Delivered"]);
    // The reminder fell due long after the restore.
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await, ["ny@example.no", "paminnelse@example.no"]);
    // A restore of the restored table is held again.
    name_the_table(&local, "another one").await;
    local.advance(TimeDelta::minutes(1)).await;
    local.order(&order("held", to_email("holdt@example.no"))).await;
    assert_eq!(local.sent_to().await.len(), 2);
    let again = administer(&local, "PUT", "/settlement", &json!({"otherwise": "SendAgain"})).await;
    let until = |told: &Value| text(&told["settlement"]["until"]);
    assert!(
        until(&again) > until(&settled),
        "the note of the first restore is not taken for that of the second"
    );
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.sent_to().await.len(), 3);
}

/// Evidence has a table of its own, which a restore of the other one leaves as it is.
#[tokio::test]
async fn evidence_outlives_a_restore_and_what_is_not_known_takes_the_place_of_nothing() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lost = lose(folder.path(), backup.path()).await;
    let before = Local::open(folder.path()).await;
    let path = format!("{BASE}/future/orders/{}/evidence", lost.later.chain);
    let (status, known) = before.get(&path).await;
    assert_eq!((status, &known["shipments"][0]["reached"]), (200, &json!("Yes")), "{known}");
    let kept = all_evidence(&before).await;
    before.system.stop().await;
    let local = restored(backup.path(), lost.at + TimeDelta::hours(1)).await;
    for item in &kept {
        dynamodb(&local, "PutItem", json!({"TableName": "varsling-evidence", "Item": item})).await;
    }
    let folder = backup.path().to_owned();
    local.system.stop().await;
    let local = Local::with(Options {
        data: Some(folder),
        variables: [("FEED_EPOCH", "1".to_owned())].into(),
        ..Options::default()
    })
    .await;
    administer(&local, "PUT", "/settlement", &json!({})).await;
    local.advance(TimeDelta::days(4)).await;
    let shipment = local.shipment(&lost.later.notification).await;
    assert_eq!(shipment["decision"]["reason"], "GivenUpAfterRestore", "{shipment}");
    let stored = proved(&local, &lost.later.chain).await.unwrap();
    let as_it_was = kept.iter().find(|item| item["pk"] == stored["pk"]).unwrap();
    assert_eq!(&stored, as_it_was, "what became of it is still known");
    // What was proved before is not told again, unless somebody asks for it.
    let ends = events(&local, "Order status changed").await.len();
    local.enqueue("reconcile-start", "{}").await;
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(events(&local, "Order status changed").await.len(), ends);
    let since = json!({"tellSince": local.now().await - TimeDelta::days(5)});
    local.enqueue("reconcile-start", &since.to_string()).await;
    local.advance(TimeDelta::hours(2)).await;
    assert!(events(&local, "Order status changed").await.len() > ends);
}

#[tokio::test]
async fn what_is_settled_to_be_sent_again_is_sent_by_age_and_owner() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lost = lose(folder.path(), backup.path()).await;
    let local = restored(backup.path(), lost.at + TimeDelta::hours(1)).await;
    // Longer than anything lives that waits for nothing but its time.
    local.advance(TimeDelta::days(3)).await;
    let rules = json!([
        {"owner": OTHER, "decision": "GiveUp"},
        {"owner": OWNER, "plannedBefore": lost.at, "decision": "SendAgain"}
    ]);
    let told = administer(&local, "PUT", "/settlement", &json!({"rules": rules})).await;
    assert_eq!(told["settlement"]["rules"][1]["decision"], "SendAgain", "{told}");
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.sent_to().await.len(), 15, "all but what the backup knew to be sent");
    assert_eq!(local.statuses(&lost.looked_up.notification).await, ["Email_Delivered"]);
}
