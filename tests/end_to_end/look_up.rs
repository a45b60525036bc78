//! The registers are asked when an order is placed: an owner hears at once of recipients whom no notice will reach.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::storage::{items, key};
use crate::support::{
    Local, MANY_ADDRESSES, NO_ADDRESS, RESERVED, SILENT, SOMEBODY, STALE, email_settings, order, text,
    to_email, to_organization, to_person,
};

const BASE: &str = "/notifications/api/v1";

fn reminded(first: Value, second: Value) -> Value {
    let mut order = order("1", first);
    order["reminders"] = json!([{"delayDays": 7, "recipient": second}]);
    order
}

#[tokio::test]
async fn an_order_none_of_whose_recipients_can_be_reached_is_refused_with_the_contracts_code() {
    for recipient in [
        to_person(NO_ADDRESS, "Email"),
        to_person(STALE, "EmailPreferred"),
        to_person("17912099997", "Email"),
        to_organization(SILENT, "Email"),
    ] {
        let local = Local::start().await;
        let (status, problem) = local.post(&order("1", recipient.clone())).await;
        assert_eq!((status, &problem["code"]), (422, &json!("NOT-00001")), "{recipient}: {problem}");
        let both = reminded(recipient.clone(), recipient.clone());
        assert_eq!(local.post(&both).await.0, 422);
        local.advance(TimeDelta::days(10)).await;
        assert_eq!(local.outbox().await, Vec::<Value>::new());
        // The id is free for an order that reaches somebody.
        let (status, answer) = local.post(&reminded(recipient, to_email("mottaker@example.no"))).await;
        assert_eq!(status, 201, "{answer}");
    }
}

#[tokio::test]
async fn somebody_reserved_is_not_missing_and_the_shipment_says_so() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_person(RESERVED, "Email"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_RecipientReserved"]);
}

#[tokio::test]
async fn addresses_are_looked_up_again_when_the_notice_is_due() {
    let local = Local::start().await;
    let mut later = order("1", to_person(SOMEBODY, "Email"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(1));
    assert_eq!(local.post(&later).await.0, 201);
    local
        .people(json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Solid Lampe", "email": "ny@example.no"}]}))
        .await;
    local.advance(TimeDelta::days(2)).await;
    assert_eq!(local.sent_to().await, ["ny@example.no"]);
}

fn list(numbers: &[&str]) -> Value {
    let recipients: Vec<_> = numbers.iter().map(|number| json!({"nationalIdentityNumber": number})).collect();
    json!({"subject": "Emne", "body": "Tekst", "recipients": recipients})
}

#[tokio::test]
async fn a_list_is_never_refused_and_its_answer_sums_up_who_can_be_reached() {
    let local = Local::start().await;
    for (numbers, status, reserved, missing) in [
        (vec![SOMEBODY], "Success", vec![], vec![]),
        (vec![SOMEBODY, RESERVED, NO_ADDRESS], "PartialSuccess", vec![RESERVED], vec![NO_ADDRESS]),
        (vec![NO_ADDRESS], "Failed", vec![], vec![NO_ADDRESS]),
        (vec![RESERVED], "Failed", vec![RESERVED], vec![]),
    ] {
        let (code, answer) = local.send("POST", &format!("{BASE}/orders/email"), &list(&numbers)).await;
        assert_eq!(code, 202, "{answer}");
        let expected = json!({"status": status, "isReserved": reserved, "missingContact": missing});
        assert_eq!(answer["recipientLookup"], expected);
    }
    let addresses =
        json!({"subject": "Emne", "body": "Tekst", "recipients": [{"emailAddress": "a@example.no"}]});
    let (code, answer) = local.send("POST", &format!("{BASE}/orders/email"), &addresses).await;
    assert_eq!((code, &answer["recipientLookup"]), (202, &Value::Null));
}

#[tokio::test]
async fn a_register_that_is_down_refuses_nobody() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "status": 503, "times": 1000})).await;
    assert_eq!(local.post(&order("1", to_person(NO_ADDRESS, "Email"))).await.0, 201);
    let (code, answer) = local.send("POST", &format!("{BASE}/orders/email"), &list(&[NO_ADDRESS])).await;
    assert_eq!((code, &answer["recipientLookup"]), (202, &Value::Null), "{answer}");
}

/// A register that takes a minute holds the first order up for a second, and the next ones not at all.
#[tokio::test]
async fn a_slow_register_is_waited_for_a_second_and_then_left_alone_for_a_while() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "effect": "delay", "seconds": 60, "times": 100})).await;
    let first = order("1", to_person(NO_ADDRESS, "Email"));
    let (answer, _) = futures::join!(local.post(&first), local.advance(TimeDelta::seconds(2)));
    assert_eq!(answer.0, 201);
    assert_eq!(local.post(&order("2", to_person(NO_ADDRESS, "Email"))).await.0, 201);
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(local.post(&order("3", to_person(NO_ADDRESS, "Email"))).await.0, 422);
}

#[tokio::test]
async fn an_owner_can_do_without() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let placed = local.order(&order("1", to_person(NO_ADDRESS, "Email"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_RecipientNotIdentified"]);
}

/// Only with a resource an organisation has people who act for it; it is asked for them before it counts as missing.
#[tokio::test]
async fn an_organization_without_addresses_is_asked_for_its_people() {
    let local = Local::start().await;
    let mut recipient = to_organization(SILENT, "Email");
    assert_eq!(local.post(&order("1", recipient.clone())).await.0, 422);
    local
        .people(json!({"organizations": [{"organizationNumber": SILENT, "name": "Stille AS", "people": [
            {"userId": 7, "email": "ansatt@example.no", "actions": ["read"]}]}]}))
        .await;
    recipient["recipientOrganization"]["resourceId"] = json!("urn:altinn:resource:et-skjema");
    recipient["recipientOrganization"]["emailSettings"] = email_settings("Tekst");
    let (status, answer) = local.post(&order("2", recipient)).await;
    assert_eq!(status, 201, "{answer}");
    assert!(text(&answer["notification"]["shipmentId"]).len() == 36);
}

/// Everything that a dry run must leave as it was.
async fn left_behind(local: &Local) -> (Vec<Value>, usize) {
    local.advance(TimeDelta::days(10)).await;
    // What the administrator has settled is not of the dry runs.
    let settled = ["owner#", "administration#"];
    let items = items(local).await.into_iter();
    let items = items.filter(|item| !settled.iter().any(|kind| key(item).starts_with(kind)));
    (local.outbox().await, items.count())
}

#[tokio::test]
async fn a_dry_run_says_what_would_go_to_how_many_and_when_and_leaves_nothing_behind() {
    let local = Local::start_at("2026-12-11T20:00:00+01:00").await;
    let mut ordered = order("1", to_organization(MANY_ADDRESSES, "EmailAndSms"));
    ordered["reminders"] = json!([{"delayDays": 7, "recipient": to_person(RESERVED, "Email")}]);
    let path = format!("{BASE}/future/orders?dryRun=true");
    let (status, answer) = local.send("POST", &path, &ordered).await;
    assert_eq!((status, &answer["dryRun"]), (200, &json!(true)), "{answer}");
    let [first, second] = answer["shipments"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!((&first["type"], &second["type"]), (&json!("Notification"), &json!("Reminder")));
    assert_eq!((&first["reserved"], &second["reserved"]), (&json!(0), &json!(1)));
    let kinds: Vec<_> = first["notifications"].as_array().unwrap().iter().map(|n| text(&n["type"])).collect();
    assert!(kinds.contains(&"Email".to_owned()) && kinds.contains(&"SMS".to_owned()), "{answer}");
    let email = &first["notifications"][0];
    // Friday evening waits for Monday morning.
    assert_eq!(email["from"], "2026-12-14T08:00:00.000Z");
    assert!(email["count"].as_u64().unwrap() > 1);
    let sms = &first["notifications"].as_array().unwrap().iter().find(|n| n["type"] == "SMS").unwrap();
    assert_eq!(sms["segments"], sms["count"]);
    assert!(!answer.to_string().contains('@') && !answer.to_string().contains("+47"), "{answer}");
    assert_eq!(left_behind(&local).await, (vec![], 0));
}

#[tokio::test]
async fn every_order_endpoint_takes_a_dry_run_and_refuses_what_it_would_refuse() {
    let local = Local::start().await;
    let email = json!({"idempotencyId": "1", "recipientEmail": {"emailAddress": "a@example.no",
        "emailSettings": {"subject": "Emne", "body": "Tekst"}}});
    let sms = json!({"idempotencyId": "1", "recipientSms": {"phoneNumber": "+4790000001",
        "timeToLiveInSeconds": 300, "smsSettings": {"body": "x".repeat(200)}}});
    let wrapped = json!({"idempotencyId": "1", "recipient": {"recipientSms": sms["recipientSms"]}});
    let general = json!({"notificationChannel": "EmailPreferred", "recipients": [{"nationalIdentityNumber": SOMEBODY}],
        "emailTemplate": {"subject": "Emne", "body": "Tekst"}, "smsTemplate": {"body": "Tekst"}});
    let sms_list = json!({"body": "Tekst", "recipients": [{"mobileNumber": "+4790000001"}, {"mobileNumber": "+4790000002"}]});
    for (path, body, count, segments) in [
        ("future/orders", order("1", to_email("a@example.no")), 1, None),
        ("future/orders/instant/email", email, 1, None),
        ("future/orders/instant/sms", sms, 1, Some(2)),
        ("future/orders/instant", wrapped, 1, Some(2)),
        ("orders", general, 1, None),
        ("orders/email", list(&[SOMEBODY, RESERVED]), 1, None),
        ("orders/sms", sms_list, 2, Some(2)),
    ] {
        let (status, answer) = local.send("POST", &format!("{BASE}/{path}?dryRun=true"), &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let notifications = &answer["shipments"][0]["notifications"][0];
        assert_eq!(
            (&notifications["count"], &notifications["segments"]),
            (&json!(count), &json!(segments)),
            "{path}: {answer}"
        );
        let (status, _) =
            local.send("POST", &format!("{BASE}/{path}?dryRun=true"), &json!({"body": 1})).await;
        assert_eq!(status, 400, "{path}");
        let (status, problem) = local.send("POST", &format!("{BASE}/{path}?dryRun=perhaps"), &body).await;
        assert_eq!((status, problem["errors"]["dryRun"].is_array()), (400, true), "{path}");
    }
    let path = format!("{BASE}/future/orders?dryRun=true");
    let nobody = order("1", to_person(NO_ADDRESS, "Email"));
    assert_eq!(local.send("POST", &path, &nobody).await.1["code"], "NOT-00001");
    local.leave_look_ups_to_the_due_time().await;
    local.advance(TimeDelta::minutes(1)).await;
    let (status, answer) = local.send("POST", &path, &nobody).await;
    assert_eq!((status, &answer["shipments"][0]["missing"]), (200, &json!(1)), "{answer}");
    assert_eq!(left_behind(&local).await, (vec![], 0));
}
