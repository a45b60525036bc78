//! Instant notices: the owner waits for the provider's answer. One call, never two.

use std::pin::pin;

use chrono::TimeDelta;
use futures::future::{Either, join_all, select};
use serde_json::{Value, json};

use crate::outbox::events;
use crate::storage::in_letters;
use crate::support::{Local, Placed, text};

const INSTANT: &str = "/notifications/api/v1/future/orders/instant";

fn sms(id: &str) -> Value {
    json!({"idempotencyId": id, "sendersReference": "innlogging", "recipientSms": {"phoneNumber": "+4790000001",
        "timeToLiveInSeconds": 300, "smsSettings": {"body": "Engangskode 482913"}}})
}

fn email(id: &str) -> Value {
    json!({"idempotencyId": id, "recipientEmail": {"emailAddress": "mottaker@example.no",
        "emailSettings": {"subject": "Kode", "body": "482913"}}})
}

async fn send(local: &Local, kind: &str, body: &Value) -> (u16, Value) {
    local.send("POST", &format!("{INSTANT}{kind}"), body).await
}

/// A refusal by SES, so many times.
fn ses_fault(code: &str, status: u16, times: u32) -> Value {
    json!({"service": "ses", "operation": "SendEmail", "status": status, "code": code, "times": times})
}

#[tokio::test]
async fn it_is_sent_before_it_is_answered_whatever_the_hour() {
    let local = Local::start_at("2026-12-05T23:00:00+01:00").await;
    let (status, answer) = send(&local, "/sms", &sms("1")).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(answer["notification"]["sendersReference"], "innlogging");
    assert_eq!(local.sent_to().await, ["+4790000001"]);
    let (status, email) = send(&local, "/email", &email("2")).await;
    assert_eq!(status, 201, "{email}");
    assert_eq!(local.outbox().await[1]["subject"], "Kode");
    local.advance(TimeDelta::seconds(2)).await;
    let shipment = local.shipment(&Placed::of(&answer).notification).await;
    assert_eq!((&shipment["type"], &shipment["status"]), (&json!("Instant"), &json!("Order_Completed")));
    assert_eq!(shipment["recipients"][0]["status"], "SMS_Delivered");
    let (_, order) = local
        .get(&format!("/notifications/api/v1/future/orders/{}", text(&answer["notificationOrderId"])))
        .await;
    assert_eq!(order["recipient"]["recipientSms"]["phoneNumber"], "+4790000001");
}

#[tokio::test]
async fn the_deprecated_form_is_taken() {
    let local = Local::start().await;
    let mut body = sms("1");
    let recipient = body.as_object_mut().unwrap().remove("recipientSms").unwrap();
    body["recipient"] = json!({"recipientSms": recipient});
    let (status, answer) = send(&local, "", &body).await;
    assert_eq!(status, 201, "{answer}");
    let (status, problem) = send(&local, "", &sms("2")).await;
    assert_eq!((status, problem["errors"]["Recipient"].is_array()), (400, true), "{problem}");
}

#[tokio::test]
async fn a_repeat_has_the_same_ids_and_another_body_is_a_conflict() {
    let local = Local::start().await;
    let (_, first) = send(&local, "/email", &email("1")).await;
    assert_eq!(send(&local, "/email", &email("1")).await, (200, first));
    let mut other = email("1");
    other["recipientEmail"]["emailSettings"]["body"] = json!("482914");
    assert_eq!(send(&local, "/email", &other).await.0, 409);
    assert_eq!(local.outbox().await.len(), 1);
    local.advance(TimeDelta::days(60)).await;
    assert_eq!(send(&local, "/email", &email("1")).await.0, 409, "its id is used up");
    assert_eq!(local.outbox().await.len(), 1);
}

#[tokio::test]
async fn what_the_provider_does_not_take_is_a_503_and_the_owners_to_try_again() {
    let local = Local::start().await;
    for (number, (code, status)) in [
        ("TooManyRequestsException", 429),
        ("SendingPausedException", 400),
        ("AccountSuspendedException", 400),
    ]
    .into_iter()
    .enumerate()
    {
        let body = email(&number.to_string());
        local.fault(ses_fault(code, status, 1)).await;
        let (status, problem) = send(&local, "/email", &body).await;
        assert_eq!((status, &problem["code"]), (503, &json!("NOT-00004")), "{code}: {problem}");
        assert_eq!(local.outbox().await.len(), number, "{code}: nothing was sent");
        local.advance(TimeDelta::hours(1)).await;
        assert_eq!(local.outbox().await.len(), number, "{code}: and nobody tries again");
        let (status, answer) = send(&local, "/email", &body).await;
        assert_eq!(status, 201, "{code}: {answer}");
        assert_eq!(local.outbox().await.len(), number + 1, "{code}");
        assert_eq!(send(&local, "/email", &body).await, (200, answer), "{code}");
    }
}

#[tokio::test]
async fn what_is_never_tried_again_ends_with_its_lifetime_and_is_told_then() {
    let local = Local::start().await;
    local
        .fault(
            json!({"service": "sns", "operation": "Publish", "status": 429, "code": "Throttled", "times": 9}),
        )
        .await;
    assert_eq!(send(&local, "/sms", &sms("1")).await.0, 503);
    local.advance(TimeDelta::seconds(299)).await;
    assert_eq!(events(&local, "Order status changed").await, Vec::<Value>::new());
    local.advance(TimeDelta::minutes(3)).await;
    let told = events(&local, "Order status changed").await;
    assert_eq!(told.len(), 1, "{told:?}");
    let id = text(&told[0]["notificationOrderId"]);
    let (_, order) = local.get(&format!("/notifications/api/v1/future/orders/{id}")).await;
    assert_eq!(local.statuses(&text(&order["shipmentId"])).await, ["SMS_Failed_TTL"]);
    local.lift_faults().await;
    let (status, problem) = send(&local, "/sms", &sms("1")).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn of_many_at_the_same_time_one_sends() {
    let local = Local::start().await;
    let body = email("1");
    let answers = join_all((0..6).map(|_| send(&local, "/email", &body))).await;
    let created = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    assert!(
        answers.iter().all(|(status, answer)| matches!(status, 200 | 201) && *answer == answers[0].1),
        "{answers:?}"
    );
    assert_eq!(local.outbox().await.len(), 1);
}

#[tokio::test]
async fn a_function_that_dies_sends_once_at_most() {
    for effect in ["kill", "kill-after"] {
        let local = Local::start().await;
        local
            .fault(json!({"service": "ses", "effect": effect, "function": "send-instant", "times": 1}))
            .await;
        assert_eq!(send(&local, "/email", &email("1")).await.0, 500, "{effect}: the function is gone");
        let sent = local.outbox().await.len();
        assert_eq!(sent, usize::from(effect == "kill-after"), "{effect}");
        local.advance(TimeDelta::seconds(2)).await;
        // Whether it was sent is known from the provider's report, if there is one.
        let (status, answer) = {
            let repeat = email("1");
            let (answer, _) =
                futures::join!(send(&local, "/email", &repeat), local.advance(TimeDelta::seconds(30)));
            answer
        };
        assert_eq!(status, if sent == 1 { 200 } else { 503 }, "{effect}: {answer}");
        local.advance(TimeDelta::hours(1)).await;
        assert_eq!(local.outbox().await.len(), sent, "{effect}: never again");
    }
}

/// Until a fault has been met.
async fn met(local: &Local) {
    while local.get("/local/faults").await.1["faults"].as_array().is_some_and(|left| !left.is_empty()) {}
}

#[tokio::test]
async fn a_client_that_hangs_up_is_told_when_it_asks_again() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "delay", "seconds": 3, "times": 1})).await;
    let body = email("1");
    {
        let waiting = pin!(send(&local, "/email", &body));
        let Either::Right(_) = select(waiting, pin!(met(&local))).await else {
            panic!("answered before the provider has");
        };
        // The connection is closed here, while the provider is being called.
    }
    let (answer, _) = futures::join!(send(&local, "/email", &body), local.advance(TimeDelta::seconds(5)));
    assert_eq!(answer.0, 200, "{answer:?}");
    local.advance(TimeDelta::minutes(10)).await;
    assert_eq!(send(&local, "/email", &body).await, answer);
    assert_eq!(local.outbox().await.len(), 1);
    assert_eq!(local.statuses(&Placed::of(&answer.1).notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn half_of_the_rate_may_be_used_up_in_a_second() {
    let local = Local::start().await;
    let bodies: Vec<_> = (0..9).map(|number| email(&number.to_string())).collect();
    let answers = join_all(bodies.iter().map(|body| send(&local, "/email", body))).await;
    let mut statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[201; 7].as_slice(), &[503; 2]].concat(), "of 14 a second");
    local.advance(TimeDelta::seconds(1)).await;
    for (body, (status, _)) in bodies.iter().zip(&answers) {
        let expected = if *status == 201 { 200 } else { 201 };
        let (status, answer) = send(&local, "/email", body).await;
        assert_eq!(status, expected, "{answer}");
    }
    assert_eq!(local.outbox().await.len(), 9);
}

#[tokio::test]
async fn a_repeat_of_what_was_sent_takes_nothing_of_the_rate_and_is_answered_when_it_is_used_up() {
    let local = Local::start().await;
    let bodies: Vec<_> = (0..7).map(|number| email(&number.to_string())).collect();
    for body in &bodies[..6] {
        assert_eq!(send(&local, "/email", body).await.0, 201);
    }
    for _ in 0..3 {
        assert_eq!(send(&local, "/email", &bodies[0]).await.0, 200);
    }
    assert_eq!(send(&local, "/email", &bodies[6]).await.0, 201, "the seventh of a second");
    assert_eq!(send(&local, "/email", &bodies[0]).await.0, 200);
    assert_eq!(send(&local, "/email", &email("8")).await.0, 503);
    assert_eq!(local.outbox().await.len(), 7);
}

#[tokio::test]
async fn a_number_that_the_provider_calls_invalid_is_over_with_its_reason() {
    let local = Local::start().await;
    let message = "Invalid parameter: PhoneNumber Reason: +4790000001 is not valid to publish to";
    local.fault(json!({"service": "sns", "operation": "Publish", "status": 400, "code": "InvalidParameter", "message": message})).await;
    let (status, answer) = send(&local, "/sms", &sms("1")).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(local.statuses(&Placed::of(&answer).notification).await, ["SMS_Failed_InvalidRecipient"]);
}

#[tokio::test]
async fn its_text_is_not_stored() {
    let local = Local::start().await;
    assert_eq!(send(&local, "/sms", &sms("1")).await.0, 201);
    let stored = in_letters(&local).await;
    assert!(stored.contains("+4790000001") && !stored.contains("482913"));
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let local = Local::start().await;
    let with = |pointer: &str, value: Value| {
        let mut body = sms("1");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (pointer, value, path) in [
        ("/idempotencyId", json!(""), "IdempotencyId"),
        ("/idempotencyId", json!(7), "IdempotencyId"),
        ("/recipientSms", Value::Null, "RecipientSms"),
        ("/recipientSms/phoneNumber", json!("90000001"), "RecipientSms.PhoneNumber"),
        ("/recipientSms/phoneNumber", Value::Null, "RecipientSms.PhoneNumber"),
        ("/recipientSms/timeToLiveInSeconds", json!(59), "RecipientSms.TimeToLiveInSeconds"),
        ("/recipientSms/timeToLiveInSeconds", json!(172_801), "RecipientSms.TimeToLiveInSeconds"),
        ("/recipientSms/timeToLiveInSeconds", json!(60.5), "RecipientSms.TimeToLiveInSeconds"),
        ("/recipientSms/timeToLiveInSeconds", Value::Null, "RecipientSms.TimeToLiveInSeconds"),
        ("/recipientSms/smsSettings/body", json!(""), "RecipientSms.SmsSettings.Body"),
        ("/recipientSms/smsSettings", Value::Null, "RecipientSms.SmsSettings"),
    ] {
        let (status, problem) = send(&local, "/sms", &with(pointer, value)).await;
        let paths: Vec<_> = problem["errors"].as_object().unwrap().keys().cloned().collect();
        assert_eq!((status, paths), (400, vec![path.to_owned()]), "{problem}");
    }
    for seconds in [json!(60), json!("172800")] {
        let body = with("/recipientSms/timeToLiveInSeconds", seconds.clone());
        let body = {
            let mut body = body;
            body["idempotencyId"] = json!(seconds.to_string());
            body
        };
        assert_eq!(send(&local, "/sms", &body).await.0, 201, "{seconds}");
    }
    assert_eq!(send(&local, "/email", &sms("2")).await.0, 400, "an SMS is no e-mail");
}

#[tokio::test]
async fn a_deployment_without_sms_says_so() {
    let local = Local::having("persons").await;
    assert_eq!(send(&local, "/sms", &sms("1")).await.0, 422);
    assert_eq!(send(&local, "/email", &email("2")).await.0, 201);
}
