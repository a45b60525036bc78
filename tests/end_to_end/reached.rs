//! Whether anybody was reached, the same wherever it is told: on the shipment, in the feed, in the event, in the
//! evidence.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::outbox::events;
use crate::support::{
    Local, NO_ADDRESS, OWNER, Placed, RESERVED, SILENT, order, order_with_reminder, text, to_email,
    to_organization, to_person, to_sms,
};

const BASE: &str = "/notifications/api/v1";

fn answer(of: &Value) -> (String, String) {
    (text(&of["reached"]), text(&of["reachedReason"]))
}

/// What the four say of a shipment.
async fn everywhere(local: &Local, chain: &str, shipment: &str) -> Vec<(String, String)> {
    let feed = local.get(&format!("{BASE}/future/shipment/feed")).await.1;
    let entry =
        feed.as_array().unwrap().iter().rfind(|entry| text(&entry["shipmentId"]) == shipment).unwrap();
    let (_, evidence) = local.get(&format!("{BASE}/future/orders/{chain}/evidence")).await;
    let proved = evidence["shipments"].as_array().unwrap();
    let proved = proved.iter().find(|one| text(&one["shipmentId"]) == shipment).unwrap();
    let told = events(local, "Shipment status changed").await;
    let told = told.iter().rfind(|event| text(&event["shipmentId"]) == shipment).unwrap();
    vec![answer(&local.shipment(shipment).await), answer(entry), answer(proved), answer(told)]
}

async fn assert_told(local: &Local, placed: &Placed, shipment: &str, reached: &str, reason: &str) {
    let told = everywhere(local, &placed.chain, shipment).await;
    assert_eq!(told, vec![(reached.to_owned(), reason.to_owned()); 4], "{reached} {reason}");
}

#[tokio::test]
async fn it_is_told_everywhere_whether_anybody_was_reached() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let sent = local.order(&order("sent", to_email("mottaker@example.no"))).await;
    let reserved = local.order(&order("reserved", to_person(RESERVED, "Email"))).await;
    let unknown = local.order(&order("unknown", to_person(NO_ADDRESS, "Email"))).await;
    let wide = local.order(&order("wide", to_organization(SILENT, "Email"))).await;
    let watched = local.order(&order_with_reminder("reminded", "dialog")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    let mut later = order("cancelled", to_email("avlyst@example.no"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(2));
    let cancelled = local.order(&later).await;
    let path = format!("{BASE}/future/orders/{}/cancel", cancelled.chain);
    assert_eq!(local.send("PUT", &path, &Value::Null).await.0, 200);
    local.advance(TimeDelta::days(12)).await;
    assert_told(&local, &sent, &sent.notification, "Yes", "Delivered").await;
    assert_told(&local, &reserved, &reserved.notification, "No", "RecipientReserved").await;
    assert_told(&local, &unknown, &unknown.notification, "No", "RecipientNotIdentified").await;
    assert_told(&local, &watched, &watched.reminders[0], "Yes", "MessageOpened").await;
    assert_told(&local, &cancelled, &cancelled.notification, "No", "Cancelled").await;
    assert_eq!(
        answer(&local.shipment(&wide.notification).await),
        ("No".into(), "RecipientNotIdentified".into())
    );
}

/// Whether shipment, feed, evidence and the last event tell the failure as inferred.
async fn inferred(local: &Local, placed: &Placed) -> [bool; 4] {
    let shipment = local.shipment(&placed.notification).await;
    let feed = local.get(&format!("{BASE}/future/shipment/feed?orderBy=desc")).await.1;
    let evidence = local.get(&format!("{BASE}/future/orders/{}/evidence", placed.chain)).await.1;
    let events = events(local, "Notification status changed").await;
    let told = [
        &shipment["recipients"][0]["inferred"],
        &feed[0]["recipients"][0]["inferred"],
        &evidence["shipments"][0]["notifications"][0]["inferred"],
        &events.last().unwrap()["inferred"],
    ];
    told.map(|told| *told == json!(true))
}

#[tokio::test]
async fn what_a_provider_may_have_is_unknown_and_a_report_tells() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "kill", "function": "send-email"})).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(answer(&local.shipment(&placed.notification).await), ("Unknown".into(), "UnderWay".into()));
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed"]);
    assert_told(&local, &placed, &placed.notification, "Unknown", "NoReport").await;
    assert_eq!(inferred(&local, &placed).await, [true; 4], "nobody said so");
    let bounce = json!({"event": "Email Bounced", "notification": format!("{}-0", placed.notification),
        "at": local.now().await, "bounceType": "Permanent", "bounceSubType": "General"});
    local.enqueue("reports", &bounce.to_string()).await;
    local.advance(TimeDelta::minutes(2)).await;
    let feed = local.get(&format!("{BASE}/future/shipment/feed")).await.1;
    assert_eq!(
        (&feed[1]["corrects"], &feed[1]["reached"], &feed[1]["reachedReason"]),
        (&json!(true), &json!("No"), &json!("Bounced"))
    );
    assert_eq!(answer(&local.shipment(&placed.notification).await), ("No".into(), "Bounced".into()));
    assert_eq!(inferred(&local, &placed).await, [false; 4], "the provider did");
}

/// SNS reports on the id in its answer; where that is lost, nobody can tell whose report it is.
#[tokio::test]
async fn an_sms_for_which_the_answer_was_lost_stays_unknown() {
    let local = Local::start().await;
    local.fault(json!({"service": "sns", "operation": "Publish", "effect": "delay", "seconds": 60})).await;
    let placed = local.order(&order("1", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::days(4)).await;
    assert_eq!(local.outbox().await.len(), 1, "it was sent");
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Failed"]);
    assert_told(&local, &placed, &placed.notification, "Unknown", "NoReport").await;
    assert_eq!(inferred(&local, &placed).await, [true; 4], "nobody said so");
}

/// As where nobody has switched on the delivery logging of SNS.
#[tokio::test]
async fn an_account_that_reports_nothing_fills_the_evidence_with_no_failures() {
    let local = Local::start().await;
    for (number, silent, status) in [
        ("+46701740612", "SMS_Failed_TTL", "SMS_Accepted"),
        ("lost@varsling.test", "Email_Failed_TTL", "Email_Succeeded"),
    ] {
        let recipient = if number.contains('@') { to_email(number) } else { to_sms(number, "Anytime") };
        let placed = local.order(&order(number, recipient)).await;
        local.advance(TimeDelta::days(5)).await;
        assert_eq!(local.statuses(&placed.notification).await, [silent]);
        let path = format!("{BASE}/future/orders/{}/evidence", placed.chain);
        let evidence = local.get(&path).await.1;
        let proved = &evidence["shipments"][0]["notifications"][0];
        assert_eq!((&proved["status"], &proved["inferred"]), (&json!(status), &json!(true)));
        assert_eq!(answer(&evidence["shipments"][0]), ("Unknown".into(), "NoReport".into()));
        assert!(!evidence.to_string().contains("Failed"), "{evidence}");
    }
}

#[tokio::test]
async fn one_recipient_of_a_list_who_was_reached_is_enough_and_is_told_by_the_parents_event() {
    let local = Local::start().await;
    let list = json!({"subject": "Emne", "body": "Tekst", "recipients": [
        {"nationalIdentityNumber": NO_ADDRESS}, {"emailAddress": "en@example.no"}, {"nationalIdentityNumber": RESERVED}]});
    let (_, placed) = local.send("POST", &format!("{BASE}/orders/email"), &list).await;
    let nobody = json!({"subject": "Emne", "body": "Tekst", "recipients": [
        {"nationalIdentityNumber": NO_ADDRESS}, {"nationalIdentityNumber": RESERVED}]});
    let (_, nobody) = local.send("POST", &format!("{BASE}/orders/email"), &nobody).await;
    let sms = local.order(&order("sms", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::hours(1)).await;
    let told = events(&local, "Order status changed").await;
    for (order, reached) in [(&placed["orderId"], "Yes"), (&nobody["orderId"], "No")] {
        let shipment = local.shipment(&text(order)).await;
        assert_eq!(shipment["reached"], reached);
        let id = text(order);
        let event = told.iter().find(|event| text(&event["notificationOrderId"])[..34] == id[..34]).unwrap();
        assert_eq!(event["reached"], reached, "{event}");
        let evidence = local.get(&format!("{BASE}/future/orders/{id}/evidence")).await.1;
        assert_eq!(evidence["shipments"][0]["reached"], reached);
    }
    assert_eq!(local.shipment(&sms.notification).await["reached"], "Yes");
    // When addresses are gone the feed still tells it.
    local.advance(TimeDelta::days(60)).await;
    let feed = local.get(&format!("{BASE}/future/shipment/feed")).await.1;
    let answers: Vec<_> = feed.as_array().unwrap().iter().map(|entry| text(&entry["reached"])).collect();
    assert_eq!(answers.iter().filter(|answer| *answer == "Yes").count(), 2, "{answers:?}");
    assert!(feed.as_array().unwrap().iter().any(|entry| entry["recipients"].as_array().unwrap().len() == 3));
}
