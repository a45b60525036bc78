//! The rate of the providers: kept by everything that is sent, used while there is a backlog, shared with what is urgent,
//! and given up while a provider asks for patience.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_local::{Options, ProviderLimits};

use crate::support::{Local, Placed, order, text, to_email};

/// What the providers take in these tests: what the local functions are told, and not one more.
const LIMITS: ProviderLimits = ProviderLimits {
    emails_per_second: 14,
    emails_per_day: 50_000,
    sms_per_second: 20,
    sms_per_month: 100_000,
};

async fn limited() -> Local {
    Local::with(Options { provider_limits: Some(LIMITS), ..Options::default() }).await
}

/// Orders that are all due in the same second, each of one e-mail.
async fn at_once(local: &Local, word: &str, count: usize, due: DateTime<Utc>) -> Vec<Placed> {
    let mut placed = vec![];
    for number in 0..count {
        let mut later = order(&format!("{word} {number}"), to_email(&format!("{word}{number}@example.no")));
        later["requestedSendTime"] = json!(due);
        let (status, answer) = local.post(&later).await;
        assert_eq!(status, 201, "{answer}");
        placed.push(Placed::of(&answer));
    }
    placed
}

async fn times(local: &Local, word: &str) -> Vec<DateTime<Utc>> {
    let sent = local.outbox().await;
    let of = sent.iter().filter(|entry| text(&entry["to"]).starts_with(word));
    of.map(|entry| text(&entry["at"]).parse().unwrap()).collect()
}

/// The most in any time of this length.
fn most_within(times: &[DateTime<Utc>], length: TimeDelta) -> usize {
    let counts =
        times.iter().map(|first| times.iter().filter(|at| (*first..*first + length).contains(at)).count());
    counts.max().unwrap_or_default()
}

#[tokio::test]
async fn single_orders_that_come_all_at_once_leave_at_the_rate_and_none_is_refused() {
    let local = limited().await;
    let due = local.now().await + TimeDelta::minutes(10);
    at_once(&local, "mottaker", 300, due).await;
    local.to(due + TimeDelta::seconds(40)).await;
    let times = times(&local, "mottaker").await;
    assert_eq!(times.len(), 300);
    assert!(most_within(&times, TimeDelta::seconds(1)) <= 28, "no second over twice the rate");
    assert!(most_within(&times, TimeDelta::seconds(10)) <= 154, "ten seconds' worth and one second's burst");
    let took = (*times.iter().max().unwrap() - due).as_seconds_f64();
    assert!(300.0 / took >= 14.0 * 0.95, "at least 95 % of the rate is used: {took} s");
    let refused =
        local.get("/local/costs").await.1["functions"]["send-email"]["ses.SendEmail"]["calls"].clone();
    assert_eq!(refused, 300, "each was called for once");
}

#[tokio::test]
async fn a_lone_notice_is_not_slowed() {
    let local = limited().await;
    local.order(&order("1", to_email("alene@example.no"))).await;
    let ordered = local.now().await - TimeDelta::seconds(2);
    assert_eq!(times(&local, "alene").await, [ordered]);
}

#[tokio::test]
async fn what_is_urgent_leaves_within_two_seconds_while_others_wait() {
    let local = limited().await;
    let due = local.now().await + TimeDelta::minutes(10);
    at_once(&local, "vanlig", 400, due).await;
    local.to(due + TimeDelta::seconds(5)).await;
    let mut urgent = order("haster", to_email("haster@example.no"));
    urgent["priority"] = json!("Urgent");
    local.order(&urgent).await;
    assert_eq!(times(&local, "haster").await.len(), 1, "within two seconds");
    local.to(due + TimeDelta::seconds(60)).await;
    let mut all = times(&local, "vanlig").await;
    all.extend(times(&local, "haster").await);
    assert_eq!(all.len(), 401);
    assert!(most_within(&all, TimeDelta::seconds(10)) <= 154);
}

#[tokio::test]
async fn many_urgent_notices_get_their_share_and_others_the_rest() {
    let local = limited().await;
    let due = local.now().await + TimeDelta::minutes(10);
    at_once(&local, "vanlig", 500, due).await;
    for number in 0..40 {
        let mut urgent = order(&format!("haster {number}"), to_email(&format!("haster{number}@example.no")));
        (urgent["priority"], urgent["requestedSendTime"]) = (json!("Urgent"), json!(due));
        assert_eq!(local.post(&urgent).await.0, 201);
    }
    local.to(due + TimeDelta::seconds(20)).await;
    let urgent = times(&local, "haster").await.len();
    assert!((24..=34).contains(&urgent), "{urgent} of the share of a tenth");
    local.to(due + TimeDelta::minutes(2)).await;
    let mut all = times(&local, "vanlig").await;
    all.extend(times(&local, "haster").await);
    assert_eq!(all.len(), 540);
    assert!(
        most_within(&all, TimeDelta::seconds(10)) <= 154,
        "{}",
        most_within(&all, TimeDelta::seconds(10))
    );
}

#[tokio::test]
async fn a_provider_that_throttles_for_an_hour_ends_nothing_and_costs_little() {
    let local = limited().await;
    let due = local.now().await + TimeDelta::minutes(10);
    let placed = at_once(&local, "mottaker", 30, due).await;
    local.to(due - TimeDelta::seconds(1)).await;
    local.send("DELETE", "/local/costs", &Value::Null).await;
    local.fault(json!({"service": "ses", "effect": "throttle", "seconds": 3_600})).await;
    local.to(due + TimeDelta::minutes(59)).await;
    assert_eq!(local.outbox().await.len(), 0);
    let costs = local.get("/local/costs").await.1;
    let tries = costs["functions"]["send-email"]["ses.SendEmail"]["calls"].as_f64().unwrap();
    // Each of two workers tries at least every ten seconds.
    assert!(tries >= 2.0 * 59.0 * 6.0 * 0.8, "{tries} tries");
    let units = costs["functions"]["send-email"]["dynamodb.PutItem"]["writeUnits"].as_f64().unwrap();
    // What a sweep has moved on meanwhile is a few more.
    assert!(units <= 2.0 * tries * 1.02, "{units} write units for {tries} tries");
    local.to(due + TimeDelta::minutes(63)).await;
    assert_eq!(local.outbox().await.len(), 30);
    assert_eq!(local.dead_letters("email").await, 0);
    for one in &placed {
        assert_eq!(local.statuses(&one.notification).await, ["Email_Delivered"]);
    }
}

#[tokio::test]
async fn a_minute_after_the_last_refusal_the_rate_is_the_full_one() {
    let local = limited().await;
    let due = local.now().await + TimeDelta::minutes(10);
    at_once(&local, "mottaker", 1_400, due).await;
    local.to(due - TimeDelta::seconds(1)).await;
    local.fault(json!({"service": "ses", "effect": "throttle", "seconds": 60})).await;
    local.to(due + TimeDelta::minutes(5)).await;
    let times = times(&local, "mottaker").await;
    let recovered = due + TimeDelta::seconds(59 + 10 + 60);
    let ten =
        times.iter().filter(|at| **at >= recovered && **at < recovered + TimeDelta::seconds(10)).count();
    assert!(ten >= 133, "{ten} in ten seconds");
    assert_eq!(times.len(), 1_400);
}

#[tokio::test]
async fn a_quota_that_is_used_up_waits_a_quarter_of_an_hour_and_longer() {
    let local = limited().await;
    let quota = json!({"service": "ses", "status": 429, "code": "TooManyRequestsException",
        "message": "Daily message quota exceeded.", "times": 1});
    local.fault(quota).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    let other = local.order(&order("2", to_email("annen@example.no"))).await;
    local.advance(TimeDelta::minutes(14)).await;
    assert_eq!(local.outbox().await.len(), 0, "neither this one nor another");
    local.advance(TimeDelta::minutes(20)).await;
    for one in [placed, other] {
        assert_eq!(local.statuses(&one.notification).await, ["Email_Delivered"]);
    }
}

/// Seven a second, half of the rate, for twenty seconds, beside a backlog that would fill the whole rate.
#[tokio::test]
async fn instant_notices_are_sent_beside_a_backlog_and_the_rate_is_kept() {
    let local = Local::start().await;
    let due = local.now().await + TimeDelta::minutes(10);
    at_once(&local, "mottaker", 400, due).await;
    local.to(due + TimeDelta::seconds(4)).await;
    for second in 0..20 {
        for number in 0..7 {
            let body = json!({"idempotencyId": format!("{second}-{number}"), "recipientEmail": {
                "emailAddress": format!("kode{second}.{number}@example.no"),
                "emailSettings": {"subject": "Kode", "body": "1234"}}});
            let (status, answer) =
                local.send("POST", "/notifications/api/v1/future/orders/instant/email", &body).await;
            assert_eq!(status, 201, "at once: {answer}");
        }
        local.advance(TimeDelta::seconds(1)).await;
    }
    local.advance(TimeDelta::minutes(2)).await;
    let (backlog, instant) = (times(&local, "mottaker").await, times(&local, "kode").await);
    assert_eq!((backlog.len(), instant.len()), (400, 140));
    // The senders have seen them after two seconds, and no ten seconds hold more than the rate and one second's burst.
    let settled = instant[0] + TimeDelta::seconds(4);
    let all: Vec<_> = backlog.iter().chain(&instant).copied().filter(|at| *at >= settled).collect();
    assert!(
        most_within(&all, TimeDelta::seconds(10)) <= 154,
        "{}",
        most_within(&all, TimeDelta::seconds(10))
    );
    let beside = backlog.iter().filter(|at| (settled..settled + TimeDelta::seconds(10)).contains(at)).count();
    assert!((60..=80).contains(&beside), "the backlog has the other half: {beside}");
}
