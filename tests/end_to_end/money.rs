//! What SMS may cost: the numbers that are sent to, and the daily budgets of owners and of the deployment.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_local::Options;

use crate::outbox::events;
use crate::support::{Local, MOBILE_ONLY, OWNER, Placed, SOMEBODY, order, text, to_email, to_person, to_sms};

const BASE: &str = "/notifications/api/v1";
const OTHER: &str = "991825827";

/// A system with budgets of its own.
async fn with_budgets<const N: usize>(budgets: [(&'static str, &str); N]) -> Local {
    let variables: BTreeMap<_, _> = budgets.map(|(name, value)| (name, value.to_owned())).into();
    Local::with(Options { variables, ..Options::default() }).await
}

async fn place(local: &Local, ordered: &Value) -> Placed {
    let (status, answer) = local.post(ordered).await;
    assert_eq!(status, 201, "{answer}");
    Placed::of(&answer)
}

/// Orders so many e-mails, each to an address of its own.
async fn order_emails(local: &Local, ids: std::ops::Range<u32>) -> Vec<Placed> {
    let mut placed = vec![];
    for id in ids {
        placed.push(place(local, &order(&format!("{id}"), to_email(&format!("m{id}@example.no")))).await);
    }
    local.until_idle().await;
    local.advance(TimeDelta::seconds(10)).await;
    placed
}

async fn waits_for(local: &Local, placed: &Placed) -> Option<String> {
    local.shipment(&placed.notification).await["recipients"][0]["waitsFor"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_number_outside_the_area_is_refused_unless_the_owner_sends_there() {
    let local = Local::start().await;
    let british = order("british", to_sms("+447911123456", "Anytime"));
    let (status, problem) = local.post(&british).await;
    assert_eq!(status, 400);
    let why = "No SMS is sent to this country, or to this kind of number.";
    assert_eq!(problem["errors"]["Recipient.RecipientSms.PhoneNumber"], json!([why]));
    let list = json!({"body": "Hei", "recipients": [{"mobileNumber": "+4790000001"}, {"mobileNumber": "+8801812345678"}]});
    let (status, problem) = local.send("POST", &format!("{BASE}/orders/sms"), &list).await;
    assert_eq!((status, problem["errors"]["Recipients[1].MobileNumber"][0].as_str()), (400, Some(why)));
    local.settle(OWNER, &json!({"smsNumbers": ["EEA", "+44"]})).await;
    local.advance(TimeDelta::seconds(11)).await;
    let placed = local.order(&british).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
    local.settle(OWNER, &json!({})).await;
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(local.post(&british).await.0, 200, "what was accepted stays accepted");
}

#[tokio::test]
async fn a_number_of_a_register_that_is_not_sent_to_counts_as_absent() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"smsNumbers": ["+46"], "lookUpWhenOrdering": false})).await;
    let falls_back = local.order(&order("1", to_person(SOMEBODY, "SmsPreferred"))).await;
    assert_eq!(local.statuses(&falls_back.notification).await, ["Email_Delivered"]);
    let nobody = local.order(&order("2", to_person(MOBILE_ONLY, "SmsPreferred"))).await;
    assert_eq!(local.statuses(&nobody.notification).await, ["SMS_Failed_RecipientNotIdentified"]);
    let asked = json!({"recipients": [{"nationalIdentityNumber": MOBILE_ONLY}]});
    let (status, answer) = local.send("POST", &format!("{BASE}/recipients/check"), &asked).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.to_string().contains("false") && !answer.to_string().contains("true"), "{answer}");
}

#[tokio::test]
async fn what_is_beyond_the_owners_budget_waits_for_the_next_day_and_says_so() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"dailyEmails": 5})).await;
    let placed = order_emails(&local, 0..7).await;
    assert_eq!(local.sent_to().await.len(), 5);
    let mut waiting = vec![];
    for one in &placed {
        waiting.extend(waits_for(&local, one).await);
    }
    assert_eq!(waiting, ["DailyBudget", "DailyBudget"]);
    let told: Vec<_> = events(&local, "Daily budget used up").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["owner"], &told[0]["budget"]), (&json!(OWNER), &json!(5)));
    let sms = local.order(&order("sms", to_sms("+4790000001", "Anytime"))).await;
    assert_eq!(local.statuses(&sms.notification).await, ["SMS_Delivered"], "another channel has its own");
    local.to("2026-12-08T10:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await.len(), 8);
    for one in &placed {
        assert_eq!(local.statuses(&one.notification).await, ["Email_Delivered"]);
    }
}

#[tokio::test]
async fn four_fifths_of_a_budget_are_told_before_it_is_used_up() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"dailyEmails": 10})).await;
    order_emails(&local, 0..7).await;
    assert_eq!(events(&local, "Daily budget nearly used up").await.len(), 0);
    order_emails(&local, 7..8).await;
    let told = events(&local, "Daily budget nearly used up").await;
    assert_eq!((told.len(), &told[0]["used"]), (1, &json!(8)));
    order_emails(&local, 8..9).await;
    assert_eq!(events(&local, "Daily budget nearly used up").await.len(), 1, "once");
    assert_eq!(events(&local, "Daily budget used up").await.len(), 0);
}

#[tokio::test]
async fn what_only_tries_the_service_takes_nothing_of_a_budget() {
    let local = with_budgets([("EMAILS_PER_OWNER_AND_DAY", "2")]).await;
    for id in ["a", "b", "c"] {
        place(&local, &order(id, to_email("delivered@varsling.test"))).await;
    }
    let placed = order_emails(&local, 0..2).await;
    local.advance(TimeDelta::minutes(5)).await;
    for one in &placed {
        assert_eq!(local.statuses(&one.notification).await, ["Email_Delivered"]);
    }
}

#[tokio::test]
async fn a_budget_of_one_a_day_loses_nothing() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({"dailyEmails": 1})).await;
    let placed = order_emails(&local, 0..6).await;
    local.advance(TimeDelta::days(9)).await;
    assert_eq!(local.sent_to().await.len(), 6, "a week has five working days");
    for one in &placed {
        assert_eq!(local.statuses(&one.notification).await, ["Email_Delivered"]);
    }
}

#[tokio::test]
async fn the_deployments_budget_is_for_all_owners_together_and_urgent_notices_have_a_tenth_more() {
    let local = with_budgets([("EMAILS_PER_DAY", "10")]).await;
    let other = local.token(OTHER, None).await;
    for id in 0..6 {
        let ordered = order(&format!("other {id}"), to_email("annen@example.no"));
        assert_eq!(local.send_as(&other, "POST", &format!("{BASE}/future/orders"), &ordered).await.0, 201);
    }
    local.until_idle().await;
    local.advance(TimeDelta::seconds(10)).await;
    order_emails(&local, 0..8).await;
    assert_eq!(local.sent_to().await.len(), 10);
    assert_eq!(events(&local, "Daily budget used up").await[0]["owner"], Value::Null);
    for id in ["urgent 1", "urgent 2"] {
        let mut ordered = order(id, to_email("haster@example.no"));
        ordered["priority"] = json!("Urgent");
        local.order(&ordered).await;
    }
    let urgent = local.sent_to().await.iter().filter(|to| *to == "haster@example.no").count();
    assert_eq!(urgent, 1);
}

#[tokio::test]
async fn an_sms_takes_as_much_as_it_has_segments() {
    let local = with_budgets([("SMS_SEGMENTS_PER_OWNER_AND_DAY", "4")]).await;
    for id in 0..3 {
        let mut ordered = order(&format!("{id}"), to_sms("+4790000001", "Anytime"));
        ordered["recipient"]["recipientSms"]["smsSettings"]["body"] = json!("Tekst ".repeat(40));
        let placed = local.order(&ordered).await;
        let waits = waits_for(&local, &placed).await;
        assert_eq!(waits.as_deref(), (id == 2).then_some("DailyBudget"), "{id}");
    }
    assert_eq!(local.sent_to().await.len(), 2);
}

#[tokio::test]
async fn an_instant_notice_beyond_the_budget_is_refused_until_tomorrow() {
    let local = with_budgets([("SMS_SEGMENTS_PER_OWNER_AND_DAY", "1")]).await;
    let instant = |id: &str| {
        json!({"idempotencyId": id, "recipientSms": {"phoneNumber": "+4790000001", "timeToLiveInSeconds": 300,
            "smsSettings": {"body": "Kode"}}})
    };
    let path = format!("{BASE}/future/orders/instant/sms");
    for (id, expected) in [("1", 201), ("2", 201), ("3", 429), ("1", 200)] {
        let (status, answer) = local.send("POST", &path, &instant(id)).await;
        assert_eq!(status, expected, "{id}: {answer}");
        if status == 429 {
            assert_eq!(
                text(&answer["detail"]),
                "The day's budget of this channel is used up. Nothing was sent."
            );
        }
    }
    let request = local.http.post(local.url(&path)).bearer_auth(&local.token).json(&instant("4"));
    let refused = request.send().await.unwrap();
    let seconds: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(seconds, 14 * 3_600, "until midnight in Oslo");
    local.advance(TimeDelta::hours(15)).await;
    assert_eq!(local.send("POST", &path, &instant("3")).await.0, 201);
}
