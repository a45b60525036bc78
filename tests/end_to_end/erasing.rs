//! Erasing what is held about somebody: what goes, and what stays for others.

use chrono::TimeDelta;
use serde_json::json;

use crate::operating::{ops, told};
use crate::support::{EMAIL_ONLY, Local, OWNER, SOMEBODY, order, to_person};

#[tokio::test]
async fn what_is_held_about_a_person_is_erased_and_what_is_under_way_stays() {
    let local = Local::start().await;
    let over = local.order(&order("over", to_person(SOMEBODY, "Email"))).await;
    let mut later = order("later", to_person(SOMEBODY, "Email"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(2));
    let later = local.order(&later).await;
    local.advance(TimeDelta::minutes(1)).await;
    let dry = told(&local, &["--dry-run", "erase", "person"], SOMEBODY).await.unwrap();
    assert_eq!(dry.text[0], "1 orders would be erased, 1 stay");
    assert_eq!(local.statuses(&over.notification).await, ["Email_Delivered"]);
    let erased = told(&local, &["erase", "person"], SOMEBODY).await.unwrap().json;
    assert_eq!(erased["erased"], json!([over.chain]));
    assert_eq!(
        (&erased["left"][0]["notificationOrderId"], &erased["left"][0]["why"]),
        (&json!(later.chain), &json!("UnderWay"))
    );
    assert_eq!(local.shipment_as(Some(&local.token), &over.notification).await.0, 404);
    let found = told(&local, &["notices", "person", "--from", "2026-12-01"], SOMEBODY).await.unwrap().json;
    assert_eq!(found, json!([]), "what is over is gone, and what is planned is no notice yet");
    ops(&local, &["order", "evidence", &over.chain, "--owner", OWNER]).await;
    let again = told(&local, &["erase", "person"], SOMEBODY).await.unwrap().json;
    assert_eq!(again["erased"], json!([]), "what is gone is gone");
    let changes = ops(&local, &["changes"]).await.json;
    let record = changes["changes"].as_array().unwrap().iter().find(|one| one["action"] == "Erase").unwrap();
    assert!(!record.to_string().contains(SOMEBODY), "{record}");
}

#[tokio::test]
async fn of_a_list_what_became_of_the_recipient_is_erased_and_the_order_stays_for_the_others() {
    let local = Local::start().await;
    let list = json!({"subject": "Emne", "body": "Tekst", "sendingTimePolicy": "Anytime", "recipients": [
        {"nationalIdentityNumber": SOMEBODY}, {"emailAddress": "annen@example.no"}]});
    let (status, placed) = local.send("POST", "/notifications/api/v1/orders/email", &list).await;
    assert_eq!(status, 202, "{placed}");
    local.advance(TimeDelta::minutes(2)).await;
    let erased = told(&local, &["erase", "person"], SOMEBODY).await.unwrap().json;
    assert_eq!(erased["erased"].as_array().map(Vec::len), Some(1), "{erased}");
    assert_eq!(erased["left"][0]["why"], "InList", "{erased}");
}

#[tokio::test]
async fn an_order_with_a_reminder_for_somebody_else_stays_for_them() {
    let local = Local::start().await;
    let mut ordered = order("1", to_person(SOMEBODY, "Email"));
    ordered["reminders"] = json!([{"delayDays": 1, "recipient": to_person(EMAIL_ONLY, "Email")}]);
    local.order(&ordered).await;
    local.advance(TimeDelta::days(12)).await;
    let erased = told(&local, &["erase", "person"], EMAIL_ONLY).await.unwrap().json;
    assert_eq!((&erased["erased"], &erased["left"][0]["why"]), (&json!([]), &json!("InList")), "{erased}");
}
