//! What is driven through the system to see what it uses.

use std::ops::Range;

use serde_json::{Value, json};

use crate::AnyError;
use crate::commands::client::Client;
use crate::system::System;

/// An organisation that the registers know by ten addresses.
const ORGANIZATION: &str = "307576317";
/// When it begins: a Monday, in open hours.
pub const MONDAY: &str = "2026-12-07T10:00:00+01:00";
/// When what is placed together is due.
const TOGETHER: &str = "2026-12-07T10:05:00+01:00";
/// In the evening, and when the window has been open for a while.
const EVENING: &str = "2026-12-07T20:00:00+01:00";
const NEXT_DAY: &str = "2026-12-08T12:00:00+01:00";
/// How long everything that comes of a notice takes, in seconds: handing over, the report, the stream.
const SETTLED: i64 = 60;
const DAY: i64 = 24 * 60 * 60;
/// The numbers of the orders that warm everything up: none that a workload uses.
const WARM: Range<usize> = 1_000_000..1_000_003;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// E-mails, each alone.
    EmailAlone,
    /// E-mails that are due in the same second.
    EmailTogether,
    /// E-mails with a reminder, which are opened in time.
    ReminderStopped,
    /// E-mails with a reminder, which nobody opens.
    ReminderFired,
    /// SMS, each alone.
    SmsAlone,
    /// SMS that are due in the same second.
    SmsTogether,
    /// An organisation of ten addresses.
    Organization,
    /// Lists of as many recipients as are allowed here.
    List,
    /// E-mails ordered in the evening, which leave when the window opens.
    Backlog,
}

/// All of them.
pub const ALL: [Workload; 9] = [
    Workload::EmailAlone,
    Workload::EmailTogether,
    Workload::ReminderStopped,
    Workload::ReminderFired,
    Workload::SmsAlone,
    Workload::SmsTogether,
    Workload::Organization,
    Workload::List,
    Workload::Backlog,
];

impl Workload {
    /// What one of its units is, as the tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::EmailAlone => "an e-mail, alone",
            Self::EmailTogether => "an e-mail, in full batches",
            Self::ReminderStopped => "an e-mail with a reminder, opened",
            Self::ReminderFired => "an e-mail with a reminder, not opened",
            Self::SmsAlone => "an SMS, alone",
            Self::SmsTogether => "an SMS, in full batches",
            Self::Organization => "an organisation of ten addresses",
            Self::List => "a recipient of a list of 2,000",
            Self::Backlog => "an e-mail of an overnight backlog",
        }
    }

    /// How many units are played where so many notices are asked for.
    pub fn count(self, notices: usize) -> usize {
        match self {
            Self::EmailAlone | Self::SmsAlone | Self::Organization => notices.div_ceil(10),
            Self::List => notices.div_ceil(500) * 2_000,
            _ => notices,
        }
    }

    /// Plays it to its end.
    pub async fn play(self, system: &System, count: usize) -> Result<(), AnyError> {
        let owner = Client::new(&system.url).await?;
        match self {
            Self::EmailAlone => alone(&owner, system, count, email).await,
            Self::SmsAlone => alone(&owner, system, count, sms).await,
            Self::EmailTogether => together(&owner, system, count, email).await,
            Self::SmsTogether => together(&owner, system, count, sms).await,
            Self::ReminderStopped => reminders(&owner, system, count, true).await,
            Self::ReminderFired => reminders(&owner, system, count, false).await,
            Self::Organization => {
                owner.people(&of_ten_addresses()).await?;
                together(&owner, system, count, organization).await
            }
            Self::List => list(&owner, count).await,
            Self::Backlog => backlog(&owner, system, count).await,
        }
    }
}

/// One after the other, each of which has come to its end before the next one.
async fn alone(
    owner: &Client,
    system: &System,
    count: usize,
    order: fn(usize) -> Value,
) -> Result<(), AnyError> {
    for number in 0..count {
        owner.order(&order(number)).await?.accepted()?;
        system.simulator.until_idle().await;
        owner.advance(SETTLED).await?;
    }
    Ok(())
}

async fn together(
    owner: &Client,
    system: &System,
    count: usize,
    order: fn(usize) -> Value,
) -> Result<(), AnyError> {
    place(owner, system, (0..count).map(order)).await?;
    // As long as the usual rates take for the most that can be asked for.
    owner.advance(DAY / 4).await?;
    Ok(())
}

async fn place(owner: &Client, system: &System, orders: impl Iterator<Item = Value>) -> Result<(), AnyError> {
    for mut order in orders {
        order["requestedSendTime"] = json!(TOGETHER);
        owner.order(&order).await?.accepted()?;
    }
    system.simulator.until_idle().await;
    Ok(())
}

async fn reminders(owner: &Client, system: &System, count: usize, is_opened: bool) -> Result<(), AnyError> {
    place(owner, system, (0..count).map(with_reminder)).await?;
    owner.advance(DAY).await?;
    if is_opened {
        for number in 0..count {
            owner.open(&dialog(number)).await?;
        }
    }
    owner.advance(8 * DAY).await?;
    Ok(())
}

async fn list(owner: &Client, count: usize) -> Result<(), AnyError> {
    for first in (0..count).step_by(2_000) {
        let recipients: Vec<_> =
            (first..first + 2_000).map(|number| json!({"emailAddress": address(number)})).collect();
        let order = json!({"subject": "Nytt skjema", "body": BODY, "recipients": recipients,
            "requestedSendTime": TOGETHER});
        owner.list(&order).await?.accepted()?;
    }
    owner.advance(DAY / 4).await?;
    Ok(())
}

async fn backlog(owner: &Client, system: &System, count: usize) -> Result<(), AnyError> {
    owner.to(EVENING).await?;
    for number in 0..count {
        let mut order = email(number);
        order["recipient"]["recipientEmail"]["emailSettings"]["sendingTimePolicy"] = json!("Daytime");
        owner.order(&order).await?.accepted()?;
    }
    system.simulator.until_idle().await;
    owner.to(NEXT_DAY).await?;
    Ok(())
}

const BODY: &str = "Et skjema venter på deg. Logg inn i innboksen for å lese det.";

fn address(number: usize) -> String {
    format!("mottaker{number}@example.no")
}

fn settings() -> Value {
    json!({"subject": "Nytt skjema", "body": BODY, "sendingTimePolicy": "Anytime"})
}

fn email(number: usize) -> Value {
    json!({"idempotencyId": format!("cost-{number}"),
        "recipient": {"recipientEmail": {"emailAddress": address(number), "emailSettings": settings()}}})
}

fn sms(number: usize) -> Value {
    let settings = json!({"body": BODY, "sendingTimePolicy": "Anytime"});
    json!({"idempotencyId": format!("cost-sms-{number}"),
        "recipient": {"recipientSms": {"phoneNumber": format!("+479{number:07}"), "smsSettings": settings}}})
}

fn organization(number: usize) -> Value {
    json!({"idempotencyId": format!("cost-{number}"),
        "recipient": {"recipientOrganization": {"orgNumber": ORGANIZATION, "channelSchema": "Email",
            "emailSettings": settings()}}})
}

fn with_reminder(number: usize) -> Value {
    let mut order = email(number);
    order["dialogportenAssociation"] = json!({"dialogId": dialog(number)});
    order["reminders"] = json!([{"delayDays": 7, "recipient": order["recipient"]}]);
    order
}

fn dialog(number: usize) -> String {
    format!("0192f6c1-9a6e-7c11-8b55-{number:012}")
}

/// What the registers know of the organisation.
fn of_ten_addresses() -> Value {
    let emails: Vec<_> = (0..10).map(|number| format!("avdeling{number}@mangeveier.example.no")).collect();
    json!({"organizations": [{"organizationNumber": ORGANIZATION, "name": "MANGE VEIER SA", "emails": emails,
        "mobileNumbers": []}]})
}

/// Warms everything up with some orders, of which nothing is counted.
pub async fn warm_up(system: &System) -> Result<(), AnyError> {
    let owner = Client::new(&system.url).await?;
    for number in WARM {
        owner.order(&email(number)).await?.accepted()?;
        owner.order(&sms(number)).await?.accepted()?;
    }
    system.simulator.until_idle().await;
    owner.advance(SETTLED).await?;
    Ok(())
}
