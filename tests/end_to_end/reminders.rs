//! Reminders: fired, stopped when the message is opened, and independent of what else is going on.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_local::Options;

use crate::support::{Local, OWNER, order, order_with_reminder, text, to_email, to_sms};

const WEEK: TimeDelta = TimeDelta::days(7);

/// An e-mail that does not wait for the sending window.
fn at_any_hour(address: &str) -> Value {
    let mut recipient = to_email(address);
    recipient["recipientEmail"]["emailSettings"]["sendingTimePolicy"] = json!("Anytime");
    recipient
}

#[tokio::test]
async fn an_unopened_message_is_reminded_of_after_seven_days_to_the_second() {
    let local = Local::start().await;
    let start = local.now().await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    local.to(start + WEEK - TimeDelta::seconds(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    local.to(start + WEEK + TimeDelta::seconds(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no", "paminnelse@example.no"]);
    let reminder = local.shipment(&placed.reminders[0]).await;
    assert_eq!((&reminder["type"], &reminder["status"]), (&json!("Reminder"), &json!("Order_Completed")));
    assert_eq!(reminder["decision"]["reason"], "NotOpened");
}

/// The account that the local bus notes on events speaks for another owner only.
#[tokio::test]
async fn an_opening_by_a_publisher_that_may_not_speak_for_the_owner_changes_nothing() {
    let variables = [("OPENED_PUBLISHERS", "000000000000=991825827".to_owned())].into();
    let local = Local::with(Options { variables, ..Options::default() }).await;
    let placed = local.order(&order_with_reminder("1", "Dialog-A")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog-a"})).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no", "paminnelse@example.no"]);
    assert_eq!(local.shipment(&placed.reminders[0]).await["decision"]["reason"], "NotOpened");
    assert_eq!(local.dead_letters("opened").await, 1, "an alarm tells of it");
}

#[tokio::test]
async fn an_opened_message_is_not_reminded_of() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("1", "Dialog-A")).await;
    local.advance(TimeDelta::days(3)).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog-a", "transmissionId": "any"})).await;
    local.advance(TimeDelta::days(5)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    let reminder = local.shipment(&placed.reminders[0]).await;
    assert_eq!(reminder["status"], "Order_SendConditionNotMet");
    assert_eq!(reminder["decision"]["outcome"], "Stopped");
    assert_eq!(reminder["decision"]["reason"], "MessageOpened");
    assert_eq!(reminder["recipients"], json!([]));
}

#[tokio::test]
async fn another_owners_or_another_dialogs_opening_stops_nothing() {
    let local = Local::start().await;
    local.order(&order_with_reminder("1", "dialog")).await;
    local.opened(json!({"owner": "991825827", "dialogId": "dialog"})).await;
    local.opened(json!({"owner": OWNER, "dialogId": "another"})).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await.len(), 2);
}

#[tokio::test]
async fn an_opening_before_the_order_counts_for_an_hour_or_for_its_transmission() {
    let local = Local::start().await;
    let now = local.now().await;
    for (dialog, ago) in [("long-ago", TimeDelta::minutes(61)), ("just-now", TimeDelta::minutes(59))] {
        local.opened(json!({"owner": OWNER, "dialogId": dialog, "openedAt": now - ago})).await;
    }
    let long_ago = now - TimeDelta::days(30);
    local
        .opened(json!({"owner": OWNER, "dialogId": "sent", "transmissionId": "t1", "openedAt": long_ago}))
        .await;
    for (id, dialog, transmission) in [
        ("1", "long-ago", None),
        ("2", "just-now", None),
        ("3", "sent", Some("t1")),
        ("4", "sent", Some("t2")),
    ] {
        let mut ordered = order_with_reminder(id, dialog);
        ordered["dialogportenAssociation"] = json!({"dialogId": dialog, "transmissionId": transmission});
        ordered["reminders"][0]["recipient"] = to_email(&format!("reminder-{id}@example.no"));
        local.order(&ordered).await;
    }
    local.advance(TimeDelta::days(8)).await;
    let mut reminded = local.sent_to().await.split_off(4);
    reminded.sort();
    assert_eq!(reminded, ["reminder-1@example.no", "reminder-4@example.no"]);
}

#[tokio::test]
async fn a_message_opened_while_its_reminder_is_parked_is_not_reminded_of() {
    let local = Local::start().await;
    let evening = local.now().await + TimeDelta::hours(12);
    let mut ordered = order_with_reminder("1", "dialog");
    ordered["reminders"] =
        json!([{"requestedSendTime": evening, "recipient": to_sms("+4790000001", "Daytime")}]);
    let placed = local.order(&ordered).await;
    local.to(evening + TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&placed.reminders[0]).await, ["SMS_New"], "resolved and parked");
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    let reminder = local.shipment(&placed.reminders[0]).await;
    assert_eq!(reminder["status"], "Order_SendConditionNotMet");
    assert_eq!(reminder["decision"]["reason"], "MessageOpened");
}

#[tokio::test]
async fn a_parked_sms_and_a_reminder_that_is_due_before_it_both_keep_their_time() {
    let local = Local::start().await;
    let evening = local.now().await + TimeDelta::hours(10);
    local.to(evening).await;
    let mut ordered = order("1", to_sms("+4790000001", "Daytime"));
    let due = evening + TimeDelta::hours(2);
    ordered["reminders"] =
        json!([{"requestedSendTime": due, "recipient": at_any_hour("paminnelse@example.no")}]);
    local.order(&ordered).await;
    local.to(due - TimeDelta::seconds(1)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    local.to(due + TimeDelta::seconds(1)).await;
    assert_eq!(local.sent_to().await, ["paminnelse@example.no"]);
    local.advance(TimeDelta::hours(12)).await;
    let outbox = local.outbox().await;
    assert_eq!(outbox.len(), 2);
    let at: DateTime<Utc> = text(&outbox[1]["at"]).parse().unwrap();
    assert_eq!(at.with_timezone(&chrono_tz::Europe::Oslo).time().to_string(), "09:00:00");
}

#[tokio::test]
async fn a_failed_notification_does_not_stop_its_reminder() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", "dialog");
    ordered["recipient"] = to_email("bounce@simulator.amazonses.com");
    local.order(&ordered).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.sent_to().await.len(), 2);
}

#[tokio::test]
async fn an_opening_that_cannot_be_understood_ends_among_the_dead_letters() {
    let local = Local::start().await;
    local.opened(json!({"owner": "nobody"})).await;
    local.advance(TimeDelta::minutes(10)).await;
    assert_eq!(local.dead_letters("opened").await, 1);
}

#[tokio::test]
async fn a_reminder_may_come_after_hours() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", "dialog");
    let reminder = ordered["reminders"][0].as_object_mut().unwrap();
    reminder.remove("delayDays");
    reminder.insert("delayHours".into(), json!(36));
    reminder.insert("recipient".into(), at_any_hour("paminnelse@example.no"));
    local.order(&ordered).await;
    local.advance(TimeDelta::hours(36) - TimeDelta::seconds(5)).await;
    assert_eq!(local.outbox().await.len(), 1);
    local.advance(TimeDelta::seconds(10)).await;
    assert_eq!(local.outbox().await.len(), 2);
}

/// More often than all of it is kept: the latest counts.
#[tokio::test]
async fn a_dialog_that_is_opened_again_and_again_still_stops_its_reminders() {
    let local = Local::start().await;
    let now = local.now().await;
    for minutes in 0..105 {
        let opened_at = now - TimeDelta::days(30) + TimeDelta::minutes(minutes);
        local.opened(json!({"owner": OWNER, "dialogId": "dialog", "openedAt": opened_at})).await;
    }
    local.order(&order_with_reminder("1", "dialog")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.outbox().await.len(), 1);
}
