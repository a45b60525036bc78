//! The demonstration: a real order and its reminder, then the same order with the message opened.
//! Everything shown is read from the system over HTTP, and anything that is missing makes it fail.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Oslo;
use serde_json::Value;
use varsling_domain::calendar::calendar_days_after;
use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::window::SendingWindow;

use super::client::{Answered, Client};
use crate::AnyError;
use crate::system::{Options, System};

const ORDER: &str = include_str!("../../examples/order.json");
const DAY: i64 = 24 * 60 * 60;

/// Shows both runs.
pub async fn run(options: Options) -> Result<(), AnyError> {
    let system = System::start(options).await?;
    println!("Varsling is at {} (times are Oslo's, on the system's own clock)", &system.url);
    let client = Client::new(&system.url).await?;
    let mut order: Value = serde_json::from_str(ORDER)?;

    println!("\n1. Nobody opens the message");
    unopened(&client, &order).await?;

    order["idempotencyId"] = "vedtak-2026-000418".into();
    order["dialogportenAssociation"]["dialogId"] = "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6e".into();
    println!("\n2. The same order, and the message is opened on the third day");
    opened(&client, &order).await?;

    println!("\nAll of it happened.");
    system.stop().await;
    Ok(())
}

/// Plays both runs in the console, and opens the browser there. The clock runs as ours, so that what is gathered for a
/// second comes by itself.
pub async fn open_page(options: Options) -> Result<(), AnyError> {
    let system = System::start(options).await?;
    let story = format!("{}/#/story", system.url);
    println!("The story is at {story} (Ctrl-C ends it)");
    if let Err(error) = open::that_detached(&story) {
        println!("No browser could be opened ({error}): open that address in one.");
    }
    tokio::signal::ctrl_c().await?;
    system.stop().await;
    Ok(())
}

async fn unopened(client: &Client, order: &Value) -> Result<(), AnyError> {
    let placed = Placed::place(client, order).await?;
    let first = placed.delivered(client, &placed.notification, 1).await?;
    let now = client.advance(6 * DAY).await?;
    missing(client.outbox().await?.len() == placed.before + 1, "six days without a reminder")?;
    say(&now, "six days later", "nobody has opened it, and no reminder was sent");
    client.advance(DAY + DAY / 12).await?;
    let reminder = placed.delivered(client, &placed.reminder, 2).await?;
    missing((reminder - first).num_days() == 7, "seven days between the notification and its reminder")
}

async fn opened(client: &Client, order: &Value) -> Result<(), AnyError> {
    let placed = Placed::place(client, order).await?;
    placed.delivered(client, &placed.notification, 1).await?;
    let now = client.advance(3 * DAY).await?;
    let dialog = order["dialogportenAssociation"]["dialogId"].as_str().unwrap_or_default();
    client.open(dialog).await?;
    say(&now, "opened", dialog);
    let now = client.advance(5 * DAY).await?;
    let reminder = client.shipment(&placed.reminder).await?;
    let decision = &reminder["decision"];
    missing(decision["outcome"] == "Stopped", "a reminder that stops")?;
    missing(decision["reason"] == "MessageOpened", "a reminder that stops because the message was opened")?;
    say(
        text(&decision["at"])?,
        "reminder stopped",
        &format!("{}, {}", text(&reminder["status"])?, decision["reason"]),
    );
    missing(client.outbox().await?.len() == placed.before + 1, "an outbox without a reminder")?;
    say(&now, "eight days later", "no reminder was sent");
    Ok(())
}

/// The next time at which an e-mail is sent at once, and its reminder as well when it falls due.
fn beginning(now: DateTime<Utc>) -> DateTime<Utc> {
    let mut at = opens(now);
    while opens(calendar_days_after(at, 7)) != calendar_days_after(at, 7) {
        at = opens(at + TimeDelta::days(1));
    }
    at
}

/// The first time, no earlier than this one, at which an e-mail may be sent.
fn opens(at: DateTime<Utc>) -> DateTime<Utc> {
    SendingWindow::default().opens(Channel::Email, SendingTimePolicy::House, at)
}

/// An order that was accepted.
struct Placed {
    notification: String,
    reminder: String,
    /// How much was in the outbox before it.
    before: usize,
}

impl Placed {
    async fn place(client: &Client, order: &Value) -> Result<Self, AnyError> {
        let now: DateTime<Utc> = client.advance(0).await?.parse()?;
        let now = client.advance((beginning(now) - now).num_seconds() + 1).await?;
        let before = client.outbox().await?.len();
        let Answered { status, body: answer } = client.order(order).await?;
        missing(status == 201, &format!("an order that is accepted ({status}: {answer})"))?;
        say(&now, "accepted", &format!("order {}", text(&answer["notificationOrderId"])?));
        let notification = &answer["notification"];
        let reminder = text(&notification["reminders"][0]["shipmentId"])?.to_string();
        Ok(Self { notification: text(&notification["shipmentId"])?.to_string(), reminder, before })
    }

    /// Shows that a shipment, the `count`th message of its order, was resolved, handed over and
    /// delivered; the day it was handed over.
    async fn delivered(&self, client: &Client, shipment: &str, count: usize) -> Result<NaiveDate, AnyError> {
        // Reports are collected for a second before they are recorded.
        client.advance(2).await?;
        let outbox = client.outbox().await?;
        missing(outbox.len() == self.before + count, &format!("message {count} of the order in the outbox"))?;
        let sent = outbox.last().ok_or("something in the outbox")?;
        let manifest = client.shipment(shipment).await?;
        let recipient = &manifest["recipients"][0];
        missing(recipient["destination"] == sent["to"], "a recipient with the address that was written to")?;
        missing(text(&sent["notificationId"])?.starts_with(shipment), "a message of this shipment")?;
        missing(recipient["status"] == "Email_Delivered", "a delivered e-mail")?;
        if manifest["type"] == "Reminder" {
            let decision = &manifest["decision"];
            say(text(&decision["at"])?, "reminder fired", text(&decision["reason"])?);
        }
        let at = text(&sent["at"])?;
        let (to, kind) = (text(&recipient["destination"])?, text(&recipient["type"])?);
        say("", "resolved", &format!("{to} by {kind}"));
        say(at, "e-mail handed over", text(&sent["subject"])?);
        text(&sent["body"])?.lines().for_each(|line| println!("{:44}| {line}", ""));
        say(text(&recipient["lastUpdate"])?, "delivered", text(&manifest["status"])?);
        Ok(DateTime::parse_from_rfc3339(at)?.with_timezone(&Oslo).date_naive())
    }
}

/// One line of the timeline; what is known to have happened but not when has no time.
fn say(at: &str, what: &str, more: &str) {
    let at = DateTime::parse_from_rfc3339(at)
        .map_or_else(|_| at.into(), |at| at.with_timezone(&Oslo).format("%a %e %b %Y %H:%M:%S").to_string());
    println!("  {at:24}  {what:18} {more}");
}

fn text(value: &Value) -> Result<&str, AnyError> {
    value.as_str().ok_or_else(|| "a text is missing from an answer".into())
}

fn missing(is_there: bool, what: &str) -> Result<(), AnyError> {
    if is_there { Ok(()) } else { Err(format!("Missing: {what}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_an_order_with_a_reminder_after_a_week() {
        let order: Value = serde_json::from_str(ORDER).unwrap();
        assert_eq!(order["reminders"][0]["delayDays"], 7);
        assert_eq!(order["recipient"]["recipientPerson"]["channelSchema"], "EmailPreferred");
    }
}
