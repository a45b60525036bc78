//! Recipients and owners to try the service with: everything happens but the calls of the providers.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_local::Options;

use crate::support::{ADMIN, Local, OWNER, Placed, order, text, to_email, to_person, to_sms};

const BASE: &str = "/notifications/api/v1";

/// What becomes of a notice to an address some time later.
async fn fate(local: &Local, address: &str, after: TimeDelta) -> Vec<String> {
    let recipient = if address.contains('@') { to_email(address) } else { to_sms(address, "Anytime") };
    let placed = local.order(&order(address, recipient)).await;
    local.advance(after).await;
    local.statuses(&placed.notification).await
}

#[tokio::test]
async fn each_address_and_number_has_the_fate_that_its_name_says() {
    let local = Local::start().await;
    let hour = TimeDelta::hours(1);
    for (address, after, status) in [
        ("delivered@varsling.test", TimeDelta::seconds(5), "Email_Delivered"),
        ("bounce@varsling.test", TimeDelta::seconds(5), "Email_Failed_Bounced"),
        ("transient@varsling.test", TimeDelta::seconds(5), "Email_Failed_Bounced"),
        ("transient+again@varsling.test", hour, "Email_Delivered"),
        ("complaint@varsling.test", hour, "Email_Delivered"),
        ("suppressed@varsling.test", TimeDelta::seconds(5), "Email_Failed_SuppressedRecipient"),
        ("throttled@varsling.test", TimeDelta::zero(), "Email_New"),
        ("throttled+again@varsling.test", hour, "Email_Delivered"),
        ("slow@varsling.test", TimeDelta::minutes(5), "Email_Succeeded"),
        ("slow+again@varsling.test", hour, "Email_Delivered"),
        ("lost@varsling.test", hour, "Email_Succeeded"),
        ("whatever@varsling.test", hour, "Email_Delivered"),
        ("+46701740605", TimeDelta::seconds(5), "SMS_Delivered"),
        ("+46701740606", TimeDelta::seconds(5), "SMS_Failed_InvalidRecipient"),
        ("+46701740608", TimeDelta::seconds(5), "SMS_Failed_BarredReceiver"),
        ("+46701740609", TimeDelta::seconds(5), "SMS_Failed_SuppressedRecipient"),
        ("+46701740610", hour, "SMS_Delivered"),
        ("+46701740611", hour, "SMS_Delivered"),
        ("+46701740612", hour, "SMS_Accepted"),
    ] {
        assert_eq!(fate(&local, address, after).await, [status], "{address}");
    }
    assert_eq!(local.sent_to().await, Vec::<String>::new(), "no provider was called");
    let admin = local.token(OWNER, Some(ADMIN)).await;
    let (_, listed) = local.send_as(&admin, "GET", &format!("{BASE}/suppressions"), &Value::Null).await;
    assert_eq!(listed["suppressions"], json!([]), "a bounce can be tried again");
    local.advance(TimeDelta::days(5)).await;
    let lost = local.get(&format!("{BASE}/future/shipment/feed")).await.1;
    assert!(lost.to_string().contains("NoReport"), "the lost report is missed in the end");
}

#[tokio::test]
async fn the_persons_of_the_sandbox_are_reachable_reserved_and_stale() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"lookUpWhenOrdering": false})).await;
    for (number, schema, statuses) in [
        ("31929999021", "EmailAndSms", vec!["Email_Delivered", "SMS_Delivered"]),
        ("31929998904", "Email", vec!["Email_Failed_RecipientReserved"]),
        ("31929998823", "Email", vec!["Email_Failed_RecipientNotIdentified"]),
    ] {
        let placed = local.order(&order(number, to_person(number, schema))).await;
        local.advance(TimeDelta::seconds(5)).await;
        assert_eq!(local.statuses(&placed.notification).await, statuses, "{number}");
    }
    let stale = {
        let mut recipient = to_person("31929998823", "Email");
        recipient["recipientPerson"]["useStaleContactInformation"] = json!(true);
        local.order(&order("stale", recipient)).await
    };
    local.advance(TimeDelta::seconds(5)).await;
    assert_eq!(local.statuses(&stale.notification).await, ["Email_Delivered"]);
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_test_owner_calls_no_provider_whoever_it_writes_to() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"testOwner": true})).await;
    assert_eq!(fate(&local, "mottaker@example.no", TimeDelta::seconds(5)).await, ["Email_Delivered"]);
    assert_eq!(fate(&local, "bounce@varsling.test", TimeDelta::seconds(5)).await, ["Email_Failed_Bounced"]);
    let instant = json!({"idempotencyId": "otp", "recipientSms": {"phoneNumber": "+4790000001",
        "timeToLiveInSeconds": 300, "smsSettings": {"body": "Kode"}}});
    let (status, answer) = local.send("POST", &format!("{BASE}/future/orders/instant/sms"), &instant).await;
    assert_eq!(status, 201, "{answer}");
    local.advance(TimeDelta::seconds(5)).await;
    assert_eq!(local.statuses(&Placed::of(&answer).notification).await, ["SMS_Delivered"]);
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_deployment_that_is_a_test_says_so_in_what_it_sends() {
    let variables = [("SUBJECT_PREFIX", "[TEST] ".to_owned())].into();
    let local = Local::with(Options { variables, ..Options::default() }).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.order(&order("2", to_sms("+4790000001", "Anytime"))).await;
    let sent = local.outbox().await;
    assert_eq!(text(&sent[0]["subject"]), "[TEST] Emne");
    assert_eq!(text(&sent[1]["body"]), "[TEST] En SMS");
}
