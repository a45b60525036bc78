//! Taking orders back: until a notice is handed over, and never both.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::outbox::events;
use crate::support::{
    Local, OWNER, Placed, SILENT, SOMEBODY, order, order_with_reminder, text, to_email, to_organization,
    to_person, to_sms,
};

const BASE: &str = "/notifications/api/v1";

async fn cancel(local: &Local, path: &str, id: &str) -> (u16, Value) {
    local.send("PUT", &format!("{BASE}/{path}/{id}/cancel"), &Value::Null).await
}

async fn cancel_order(local: &Local, id: &str) -> (u16, Value) {
    cancel(local, "future/orders", id).await
}

/// An order that waits for its time.
fn later(id: &str, at: chrono::DateTime<chrono::Utc>) -> Value {
    let mut later = order_with_reminder(id, "dialog");
    later["requestedSendTime"] = json!(at);
    later
}

#[tokio::test]
async fn an_order_that_waits_is_cancelled_with_its_reminders() {
    let local = Local::start().await;
    let placed = local.order(&later("1", local.now().await + TimeDelta::days(1))).await;
    let (status, answer) = cancel_order(&local, &placed.chain).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["notificationOrderId"], placed.chain.as_str());
    let statuses: Vec<_> =
        answer["shipments"].as_array().unwrap().iter().map(|one| text(&one["status"])).collect();
    assert_eq!(statuses, ["Order_Cancelled"; 2]);
    assert_eq!(cancel_order(&local, &placed.chain).await, (200, answer), "again");
    local.advance(TimeDelta::days(10)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    let shipment = local.shipment(&placed.reminders[0]).await;
    assert_eq!(
        (&shipment["status"], &shipment["decision"]["reason"]),
        (&json!("Order_Cancelled"), &json!("Cancelled"))
    );
    let told = events(&local, "Order status changed").await;
    assert_eq!(told.iter().map(|event| text(&event["status"])).collect::<Vec<_>>(), ["Order_Cancelled"]);
}

#[tokio::test]
async fn what_has_been_handed_over_stays_and_the_reminder_can_still_be_cancelled() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    let (status, problem) = cancel(&local, "future/shipment", &placed.notification).await;
    assert_eq!((status, &problem["status"]), (409, &json!(409)));
    assert!(text(&problem["detail"]).contains("cannot be cancelled"), "{problem}");
    let (status, answer) = cancel(&local, "future/shipment", &placed.reminders[0]).await;
    assert_eq!((status, &answer["status"]), (200, &json!("Order_Cancelled")));
    local.advance(TimeDelta::days(10)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    let (status, answer) = cancel_order(&local, &placed.chain).await;
    assert_eq!(status, 200, "of the order one shipment is cancelled: {answer}");
    assert_eq!(answer["shipments"][0]["status"], "Order_Completed");
}

#[tokio::test]
async fn an_order_all_of_which_is_over_is_a_conflict() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    for (path, id) in [
        ("future/orders", &placed.chain),
        ("future/shipment", &placed.notification),
        ("orders", &placed.notification),
    ] {
        let (status, problem) = cancel(&local, path, id).await;
        assert_eq!((status, &problem["title"]), (409, &json!("Conflict")), "{path}");
    }
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn what_is_parked_for_the_window_is_cancelled() {
    let local = Local::start_at("2026-12-07T20:00:00+01:00").await;
    let placed = local.order(&order("1", to_sms("+4790000001", "Daytime"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_New"]);
    let (status, answer) = cancel(&local, "future/shipment", &placed.notification).await;
    assert_eq!(
        (status, &answer["status"], &answer["recipients"]),
        (200, &json!("Order_Cancelled"), &json!([]))
    );
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_cancels_what_is_not_theirs_or_is_not_there() {
    let local = Local::start().await;
    let placed = local.order(&later("1", local.now().await + TimeDelta::days(1))).await;
    let other = local.token("991825827", None).await;
    for path in ["future/orders", "future/shipment", "orders"] {
        for id in [&placed.notification, "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d", "x"] {
            let path = format!("{BASE}/{path}/{id}/cancel");
            assert_eq!(local.send_as(&other, "PUT", &path, &Value::Null).await.0, 404, "{path}");
        }
    }
    let unscoped = local.token(OWNER, Some("altinn:other")).await;
    let path = format!("{BASE}/future/orders/{}/cancel", placed.chain);
    assert_eq!(local.send_as(&unscoped, "PUT", &path, &Value::Null).await.0, 403);
    local.advance(TimeDelta::days(1) + TimeDelta::minutes(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
}

#[tokio::test]
async fn a_list_is_cancelled_for_all_who_have_not_been_sent_to() {
    let local = Local::start_at("2026-12-07T20:00:00+01:00").await;
    let numbers: Vec<_> =
        (0..40).map(|number| json!({"mobileNumber": format!("+47900002{number:02}")})).collect();
    let list = json!({"body": "Tekst", "recipients": numbers});
    let (status, answer) = local.send("POST", &format!("{BASE}/orders/sms"), &list).await;
    assert_eq!(status, 202, "{answer}");
    let id = text(&answer["orderId"]);
    local.until_idle().await;
    assert_eq!(local.statuses(&id).await, ["SMS_New"; 40], "parked, each in its own chain");
    let (status, answer) = cancel(&local, "orders", &id).await;
    assert_eq!((status, &answer["processingStatus"]["status"]), (200, &json!("Cancelled")), "{answer}");
    assert_eq!(cancel(&local, "orders", &id).await.0, 200, "again");
    local.advance(TimeDelta::days(2)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    let told = events(&local, "Order status changed").await;
    assert_eq!(told.iter().map(|event| text(&event["status"])).collect::<Vec<_>>(), ["Order_Cancelled"]);
}

#[tokio::test]
async fn an_organisation_with_many_addresses_is_cancelled_or_is_not() {
    let local = Local::start().await;
    let emails: Vec<_> = (0..40).map(|number| format!("kontakt{number}@example.no")).collect();
    local
        .people(
            json!({"organizations": [{"organizationNumber": SILENT, "name": "Stille AS", "emails": emails}]}),
        )
        .await;
    let placed = local.order(&order("1", to_organization(SILENT, "Email"))).await;
    let (status, answer) = cancel_order(&local, &placed.chain).await;
    assert_eq!(status, 200, "some have not left: {answer}");
    local.advance(TimeDelta::minutes(10)).await;
    let sent = local.sent_to().await.len();
    assert!((1..40).contains(&sent), "{sent}");
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(shipment["recipients"].as_array().unwrap().len(), sent, "those who were sent to");
    assert_eq!(
        (&shipment["status"], &shipment["decision"]["outcome"]),
        (&json!("Order_Completed"), &json!("PartlyStopped"))
    );
    let sent = local.order(&order("2", to_organization(SILENT, "Email"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(cancel_order(&local, &sent.chain).await.0, 409, "all have left");
}

#[tokio::test]
async fn a_cancel_that_races_the_hand_over_is_one_or_the_other() {
    let local = Local::start().await;
    let mut placed = vec![];
    for number in 0..40 {
        let (status, answer) =
            local.post(&order(&number.to_string(), to_email(&format!("m{number}@example.no")))).await;
        assert_eq!(status, 201);
        placed.push(Placed::of(&answer));
    }
    let cancels = join_all(placed.iter().map(|one| cancel_order(&local, &one.chain)));
    let (answers, _) = futures::join!(cancels, local.advance(TimeDelta::seconds(10)));
    local.advance(TimeDelta::minutes(1)).await;
    let sent = local.sent_to().await;
    for (number, ((status, answer), one)) in answers.iter().zip(&placed).enumerate() {
        let left = sent.iter().filter(|to| **to == format!("m{number}@example.no")).count();
        let shipment = text(&local.shipment(&one.notification).await["status"]);
        match status {
            200 => assert_eq!((left, shipment.as_str()), (0, "Order_Cancelled"), "{answer}"),
            409 => assert_eq!((left, shipment.as_str()), (1, "Order_Completed"), "{answer}"),
            other => panic!("{other}: {answer}"),
        }
    }
}

#[tokio::test]
async fn a_person_who_is_being_looked_up_is_cancelled() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "status": 503, "times": 1000})).await;
    let recipient = json!({"recipientPerson": {"nationalIdentityNumber": SOMEBODY, "channelSchema": "Email",
        "emailSettings": {"subject": "Emne", "body": "Tekst"}}});
    let placed = local.order(&order("1", recipient)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    assert_eq!(cancel_order(&local, &placed.chain).await.0, 200);
    local.lift_faults().await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Cancelled");
}

#[tokio::test]
async fn what_nobody_knows_the_outcome_of_is_not_sent_again_once_its_order_is_cancelled() {
    // In the evening the SMS waits, and the e-mail goes at once.
    let local = Local::start_at("2026-12-08T20:00:00+01:00").await;
    local
        .fault(
            json!({"service": "ses", "operation": "SendEmail", "effect": "kill", "function": "send-email"}),
        )
        .await;
    let mut ordered = order("1", to_person(SOMEBODY, "EmailAndSms"));
    ordered["recipient"]["recipientPerson"]["emailSettings"]["sendingTimePolicy"] = json!("Anytime");
    ordered["recipient"]["recipientPerson"]["smsSettings"]["sendingTimePolicy"] = json!("Daytime");
    ordered["onUncertainOutcome"] = json!("SendAgain");
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(cancel_order(&local, &placed.chain).await.0, 200, "the SMS can be taken back");
    local.advance(TimeDelta::days(7)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed"]);
}
