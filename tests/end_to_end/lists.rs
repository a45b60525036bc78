//! Orders that list their recipients: each gets one notice, whatever happens to the others.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_domain::identity::NationalIdentityNumber;

use crate::support::{
    EMAIL_ONLY, Local, MANY_ADDRESSES, MOBILE_ONLY, NO_ADDRESS, RESERVED, SILENT, SOMEBODY, order, text,
    to_email,
};

const LISTS: &str = "/notifications/api/v1/orders";

/// An e-mail to each of them.
fn email_to(recipients: &Value) -> Value {
    json!({"subject": "Emne", "body": "Tekst", "recipients": recipients})
}

fn persons(numbers: &[&str]) -> Vec<Value> {
    numbers.iter().map(|number| json!({"nationalIdentityNumber": number})).collect()
}

/// Places an order that must be accepted, and lets everything that is due now happen; its id.
async fn place(local: &Local, channel: &str, body: &Value) -> String {
    let (status, answer) = local.send("POST", &format!("{LISTS}{channel}"), body).await;
    assert_eq!(status, 202, "{answer}");
    local.until_idle().await;
    text(&answer["orderId"])
}

/// Made-up persons with check digits that fit, all of whom the registers know.
async fn many_persons(local: &Local, count: usize) -> Vec<Value> {
    let stems = (0..).flat_map(|serial| (1..29).map(move |day| format!("{day:02}8170{:03}", serial % 500)));
    let numbers: Vec<_> = stems.filter_map(|stem| with_check_digits(&stem)).take(count).collect();
    let known = numbers.iter().enumerate().map(|(index, number)| {
        json!({"nationalIdentityNumber": number, "email": format!("mottaker{index}@example.no")})
    });
    local.people(json!({"persons": known.collect::<Vec<_>>()})).await;
    numbers.iter().map(|number| json!({"nationalIdentityNumber": number})).collect()
}

/// The national identity number that begins with these digits, if there is a valid one.
fn with_check_digits(stem: &str) -> Option<String> {
    let mut numbers = (0..100).map(|digits| format!("{stem}{digits:02}"));
    numbers.find(|number| NationalIdentityNumber::try_from(number.as_str()).is_ok())
}

/// A fault that only counts: an answer that is not late at all.
async fn count_calls(local: &Local, register: &str) {
    local.fault(json!({"register": register, "effect": "delay", "seconds": 0, "times": 1000})).await;
}

async fn calls(local: &Local, register: &str) -> u64 {
    let faults = local.get("/local/faults").await.1;
    let counting =
        faults["faults"].as_array().unwrap().iter().find(|fault| fault["target"] == register).unwrap();
    1000 - counting["times"].as_u64().unwrap()
}

/// Where a shipment's notifications of one listed recipient went.
fn destinations(shipment: &Value, kind: &str, recipient: &str) -> Vec<String> {
    let entries = shipment["recipients"].as_array().unwrap().iter();
    let own = entries.filter(|entry| entry["recipient"] == json!({ kind: recipient }));
    own.map(|entry| text(&entry["destination"])).collect()
}

#[tokio::test]
async fn every_recipient_in_a_list_is_notified_at_the_addresses_of_the_registers() {
    let local = Local::start().await;
    let mut recipients = persons(&[SOMEBODY, RESERVED, NO_ADDRESS, EMAIL_ONLY, MOBILE_ONLY]);
    recipients.extend([
        json!({"organizationNumber": MANY_ADDRESSES}),
        json!({"organizationNumber": SILENT}),
        json!({"emailAddress": "ola@example.no", "mobileNumber": "+4790000201"}),
        json!({"mobileNumber": "+4790000202"}),
    ]);
    let id = place(
        &local,
        "",
        &json!({
            "notificationChannel": "EmailPreferred", "sendersReference": "ref-7", "recipients": recipients,
            "emailTemplate": {"subject": "Emne", "body": "Tekst"}, "smsTemplate": {"body": "Tekst"},
        }),
    )
    .await;
    local.to(local.now().await + TimeDelta::hours(1)).await;
    let mut sent = local.sent_to().await;
    sent.sort();
    let expected = [
        "+4790000005",
        "+4790000202",
        "bare.epost@example.no",
        "drift@mangeveier.example.no",
        "okonomi@mangeveier.example.no",
        "ola@example.no",
        "post@mangeveier.example.no",
        "solid.lampe@example.no",
    ];
    assert_eq!(sent, expected);
    let shipment = local.shipment(&id).await;
    assert_eq!(
        (text(&shipment["sendersReference"]), text(&shipment["status"])),
        ("ref-7".into(), "Order_Completed".into())
    );
    assert_eq!(destinations(&shipment, "nationalIdentityNumber", RESERVED), [""]);
    assert_eq!(destinations(&shipment, "nationalIdentityNumber", MOBILE_ONLY), ["+4790000005"]);
    assert_eq!(destinations(&shipment, "organizationNumber", MANY_ADDRESSES).len(), 3);
    assert_eq!(destinations(&shipment, "emailAddress", "ola@example.no"), ["ola@example.no"]);
    let mut statuses = local.statuses(&id).await;
    statuses.dedup();
    let expected = [
        "Email_Delivered",
        "Email_Failed_RecipientNotIdentified",
        "Email_Failed_RecipientReserved",
        "SMS_Delivered",
    ];
    assert_eq!(statuses, expected);
}

/// The registers get one question about all of them, and the provider gets them at its own pace.
#[tokio::test]
async fn two_thousand_persons_take_two_lookups_and_leave_the_provider_room() {
    let local = Local::start_at("2026-12-07T09:00:00+01:00").await;
    local.leave_look_ups_to_the_due_time().await;
    let recipients = many_persons(&local, 2_000).await;
    count_calls(&local, "krr").await;
    count_calls(&local, "names").await;
    let mut body = email_to(&json!(recipients));
    body["body"] = json!("Hei, $recipientName$");
    let id = place(&local, "/email", &body).await;
    let (persons, names) = (calls(&local, "krr").await, calls(&local, "names").await);
    assert_eq!(persons, 2);
    assert!((4..=20).contains(&names), "{names} questions about names");
    assert_eq!(local.shipment(&id).await["status"], "Order_Processed");
    local.advance(TimeDelta::seconds(100)).await;
    // A single notice of the same owner does not wait for those of the list.
    local.order(&order("1", to_email("alene@example.no"))).await;
    local.advance(TimeDelta::seconds(3)).await;
    let sent = local.sent_to().await;
    assert!((1_330..=1_470).contains(&sent.len()), "{} have left", sent.len());
    assert!(sent.contains(&"alene@example.no".to_owned()));
    local.advance(TimeDelta::minutes(5)).await;
    let mut sent = local.sent_to().await;
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 2_001);
    let shipment = local.shipment(&id).await;
    assert_eq!(
        (&shipment["status"], shipment["recipients"].as_array().unwrap().len()),
        (&json!("Order_Completed"), 2_000)
    );
}

/// At any hour means at any hour, and still no faster than the provider takes it.
#[tokio::test]
async fn a_long_list_that_waits_for_nothing_keeps_to_the_rate_too() {
    let local = Local::start_at("2026-12-05T12:00:00+01:00").await;
    // More than are resolved together.
    let recipients: Vec<_> =
        (0..1_050).map(|n| json!({"emailAddress": format!("en{n}@example.no")})).collect();
    let mut body = email_to(&json!(recipients));
    body["sendingTimePolicy"] = json!("Anytime");
    place(&local, "/email", &body).await;
    local.advance(TimeDelta::seconds(70)).await;
    let first = local.outbox().await;
    assert!((1..=14 * 70).contains(&first.len()), "{}", first.len());
    local.advance(TimeDelta::minutes(3)).await;
    let sent = local.outbox().await;
    assert_eq!(sent.len(), 1_050);
    // In no second more than the provider takes.
    let mut seconds = std::collections::BTreeMap::new();
    for entry in &sent {
        *seconds.entry(at(&text(&entry["at"])).timestamp()).or_insert(0) += 1;
    }
    assert!(seconds.values().all(|count| *count <= 15), "{seconds:?}");
}

/// An order to two persons, whom a register that is down knows, and to an address, which is written to.
async fn while_krr_is_down(local: &Local) -> String {
    // A status for which nobody takes the time to try again.
    local.fault(json!({"register": "krr", "status": 403, "times": 100_000})).await;
    let mut recipients = persons(&[SOMEBODY, EMAIL_ONLY]);
    recipients.push(json!({"emailAddress": "ola@example.no"}));
    let id = place(local, "/email", &email_to(&json!(recipients))).await;
    assert_eq!(local.sent_to().await, ["ola@example.no"]);
    id
}

#[tokio::test]
async fn a_register_that_is_down_delays_only_the_recipients_that_need_it() {
    let local = Local::start().await;
    let id = while_krr_is_down(&local).await;
    assert_eq!(local.shipment(&id).await["status"], "Order_Processing");
    local.lift_faults().await;
    local.advance(TimeDelta::minutes(10)).await;
    let mut sent = local.sent_to().await;
    sent.sort();
    assert_eq!(sent, ["bare.epost@example.no", "ola@example.no", "solid.lampe@example.no"]);
    assert_eq!(local.statuses(&id).await, ["Email_Delivered"; 3]);
}

#[tokio::test]
async fn recipients_that_cannot_be_looked_up_in_time_are_not_notified() {
    let local = Local::start().await;
    let id = while_krr_is_down(&local).await;
    local.advance(TimeDelta::hours(49)).await;
    assert_eq!(local.statuses(&id).await, ["Email_Delivered", "Email_Failed_TTL", "Email_Failed_TTL"]);
    assert_eq!(local.shipment(&id).await["decision"]["reason"], "LifetimeEnded");
}

/// It dies when everybody is written down, before they are queued or after.
#[tokio::test]
async fn a_function_that_dies_midway_sends_no_recipient_two() {
    for effect in ["kill", "kill-after"] {
        let local = Local::start().await;
        let recipients: Vec<_> =
            (0..8).map(|n| json!({"emailAddress": format!("en{n}@example.no")})).collect();
        local.fault(json!({"service": "sqs", "effect": effect, "function": "resolve-recipients"})).await;
        let id = place(&local, "/email", &email_to(&json!(recipients))).await;
        local.advance(TimeDelta::hours(1)).await;
        let mut sent = local.sent_to().await;
        sent.sort();
        assert_eq!(sent.len(), 8, "{effect}: {sent:?}");
        sent.dedup();
        assert_eq!(sent.len(), 8, "{effect}: nobody twice");
        assert_eq!(local.statuses(&id).await, ["Email_Delivered"; 8]);
    }
}

#[tokio::test]
async fn the_same_list_with_the_same_id_is_the_same_order_and_others_are_new() {
    let local = Local::start().await;
    let mut body = email_to(&json!(persons(&[SOMEBODY])));
    let (first, second) = (place(&local, "/email", &body).await, place(&local, "/email", &body).await);
    assert_ne!(first, second, "without an id every request is an order");
    body["idempotencyId"] = json!("1");
    let id = place(&local, "/email", &body).await;
    let (status, answer) = local.send("POST", &format!("{LISTS}/email"), &body).await;
    assert_eq!((status, text(&answer["orderId"])), (200, id));
    body["subject"] = json!("Et annet emne");
    assert_eq!(local.send("POST", &format!("{LISTS}/email"), &body).await.0, 409);
    let chain = json!({"idempotencyId": "1", "recipient": to_email("ola@example.no")});
    assert_eq!(local.post(&chain).await.0, 201, "each kind of order has its own space of ids");
    local.advance(TimeDelta::seconds(1)).await;
    assert_eq!(local.sent_to().await.len(), 4);
}

#[tokio::test]
async fn a_list_can_be_proved_when_its_addresses_are_gone() {
    let local = Local::start().await;
    let id = place(&local, "/email", &email_to(&json!(persons(&[SOMEBODY, RESERVED])))).await;
    let path = format!("/notifications/api/v1/future/orders/{id}/evidence");
    let expected = json!(["Email_Delivered", "Email_Failed_RecipientReserved"]);
    assert_eq!(evident_statuses(&local, &path).await, expected);
    local.advance(TimeDelta::days(60)).await;
    assert_eq!(local.shipment_as(Some(&local.token(crate::support::OWNER, None).await), &id).await.0, 404);
    assert_eq!(evident_statuses(&local, &path).await, expected);
}

/// The statuses of an order's notifications by its evidence.
async fn evident_statuses(local: &Local, path: &str) -> Value {
    let (status, evidence) = local.get(path).await;
    assert_eq!(status, 200, "{evidence}");
    let notifications = evidence["shipments"][0]["notifications"].as_array().unwrap();
    notifications.iter().map(|notification| notification["status"].clone()).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// When the messages left whose addresses begin with a word.
fn times(sent: &[Value], word: &str) -> Vec<DateTime<Utc>> {
    let found = sent.iter().filter(|entry| text(&entry["to"]).starts_with(word));
    found.map(|entry| at(&text(&entry["at"]))).collect()
}

/// The mean of some times, in milliseconds.
fn mean(times: &[DateTime<Utc>]) -> i64 {
    let sum: i64 = times.iter().map(DateTime::timestamp_millis).sum();
    sum / i64::try_from(times.len()).unwrap()
}

/// What is urgent has a share of the rate of its own, and does not wait behind what came first.
#[tokio::test]
async fn what_is_urgent_goes_first_when_the_window_opens() {
    let local = Local::start_at("2026-12-05T12:00:00+01:00").await;
    let recipients: Vec<_> =
        (0..60).map(|n| json!({"emailAddress": format!("mange{n}@example.no")})).collect();
    place(&local, "/email", &email_to(&json!(recipients))).await;
    for number in 0..10 {
        local.order(&order(&number.to_string(), to_email(&format!("vanlig{number}@example.no")))).await;
    }
    for number in 10..15 {
        let mut urgent = order(&number.to_string(), to_email(&format!("haster{number}@example.no")));
        urgent["priority"] = json!("Urgent");
        local.order(&urgent).await;
    }
    local.to(at("2026-12-07T09:10:00+01:00")).await;
    let sent = local.outbox().await;
    assert_eq!(sent.len(), 75);
    let [urgent, ordinary, listed] = ["haster", "vanlig", "mange"].map(|word| times(&sent, word));
    let opening = at("2026-12-07T09:00:00+01:00");
    assert!(*urgent.iter().max().unwrap() <= opening + TimeDelta::seconds(4), "{urgent:?}");
    // And single notices go beside those of the list, which takes longer. Which of them comes last is chance: two workers
    // take what is on the queue at the same moment.
    assert!(mean(&ordinary) < mean(&listed), "{ordinary:?} {listed:?}");
    assert!(listed.iter().min() < ordinary.iter().max());
}

#[tokio::test]
async fn an_sms_does_not_wait_for_the_queue_of_its_email() {
    let local = Local::start_at("2026-12-05T12:00:00+01:00").await;
    let both = json!({"nationalIdentityNumber": SOMEBODY});
    let id = place(
        &local,
        "",
        &json!({
            "notificationChannel": "EmailAndSms", "recipients": [both],
            "emailTemplate": {"subject": "Emne", "body": "Tekst"}, "smsTemplate": {"body": "Tekst"},
        }),
    )
    .await;
    // While the provider of e-mail takes nothing, its queue does not move.
    local.fault(json!({"service": "ses", "status": 429, "times": 1_000})).await;
    local.to(at("2026-12-07T09:00:05+01:00")).await;
    assert_eq!(local.sent_to().await, ["+4790000001"]);
    local.lift_faults().await;
    local.to(at("2026-12-07T09:10:00+01:00")).await;
    assert_eq!(local.statuses(&id).await, ["Email_Delivered", "SMS_Delivered"]);
}

/// Once somebody is notified, the rest are too: nobody asks again whether the notice is to be sent.
#[tokio::test]
async fn a_list_that_is_begun_is_finished() {
    let local = Local::start().await;
    let mut recipients = persons(&[SOMEBODY]);
    recipients.push(json!({"emailAddress": "ola@example.no"}));
    let mut body = email_to(&json!(recipients));
    body["conditionEndpoint"] = json!(local.url("/local/condition?send=true"));
    body["onConditionFailure"] = json!("Hold");
    local.fault(json!({"register": "krr", "status": 403, "times": 1})).await;
    let id = place(&local, "/email", &body).await;
    assert_eq!(local.sent_to().await, ["ola@example.no"]);
    local.fault(json!({"register": "condition", "status": 500, "times": 1000})).await;
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.statuses(&id).await, ["Email_Delivered"; 2]);
    assert_eq!(local.shipment(&id).await["status"], "Order_Completed");
    let events = local.get("/local/events").await.1.to_string();
    assert!(events.contains(&id), "what is told of them is told of the order's shipment: {events}");
}
