//! The sending window: by default both channels wait for working hours on working days; Altinn's rule is the other one.

use chrono::TimeDelta;
use serde_json::json;
use varsling_domain::window::HouseRule;
use varsling_local::Options;

use crate::support::{Local, SOMEBODY, order, order_with_reminder, text, to_email, to_person, to_sms};

fn at(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap()
}

/// Ordered on the Wednesday before Easter at closing time, in a year when the clock changes on Easter Sunday.
#[tokio::test]
async fn an_order_at_easter_waits_for_tuesday_and_is_alive_then() {
    let local = Local::start_at("2027-03-24T17:00:00+01:00").await;
    let placed = local.order(&order("mail", to_email("mottaker@example.no"))).await;
    local.order(&order("sms", to_sms("+4790000001", "Daytime"))).await;
    local.to(at("2027-03-30T08:59:59+02:00")).await;
    assert_eq!(local.outbox().await.len(), 0, "not a second early");
    local.to(at("2027-03-30T09:00:00+02:00")).await;
    assert_eq!(local.outbox().await.len(), 2);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn anytime_does_not_wait_on_either_channel() {
    let local = Local::start_at("2027-05-17T12:00:00+02:00").await;
    let mut mail = to_email("mottaker@example.no");
    mail["recipientEmail"]["emailSettings"]["sendingTimePolicy"] = json!("Anytime");
    local.order(&order("mail", mail)).await;
    local.order(&order("sms", to_sms("+4790000001", "Anytime"))).await;
    assert_eq!(local.outbox().await.len(), 2);
}

/// On a Saturday evening.
#[tokio::test]
async fn by_altinns_rule_an_email_does_not_wait_and_an_sms_waits_for_any_day_at_nine() {
    let start = Some(at("2026-12-05T20:00:00+01:00"));
    let local = Local::with(Options { start, window: HouseRule::Altinn, ..Options::default() }).await;
    local.order(&order("mail", to_email("mottaker@example.no"))).await;
    local.order(&order("sms", to_sms("+4790000001", "Daytime"))).await;
    local.to(at("2026-12-06T08:59:59+01:00")).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
    local.to(at("2026-12-06T09:00:00+01:00")).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no", "+4790000001"]);
}

/// Seven calendar days after the notification was allowed to go is a holiday, so the reminder waits too.
#[tokio::test]
async fn a_reminder_moves_to_the_window_like_any_other() {
    let local = Local::start_at("2027-04-30T12:00:00+02:00").await;
    local.order(&order_with_reminder("1", "dialog")).await;
    assert_eq!(local.outbox().await.len(), 1);
    // Friday 7 May is an ordinary day; ordered a day earlier it would be Ascension Day.
    local.to(at("2027-05-07T12:00:00+02:00")).await;
    assert_eq!(local.outbox().await.len(), 2);

    let local = Local::start_at("2027-04-29T12:00:00+02:00").await;
    local.order(&order_with_reminder("1", "dialog")).await;
    local.to(at("2027-05-07T08:59:59+02:00")).await;
    assert_eq!(local.outbox().await.len(), 1);
    local.to(at("2027-05-07T09:00:00+02:00")).await;
    assert_eq!(local.outbox().await.len(), 2);
}

/// A register that is down over the weekend must not cost Friday's order its jitter on Monday.
#[tokio::test]
async fn a_lifetime_does_not_end_while_the_window_is_closed() {
    let local = Local::start_at("2026-12-04T16:30:00+01:00").await;
    local.fault(json!({"register": "krr", "status": 403, "times": 1000})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.to(at("2026-12-07T09:00:00+01:00")).await;
    local.lift_faults().await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    let sent = text(&local.outbox().await[0]["at"]);
    assert!(at(&sent) >= at("2026-12-07T09:00:00+01:00"), "{sent}");
}

/// Forty e-mails of one owner and ten of another's that came later leave at fourteen a second, and the second owner's
/// do not wait for all of the first one's.
#[tokio::test]
async fn what_was_parked_leaves_at_the_providers_rate_and_owners_go_beside_each_other() {
    let local = Local::start_at("2026-12-05T12:00:00+01:00").await;
    for number in 0..40 {
        local.order(&order(&number.to_string(), to_email(&format!("en{number}@example.no")))).await;
    }
    let other = local.token("991825827", None).await;
    for number in 0..10 {
        let late = order(&number.to_string(), to_email(&format!("annen{number}@example.no")));
        assert_eq!(local.post_raw(Some(&other), late.to_string()).await.0, 201);
        local.until_idle().await;
    }
    let opening = at("2026-12-07T09:00:00+01:00");
    local.to(opening - TimeDelta::seconds(1)).await;
    assert_eq!(local.outbox().await.len(), 0);
    local.to(opening + TimeDelta::seconds(1)).await;
    let first = local.sent_to().await;
    assert!((12..=16).contains(&first.len()), "{first:?}");
    for seconds in 2..=5 {
        local.to(opening + TimeDelta::seconds(seconds)).await;
        let most = usize::try_from(seconds).unwrap() * 14 + 2;
        assert!(local.outbox().await.len() <= most, "{seconds}");
    }
    let all = local.sent_to().await;
    assert_eq!(all.len(), 50);
    let [last, last_of_other] =
        ["en", "annen"].map(|owner| all.iter().rposition(|to| to.starts_with(owner)).unwrap());
    assert!(last_of_other < last, "{all:?}");
}

/// A provider cannot be used shortly before the window closes: it is tried again when the window opens, not after
/// hours.
#[tokio::test]
async fn what_is_tried_again_keeps_to_the_window() {
    let local = Local::start_at("2026-12-04T16:59:50+01:00").await;
    local.fault(json!({"service": "sns", "status": 403, "times": 1})).await;
    let placed = local.order(&order("1", to_sms("+4790000001", "Daytime"))).await;
    local.to(at("2026-12-07T08:59:59+01:00")).await;
    assert_eq!(local.outbox().await.len(), 0);
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_New"]);
    local.to(at("2026-12-07T09:00:00+01:00")).await;
    assert_eq!(local.outbox().await.len(), 1);
}

/// A message waits some seconds for its permit; the window is looked at after that.
#[tokio::test]
async fn what_waits_for_the_rate_when_the_window_closes_goes_when_it_opens() {
    let local = Local::start_at("2026-12-08T16:59:57+01:00").await;
    let recipients: Vec<_> =
        (0..90).map(|number| json!({"emailAddress": format!("en{number}@example.no")})).collect();
    let list = json!({"idempotencyId": "1", "recipients": recipients, "subject": "Emne", "body": "Tekst"});
    assert_eq!(local.send("POST", "/notifications/api/v1/orders/email", &list).await.0, 202);
    local.to(at("2026-12-09T08:59:59+01:00")).await;
    let sent = local.outbox().await;
    assert!((1..90).contains(&sent.len()), "{} before the window closed", sent.len());
    let latest: chrono::DateTime<chrono::Utc> = text(&sent.last().unwrap()["at"]).parse().unwrap();
    assert!(latest <= at("2026-12-08T17:00:00+01:00"), "{latest}");
    local.to(at("2026-12-09T09:01:00+01:00")).await;
    assert_eq!(local.outbox().await.len(), 90);
}

/// Reminders count from the opening, so a night's orders are due again all at once a week later.
#[tokio::test]
async fn what_falls_due_at_the_opening_leaves_at_the_providers_rate_too() {
    let local = Local::start_at("2026-12-05T12:00:00+01:00").await;
    for number in 0..60 {
        local.order(&order_with_reminder(&number.to_string(), &format!("dialog-{number}"))).await;
    }
    local.to(at("2026-12-07T10:00:00+01:00")).await;
    assert_eq!(local.outbox().await.len(), 60);
    let opening = at("2026-12-14T09:00:00+01:00");
    for seconds in [1, 2, 61, 62] {
        local.to(opening + TimeDelta::seconds(seconds)).await;
        let reminded = local.outbox().await.len() - 60;
        let most = usize::try_from(seconds).unwrap() * 14 + 2;
        assert!(reminded <= most, "{reminded} after {seconds} s");
    }
    local.to(opening + TimeDelta::minutes(5)).await;
    assert_eq!(local.outbox().await.len(), 120);
}
