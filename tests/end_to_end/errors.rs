//! A mistake of ours or of the operator's never ends a notice (`docs/errors.md`).

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, SOMEBODY, order, to_email, to_person, to_sms};

const NUMBER: &str = "+4790000001";

/// A refusal by a provider, in its own words.
fn refusal(service: &str, code: &str, message: &str, times: u32) -> Value {
    json!({"service": service, "operation": if service == "ses" { "SendEmail" } else { "Publish" },
        "status": 400, "code": code, "message": message, "times": times})
}

#[tokio::test]
async fn an_identity_that_is_not_verified_delays_an_email() {
    let local = Local::start().await;
    let unverified = "Email address is not verified. The following identities failed the check in region \
                      EU-NORTH-1: varsling@example.no";
    for (code, message) in [
        ("MessageRejected", unverified),
        ("AccountSuspendedException", "Account is suspended."),
        ("AccessDeniedException", "User is not authorized to perform ses:SendEmail"),
        ("SomethingNew", ""),
    ] {
        local.fault(refusal("ses", code, message, 1)).await;
    }
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_New"]);
    local.advance(TimeDelta::minutes(15)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    assert_eq!(local.outbox().await.len(), 1);
}

#[tokio::test]
async fn it_is_tried_again_as_long_as_it_takes() {
    let local = Local::start().await;
    local.fault(refusal("ses", "SendingPausedException", "", 1_000)).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::hours(5)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_New"]);
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(15)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn what_is_about_the_recipient_is_final() {
    let local = Local::start().await;
    // From here on SES is known to take the sender, so that a malformed address is not the sender's.
    local.order(&order("first", to_email("mottaker@example.no"))).await;
    local
        .fault(refusal("ses", "BadRequestException", "Local address contains control or whitespace", 1))
        .await;
    let number = format!("Invalid parameter: PhoneNumber Reason: {NUMBER} is not valid to publish to");
    local.fault(refusal("sns", "InvalidParameter", &number, 1)).await;
    let mail = local.order(&order("mail", to_email("mottaker@example.no"))).await;
    let sms = local.order(&order("sms", to_sms(NUMBER, "Anytime"))).await;
    assert_eq!(local.statuses(&mail.notification).await, ["Email_Failed_InvalidFormat"]);
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Failed_InvalidRecipient"]);
}

#[tokio::test]
async fn a_malformed_address_may_be_the_senders() {
    let local = Local::start().await;
    local.fault(refusal("ses", "BadRequestException", "Domain contains control or whitespace", 1)).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_New"]);
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn a_sender_id_that_sns_does_not_take_delays_an_sms() {
    let local = Local::start().await;
    local.fault(refusal("sns", "InvalidParameter", "Invalid parameter: SenderId", 2)).await;
    let placed = local.order(&order("1", to_sms(NUMBER, "Anytime"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_New"]);
    local.advance(TimeDelta::minutes(15)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
}

#[tokio::test]
async fn a_quota_that_is_used_up_sends_the_sms_again_once_it_is_there() {
    let local = Local::start().await;
    local.fault(json!({"service": "sms-report", "message": "No quota left for account", "times": 2})).await;
    let placed = local.order(&order("1", to_sms(NUMBER, "Anytime"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_New"]);
    local.advance(TimeDelta::minutes(15)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
    assert_eq!(local.outbox().await.len(), 3, "SNS took three and sent one");
    local.fault(json!({"service": "sms-report", "message": "Phone number is opted out"})).await;
    let barred = local.order(&order("2", to_sms(NUMBER, "Anytime"))).await;
    assert_eq!(local.statuses(&barred.notification).await, ["SMS_Failed_BarredReceiver"]);
}

#[tokio::test]
async fn reports_that_come_twice_send_the_sms_again_once() {
    let local = Local::start().await;
    local.fault(json!({"service": "sms-report", "message": "No quota left for account"})).await;
    local.fault(json!({"service": "queue", "operation": "sms-log", "effect": "twice", "times": 2})).await;
    let placed = local.order(&order("1", to_sms(NUMBER, "Anytime"))).await;
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
    assert_eq!(local.outbox().await.len(), 2);
}

#[tokio::test]
async fn a_register_that_refuses_us_and_a_key_that_is_missing_delay_a_notice() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "status": 403, "times": 1})).await;
    local.fault(json!({"register": "maskinporten", "status": 400, "times": 1})).await;
    local.fault(json!({"service": "secrets", "status": 400, "times": 1})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}
