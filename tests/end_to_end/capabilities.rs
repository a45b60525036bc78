//! A deployment needs neither registers nor SMS; what an order needs and it lacks is said before anything is stored.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_local::Options;

use crate::support::{
    Local, MANY_ADDRESSES, MOBILE_ONLY, SOMEBODY, email_settings, order, to_email, to_organization,
    to_person, to_sms,
};

const LIST: &str = "/notifications/api/v1/orders/email";

fn email_to(recipients: Value) -> Value {
    json!({"subject": "Emne", "body": "Tekst", "recipients": recipients})
}

/// The faulty fields of an order that must be refused.
async fn refused(local: &Local, order: &Value) -> Vec<String> {
    let (status, body) = local.post(order).await;
    assert_eq!((status, &body["code"]), (422, &json!("NOT-01001")), "{body}");
    body["errors"].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn the_smallest_deployment_sends_email_and_says_what_it_cannot() {
    let local = Local::having("").await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);

    assert_eq!(
        refused(&local, &order("2", to_sms("+4790000001", "Anytime"))).await,
        ["Recipient.RecipientSms"]
    );
    let person = order("3", to_person(SOMEBODY, "EmailPreferred"));
    assert_eq!(refused(&local, &person).await, ["Recipient.RecipientPerson"]);
    let organization = order("4", to_organization(MANY_ADDRESSES, "Email"));
    assert_eq!(refused(&local, &organization).await, ["Recipient.RecipientOrganization"]);
    let mut reminded = order("5", to_email("mottaker@example.no"));
    reminded["reminders"] = json!([{"delayDays": 1, "recipient": to_person(SOMEBODY, "Email")}]);
    assert_eq!(refused(&local, &reminded).await, ["Reminders[0].Recipient.RecipientPerson"]);
    // Nothing was stored: the ids are free for another order.
    for id in ["2", "3", "4", "5"] {
        local.order(&order(id, to_email("mottaker@example.no"))).await;
    }
}

#[tokio::test]
async fn a_name_in_a_text_needs_the_register_of_names() {
    let local = Local::having("persons organizations").await;
    let mut named = to_person(SOMEBODY, "Email");
    named["recipientPerson"]["emailSettings"] = email_settings("Hei $recipientName$");
    let named = order("1", named);
    assert_eq!(refused(&local, &named).await, ["Recipient.RecipientPerson"]);
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn without_sms_a_mobile_number_counts_as_absent() {
    let local = Local::having("persons").await;
    local.leave_look_ups_to_the_due_time().await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "SmsPreferred"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    let nobody = local.order(&order("2", to_person(MOBILE_ONLY, "SmsPreferred"))).await;
    assert_eq!(local.statuses(&nobody.notification).await, ["Email_Failed_RecipientNotIdentified"]);
    assert_eq!(refused(&local, &order("3", to_person(SOMEBODY, "EmailAndSms"))).await.len(), 1);
}

#[tokio::test]
async fn a_list_says_by_status_who_cannot_be_served() {
    let local = Local::having("").await;
    let person = json!({"nationalIdentityNumber": SOMEBODY});
    let mixed = email_to(json!([{"emailAddress": "mottaker@example.no"}, person]));
    let (status, body) = local.send("POST", LIST, &mixed).await;
    assert_eq!(status, 202, "{body}");
    local.until_idle().await;
    local.advance(TimeDelta::minutes(5)).await;
    let statuses = local.statuses(body["orderId"].as_str().unwrap()).await;
    assert_eq!(statuses, ["Email_Delivered", "Email_Failed_NotSupported"]);

    let (status, body) = local.send("POST", LIST, &email_to(json!([person]))).await;
    assert_eq!((status, &body["code"]), (422, &json!("NOT-01001")), "nobody in it can be served");
}

/// That a register is taken from the deployment is a mistake as a rule, and never ends a notice.
#[tokio::test]
async fn an_order_that_was_accepted_waits_for_a_register_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).await;
    let mut later = order("1", to_person(SOMEBODY, "Email"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::minutes(20));
    let placed = local.order(&later).await;
    local.system.stop().await;

    let (capabilities, data) = ("".parse().unwrap(), Some(folder.path().into()));
    let local = Local::with(Options { capabilities, data, ..Options::default() }).await;
    let (status, body) = local.post(&later).await;
    assert_eq!(
        (status, &body["notificationOrderId"]),
        (200, &json!(placed.chain)),
        "a replay stores nothing"
    );
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    local.system.stop().await;

    let local = Local::open(folder.path()).await;
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}
