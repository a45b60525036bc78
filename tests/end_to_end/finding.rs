//! Finding orders by their owner's reference, and what happened to one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Local, OWNER, Placed, SOMEBODY, order, order_with_reminder, text, to_email, to_person, to_sms,
};

const BASE: &str = "/notifications/api/v1";

async fn find(local: &Local, query: &str) -> Value {
    let (status, answer) = local.get(&format!("{BASE}/future/orders?{query}")).await;
    assert_eq!(status, 200, "{query}: {answer}");
    answer
}

fn ids(answer: &Value) -> Vec<String> {
    answer["orders"].as_array().unwrap().iter().map(|order| text(&order["notificationOrderId"])).collect()
}

fn referring(id: &str, reference: &str, recipient: Value) -> Value {
    let mut order = order(id, recipient);
    order["sendersReference"] = json!(reference);
    order
}

async fn place(local: &Local, order: &Value) -> Placed {
    local.advance(TimeDelta::seconds(5)).await;
    local.order(order).await
}

#[tokio::test]
async fn orders_are_found_by_their_reference_the_newest_first() {
    let local = Local::start().await;
    let first = place(&local, &referring("1", "sak 2026/417", to_email("a@example.no"))).await;
    let second = place(&local, &referring("2", "sak 2026/417", to_person(SOMEBODY, "Email"))).await;
    place(&local, &referring("3", "sak 2026/418", to_email("b@example.no"))).await;
    let mut reminded = order_with_reminder("4", "dialog");
    reminded["reminders"][0]["sendersReference"] = json!("sak 2026/417");
    let third = place(&local, &reminded).await;
    local.advance(TimeDelta::seconds(5)).await;
    let found = find(&local, "sendersReference=sak%202026/417").await;
    assert_eq!(ids(&found), [&third, &second, &first].map(|placed| placed.chain.clone()));
    assert_eq!(found["cursor"], Value::Null);
    let shipment = &found["orders"][2]["shipments"][0];
    assert_eq!(
        (&shipment["status"], &shipment["type"], &shipment["sendersReference"], &shipment["reached"]),
        (&json!("Order_Completed"), &json!("Notification"), &json!("sak 2026/417"), &json!("Yes"))
    );
    for none in ["sendersReference=sak", "sendersReference=SAK%202026/417"] {
        assert_eq!(ids(&find(&local, none).await), Vec::<String>::new(), "{none}");
    }
    let other = local.token("991825827", None).await;
    let path = format!("{BASE}/future/orders?sendersReference=sak%202026/417");
    assert_eq!(local.send_as(&other, "GET", &path, &Value::Null).await, (200, json!({"orders": []})));
    let unscoped = local.token(OWNER, Some("altinn:other")).await;
    assert_eq!(local.send_as(&unscoped, "GET", &path, &Value::Null).await.0, 403);
}

#[tokio::test]
async fn a_page_leads_to_the_next_and_a_state_leaves_others_out() {
    let local = Local::start().await;
    let mut placed = vec![];
    for number in 0..60 {
        let mut later = referring(&number.to_string(), "sak", to_email("a@example.no"));
        later["requestedSendTime"] =
            json!(local.now().await + TimeDelta::days(1) + TimeDelta::seconds(number));
        let (status, answer) = local.post(&later).await;
        assert_eq!(status, 201);
        placed.push(text(&answer["notificationOrderId"]));
    }
    let sent = place(&local, &referring("sent", "sak", to_email("b@example.no"))).await;
    local.advance(TimeDelta::seconds(5)).await;
    let first = find(&local, "sendersReference=sak").await;
    let cursor = text(&first["cursor"]);
    let second = find(&local, &format!("sendersReference=sak&cursor={cursor}")).await;
    assert_eq!((ids(&first).len(), ids(&second).len(), &second["cursor"]), (50, 11, &Value::Null));
    let mut all = [ids(&first), ids(&second)].concat();
    assert_eq!(all.pop(), Some(sent.chain.clone()), "by when they are planned");
    placed.reverse();
    assert_eq!(all, placed);
    let completed = find(&local, "sendersReference=sak&state=order_completed").await;
    assert_eq!(ids(&completed), [sent.chain]);
    assert_eq!(ids(&find(&local, "sendersReference=sak&state=Order_Cancelled").await), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_a_400_that_names_it() {
    let local = Local::start().await;
    for (query, field) in [
        ("", "sendersReference"),
        ("sendersReference=", "sendersReference"),
        ("sendersReference=a&state=Completed", "state"),
        ("sendersReference=a&state=", "state"),
        ("sendersReference=a&cursor=x", "cursor"),
        ("sendersReference=a&cursor=MTIzLng", "cursor"),
    ] {
        for route in ["future/orders", "orders"] {
            let (status, problem) = local.get(&format!("{BASE}/{route}?{query}")).await;
            assert_eq!(
                (status, problem["errors"][field].is_array()),
                (400, true),
                "{route} {query}: {problem}"
            );
        }
    }
}

#[tokio::test]
async fn lists_are_found_in_the_contracts_older_form_until_they_are_removed() {
    let local = Local::start().await;
    let list = json!({"subject": "Emne", "body": "Tekst", "sendersReference": "ref-7",
        "recipients": [{"emailAddress": "en@example.no"}, {"emailAddress": "to@example.no"}]});
    let (_, placed) = local.send("POST", &format!("{BASE}/orders/email"), &list).await;
    local.advance(TimeDelta::seconds(5)).await;
    let (status, found) = local.get(&format!("{BASE}/orders?sendersReference=ref-7")).await;
    assert_eq!((status, &found["count"]), (200, &json!(1)), "{found}");
    let shown = local.get(&format!("{BASE}/orders/{}", text(&placed["orderId"]))).await.1;
    assert_eq!(found["orders"], json!([shown]));
    local.advance(TimeDelta::days(60)).await;
    let (_, found) = local.get(&format!("{BASE}/orders?sendersReference=ref-7")).await;
    assert_eq!(found, json!({"count": 0, "orders": []}));
}

async fn timeline(local: &Local, id: &str) -> Vec<(String, String)> {
    let (status, answer) = local.get(&format!("{BASE}/future/orders/{id}/timeline")).await;
    assert_eq!(status, 200, "{answer}");
    let events = answer["events"].as_array().unwrap();
    assert!(events.windows(2).all(|pair| text(&pair[0]["at"]) <= text(&pair[1]["at"])), "{answer}");
    events
        .iter()
        .map(|event| (text(&event["event"]), event["reason"].as_str().unwrap_or_default().into()))
        .collect()
}

#[tokio::test]
async fn a_timeline_tells_what_happened_and_what_is_waited_for() {
    // Friday evening: the e-mail waits for Monday.
    let local = Local::start_at("2026-12-11T20:00:00+01:00").await;
    let placed = local.order(&order_with_reminder("1", "dialog")).await;
    let told = timeline(&local, &placed.chain).await;
    assert!(told.contains(&("WaitsUntil".into(), "SendingWindow".into())), "{told:?}");
    assert!(told.contains(&("WaitsUntil".into(), "ReminderDelay".into())), "{told:?}");
    local.advance(TimeDelta::days(4)).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(20)).await;
    let told = timeline(&local, &placed.chain).await;
    let expected = [
        ("WaitedUntil", "SendingWindow"),
        ("HandedOver", ""),
        ("Reported", "Email_Delivered"),
        ("Ended", "Order_Completed Delivered"),
        ("MessageOpened", ""),
        ("Stopped", "MessageOpened"),
        ("Ended", "Order_SendConditionNotMet MessageOpened"),
    ];
    for (event, reason) in expected {
        assert!(told.contains(&(event.into(), reason.into())), "{event} {reason}: {told:?}");
    }
    assert_eq!(told[0].0, "Accepted");
    let other = local.token("991825827", None).await;
    let path = format!("{BASE}/future/orders/{}/timeline", placed.chain);
    assert_eq!(local.send_as(&other, "GET", &path, &Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_timeline_tells_of_a_condition_that_was_met_and_what_a_provider_said() {
    let local = Local::start().await;
    let mut asked = order("1", to_email("bounce@simulator.amazonses.com"));
    asked["conditionEndpoint"] = json!(local.url("/local/condition?send=true"));
    asked["requestedSendTime"] = json!((local.now().await + TimeDelta::hours(1)).to_rfc3339());
    let placed = local.order(&asked).await;
    local.advance(TimeDelta::hours(2)).await;
    let told: Vec<_> = timeline(&local, &placed.chain).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(
        told,
        ["Accepted", "WaitedUntil", "ConditionMet", "LookedUp", "HandedOver", "Reported", "Ended"]
    );
    let path = format!("{BASE}/future/orders/{}/timeline", placed.chain);
    let events = local.get(&path).await.1["events"].clone();
    assert_eq!(events[5]["providerReply"], "Permanent, General");
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(shipment["recipients"][0]["providerReply"], "Permanent, General");
}

/// What became of an SMS of which its operator says this, and what is shown of that.
async fn reported(local: &Local, id: &str, words: &str) -> (Value, Value) {
    local.fault(json!({"service": "sms-report", "effect": "fail", "message": words})).await;
    let placed = local.order(&order(id, to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let entry = local.shipment(&placed.notification).await["recipients"][0].clone();
    (entry["status"].clone(), entry["providerReply"].clone())
}

#[tokio::test]
async fn an_operators_words_are_shown_where_they_can_name_nobody() {
    let local = Local::start().await;
    let words = "Phone has blocked SMS";
    assert_eq!(reported(&local, "1", words).await, (json!("SMS_Failed_Rejected"), json!(words)));
    let named = reported(&local, "2", "Phone +4790000001 has blocked SMS of Ola Nordmann").await;
    assert_eq!(named, (json!("SMS_Failed_Rejected"), json!(null)), "it may name somebody");
}

#[tokio::test]
async fn a_timeline_says_that_a_register_is_waited_for() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "status": 403, "times": 100_000})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.advance(TimeDelta::minutes(3)).await;
    let told = timeline(&local, &placed.chain).await;
    assert!(
        told.iter().any(|(event, reason)| event.starts_with("WaitsUntil") | event.starts_with("LookedUp")
            && reason.starts_with("RegisterUnanswered, ")),
        "{told:?}"
    );
}
