//! Webhooks: owners' events are posted, signed, in order, tried again for a day, and switched off after that.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_domain::webhook::Secret;
use varsling_local::Options;
use varsling_test_server::{Reply, Request, TinyServer};

use crate::support::{Local, OWNER, order, text, to_email, to_sms};

const HOOKS: &str = "/notifications/api/v1/webhooks";

/// An owner's server, which answers with a status that can be changed.
struct Receiver {
    server: TinyServer,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(204));
        let answered = Arc::clone(&status);
        let server =
            TinyServer::answering(move |_: &Request| Reply::status(answered.load(Ordering::SeqCst))).await;
        Self { server, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What was posted so far.
    fn posts(&self) -> Vec<Request> {
        self.server.requests()
    }

    /// The statuses that were posted, in their order.
    fn statuses(&self) -> Vec<String> {
        self.posts().iter().map(|post| text(&post.json()["data"]["status"])).collect()
    }
}

/// Has events posted to a receiver; the secret.
async fn register(local: &Local, name: &str, receiver: &Receiver) -> Secret {
    let (status, answer) = put(local, name, &receiver.server.url()).await;
    assert_eq!(status, 201, "{answer}");
    text(&answer["secret"]).try_into().unwrap()
}

async fn put(local: &Local, name: &str, url: &str) -> (u16, Value) {
    local.send("PUT", &format!("{HOOKS}/{name}"), &json!({"url": url})).await
}

async fn shown(local: &Local) -> Value {
    local.get(HOOKS).await.1["webhooks"][0].clone()
}

/// Whether a post is signed with a secret, as its receiver finds out.
fn is_signed(post: &Request, secret: &Secret) -> bool {
    let [id, timestamp, signatures] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| post.header(name).unwrap());
    let expected = secret.sign(&id, timestamp.parse().unwrap(), &post.body);
    signatures.split(' ').any(|signature| signature == expected)
}

#[tokio::test]
async fn an_owners_events_are_posted_and_signed_in_the_order_of_a_shipment() {
    let (local, receiver) = (Local::start().await, Receiver::start().await);
    let secret = register(&local, "archive", &receiver).await;
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    let of_shipment: Vec<_> = receiver
        .posts()
        .into_iter()
        .filter(|post| post.json()["data"]["shipmentId"] == placed.notification)
        .collect();
    let statuses: Vec<_> = of_shipment.iter().map(|post| text(&post.json()["data"]["status"])).collect();
    assert_eq!(statuses, ["Email_Succeeded", "Email_Delivered", "Order_Completed"]);
    assert_eq!(receiver.posts().len(), 4, "and the order as a whole");
    assert!(receiver.posts().iter().all(|post| is_signed(post, &secret)));
    assert!(!is_signed(&receiver.posts()[0], &Secret::of([0; 32])));
    let first = &receiver.posts()[0];
    assert_eq!(first.json()["type"], "Notification status changed");
    assert!(!receiver.posts().iter().any(|post| post.body.contains("mottaker")), "nothing personal");
    // Another owner's events go nowhere.
    let other = local.token("991825827", None).await;
    let theirs = order("1", to_email("annen@example.no"));
    assert_eq!(local.send_as(&other, "POST", "/notifications/api/v1/future/orders", &theirs).await.0, 201);
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(receiver.posts().len(), 4);
}

#[tokio::test]
async fn what_is_not_taken_is_posted_again_in_its_order_and_under_its_id() {
    let (local, receiver) = (Local::start().await, Receiver::start().await);
    register(&local, "archive", &receiver).await;
    receiver.answers(503);
    let placed = local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(20)).await;
    let tried = receiver.posts().len();
    assert!((1..10).contains(&tried), "it is left alone between: {tried}");
    assert!(shown(&local).await["failingSince"].is_string());
    receiver.answers(200);
    local.advance(TimeDelta::hours(1)).await;
    let taken = receiver.posts().split_off(tried);
    let of_shipment: Vec<_> =
        taken.iter().filter(|post| post.json()["data"]["shipmentId"] == placed.notification).collect();
    let mut statuses: Vec<_> = of_shipment.iter().map(|post| text(&post.json()["data"]["status"])).collect();
    statuses.dedup();
    assert_eq!(statuses, ["Email_Succeeded", "Email_Delivered", "Order_Completed"]);
    assert!(shown(&local).await["failingSince"].is_null());
    let ids: std::collections::BTreeSet<_> =
        receiver.posts().iter().map(|post| post.header("webhook-id").unwrap()).collect();
    assert_eq!(ids.len(), 4, "each event has one id, however often it is posted");
}

#[tokio::test]
async fn what_was_taken_is_not_posted_again_for_what_was_not_and_nothing_overtakes() {
    let local = Local::start().await;
    let taken = Arc::<Mutex<Vec<String>>>::default();
    let (noted, count) = (Arc::clone(&taken), AtomicU16::new(0));
    // Two taken, then three refused, again and again.
    let sparing = TinyServer::answering(move |post: &Request| {
        let is_taken = count.fetch_add(1, Ordering::SeqCst) % 5 < 2;
        if is_taken {
            noted.lock().unwrap().push(post.header("webhook-id").unwrap());
        }
        Reply::status(if is_taken { 200 } else { 429 })
    })
    .await;
    let receiver = Receiver::start().await;
    register(&local, "archive", &receiver).await;
    assert_eq!(put(&local, "sparing", &sparing.url()).await.0, 201);
    let addresses: Vec<_> = (0..15).map(|place| format!("mottaker-{place}@example.no")).collect();
    let recipients: Vec<_> = addresses.iter().map(|address| json!({"emailAddress": address})).collect();
    let list = json!({"idempotencyId": "1", "recipients": recipients, "subject": "Brev", "body": "Les det."});
    let path = "/notifications/api/v1/orders/email";
    let (status, placed) = local.send("POST", path, &list).await;
    assert_eq!(status, 202, "{placed}");
    local.advance(TimeDelta::hours(20)).await;
    let is_about_list = |post: &Request| post.json()["data"]["shipmentId"] == placed["orderId"];
    let posts: Vec<_> = receiver.posts().into_iter().filter(is_about_list).collect();
    for of in posts.iter().filter(|post| post.json()["data"]["status"] == "Email_Delivered") {
        let id = &of.json()["data"]["notificationId"];
        let statuses = posts.iter().filter(|post| post.json()["data"]["notificationId"] == *id);
        let statuses: Vec<_> = statuses.map(|post| text(&post.json()["data"]["status"])).collect();
        assert_eq!(statuses, ["Email_Succeeded", "Email_Delivered"]);
    }
    assert_eq!(posts.len(), 31);
    assert_eq!(posts.last().unwrap().json()["data"]["status"], "Order_Completed");
    let taken = taken.lock().unwrap().clone();
    let ids: std::collections::BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), ids.len()), (32, 32), "those of the list, and the order as a whole");
}

#[tokio::test]
async fn one_that_fails_for_a_day_or_is_gone_is_switched_off_until_it_is_stored_again() {
    let (local, receiver) = (Local::start().await, Receiver::start().await);
    register(&local, "archive", &receiver).await;
    receiver.answers(500);
    local.order(&order("1", to_email("en@example.no"))).await;
    local.advance(TimeDelta::hours(30)).await;
    let off = shown(&local).await;
    assert!(off["switchedOffAt"].is_string(), "{off}");
    let tried = receiver.posts().len();
    // Those of the shipment and of the order as a whole, each tried ever more seldom.
    assert!(tried < 40, "{tried}");
    receiver.answers(200);
    local.order(&order("2", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(receiver.posts().len(), tried);
    assert_eq!(local.send("POST", &format!("{HOOKS}/archive/test"), &Value::Null).await.0, 409);
    assert_eq!(put(&local, "archive", &receiver.server.url()).await.0, 200);
    local.advance(TimeDelta::minutes(2)).await;
    local.order(&order("3", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(receiver.posts().len(), tried + 4);
    receiver.answers(410);
    local.order(&order("4", to_sms("+4790000001", "Anytime"))).await;
    local.advance(TimeDelta::minutes(2)).await;
    assert!(shown(&local).await["switchedOffAt"].is_string(), "it is gone");
    assert_eq!(local.dead_letters("webhooks.fifo").await, 0);
}

#[tokio::test]
async fn a_test_event_comes_on_demand_and_a_new_secret_signs_beside_the_one_before() {
    let (local, receiver) = (Local::start().await, Receiver::start().await);
    let first = register(&local, "archive", &receiver).await;
    let (status, rotated) = local.send("POST", &format!("{HOOKS}/archive/secret"), &Value::Null).await;
    assert_eq!(status, 200, "{rotated}");
    let second = Secret::try_from(text(&rotated["secret"])).unwrap();
    assert_eq!(local.send("POST", &format!("{HOOKS}/archive/test"), &Value::Null).await.0, 202);
    local.advance(TimeDelta::seconds(5)).await;
    let post = &receiver.posts()[0];
    assert_eq!((&post.json()["type"], &post.json()["data"]["owner"]), (&json!("Test"), &json!(OWNER)));
    assert!(is_signed(post, &first) && is_signed(post, &second));
    local.advance(TimeDelta::days(8)).await;
    assert_eq!(local.send("POST", &format!("{HOOKS}/archive/test"), &Value::Null).await.0, 202);
    local.advance(TimeDelta::seconds(5)).await;
    let post = &receiver.posts()[1];
    assert!(!is_signed(post, &first) && is_signed(post, &second));
    assert!(shown(&local).await["secret"].is_null(), "it is shown once");
}

#[tokio::test]
async fn an_address_inside_the_network_is_refused_and_redirects_are_not_followed() {
    let variables = [("CONDITION_ENDPOINTS", "public".to_owned()), ("CONDITION_HTTP_PROXY", String::new())];
    let public = Local::with(Options { variables: variables.into(), ..Options::default() }).await;
    for url in
        ["http://example.no/", "https://10.0.0.1/", "https://169.254.169.254/", "https://localhost/", "x"]
    {
        let (status, problem) = put(&public, "inside", url).await;
        assert_eq!(status, 400, "{url}");
        assert!(problem["errors"]["Url"].is_array(), "{url}: {problem}");
    }
    let (local, elsewhere) = (Local::start().await, Receiver::start().await);
    let target = elsewhere.server.url();
    let redirecting =
        TinyServer::answering(move |_: &Request| Reply::status(307).with_header("Location", &target)).await;
    assert_eq!(put(&local, "redirects", &redirecting.url()).await.0, 201);
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(10)).await;
    assert!(!redirecting.requests().is_empty());
    assert_eq!(elsewhere.statuses(), Vec::<String>::new());
}

#[tokio::test]
async fn names_and_numbers_are_bounded_and_what_is_deleted_gets_nothing_more() {
    let (local, receiver) = (Local::start().await, Receiver::start().await);
    let url = receiver.server.url();
    for name in ["Archive", "a b", "%C3%A5"] {
        assert_eq!(put(&local, name, &url).await.0, 400, "{name}");
    }
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(put(&local, name, &url).await.0, 201);
    }
    assert_eq!(put(&local, "f", &url).await.0, 409);
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(local.send("DELETE", &format!("{HOOKS}/{name}"), &Value::Null).await.0, 204);
    }
    assert_eq!(local.send("DELETE", &format!("{HOOKS}/a"), &Value::Null).await.0, 404);
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    local.advance(TimeDelta::minutes(2)).await;
    assert!(receiver.posts().is_empty());
}
