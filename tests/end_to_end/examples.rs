//! The examples of the OpenAPI document: each request is sent and taken, and each answer is seen.
//!
//! With `WRITE_DOCS=1` the answers are written down.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use regex::Regex;
use reqwest::Response;
use serde_json::{Value, json};
use varsling_api::routes::{Endpoint, ROUTES};
use varsling_domain::channel::Channel;
use varsling_openapi::Examples;

use crate::support::{Local, OWNER, text};

const CREATE: &str = "altinn:serviceowner/notifications.create";
const COMPOSED: &str = "altinn:serviceowner/notifications.composedemail.create";
const SUPPORT: &str = "altinn:notifications.support.admin";
const ADMIN: &str = "altinn:notifications.admin";
const PERSON: &str = "11837512435";
/// What stands in the examples for the address of the system.
const HOST: &str = "https://varsling.example.no";

/// An answer whatever its times and secrets: by how many workers something is sent, and so in which second, is chance.
fn timeless(answer: &Value) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT[\d:.]+Z|whsec_[A-Za-z0-9+/=]+").unwrap();
    time.replace_all(&serde_json::to_string_pretty(answer).unwrap(), "…").into_owned()
}

/// Sends the examples, and compares the answers.
struct Reader {
    local: Local,
    examples: Examples,
    seen: Vec<Endpoint>,
}

impl Reader {
    async fn start() -> Self {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples");
        Self { local: Local::start().await, examples: Examples::inside(examples), seen: vec![] }
    }

    async fn token(&self, endpoint: Endpoint) -> String {
        let scope = match endpoint {
            Endpoint::PlaceComposed => COMPOSED,
            Endpoint::ShowNoticesOfPerson | Endpoint::ShowNoticesOfOrganization => SUPPORT,
            Endpoint::ShowOwner
            | Endpoint::PutOwner
            | Endpoint::ShowUsage
            | Endpoint::ShowHolds
            | Endpoint::Hold
            | Endpoint::Release
            | Endpoint::Settle
            | Endpoint::ListSuppressions
            | Endpoint::FindSuppression
            | Endpoint::EraseRecipient
            | Endpoint::LiftSuppression => ADMIN,
            Endpoint::ShowEndUserLog => {
                let url = self.local.url(&format!("/local/token?pid={PERSON}"));
                return self.local.http.get(url).send().await.unwrap().text().await.unwrap();
            }
            _ => CREATE,
        };
        self.local.token(OWNER, Some(scope)).await
    }

    /// Asks an endpoint with its example, and with a value in its path or a query.
    async fn ask(&mut self, endpoint: Endpoint, in_path: &str, query: &str) -> Value {
        let route = ROUTES.iter().find(|route| route.endpoint == endpoint).unwrap();
        let url = self.local.url(&format!("{}{query}", endpoint.path(in_path)));
        let mut request = self.local.http.request(route.method.parse().unwrap(), url);
        request = match endpoint {
            Endpoint::ShowNoticesOfPerson => request.header("NationalIdentityNumber", PERSON),
            Endpoint::ShowNoticesOfOrganization => request.header("OrganizationNumber", "307576317"),
            _ => request,
        };
        if let Some(body) = self.examples.request(endpoint) {
            request = request.json(&body);
        }
        let answer = request.bearer_auth(self.token(endpoint).await).send().await.unwrap();
        self.see(endpoint, answer).await
    }

    /// Compares an answer with its example.
    async fn see(&mut self, endpoint: Endpoint, answer: Response) -> Value {
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap().replace(&self.local.system.url, HOST);
        assert!((200..300).contains(&status), "{endpoint:?}: {status} {body}");
        let seen: Value = serde_json::from_str(&body).unwrap_or_default();
        self.seen.push(endpoint);
        if endpoint == Endpoint::ShowDocument {
            assert_eq!(seen["openapi"], "3.1.0");
        } else if std::env::var_os("WRITE_DOCS").is_some() && !seen.is_null() {
            let written = serde_json::to_string_pretty(&seen).unwrap() + "\n";
            fs::write(self.examples.path(endpoint, "response"), written).unwrap();
        } else {
            let expected = self.examples.response(endpoint).unwrap_or_default();
            assert_eq!(timeless(&seen), timeless(&expected), "{endpoint:?}");
        }
        seen
    }

    /// Sends to an address that bounces; what it is known by then.
    async fn suppress_somebody(&self) -> String {
        let ordered =
            crate::support::order("bounces", crate::support::to_email("bounce@simulator.amazonses.com"));
        self.local.order(&ordered).await;
        let admin = self.local.token(OWNER, Some(ADMIN)).await;
        let path = Endpoint::ListSuppressions.path("");
        let (status, listed) = self.local.send_as(&admin, "GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{listed}");
        text(&listed["suppressions"][0]["id"])
    }

    /// Until all that is under way is done.
    async fn settle(&self) {
        self.local.until_idle().await;
        self.local.advance(TimeDelta::hours(3)).await;
    }
}

#[tokio::test]
async fn every_example_is_what_is_taken_and_answered() {
    let mut reader = Reader::start().await;
    let [email, sms] = [Channel::Email, Channel::Sms];
    for endpoint in [Endpoint::PutOwner, Endpoint::ShowOwner] {
        reader.ask(endpoint, OWNER, "").await;
    }
    for endpoint in [Endpoint::Hold, Endpoint::Release] {
        reader.ask(endpoint, "sms", "").await;
    }
    for endpoint in [Endpoint::Settle, Endpoint::ShowHolds] {
        reader.ask(endpoint, "", "").await;
    }
    for endpoint in [Endpoint::PutWebhook, Endpoint::RotateWebhook] {
        reader.ask(endpoint, "archive", "").await;
    }
    reader.ask(Endpoint::ListWebhooks, "", "").await;
    for endpoint in [Endpoint::TestWebhook, Endpoint::DeleteWebhook] {
        reader.ask(endpoint, "archive", "").await;
    }
    let suppressed = reader.suppress_somebody().await;
    for endpoint in [Endpoint::ListSuppressions, Endpoint::FindSuppression] {
        reader.ask(endpoint, "", "").await;
    }
    let unwanted = crate::support::to_email("bounce@simulator.amazonses.com");
    let failed = reader.local.order(&crate::support::order("failed", unwanted)).await;
    reader.ask(Endpoint::SendAgain, &failed.chain, "").await;
    reader.ask(Endpoint::LiftSuppression, &suppressed, "").await;
    for endpoint in [Endpoint::ShowHealth, Endpoint::ShowDocument, Endpoint::CheckRecipients] {
        reader.ask(endpoint, "", "").await;
    }
    for endpoint in
        [Endpoint::PutTemplate, Endpoint::ShowTemplate, Endpoint::PreviewTemplate, Endpoint::ListTemplates]
    {
        reader.ask(endpoint, "svar", "").await;
    }
    let order = reader.ask(Endpoint::PlaceOrder, "", "").await;
    for endpoint in [
        Endpoint::PlaceComposed,
        Endpoint::SendInstant(email),
        Endpoint::SendInstant(sms),
        Endpoint::SendInstantWrapped,
        Endpoint::PlaceListOn(email),
        Endpoint::PlaceListOn(sms),
    ] {
        reader.ask(endpoint, "", "").await;
        reader.settle().await;
    }
    let list = text(&reader.ask(Endpoint::PlaceList, "", "").await["orderId"]);
    reader.settle().await;
    reader.local.advance(TimeDelta::days(8)).await;
    reader.reads(&order, &list).await;
    reader.cancels().await;
    reader.ask(Endpoint::RetireTemplate, "svar", "").await;
    reader.ask(Endpoint::EraseRecipient, "", "").await;
    let missing: Vec<_> = ROUTES.iter().filter(|route| !reader.seen.contains(&route.endpoint)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

impl Reader {
    /// What became of an order and of a list.
    async fn reads(&mut self, order: &Value, list: &str) {
        let chain = text(&order["notificationOrderId"]);
        for endpoint in [Endpoint::ShowOrder, Endpoint::ShowTimeline, Endpoint::ShowEvidence] {
            self.ask(endpoint, &chain, "").await;
        }
        self.ask(Endpoint::ShowShipment, &text(&order["notification"]["shipmentId"]), "").await;
        for endpoint in [
            Endpoint::ShowList,
            Endpoint::ShowListStatus,
            Endpoint::ShowNotificationsOn(Channel::Email),
            Endpoint::ShowNotificationsOn(Channel::Sms),
        ] {
            self.ask(endpoint, list, "").await;
        }
        let today = self.local.now().await.date_naive();
        let week_ago = today - TimeDelta::days(8);
        self.ask(Endpoint::ShowUsage, OWNER, &format!("?from={week_ago}&to={week_ago}")).await;
        self.ask(Endpoint::FindOrders, "", "?sendersReference=sak-88").await;
        self.ask(Endpoint::FindLists, "", "?sendersReference=sak-7").await;
        self.ask(Endpoint::ShowFeed, "", "?seq=0&pageSize=3").await;
        self.ask(Endpoint::ShowNoticesOfPerson, "", "?from=2026-12-01T00:00:00Z").await;
        self.ask(Endpoint::ShowNoticesOfOrganization, "", "?from=2026-12-01T00:00:00Z").await;
        let log = "?dialogId=0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d";
        self.ask(Endpoint::ShowEndUserLog, "", log).await;
    }

    /// Orders that are taken back before they are handed over.
    async fn cancels(&mut self) {
        let list = self.placed_ahead(Endpoint::PlaceListOn(Channel::Email)).await;
        self.ask(Endpoint::CancelList, &text(&list["orderId"]), "").await;
        let order = self.placed_ahead(Endpoint::PlaceOrder).await;
        let chain = text(&order["notificationOrderId"]);
        let reminder = text(&order["notification"]["reminders"][0]["shipmentId"]);
        self.ask(Endpoint::CancelShipment, &reminder, "").await;
        self.ask(Endpoint::CancelOrder, &chain, "").await;
    }

    /// The example of an order, placed anew for a time to come.
    async fn placed_ahead(&mut self, endpoint: Endpoint) -> Value {
        let ahead = self.local.now().await + TimeDelta::days(2);
        let mut body = self.examples.request(endpoint).unwrap();
        body["requestedSendTime"] = json!(ahead.to_rfc3339());
        if body["idempotencyId"].is_string() {
            body["idempotencyId"] = json!("tas-tilbake");
        }
        let token = self.token(endpoint).await;
        let (status, placed) = self.local.send_as(&token, "POST", &endpoint.path(""), &body).await;
        assert!((201..203).contains(&status), "{placed}");
        placed
    }
}
