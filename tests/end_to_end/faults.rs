//! What breaks on the way: nothing is lost, nothing is sent twice.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::storage::{body, items, key};
use crate::support::{Local, OWNER, SOMEBODY, order, order_with_reminder, text, to_email, to_person, to_sms};

#[tokio::test]
async fn a_queue_that_refuses_the_fast_path_leaves_the_order_to_the_sweep() {
    let local = Local::start().await;
    // The SDK tries three times.
    let send = json!({"service": "sqs", "operation": "SendMessage", "function": "accept-order"});
    local.fault(merged(send, json!({"status": 503, "times": 3}))).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.sent_to().await.len(), 0);
    local.advance(TimeDelta::seconds(61)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
}

#[tokio::test]
async fn queues_that_are_down_for_half_an_hour_delay_and_lose_nothing() {
    let local = Local::start().await;
    // A status for which the SDK does not take its time to try again.
    local.fault(json!({"service": "sqs", "status": 403, "times": 100_000})).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.sent_to().await.len(), 0);
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn a_sender_that_dies_between_claim_and_send_is_not_sent_again() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "kill", "function": "send-email"})).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Sending"]);
    local.advance(TimeDelta::minutes(29)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Sending"]);
    local.advance(TimeDelta::minutes(3)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed"]);
    assert_eq!(local.sent_to().await.len(), 0);
}

#[tokio::test]
async fn an_order_that_prefers_twice_to_never_is_sent_again() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "kill", "function": "send-email"})).await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["onUncertainOutcome"] = json!("SendAgain");
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::minutes(32)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

/// Each of these answers may belong to an e-mail that was sent.
#[tokio::test]
async fn what_is_sent_again_is_sent_again_once() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "operation": "SendEmail", "status": 500, "times": 100})).await;
    let mut ordered = order("1", to_email("mottaker@example.no"));
    ordered["onUncertainOutcome"] = json!("SendAgain");
    let placed = local.order(&ordered).await;
    local.advance(TimeDelta::days(3)).await;
    assert_eq!(local.get("/local/faults").await.1["faults"][0]["times"], 98);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed"]);
}

#[tokio::test]
async fn a_delivery_is_recorded_by_the_providers_event_when_the_sender_dies_after_the_call() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "effect": "kill-after", "function": "send-email"})).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

/// At whichever call it dies, nothing is sent twice and the notice comes to an end.
#[tokio::test]
async fn a_sender_that_dies_at_any_of_its_calls_sends_once_at_most_and_leaves_no_notice_behind() {
    for (service, operation, nth) in [
        ("dynamodb", "GetItem", 1),
        ("dynamodb", "PutItem", 1),
        ("dynamodb", "PutItem", 2),
        ("ses", "SendEmail", 1),
    ] {
        for effect in ["kill", "kill-after"] {
            let local = Local::start().await;
            let of = json!({"service": service, "operation": operation, "function": "send-email"});
            if nth == 2 {
                local.fault(merged(of.clone(), json!({"effect": "delay", "seconds": 0}))).await;
            }
            local.fault(merged(of, json!({"effect": effect}))).await;
            let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
            local.advance(TimeDelta::hours(1)).await;
            let (sent, at) = (local.sent_to().await.len(), format!("{effect} at {operation} {nth}"));
            let expected = if sent == 1 { "Email_Delivered" } else { "Email_Failed" };
            assert!(sent <= 1, "{at}");
            assert_eq!(local.statuses(&placed.notification).await, [expected], "{at}");
            let is_called = (service, operation) == ("ses", "SendEmail") || nth == 2;
            // Before the claim is written nobody was called, and the lease brings the message back.
            let is_claimed = is_called || (operation, effect) == ("PutItem", "kill-after");
            assert_eq!(sent == 1, !is_claimed || nth == 2 || (is_called && effect == "kill-after"), "{at}");
            assert_eq!(local.get("/local/faults").await.1["faults"], json!([]), "{at}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_refuses_for_now_is_tried_again() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "status": 429, "times": 3})).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_New"]);
    local.advance(TimeDelta::minutes(15)).await;
    assert_eq!(local.sent_to().await.len(), 1);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn an_uncertain_answer_is_not_taken_for_a_refusal() {
    let local = Local::start().await;
    local.fault(json!({"service": "ses", "status": 500, "times": 1})).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.sent_to().await.len(), 0);
}

/// Standard queues deliver at least once, and the copy may come while the first is worked on.
#[tokio::test]
async fn a_message_that_every_queue_delivers_twice_is_one_email_and_one_sms() {
    let local = Local::start().await;
    for queue in ["steps", "email", "sms", "reports", "opened", "sms-log"] {
        local.fault(json!({"service": "queue", "operation": queue, "effect": "twice", "times": 100})).await;
    }
    let mail = local.order(&order_with_reminder("mail", "dialog")).await;
    let sms = local.order(&order("sms", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.outbox().await.len(), 2);
    local.advance(TimeDelta::days(7)).await;
    assert_eq!(local.outbox().await.len(), 3);
    assert_eq!(local.statuses(&mail.notification).await, ["Email_Delivered"]);
    assert_eq!(local.statuses(&mail.reminders[0]).await, ["Email_Delivered"]);
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Delivered"]);
}

#[tokio::test]
async fn what_cannot_be_understood_ends_among_the_dead_letters_and_harms_no_neighbour() {
    let local = Local::start().await;
    for queue in ["steps", "email", "sms", "reports"] {
        for body in ["no JSON", "{}", r#"{"chain":"x","step":-1}"#, "[]", "null", "\u{1F9E8}"] {
            local.enqueue(queue, body).await;
        }
    }
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    assert_eq!(local.sent_to().await.len(), 1);
    local.advance(TimeDelta::minutes(16)).await;
    for queue in ["steps", "email", "sms", "reports"] {
        assert_eq!(local.dead_letters(queue).await, 6, "{queue}");
    }
}

#[tokio::test]
async fn messages_about_unknown_chains_are_dropped() {
    let local = Local::start().await;
    let nobody = "0192f6c1-9a6e-8c11-8b55-1d2f3a4b5c00";
    local.enqueue("steps", &json!({"chain": nobody, "step": 0, "version": 1}).to_string()).await;
    let email = json!({"chain": nobody, "step": 0, "notification": 0, "version": 1});
    local.enqueue("email", &email.to_string()).await;
    local.enqueue("reports", &json!({"sms": "unknown", "delivered": true, "reason": ""}).to_string()).await;
    local.advance(TimeDelta::minutes(30)).await;
    for queue in ["steps", "email", "reports"] {
        assert_eq!(local.dead_letters(queue).await, 0, "{queue}");
    }
}

#[tokio::test]
async fn a_report_of_what_nobody_can_know_changes_nothing() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let delivery = format!("{}-0", placed.notification);
    let (kind, number) = ("Email Bounced", "a".repeat(200_000));
    for report in [
        json!({"event": "Email Teleported", "notification": delivery, "bounceType": "Permanent"}),
        json!({"event": number, "notification": delivery}),
        json!({"event": kind, "notification": number, "bounceType": "Permanent"}),
        json!({"event": kind, "notification": "", "bounceType": "Permanent"}),
        json!({"event": kind, "notification": format!("{}-7", placed.notification), "bounceType": "Permanent"}),
        json!({"event": kind, "notification": "0192f6c1-9a6e-8c11-8b55-1d2f3a4b5c01-0", "bounceType": "Permanent"}),
    ] {
        local.enqueue("reports", &report.to_string()).await;
    }
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    assert_eq!(local.dead_letters("reports").await, 0);
    let again = local.order(&order("2", to_email("mottaker@example.no"))).await;
    assert_eq!(local.statuses(&again.notification).await, ["Email_Delivered"], "nothing was suppressed");
}

/// What a report says of its time is not used: that it came is what is known.
#[tokio::test]
async fn a_report_from_the_future_counts_from_when_it_came() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let report = json!({"event": "Email Bounced", "notification": format!("{}-0", placed.notification),
        "bounceType": "Permanent", "at": "2099-01-01T00:00:00Z"});
    local.enqueue("reports", &report.to_string()).await;
    let now = local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_Bounced"]);
    let shipment = local.shipment(&placed.notification).await;
    let updated: DateTime<Utc> = text(&shipment["recipients"][0]["lastUpdate"]).parse().unwrap();
    assert!(updated <= now, "{shipment}");
    assert!(!shipment.to_string().contains("2099"), "{shipment}");
}

/// A register that takes ten minutes for each answer is waited for as one that gives none: the invocation ends in time,
/// and nobody takes it for one that crashed.
#[tokio::test]
async fn a_slow_register_is_waited_for_and_is_no_crash() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "effect": "delay", "seconds": 600, "times": 100})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.people(moved_to("ny.adresse@example.no")).await;
    local.advance(TimeDelta::minutes(10)).await;
    assert_eq!(local.sent_to().await.len(), 0);
    let chain = items(&local).await.into_iter().find(|item| key(item).starts_with("chain#")).unwrap();
    let attempts = &body(&chain)["s"][0]["a"];
    assert!(attempts["r"].as_u64().unwrap() >= 3, "{attempts}");
    assert!(attempts["l"].is_null(), "no lease has ended: {attempts}");
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(20)).await;
    assert_eq!(local.sent_to().await, ["ny.adresse@example.no"]);
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(shipment["recipients"].as_array().unwrap().len(), 1);
}

/// The providers have taken it, their reports come while the sender still waits for the answer, and its lease
/// ends.
#[tokio::test]
async fn a_sender_that_is_answered_an_hour_late_has_sent_once() {
    let local = Local::start().await;
    for service in ["ses", "sns"] {
        local.fault(json!({"service": service, "effect": "delay", "seconds": 3600})).await;
    }
    let mut ordered = order("mail", to_email("mottaker@example.no"));
    ordered["onUncertainOutcome"] = json!("SendAgain");
    let mail = local.order(&ordered).await;
    let sms = local.order(&order("sms", to_sms("+4790000001", "Anytime"))).await;
    assert_eq!(local.statuses(&mail.notification).await, ["Email_Delivered"]);
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Sending"]);
    local.advance(TimeDelta::hours(3)).await;
    assert_eq!(local.outbox().await.len(), 2);
    assert_eq!(local.statuses(&mail.notification).await, ["Email_Delivered"]);
    // Its report named a reference that nobody knew yet, and then nobody could know what came of it.
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Failed"]);
}

#[tokio::test]
async fn a_resolver_that_dies_after_its_write_is_repeated_with_what_it_wrote() {
    let local = Local::start().await;
    local.fault(dies_before_it_queues("resolve-recipients")).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    assert_eq!(local.sent_to().await.len(), 0);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_New"]);
    local.people(moved_to("ny.adresse@example.no")).await;
    local.advance(TimeDelta::minutes(10)).await;
    assert_eq!(local.sent_to().await, ["solid.lampe@example.no"]);
}

#[tokio::test]
async fn a_restart_with_work_in_flight_loses_nothing_and_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).await;
    let mut later = order("later", to_email("later@example.no"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::minutes(10));
    local.order(&order("sent", to_email("sent@example.no"))).await;
    let later = local.order(&later).await;
    let reminded = local.order(&order_with_reminder("reminded", "dialog")).await;
    // This one is resolved, but the message to its sender never gets onto the queue.
    local.fault(dies_before_it_queues("resolve-recipients")).await;
    let stuck = local.order(&order("stuck", to_person(SOMEBODY, "Email"))).await;
    assert_eq!(local.sent_to().await.len(), 2);
    local.system.stop().await;

    let local = Local::open(folder.path()).await;
    local.advance(TimeDelta::minutes(20)).await;
    let mut sent = local.sent_to().await;
    sent.sort();
    assert_eq!(sent, ["later@example.no", "solid.lampe@example.no"]);
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await.len(), 2);
    for id in [&later.notification, &stuck.notification, &reminded.notification] {
        assert_eq!(local.shipment(id).await["status"], "Order_Completed");
    }
    assert_eq!(local.shipment(&reminded.reminders[0]).await["status"], "Order_SendConditionNotMet");
}

/// The function writes what it found, and dies before the message about it is on its queue.
fn dies_before_it_queues(function: &str) -> Value {
    json!({"service": "sqs", "operation": "SendMessage", "effect": "kill", "function": function})
}

pub fn merged(mut fault: Value, more: Value) -> Value {
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fault
}

fn moved_to(email: &str) -> Value {
    json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Solid Lampe", "email": email}]})
}
