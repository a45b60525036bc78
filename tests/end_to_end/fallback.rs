//! Where the preferred channel has an address that takes nothing, the notice goes on the other one, once.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, OWNER, SOMEBODY, order, order_with_reminder, sms_settings, text, to_person};

const MOBILE: &str = "+4790000001";
const BOUNCES: &str = "bounce@simulator.amazonses.com";

/// A system in whose register somebody has these addresses.
async fn with_person(start: Option<&str>, email: &str, mobile: &str) -> Local {
    let local = match start {
        Some(at) => Local::start_at(at).await,
        None => Local::start().await,
    };
    let person = json!({"nationalIdentityNumber": SOMEBODY, "email": email, "mobileNumber": mobile});
    local.people(json!({"persons": [person]})).await;
    local
}

/// What became of a shipment, in the order in which it went.
async fn entries(local: &Local, id: &str) -> Vec<(String, bool)> {
    let shipment = local.shipment(id).await;
    let entries = shipment["recipients"].as_array().unwrap().iter();
    entries.map(|entry| (text(&entry["status"]), entry["isFallback"] == true)).collect()
}

#[tokio::test]
async fn an_email_that_bounces_is_followed_by_an_sms_once_and_the_manifest_shows_both() {
    let local = with_person(None, BOUNCES, MOBILE).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "EmailPreferred"))).await;
    local.advance(TimeDelta::minutes(3)).await;
    let expected = [("Email_Failed_Bounced".to_owned(), false), ("SMS_Delivered".to_owned(), true)];
    assert_eq!(entries(&local, &placed.notification).await, expected);
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!((&shipment["status"], &shipment["reached"]), (&json!("Order_Completed"), &json!("Yes")));
    assert_eq!(local.sent_to().await, [BOUNCES, MOBILE]);
    // A mailbox that is known to bounce is not even tried.
    let again = local.order(&order("2", to_person(SOMEBODY, "EmailPreferred"))).await;
    local.advance(TimeDelta::minutes(3)).await;
    let expected =
        [("Email_Failed_SuppressedRecipient".to_owned(), false), ("SMS_Delivered".to_owned(), true)];
    assert_eq!(entries(&local, &again.notification).await, expected);
    assert_eq!(local.sent_to().await, [BOUNCES, MOBILE, MOBILE]);
    local.advance(TimeDelta::days(4)).await;
    assert_eq!(local.sent_to().await.len(), 3, "once");
    let feed = local.get("/notifications/api/v1/future/shipment/feed").await.1;
    let told =
        feed.as_array().unwrap().iter().filter(|entry| entry["shipmentId"] == placed.notification).count();
    assert_eq!(told, 1, "its end is told once: {feed}");
}

#[tokio::test]
async fn an_sms_that_cannot_arrive_is_followed_by_an_email() {
    let local = with_person(None, "mottaker@example.no", MOBILE).await;
    local
        .fault(
            json!({"service": "sns", "operation": "Publish", "status": 400, "code": "OptedOut", "times": 1}),
        )
        .await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "SmsPreferred"))).await;
    local.advance(TimeDelta::minutes(3)).await;
    let expected = [("SMS_Failed_BarredReceiver".to_owned(), false), ("Email_Delivered".to_owned(), true)];
    assert_eq!(entries(&local, &placed.notification).await, expected);
}

#[tokio::test]
async fn it_waits_for_the_window_of_its_own_channel() {
    let local = with_person(Some("2026-12-18T20:00:00+01:00"), BOUNCES, MOBILE).await;
    let placed = local.order(&order("1", by_email_at_any_hour())).await;
    local.advance(TimeDelta::hours(12)).await;
    assert_eq!(local.sent_to().await, [BOUNCES], "it is Saturday");
    local.to("2026-12-21T09:05:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await, [BOUNCES, MOBILE]);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_Bounced", "SMS_Delivered"]);
}

#[tokio::test]
async fn an_owner_or_an_order_can_do_without_and_a_single_channel_always_does() {
    let local = with_person(None, BOUNCES, MOBILE).await;
    let mut without = order("order", to_person(SOMEBODY, "EmailPreferred"));
    without["onBadAddress"] = json!("GiveUp");
    let by_order = local.order(&without).await;
    let alone = local.order(&order("alone", to_person(SOMEBODY, "Email"))).await;
    local.settle(OWNER, &json!({"onBadAddress": "GiveUp"})).await;
    local.advance(TimeDelta::seconds(61)).await;
    let by_owner = local.order(&order("owner", to_person(SOMEBODY, "EmailPreferred"))).await;
    local.advance(TimeDelta::hours(1)).await;
    for placed in [&by_order, &alone, &by_owner] {
        assert_eq!(entries(&local, &placed.notification).await.len(), 1);
    }
    let (_, shown) = local.get(&format!("/notifications/api/v1/future/orders/{}", by_order.chain)).await;
    assert_eq!(shown["onBadAddress"], "GiveUp");
}

/// Somebody who gets e-mails at any hour, and SMS on working days.
fn by_email_at_any_hour() -> Value {
    let mut recipient = to_person(SOMEBODY, "EmailPreferred");
    recipient["recipientPerson"]["emailSettings"]["sendingTimePolicy"] = json!("Anytime");
    recipient["recipientPerson"]["smsSettings"] = sms_settings("Daytime");
    recipient
}

#[tokio::test]
async fn what_is_cancelled_before_it_went_on_the_other_channel_goes_nowhere() {
    let local = with_person(Some("2026-12-18T20:00:00+01:00"), BOUNCES, MOBILE).await;
    let placed = local.order(&order("1", by_email_at_any_hour())).await;
    local.advance(TimeDelta::hours(1)).await;
    let cancel = format!("/notifications/api/v1/future/orders/{}/cancel", placed.chain);
    assert_eq!(local.send("PUT", &cancel, &Value::Null).await.0, 200, "the SMS waits for Monday");
    local.to("2026-12-21T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await, [BOUNCES]);
}

#[tokio::test]
async fn a_reminder_whose_message_is_opened_before_it_went_on_the_other_channel_goes_nowhere() {
    let local = with_person(Some("2026-12-18T10:00:00+01:00"), BOUNCES, MOBILE).await;
    let mut reminding = order_with_reminder("2", "dialog");
    reminding["reminders"][0] = json!({"delayDays": 1, "recipient": by_email_at_any_hour()});
    local.order(&reminding).await;
    local.to("2026-12-20T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no", BOUNCES]);
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.to("2026-12-21T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await.len(), 2);
}
