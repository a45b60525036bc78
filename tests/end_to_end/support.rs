//! A local system whose time stands still unless moved, with the sending window that the product has by default, and
//! what a service owner does with it.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_local::{Options, System};

/// The organisation that orders.
pub const OWNER: &str = "226346139";
/// What an administrator is allowed.
pub const ADMIN: &str = "altinn:notifications.admin";
/// Reachable by e-mail and SMS.
pub const SOMEBODY: &str = "11837512435";
/// Has reserved against digital communication.
pub const RESERVED: &str = "03895628785";
/// Has not confirmed an address for 18 months.
pub const STALE: &str = "19818221188";
/// Has an e-mail address only.
pub const EMAIL_ONLY: &str = "02827731415";
/// Has a mobile number only.
pub const MOBILE_ONLY: &str = "03845538262";
/// Has no address.
pub const NO_ADDRESS: &str = "14818616342";
/// Has three e-mail addresses and two mobile numbers.
pub const MANY_ADDRESSES: &str = "307576317";
/// Has none itself; its main unit has one of each.
pub const SUB_UNIT: &str = "301896271";
/// Has none.
pub const SILENT: &str = "305832197";

const ORDERS: &str = "/notifications/api/v1/future/orders";
const SHIPMENT: &str = "/notifications/api/v1/future/shipment";

pub struct Local {
    pub system: System,
    pub http: reqwest::Client,
    pub token: String,
}

/// Ten o'clock in Oslo on a Monday, two weeks before the next holiday.
const MONDAY: &str = "2026-12-07T10:00:00+01:00";

impl Local {
    /// A system whose time stands still on a Monday at 10:00 in Oslo.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A system whose time stands still at this time.
    pub async fn start_at(time: &str) -> Self {
        Self::with(Options { start: Some(time.parse().unwrap()), ..Options::default() }).await
    }

    /// A system with its data in a folder, at the time that it had there.
    pub async fn open(folder: &Path) -> Self {
        Self::with(Options { data: Some(folder.into()), ..Options::default() }).await
    }

    /// A system whose time runs at the real speed.
    pub async fn running() -> Self {
        Self::run(Options { start: Some(MONDAY.parse().unwrap()), speed: 1.0, ..Options::default() }).await
    }

    /// A system that has only some of the registers, or sends no SMS.
    pub async fn having(capabilities: &str) -> Self {
        Self::with(Options { capabilities: capabilities.parse().unwrap(), ..Options::default() }).await
    }

    /// A system with these options whose time stands still, on a Monday at 10:00 in Oslo unless they say otherwise.
    pub async fn with(options: Options) -> Self {
        let start = options.start.or_else(|| MONDAY.parse().ok());
        Self::run(Options { speed: 0.0, start, ..options }).await
    }

    async fn run(options: Options) -> Self {
        let system = System::start(options).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = token(&http, &system.url, OWNER, None).await;
        Self { system, http, token }
    }

    /// An administrator settles something for an owner.
    pub async fn settle(&self, owner: &str, settings: &Value) {
        let token = self.token(OWNER, Some(ADMIN)).await;
        let path = format!("/notifications/api/v1/owners/{owner}");
        let (status, answer) = self.send_as(&token, "PUT", &path, settings).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Has orders accepted without asking the registers, so that what they say counts when notices are due.
    pub async fn leave_look_ups_to_the_due_time(&self) {
        self.settle(OWNER, &json!({"lookUpWhenOrdering": false})).await;
    }

    pub async fn token(&self, org: &str, scope: Option<&str>) -> String {
        token(&self.http, &self.system.url, org, scope).await
    }

    pub async fn post_raw(&self, token: Option<&str>, body: String) -> (u16, Value) {
        let mut request = self.http.post(self.url(ORDERS)).body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        answer(request).await
    }

    pub async fn post(&self, order: &Value) -> (u16, Value) {
        self.post_raw(Some(&self.token), order.to_string()).await
    }

    /// Any other request of the API.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send_as(&self.token, method, path, body).await
    }

    pub async fn send_as(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = method.parse::<reqwest::Method>().unwrap();
        let request = self.http.request(method, self.url(path)).bearer_auth(token);
        answer(if body.is_null() { request } else { request.json(body) }).await
    }

    /// Places an order that must be accepted, and lets everything that is due now happen; a few messages have left
    /// by then, each when its sender had a permit.
    pub async fn order(&self, order: &Value) -> Placed {
        let (status, body) = self.post(order).await;
        assert_eq!(status, 201, "{body}");
        self.until_idle().await;
        self.advance(TimeDelta::seconds(2)).await;
        Placed::of(&body)
    }

    pub async fn shipment_as(&self, token: Option<&str>, id: &str) -> (u16, Value) {
        let mut request = self.http.get(self.url(&format!("{SHIPMENT}/{id}")));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        answer(request).await
    }

    pub async fn shipment(&self, id: &str) -> Value {
        let (status, body) = self.shipment_as(Some(&self.token), id).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The statuses of a shipment's recipients, sorted.
    pub async fn statuses(&self, id: &str) -> Vec<String> {
        let shipment = self.shipment(id).await;
        let recipients = shipment["recipients"].as_array().unwrap();
        let mut all: Vec<_> = recipients.iter().map(|r| text(&r["status"])).collect();
        all.sort();
        all
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.http.get(self.url(path)).bearer_auth(&self.token)).await
    }

    pub async fn outbox(&self) -> Vec<Value> {
        self.get("/local/outbox").await.1.as_array().unwrap().clone()
    }

    /// Where everything went, in order.
    pub async fn sent_to(&self) -> Vec<String> {
        self.outbox().await.iter().map(|entry| text(&entry["to"])).collect()
    }

    pub async fn until_idle(&self) {
        assert_eq!(self.get("/local/quiet").await.0, 200);
    }

    pub async fn now(&self) -> DateTime<Utc> {
        self.clock(&json!({"advanceSeconds": 0})).await
    }

    pub async fn advance(&self, step: TimeDelta) -> DateTime<Utc> {
        let seconds = step.as_seconds_f64();
        self.clock(&json!({ "advanceSeconds": seconds })).await
    }

    pub async fn to(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.clock(&json!({ "to": at })).await
    }

    async fn clock(&self, step: &Value) -> DateTime<Utc> {
        self.control("/local/clock", step).await["now"].as_str().unwrap().parse().unwrap()
    }

    pub async fn fault(&self, fault: Value) {
        self.control("/local/faults", &fault).await;
    }

    pub async fn lift_faults(&self) {
        let lifted = answer(self.http.delete(self.url("/local/faults"))).await;
        assert_eq!(lifted.0, 200);
    }

    pub async fn people(&self, people: Value) {
        self.control("/local/people", &people).await;
    }

    /// Changes the token that the register of names wants (`wanted`), or the one in the deployment's secret (`held`).
    pub async fn platform_token(&self, change: Value) {
        self.control("/local/platform-token", &change).await;
    }

    /// Tells the bus that a message was opened.
    pub async fn opened(&self, detail: Value) {
        let event = json!({"source": "inbox", "detail-type": "Message opened", "detail": detail});
        self.control("/local/events", &event).await;
        self.until_idle().await;
    }

    /// Puts a message on a queue.
    pub async fn enqueue(&self, queue: &str, body: &str) {
        let request = self.http.post(self.url(&format!("/local/queues/{queue}"))).body(body.to_owned());
        assert_eq!(answer(request).await.0, 200);
        self.until_idle().await;
    }

    pub async fn dead_letters(&self, queue: &str) -> u64 {
        self.get("/local/queues").await.1[queue]["dead"].as_u64().unwrap()
    }

    async fn control(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = answer(self.http.post(self.url(path)).json(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.system.url)
    }
}

/// The ids of an accepted order.
pub struct Placed {
    pub chain: String,
    pub notification: String,
    pub reminders: Vec<String>,
}

impl Placed {
    pub fn of(body: &Value) -> Self {
        let reminders = body["notification"]["reminders"].as_array();
        Self {
            chain: text(&body["notificationOrderId"]),
            notification: text(&body["notification"]["shipmentId"]),
            reminders: reminders.into_iter().flatten().map(|r| text(&r["shipmentId"])).collect(),
        }
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub fn email_settings(body: &str) -> Value {
    json!({"subject": "Emne", "body": body})
}

pub fn sms_settings(policy: &str) -> Value {
    json!({"body": "En SMS", "sendingTimePolicy": policy})
}

pub fn to_email(address: &str) -> Value {
    json!({"recipientEmail": {"emailAddress": address, "emailSettings": email_settings("Tekst")}})
}

pub fn to_sms(number: &str, policy: &str) -> Value {
    json!({"recipientSms": {"phoneNumber": number, "smsSettings": sms_settings(policy)}})
}

pub fn to_person(number: &str, schema: &str) -> Value {
    json!({"recipientPerson": {"nationalIdentityNumber": number, "channelSchema": schema,
        "emailSettings": email_settings("Tekst"), "smsSettings": sms_settings("Anytime")}})
}

pub fn to_organization(number: &str, schema: &str) -> Value {
    json!({"recipientOrganization": {"orgNumber": number, "channelSchema": schema,
        "emailSettings": email_settings("Til $recipientName$ ($recipientNumber$)"),
        "smsSettings": sms_settings("Anytime")}})
}

/// An order of one notification.
pub fn order(idempotency_id: &str, recipient: Value) -> Value {
    json!({"idempotencyId": idempotency_id, "recipient": recipient})
}

/// An order about a dialog, with a reminder after a week, both by e-mail.
pub fn order_with_reminder(idempotency_id: &str, dialog: &str) -> Value {
    json!({"idempotencyId": idempotency_id, "dialogportenAssociation": {"dialogId": dialog},
        "recipient": to_email("mottaker@example.no"),
        "reminders": [{"delayDays": 7, "recipient": to_email("paminnelse@example.no")}]})
}

async fn token(http: &reqwest::Client, url: &str, org: &str, scope: Option<&str>) -> String {
    let scope = scope.map(|scope| format!("&scope={scope}")).unwrap_or_default();
    let answer = http.get(format!("{url}/local/token?org={org}{scope}")).send().await.unwrap();
    answer.text().await.unwrap()
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}
