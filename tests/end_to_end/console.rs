//! What the console reads beside the public API, and its files.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Local, OWNER, RESERVED, SOMEBODY, order, order_with_reminder, text, to_email, to_person,
};

async fn listed(local: &Local, query: &str) -> Vec<Value> {
    let (status, page) = local.get(&format!("/local/orders?{query}")).await;
    assert_eq!(status, 200, "{query}: {page}");
    page["orders"].as_array().unwrap().clone()
}

fn ids(orders: &[Value]) -> Vec<String> {
    orders.iter().map(|order| text(&order["notificationOrderId"])).collect()
}

#[tokio::test]
async fn orders_are_listed_the_newest_first_and_found_by_what_they_are() {
    let local = Local::start().await;
    let mut placed = vec![];
    for number in 0..7 {
        let mut one = order(&format!("{number}"), to_email("mottaker@example.no"));
        one["sendersReference"] = json!(format!("Sak-{number}"));
        placed.push(local.order(&one).await.chain);
        local.advance(TimeDelta::seconds(1)).await;
    }
    let mut later = order("later", to_person(SOMEBODY, "Email"));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::days(3));
    let later = local.order(&later).await.chain;
    let newest: Vec<_> = [later.clone()].into_iter().chain(placed.iter().rev().cloned()).collect();
    assert_eq!(ids(&listed(&local, "").await), newest);
    let first = listed(&local, "limit=3").await;
    assert_eq!(ids(&first), newest[..3]);
    assert_eq!(ids(&listed(&local, &format!("limit=3&after={}", newest[2])).await), newest[3..6]);
    assert_eq!(ids(&listed(&local, "text=sak-4").await), [placed[4].clone()]);
    assert_eq!(ids(&listed(&local, &format!("text={}", &placed[2][..13])).await), [placed[2].clone()]);
    assert_eq!(ids(&listed(&local, "state=Waiting").await), std::slice::from_ref(&later));
    assert_eq!(listed(&local, "state=Over").await.len(), 7);
    assert_eq!(listed(&local, "owner=991825827").await, Vec::<Value>::new());
    local.advance(TimeDelta::days(4)).await;
    assert_eq!(listed(&local, "state=Over").await.len(), 8, "what has changed is read anew");
    assert_eq!(local.get("/local/orders?limit=x").await.0, 400);
}

/// Each recipient of a list has a chain of its own, which is no order.
#[tokio::test]
async fn a_list_is_one_order() {
    let local = Local::start().await;
    let list = json!({"subject": "Emne", "body": "Tekst", "recipients": [
        {"emailAddress": "en@example.no"}, {"nationalIdentityNumber": RESERVED}, {"nationalIdentityNumber": SOMEBODY}]});
    let (status, answer) = local.send("POST", "/notifications/api/v1/orders/email", &list).await;
    assert_eq!(status, 202, "{answer}");
    local.advance(TimeDelta::minutes(1)).await;
    let orders = listed(&local, "").await;
    assert_eq!((orders.len(), &orders[0]["listed"]), (1, &json!(3)));
}

#[tokio::test]
async fn orders_of_an_earlier_run_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::open(folder.path()).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.system.stop().await;
    assert_eq!(listed(&Local::open(folder.path()).await, "").await.len(), 1);
}

#[tokio::test]
async fn the_clock_says_what_happens_next_and_can_be_stopped_and_set_going() {
    let local = Local::start().await;
    let placed = local.order(&order_with_reminder("reminded", "dialog")).await;
    local.advance(TimeDelta::minutes(1)).await;
    let clock = local.get("/local/clock").await.1;
    assert_eq!((&clock["speed"], &clock["due"]), (&json!(0.0), &json!(1)), "{clock}");
    assert_eq!(clock["opens"]["email"], clock["now"], "it is open");
    let next = &clock["next"][0];
    assert_eq!(next["kind"], "reminder");
    assert_eq!(next["order"], json!({"notificationOrderId": placed.chain, "owner": OWNER}));
    for (speed, expected) in [(json!(1.0), 200), (json!(0.0), 200), (json!(-1), 400), (json!("x"), 400)] {
        let answer = local.send("POST", "/local/clock", &json!({"speed": speed})).await;
        assert_eq!(answer.0, expected, "{speed}: {}", answer.1);
    }
    let both = json!({"speed": 1, "advanceSeconds": 1});
    assert_eq!(local.send("POST", "/local/clock", &both).await.0, 400);
    let stopped = local.get("/local/clock").await.1;
    assert_eq!(
        (&stopped["speed"], local.get("/local/clock").await.1["now"].clone()),
        (&json!(0.0), stopped["now"].clone())
    );
}

#[tokio::test]
async fn a_year_has_its_holidays_and_hours() {
    let local = Local::start().await;
    let year = local.get("/local/calendar?year=2027").await.1;
    let days = year["days"].as_array().unwrap();
    assert_eq!(days.len(), 365);
    let day = |date: &str| days.iter().find(|day| day["date"] == date).unwrap().clone();
    assert_eq!(day("2027-05-17")["holiday"], "ConstitutionDay");
    assert_eq!(day("2027-05-17")["email"], Value::Null);
    assert_eq!(day("2027-05-18")["email"], json!(["09:00", "17:00"]));
    assert_eq!(day("2027-05-22")["email"], Value::Null, "a Saturday");
    assert_eq!(local.get("/local/calendar?year=1").await.0, 400);
    assert_eq!(local.get("/local/calendar").await.1["year"], 2026);
}

#[tokio::test]
async fn messages_are_those_of_an_order_with_segments_and_plain_text() {
    let local = Local::start().await;
    let html = json!({"recipientEmail": {"emailAddress": "en@example.no", "emailSettings": {
        "subject": "Emne", "body": "<p>Et <b>brev</b></p>", "contentType": "Html"}}});
    let of_email = local.order(&order("email", html)).await;
    let long = "x".repeat(161);
    let sms = json!({"recipientSms": {"phoneNumber": "+4790000001", "smsSettings": {"body": long}}});
    let of_sms = local.order(&order("sms", sms)).await;
    let all = local.get("/local/messages").await.1;
    assert_eq!(
        (&all["count"], all["messages"][0]["number"].clone()),
        (&json!(2), json!(1)),
        "the newest first"
    );
    let one = local.get(&format!("/local/messages?order={}", of_email.chain)).await.1;
    assert_eq!(one["messages"].as_array().unwrap().len(), 1);
    assert_eq!(one["messages"][0]["plain"], "Et brev");
    let number = &one["messages"][0]["number"];
    let page =
        local.http.get(format!("{}/local/messages/{number}/html", local.system.url)).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox; default-src 'none';"), "{policy}");
    let one = local.get(&format!("/local/messages?order={}", of_sms.chain)).await.1;
    let parts: Vec<_> =
        one["messages"][0]["segments"].as_array().unwrap().iter().map(|part| text(part).len()).collect();
    assert_eq!(parts, [153, 8]);
    assert_eq!(local.get("/local/messages/9/html").await.0, 404);
}

#[tokio::test]
async fn changes_are_told_as_they_happen() {
    let local = Local::start().await;
    let mut followed = local.http.get(format!("{}/local/changes", local.system.url)).send().await.unwrap();
    let first = word(&mut followed).await;
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    let mut later = word(&mut followed).await;
    while later["messages"] != 1 {
        later = word(&mut followed).await;
    }
    assert!(later["orders"].as_u64() > first["orders"].as_u64(), "{first} {later}");
    local.advance(TimeDelta::hours(1)).await;
    while later["moves"] == first["moves"] {
        later = word(&mut followed).await;
    }
}

/// The next event of a stream; each comes in a chunk of its own.
async fn word(stream: &mut reqwest::Response) -> Value {
    loop {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        let chunk = String::from_utf8(chunk.to_vec()).unwrap();
        if let Some(data) = chunk.trim().strip_prefix("data: ") {
            return serde_json::from_str(data).unwrap();
        }
    }
}

/// The page is at the root of the local system; all that it loads comes from the function that has it in a deployment.
#[tokio::test]
async fn the_page_and_its_files_are_served_with_a_strict_policy() {
    let local = Local::start().await;
    for (path, kind) in [
        ("/", "html"),
        ("/console", "html"),
        ("/console/main.js", "javascript"),
        ("/console/base.css", "css"),
    ] {
        let answer = local.http.get(format!("{}{path}", local.system.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").contains(kind), "{path}: {}", header("content-type"));
        let policy = header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    assert_eq!(local.get("/console/nothing.js").await.0, 404);
    assert_eq!(local.send("POST", "/console", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_deployment_has_no_console_unless_it_is_enabled() {
    let local = Local::with(varsling_local::Options {
        variables: [("CONSOLE_ENABLED", "DISABLED".to_owned())].into(),
        ..varsling_local::Options::default()
    })
    .await;
    assert_eq!(local.get("/console").await.0, 404);
    assert_eq!(local.get("/console/main.js").await.0, 404);
}
