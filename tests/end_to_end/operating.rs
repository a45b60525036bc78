//! The operator's tool against the whole system: what it shows, what it changes, and what a typing error changes.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_ops::{OpsError, Report};

use crate::storage::{dynamodb, forget_proof, items, key, proved};
use crate::support::{Local, OWNER, SOMEBODY, order, order_with_reminder, text, to_email, to_person};

/// At which SES's mailbox simulator bounces.
pub const BOUNCES: &str = "bounce@simulator.amazonses.com";
/// An organisation that has ordered nothing.
const ANOTHER: &str = "313600947";

/// What a command comes to, with something on standard input.
pub async fn told(local: &Local, arguments: &[&str], input: &str) -> Result<Report, OpsError> {
    let target = ["varsling-ops", "--local", &local.system.url];
    let cli = varsling_ops::parse([&target, arguments].concat()).unwrap();
    Box::pin(varsling_ops::run(cli, &mut input.as_bytes())).await
}

pub async fn ops(local: &Local, arguments: &[&str]) -> Report {
    told(local, arguments, "").await.unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

pub async fn refused(local: &Local, arguments: &[&str]) -> String {
    told(local, arguments, "").await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_doctor_finds_nothing_missing_in_a_system_that_has_everything() {
    let local = Local::start().await;
    let report = ops(&local, &["doctor"]).await;
    assert!(!report.is_alarming, "{:#?}", report.text);
    let findings = report.json["findings"].as_array().unwrap();
    assert!(findings.len() >= 10 && findings.iter().all(|one| one["state"] == "ok"), "{findings:#?}");
}

#[tokio::test]
async fn a_doctor_says_that_the_api_does_not_answer() {
    let local = Local::start().await;
    local
        .fault(json!({"service": "dynamodb", "function": "route-request", "status": 500, "times": 1000}))
        .await;
    let report = ops(&local, &["doctor"]).await;
    assert!(report.is_alarming);
    let line = report.text.iter().find(|line| line.contains("the API answers")).unwrap();
    assert!(line.starts_with("MISSING"), "{line}");
}

#[tokio::test]
async fn an_orders_way_is_shown_to_an_administrator_by_any_of_its_ids() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", "dialog");
    ordered["sendersReference"] = json!("sak 7");
    let placed = local.order(&ordered).await;
    let found = ops(&local, &["order", "find", "sak 7", "--owner", OWNER]).await;
    assert_eq!(found.json["orders"][0]["notificationOrderId"], placed.chain.as_str());
    for id in [&placed.chain, &placed.notification, &format!("{}-0", placed.notification)] {
        let told = ops(&local, &["order", "timeline", id]).await;
        let events: Vec<_> =
            told.json["events"].as_array().unwrap().iter().map(|one| text(&one["event"])).collect();
        assert!(
            events.contains(&"Accepted".to_owned()) && events.contains(&"HandedOver".to_owned()),
            "{events:?}"
        );
        assert!(told.text[0].starts_with("when"), "{:?}", told.text);
    }
    for what in ["show", "evidence"] {
        let shown = ops(&local, &["order", what, &placed.chain, "--owner", OWNER]).await;
        assert_eq!(shown.json["notificationOrderId"], placed.chain.as_str(), "{what}");
    }
}

#[tokio::test]
async fn a_wrong_id_or_owner_changes_nothing_and_says_what_may_be_meant() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    let error = refused(&local, &["order", "cancel", &placed.chain, "--owner", ANOTHER]).await;
    assert!(error.contains("404") && error.contains("Order not found"), "{error}");
    let error = refused(&local, &["order", "timeline", &placed.chain, "--owner", ANOTHER]).await;
    assert!(error.contains("is it another owner's"), "{error}");
    let nobody = "0192f6c1-9a6e-8c11-8b55-1d2f3a4b5c00";
    assert!(refused(&local, &["order", "timeline", nobody]).await.contains("there is no order"));
    assert!(
        refused(&local, &["order", "find", "sak 8", "--owner", OWNER])
            .await
            .contains("no order with exactly")
    );
    assert!(refused(&local, &["release", "sms"]).await.contains("sms is not held"));
    assert!(
        refused(&local, &["dead-letters", "explain", "emial"])
            .await
            .contains("there are email, email-urgent")
    );
    assert!(refused(&local, &["dead-letters", "send-back", "opened"]).await.contains("there is no queue"));
    assert!(refused(&local, &["owner", "unblock", OWNER]).await.contains("is not blocked"));
    assert!(refused(&local, &["quarantine", "put-back", "chain#x"]).await.contains("is not set aside"));
    assert_eq!(ops(&local, &["changes"]).await.json["changes"], json!([]));
}

#[tokio::test]
async fn an_order_is_taken_back_and_the_record_names_who_did() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    ops(&local, &["--dry-run", "order", "cancel", &placed.chain]).await;
    assert_ne!(local.shipment(&placed.reminders[0]).await["status"], "Order_Cancelled");
    ops(&local, &["order", "cancel", &placed.chain]).await;
    assert_eq!(local.shipment(&placed.reminders[0]).await["status"], "Order_Cancelled");
    let changes = ops(&local, &["changes"]).await.json;
    let change = &changes["changes"][0];
    assert_eq!(
        [text(&change["action"]), text(&change["about"]), text(&change["by"])],
        ["Cancel".to_owned(), placed.chain, "991825827".to_owned()]
    );
}

#[tokio::test]
async fn an_owners_own_token_does_not_reach_another_owners_orders() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let token = local.token(ANOTHER, None).await;
    for path in ["", "/timeline", "/evidence"] {
        let path = format!("/notifications/api/v1/future/orders/{}{path}?owner={OWNER}", placed.chain);
        let (status, _) = local.send_as(&token, "GET", &path, &Value::Null).await;
        assert_eq!(status, 403, "{path}");
    }
}

#[tokio::test]
async fn what_is_held_waits_until_it_is_released() {
    let local = Local::start().await;
    ops(&local, &["--dry-run", "hold", "email", "--reason", "feil tekst"]).await;
    assert_eq!(ops(&local, &["holds"]).await.json["holds"], json!([]));
    ops(&local, &["hold", "email", "--reason", "feil tekst"]).await;
    local.advance(TimeDelta::seconds(11)).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.shipment(&placed.notification).await["recipients"][0]["waitsFor"], "Held");
    ops(&local, &["release", "email"]).await;
    local.advance(TimeDelta::minutes(25)).await;
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn a_settlement_says_what_becomes_of_which_orders() {
    let local = Local::start().await;
    let rule = format!("{OWNER},2026-12-07T08:00:00Z,send-again");
    let settled = ops(&local, &["settle", "--rule", &rule, "--until", "2026-12-07T09:00:00Z"]).await.json;
    let settlement = &settled["settlement"];
    assert_eq!(settlement["otherwise"], "GiveUp");
    assert_eq!(settlement["rules"][0]["decision"], "SendAgain");
    assert_eq!(settlement["rules"][0]["owner"], OWNER);
}

#[tokio::test]
async fn a_suppressed_address_is_explained_and_lifted() {
    let local = Local::start().await;
    local.order(&order("1", to_email(BOUNCES))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let explained = told(&local, &["suppressions", "explain", "email"], BOUNCES).await.unwrap();
    let id = text(&explained.json["suppression"]["id"]);
    assert!(explained.text.last().unwrap().starts_with("The mailbox did not exist"), "{:?}", explained.text);
    assert!(ops(&local, &["suppressions", "list"]).await.text[1].starts_with(&id));
    ops(&local, &["suppressions", "lift", &id]).await;
    let explained = told(&local, &["suppressions", "explain", "email"], BOUNCES).await.unwrap();
    assert!(explained.text.last().unwrap().starts_with("It is not suppressed"));
}

#[tokio::test]
async fn a_blocked_owner_keeps_its_other_settings() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"name": "Kommunen", "dailyEmails": 5})).await;
    ops(&local, &["--dry-run", "owner", "block", OWNER]).await;
    assert_eq!(ops(&local, &["owner", "show", OWNER]).await.json.get("blocked"), None);
    let blocked = ops(&local, &["owner", "block", OWNER]).await.json;
    assert_eq!((&blocked["blocked"], &blocked["dailyEmails"]), (&json!(true), &json!(5)));
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(local.post(&order("1", to_email("mottaker@example.no"))).await.0, 403);
    ops(&local, &["owner", "unblock", OWNER]).await;
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(local.post(&order("1", to_email("mottaker@example.no"))).await.0, 201);
    let usage =
        ops(&local, &["owner", "usage", OWNER, "--from", "2026-12-07", "--to", "2026-12-07"]).await.json;
    assert_eq!(usage["days"].as_array().map(Vec::len), Some(1), "{usage}");
}

#[tokio::test]
async fn what_a_person_got_is_found_by_the_number_on_standard_input() {
    let local = Local::start().await;
    local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let found = told(&local, &["notices", "person"], SOMEBODY).await.unwrap().json;
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert!(refused(&local, &["notices", "person"]).await.contains("write the number to standard input"));
}

#[tokio::test]
async fn an_export_has_each_order_once_with_its_evidence() {
    let (local, folder) = (Local::start().await, tempfile::tempdir().unwrap());
    for number in 0..3 {
        local.order(&order_with_reminder(&number.to_string(), "dialog")).await;
    }
    local.advance(TimeDelta::days(9)).await;
    let file = folder.path().join("orders.jsonl");
    let path = file.to_str().unwrap();
    let report = ops(&local, &["export", OWNER, "--to", path]).await.json;
    assert_eq!(report["orders"], 3, "six shipments, three orders");
    let lines: Vec<Value> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line["evidence"]["notificationOrderId"] == line["notificationOrderId"]));
    assert!(lines.iter().all(|line| line["order"]["reminders"].is_array()), "{}", lines[0]);
    assert!(
        refused(&local, &["export", OWNER, "--to", path]).await.contains("exists"),
        "nothing is written over"
    );
    let rest = folder.path().join("rest.jsonl");
    let after = report["lastEntry"].to_string();
    let rest = ops(&local, &["export", OWNER, "--to", rest.to_str().unwrap(), "--after", &after]).await.json;
    assert_eq!(rest["orders"], 0);
}

#[tokio::test]
async fn a_backlog_has_its_length_and_its_age() {
    let local = Local::start().await;
    assert_eq!(ops(&local, &["drain"]).await.json["due"], 0);
    local.fault(json!({"service": "dynamodb", "operation": "Query", "status": 500, "times": 100_000})).await;
    let due = local.now().await + TimeDelta::minutes(30);
    for number in 0..4 {
        let mut later = order(&number.to_string(), to_email("mottaker@example.no"));
        later["requestedSendTime"] = json!(due);
        local.order(&later).await;
    }
    local.to(due + TimeDelta::minutes(10)).await;
    local.lift_faults().await;
    let report = ops(&local, &["drain"]).await;
    assert_eq!(report.json["due"], 4);
    // An entry stands three minutes before its time.
    assert_eq!(report.json["oldestDueAgeSeconds"], 13 * 60);
    assert_eq!(report.text[0], "4 orders are due and not yet acted on, the oldest for 13 min");
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(ops(&local, &["drain", "--watch", "1"]).await.json["due"], 0);
}

#[tokio::test]
async fn what_was_set_aside_is_listed_shown_and_put_back() {
    let local = Local::start().await;
    let mut later = order("1", to_email("mottaker@example.no"));
    let due = local.now().await + TimeDelta::minutes(30);
    later["requestedSendTime"] = json!(due);
    let placed = local.order(&later).await;
    let id = format!("chain#{}", placed.chain);
    let whole = items(&local).await.into_iter().find(|item| key(item) == id).unwrap();
    let mut damaged = whole.clone();
    damaged.insert("b".into(), json!({"B": "ZGFtYWdlZA=="}));
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": damaged})).await;
    local.to(due + TimeDelta::minutes(3)).await;
    let listed = ops(&local, &["quarantine", "list"]).await;
    assert!(listed.is_alarming && listed.json["setAside"][0]["key"] == id.as_str(), "{:?}", listed.text);
    let shown = ops(&local, &["quarantine", "show", &id]).await;
    assert!(shown.json["dk"].as_str().unwrap().starts_with("quarantine#"), "{}", shown.json);
    // A release that can read it.
    let mut mended = items(&local).await.into_iter().find(|item| key(item) == id).unwrap();
    mended.insert("b".into(), whole["b"].clone());
    dynamodb(&local, "PutItem", json!({"TableName": "varsling", "Item": mended})).await;
    ops(&local, &["quarantine", "put-back", &id]).await;
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    assert!(!ops(&local, &["quarantine", "list"]).await.is_alarming);
    assert_eq!(ops(&local, &["changes"]).await.json["changes"][0]["action"], "PutBack");
}

#[tokio::test]
async fn an_order_is_told_anew() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    forget_proof(&local, &placed.chain).await;
    ops(&local, &["order", "tell-anew", &placed.chain]).await;
    local.until_idle().await;
    assert!(proved(&local, &placed.chain).await.is_some());
}
