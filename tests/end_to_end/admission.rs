//! Who is let in: owners that are not blocked, that are registered where the deployment asks for that, and that keep to
//! the limit of requests.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_local::Options;

use crate::support::{Local, OWNER, order, text, to_email, to_sms};

const BASE: &str = "/notifications/api/v1";
const OTHER: &str = "991825827";

async fn order_of(local: &Local, owner: &str, id: &str) -> (u16, Value) {
    let token = local.token(owner, None).await;
    let ordered = order(id, to_email("mottaker@example.no"));
    local.send_as(&token, "POST", &format!("{BASE}/future/orders"), &ordered).await
}

#[tokio::test]
async fn a_blocked_owner_is_turned_away_and_nothing_of_it_is_sent_until_it_is_let_in_again() {
    let local = Local::start_at("2026-12-08T20:00:00+01:00").await;
    let waiting = local.order(&order("waits", to_sms("+4790000001", "Daytime"))).await;
    local.settle(OWNER, &json!({"blocked": true})).await;
    local.advance(TimeDelta::seconds(11)).await;
    let (status, problem) = order_of(&local, OWNER, "new").await;
    assert_eq!((status, text(&problem["detail"])), (403, "This organisation is blocked.".into()));
    for (method, path) in [
        ("GET", format!("{BASE}/future/shipment/{}", waiting.notification)),
        ("GET", format!("{BASE}/future/shipment/feed")),
        ("GET", format!("{BASE}/future/orders/{}", waiting.chain)),
        ("PUT", format!("{BASE}/future/orders/{}/cancel", waiting.chain)),
        ("GET", format!("{BASE}/templates")),
        ("GET", format!("{BASE}/owners/{OWNER}")),
        ("POST", format!("{BASE}/recipients/check")),
        ("POST", format!("{BASE}/future/orders/instant/email")),
        ("POST", format!("{BASE}/orders/email")),
    ] {
        let (status, problem) = local.send(method, &path, &json!({})).await;
        assert_eq!(status, 403, "{method} {path}: {problem}");
    }
    assert_eq!(order_of(&local, OTHER, "other").await.0, 201);
    local.to("2026-12-09T12:00:00+01:00".parse().unwrap()).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"], "the other owner's");
    local.settle(OWNER, &json!({})).await;
    local.advance(TimeDelta::minutes(62)).await;
    assert_eq!(local.statuses(&waiting.notification).await, ["SMS_Delivered"]);
}

#[tokio::test]
async fn what_a_blocked_owner_has_ordered_ends_with_its_lifetime() {
    let local = Local::start().await;
    local.settle(OWNER, &json!({})).await;
    let later = local.now().await + TimeDelta::hours(1);
    let mut ordered = order("later", to_email("mottaker@example.no"));
    ordered["requestedSendTime"] = json!(later);
    let placed = local.order(&ordered).await;
    local.settle(OWNER, &json!({"blocked": true})).await;
    local.advance(TimeDelta::days(7)).await;
    local.settle(OWNER, &json!({})).await;
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_TTL"]);
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn only_registered_owners_are_let_in_where_the_deployment_asks_for_that() {
    let local = Local::with(Options {
        variables: [("OWNERS_MUST_BE_REGISTERED", "ENABLED".to_owned())].into(),
        ..Options::default()
    })
    .await;
    let (status, problem) = order_of(&local, OWNER, "1").await;
    assert_eq!((status, text(&problem["detail"])), (403, "This organisation is not registered here.".into()));
    local.settle(OWNER, &json!({})).await;
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(order_of(&local, OWNER, "1").await.0, 201);
    assert_eq!(order_of(&local, OTHER, "1").await.0, 403);
}

#[tokio::test]
async fn an_owner_that_sends_too_many_requests_is_told_when_to_go_on() {
    let local = Local::with(Options {
        variables: [("REQUESTS_PER_SECOND", "5".to_owned())].into(),
        ..Options::default()
    })
    .await;
    let url = local.url(&format!("{BASE}/templates"));
    for _ in 0..5 {
        assert_eq!(local.get(&format!("{BASE}/templates")).await.0, 200);
    }
    let refused = local.http.get(&url).bearer_auth(&local.token).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["title"], "Too Many Requests");
    assert_eq!(order_of(&local, OTHER, "1").await.0, 201, "others go on");
    local.advance(TimeDelta::seconds(1)).await;
    assert_eq!(local.get(&format!("{BASE}/templates")).await.0, 200);
}
