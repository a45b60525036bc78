//! A service owner's view of the system, over HTTP: for the demonstration and the benchmark.

use std::time::Duration;

use serde_json::{Value, json};

use varsling_outgoing_http as outgoing_http;

use crate::AnyError;

/// The organisation that orders: the made-up municipality.
pub const OWNER: &str = "226346139";

/// How long an answer may take: as long as whatever it waits for.
const PATIENCE: Duration = Duration::from_hours(1);

/// The answer to an order.
pub struct Answered {
    pub status: u16,
    pub body: Value,
}

impl Answered {
    /// The answer's body, unless the order was refused.
    pub fn accepted(self) -> Result<Value, AnyError> {
        match self.status {
            201 | 202 => Ok(self.body),
            status => Err(format!("an order was answered with {status}: {}", self.body).into()),
        }
    }
}

/// Talks to a system.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    /// Fetches a token of the made-up municipality.
    pub async fn new(url: &str) -> Result<Self, AnyError> {
        Self::of(url, OWNER).await
    }

    /// Fetches a token of an organisation.
    pub async fn of(url: &str, owner: &str) -> Result<Self, AnyError> {
        Self::with_scope(url, owner, "altinn:serviceowner/notifications.create").await
    }

    /// Fetches a token of an organisation for something else than to order.
    pub async fn with_scope(url: &str, owner: &str, scope: &str) -> Result<Self, AnyError> {
        let http = outgoing_http::build(outgoing_http::builder(PATIENCE))?;
        let place = format!("{url}/local/token?org={owner}&scope={scope}");
        let token = http.get(place).send().await?.error_for_status()?;
        Ok(Self { http, url: url.into(), token: token.text().await? })
    }

    /// Places an order.
    pub async fn order(&self, order: &Value) -> Result<Answered, reqwest::Error> {
        self.place("/notifications/api/v1/future/orders", order).await
    }

    /// Places an order of an e-mail to a list of recipients.
    pub async fn list(&self, order: &Value) -> Result<Answered, reqwest::Error> {
        self.place("/notifications/api/v1/orders/email", order).await
    }

    /// Sends an e-mail at once.
    pub async fn instant(&self, order: &Value) -> Result<Answered, reqwest::Error> {
        self.place("/notifications/api/v1/future/orders/instant/email", order).await
    }

    async fn place(&self, path: &str, order: &Value) -> Result<Answered, reqwest::Error> {
        let request = self.http.post(format!("{}{path}", self.url));
        let response = request.bearer_auth(&self.token).json(order).send().await?;
        Ok(Answered { status: response.status().as_u16(), body: response.json().await.unwrap_or_default() })
    }

    /// The answer to any request of the API.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Answered, reqwest::Error> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let request = self.http.request(method, format!("{}/notifications/api/v1/{path}", self.url));
        let response = request.bearer_auth(&self.token).json(body).send().await?;
        Ok(Answered { status: response.status().as_u16(), body: response.json().await.unwrap_or_default() })
    }

    /// What became of a shipment.
    pub async fn shipment(&self, id: &str) -> Result<Value, reqwest::Error> {
        self.read(&format!("future/shipment/{id}")).await
    }

    /// What is at a path of the API.
    pub async fn read(&self, path: &str) -> Result<Value, reqwest::Error> {
        let request = self.http.get(format!("{}/notifications/api/v1/{path}", self.url));
        request.bearer_auth(&self.token).send().await?.error_for_status()?.json().await
    }

    /// Everything that the providers took.
    pub async fn outbox(&self) -> Result<Vec<Value>, reqwest::Error> {
        let request = self.http.get(format!("{}/local/outbox", self.url));
        request.send().await?.error_for_status()?.json().await
    }

    /// Lets time pass; the time it is then.
    pub async fn advance(&self, seconds: i64) -> Result<String, reqwest::Error> {
        let moved = self.post("/local/clock", &json!({"advanceSeconds": seconds})).await?;
        Ok(moved["now"].as_str().unwrap_or_default().into())
    }

    /// Moves the clock to a time; the time it is then.
    pub async fn to(&self, time: &str) -> Result<String, reqwest::Error> {
        let moved = self.post("/local/clock", &json!({ "to": time })).await?;
        Ok(moved["now"].as_str().unwrap_or_default().into())
    }

    /// Changes whom the registers know.
    pub async fn people(&self, people: &Value) -> Result<(), reqwest::Error> {
        self.post("/local/people", people).await?;
        Ok(())
    }

    /// Tells the bus that a dialog was opened.
    pub async fn open(&self, dialog: &str) -> Result<(), reqwest::Error> {
        let detail = json!({"owner": OWNER, "dialogId": dialog});
        let event = json!({"source": "inbox", "detail-type": "Message opened", "detail": detail});
        self.post("/local/events", &event).await?;
        Ok(())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, reqwest::Error> {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        request.send().await?.error_for_status()?.json().await
    }
}
