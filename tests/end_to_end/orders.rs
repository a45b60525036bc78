//! Orders to given addresses: at once, later, in the window, and read back.

use chrono::{SubsecRound, TimeDelta};
use serde_json::{Value, json};

use crate::support::{Local, OWNER, order, text, to_email, to_sms};

#[tokio::test]
async fn an_email_goes_out_at_once_and_its_delivery_is_reported() {
    let local = Local::start().await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["sendersReference"] = json!("sak-1");
    ordered["recipient"]["recipientEmail"]["emailSettings"] = json!({"subject": "Emne\r\nto", "body": "<p>Hei</p>", "contentType": "Html", "senderEmailAddress": "fra@example.no"});
    let placed = local.order(&ordered).await;
    let outbox = local.outbox().await;
    assert_eq!(outbox.len(), 1);
    let expected = json!({"channel": "Email", "to": "mottaker@example.no", "sender": "varsling@example.no",
        "subject": "Emne to", "body": "<p>Hei</p>", "contentType": "Html",
        "notificationId": format!("{}-0", placed.notification), "at": outbox[0]["at"]});
    assert_eq!(outbox[0], expected);
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(shipment["type"], "Notification");
    assert_eq!(shipment["sendersReference"], "sak-1");
    assert_eq!(shipment["status"], "Order_Completed");
    assert_eq!(shipment["recipients"][0]["status"], "Email_Delivered");
    assert_eq!(shipment["recipients"][0]["destination"], "mottaker@example.no");
}

#[tokio::test]
async fn an_sms_goes_out_at_once_and_its_delivery_is_reported() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_sms("004790000001", "Daytime"))).await;
    let outbox = local.outbox().await;
    assert_eq!(
        (text(&outbox[0]["to"]), text(&outbox[0]["sender"])),
        ("+4790000001".into(), "Varsling".into())
    );
    assert_eq!(text(&outbox[0]["notificationId"]), format!("{}-0", placed.notification));
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
}

#[tokio::test]
async fn a_future_order_goes_out_on_its_second_and_not_one_earlier() {
    let local = Local::start().await;
    let now = local.now().await;
    for (id, ahead) in [("soon", TimeDelta::minutes(10)), ("later", TimeDelta::days(3))] {
        let due = now + ahead + TimeDelta::milliseconds(500);
        let mut ordered = order(id, to_email(&format!("{id}@example.no")));
        ordered["requestedSendTime"] = json!(due);
        let placed = local.order(&ordered).await;
        local.to(due - TimeDelta::seconds(1)).await;
        assert!(!local.sent_to().await.contains(&format!("{id}@example.no")), "{id} came early");
        local.to(due + TimeDelta::seconds(1)).await;
        assert!(local.sent_to().await.contains(&format!("{id}@example.no")), "{id} came late");
        assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
    }
}

#[tokio::test]
async fn moved_to_its_second_a_future_order_goes_out_though_time_runs() {
    let local = Local::running().await;
    let due = (local.now().await + TimeDelta::days(2)).trunc_subsecs(0);
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["requestedSendTime"] = json!(due);
    local.order(&ordered).await;
    local.to(due - TimeDelta::minutes(1)).await;
    assert_eq!(local.sent_to().await.len(), 0);
    local.to(due).await;
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn an_sms_waits_for_daytime_and_leaves_when_it_begins() {
    let local = Local::start().await;
    let evening = local.now().await + TimeDelta::hours(12);
    local.to(evening).await;
    let daytime = local.order(&order("day", to_sms("+4790000001", "Daytime"))).await;
    local.order(&order("any", to_sms("+4790000002", "Anytime"))).await;
    assert_eq!(local.sent_to().await, ["+4790000002"]);
    assert_eq!(local.statuses(&daytime.notification).await, ["SMS_New"]);
    // It was 22:00 in Oslo in winter, 23:00 in summer.
    local.advance(TimeDelta::hours(12)).await;
    let sent = local.outbox().await;
    assert_eq!(text(&sent[1]["to"]), "+4790000001");
    let at: chrono::DateTime<chrono::Utc> = text(&sent[1]["at"]).parse().unwrap();
    let oslo = at.with_timezone(&chrono_tz::Europe::Oslo);
    assert_eq!(oslo.time().to_string(), "09:00:00");
}

#[tokio::test]
async fn a_bounce_is_reported() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("bounce@simulator.amazonses.com"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_Bounced"]);
}

/// The details of the events of a kind.
fn details(events: &[&Value], kind: &str) -> Vec<Value> {
    let of_kind = events.iter().filter(|event| event["detail-type"] == kind);
    of_kind.map(|event| event["detail"].clone()).collect()
}

#[tokio::test]
async fn status_changes_are_published() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let events = local.get("/local/events").await.1;
    let published: Vec<_> =
        events.as_array().unwrap().iter().filter(|event| event["source"] == "varsling").collect();
    assert!(published.iter().any(|event| event["detail"]["status"] == "Email_Delivered"), "{events}");
    let deliveries = details(&published, "Notification status changed");
    assert!(deliveries.iter().all(|detail| detail["shipmentId"] == placed.notification.as_str()));
    let shipment = details(&published, "Shipment status changed");
    assert_eq!((shipment.len(), &shipment[0]["status"]), (1, &json!("Order_Completed")));
    assert_eq!(shipment[0]["shipmentId"], placed.notification.as_str());
    let order = details(&published, "Order status changed");
    assert_eq!((order.len(), &order[0]["notificationOrderId"]), (1, &json!(placed.chain)));
    assert!(!events.to_string().contains("mottaker@example.no"));
}

#[tokio::test]
async fn a_shipment_of_another_owner_is_not_found_and_neither_is_an_invalid_id() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let another = local.token("991825827", None).await;
    for id in [placed.notification.as_str(), &placed.chain, "x", "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"] {
        let (status, problem) = local.shipment_as(Some(&another), id).await;
        assert_eq!((status, &problem["code"]), (404, &json!("NOT-00003")), "{id}");
    }
    assert_eq!(local.shipment_as(None, &placed.notification).await.0, 401);
}

#[tokio::test]
async fn what_has_no_route_is_a_problem_too() {
    let local = Local::start().await;
    let (status, problem) = local.get("/notifications/api/v1/nothing").await;
    assert_eq!((status, &problem["status"]), (404, &json!(404)));
    assert_eq!(local.send("DELETE", "/notifications/api/v1/future/orders", &Value::Null).await.0, 405);
}

/// How many messages an SMS takes.
async fn segments(local: &Local, id: &str, body: &str, simplify: bool) -> Value {
    let mut recipient = to_sms("+4790000001", "Anytime");
    recipient["recipientSms"]["smsSettings"]["body"] = json!(body);
    recipient["recipientSms"]["smsSettings"]["simplifyCharacters"] = json!(simplify);
    let placed = local.order(&order(id, recipient)).await;
    local.shipment(&placed.notification).await["recipients"][0]["segments"].clone()
}

#[tokio::test]
async fn a_shipment_shows_how_many_messages_an_sms_takes() {
    let local = Local::start().await;
    assert_eq!(segments(&local, "a", &"å".repeat(160), false).await, 1);
    assert_eq!(segments(&local, "b", &"å".repeat(161), false).await, 2);
    assert_eq!(segments(&local, "c", &"á".repeat(71), false).await, 2);
    assert_eq!(segments(&local, "d", &"á".repeat(71), true).await, 1);
    assert_eq!(local.outbox().await[3]["body"], "a".repeat(71));
}

#[tokio::test]
async fn identity_numbers_are_masked_in_whatever_is_sent() {
    let local = Local::start().await;
    let mut recipient = to_email("mottaker@example.no");
    recipient["recipientEmail"]["emailSettings"]["subject"] = json!("Om 20914695016");
    recipient["recipientEmail"]["emailSettings"]["body"] = json!("Gjelder 209146 95016, konto 12345678901.");
    local.order(&order("1", recipient)).await;
    let sent = &local.outbox().await[0];
    assert_eq!(sent["subject"], "Om 209146*****");
    assert_eq!(sent["body"], "Gjelder 209146 *****, konto 12345678901.");
}

#[tokio::test]
async fn an_sms_goes_under_the_names_that_are_registered_for_its_owner_and_no_others() {
    let local = Local::start().await;
    let admin = local.token(OWNER, Some("altinn:notifications.admin")).await;
    let path = format!("/notifications/api/v1/owners/{OWNER}");
    let settings = json!({"smsSender": "LitenBygd", "smsSenders": ["Skolen"]});
    assert_eq!(local.send_as(&admin, "PUT", &path, &settings).await.0, 200);
    local.advance(TimeDelta::seconds(11)).await;
    for (named, shown, is_replaced) in
        [("skolen", "Skolen", false), ("Skatteetat", "LitenBygd", true), ("LitenBygd", "LitenBygd", false)]
    {
        let mut ordered = order(named, to_sms("+4790000001", "Anytime"));
        ordered["recipient"]["recipientSms"]["smsSettings"]["sender"] = json!(named);
        let (status, answer) = local.post(&ordered).await;
        assert_eq!((status, answer["warnings"].is_object()), (201, is_replaced), "{answer}");
        local.advance(TimeDelta::seconds(2)).await;
        assert_eq!(local.outbox().await.last().unwrap()["sender"], shown);
        let shipment = local.shipment(&text(&answer["notification"]["shipmentId"])).await;
        assert_eq!(shipment["senderReplaced"] == true, is_replaced, "{shipment}");
    }
}

/// Shown in Norway, not at all in the United States, and in the United Kingdom only where it is registered.
#[tokio::test]
async fn an_sms_has_a_sender_id_where_the_country_shows_it() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"smsNumbers": ["*"]})).await;
    for (id, number, sender) in [
        ("1", "+4790000001", json!("Varsling")),
        ("2", "+12025550123", json!(null)),
        ("3", "+447400123456", json!(null)),
    ] {
        local.order(&order(id, to_sms(number, "Anytime"))).await;
        assert_eq!(local.outbox().await.last().unwrap()["sender"], sender, "{number}");
    }
}
