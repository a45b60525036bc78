//! A little of everything that owners, providers and schedules do, so that each function gets an event of its kind.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::AnyError;
use crate::commands::client::Client;
use crate::event_loop;
use crate::event_sources;
use crate::simulator::stamp;
use crate::system::System;

/// For longer than any event source gathers a batch.
const GATHERED: TimeDelta = TimeDelta::seconds(5);

/// A person whom the registers know.
const PERSON: &str = "11837512435";

/// Has a little of everything happen; waits until all of it is done. No round repeats an order of another one.
pub async fn play(system: &System, round: usize) -> Result<(), AnyError> {
    let owner = Client::new(&system.url).await?;
    if round == 0 {
        owner.send("PUT", "webhooks/measured", &json!({"url": receiver().await?})).await?;
    }
    let placed = owner.order(&to_person(round, "Normal")).await?.accepted()?;
    owner.order(&to_person(round, "Urgent")).await?.accepted()?;
    for priority in ["Normal", "Urgent"] {
        owner.order(&to_number(round, priority)).await?.accepted()?;
    }
    owner.instant(&instant(round)).await?.accepted()?;
    system.simulator.until_idle().await;
    let notification = placed["notification"]["shipmentId"].as_str().unwrap_or_default();
    report(system, &format!("{notification}-0"));
    owner.send("POST", "webhooks/measured/test", &Value::Null).await?;
    let id = placed["notificationOrderId"].as_str().unwrap_or_default();
    owner.read(&format!("future/orders/{id}")).await?;
    owner.send("PUT", &format!("future/orders/{id}/cancel"), &Value::Null).await?;
    owner.read("templates").await?;
    owner
        .send("POST", "recipients/check", &json!({"recipients": [{"nationalIdentityNumber": PERSON}]}))
        .await?;
    owner.send("GET", "nowhere", &Value::Null).await?;
    owner.open(&dialog(round)).await?;
    tick(system).await;
    // The stream and the reports are gathered for a second before they are handed over.
    let simulator = &system.simulator;
    event_loop::advance(simulator, simulator.now() + GATHERED).await;
    Ok(())
}

fn dialog(round: usize) -> String {
    format!("0192f6c1-9a6e-7c11-8b55-{round:012}")
}

fn to_person(round: usize, priority: &str) -> Value {
    let email = json!({"subject": "Nytt skjema", "body": "Hei, $recipientName$. Et skjema venter på deg.",
        "sendingTimePolicy": "Anytime"});
    json!({"idempotencyId": format!("person-{round}-{priority}"), "priority": priority, "dialogportenAssociation": {"dialogId": dialog(round)},
        "recipient": {"recipientPerson": {"nationalIdentityNumber": PERSON, "channelSchema": "Email",
            "emailSettings": email}}})
}

fn to_number(round: usize, priority: &str) -> Value {
    let sms = json!({"body": "Et skjema venter på deg.", "sendingTimePolicy": "Anytime"});
    json!({"idempotencyId": format!("number-{round}-{priority}"), "priority": priority,
        "recipient": {"recipientSms": {"phoneNumber": "+4799999999", "smsSettings": sms}}})
}

fn instant(round: usize) -> Value {
    let email = json!({"subject": "Kode", "body": "Koden din er 1234."});
    json!({"idempotencyId": format!("instant-{round}"),
        "recipientEmail": {"emailAddress": "ola@example.no", "emailSettings": email}})
}

/// What the rule for SES's events makes of one. SES's own would come seconds later.
fn report(system: &System, delivery: &str) {
    let simulator = &system.simulator;
    let event = json!({"event": "Email Delivered", "notification": delivery, "at": stamp(simulator.now())});
    if let Some(reports) = event_sources::named("reports") {
        simulator.send(simulator.message(reports, event.to_string()));
    }
}

/// What the schedules start, and what they hand on: a full shard, and a segment of the table.
async fn tick(system: &System) {
    let simulator = &system.simulator;
    let event = json!({"source": "aws.scheduler", "detail-type": "Scheduled Event", "time": stamp(simulator.now()),
        "detail": "{}"});
    for function in ["schedule", "fire-reminder", "reconcile"] {
        let answer = simulator.runtime.invoke(function, event.clone()).await;
        if !matches!(answer, Ok(Ok(_))) {
            tracing::error!(function, ?answer, "a tick has failed");
        }
    }
    if let Some(shards) = event_sources::named("shards.fifo") {
        simulator.send(simulator.message(shards, json!({"space": "due", "shard": 0}).to_string()));
    }
}

/// Takes whatever is posted to it.
async fn receiver() -> Result<String, AnyError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let routes = Router::new().route("/", post(async || StatusCode::NO_CONTENT));
    tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
    Ok(url)
}
