//! SESv2: takes e-mails and reports what became of them.
//!
//! Addresses of SES's own mailbox simulator fare as they do there; all others are delivered.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use varsling_domain::channel::Channel;

use super::reply::Refused;
use crate::outbox::{Entry, FileEntry};
use crate::runtime::Caller;
use crate::simulator::Simulator;

/// Answers one operation; the others are what a start-up asks, and an operator's tool.
pub fn answer(
    simulator: &Simulator,
    caller: Caller<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, Refused> {
    match operation {
        "GetAccount" => return Ok(account(simulator)),
        "GetEmailIdentity" => return Ok(identity()),
        _ => {}
    }
    let entry = entry(simulator, input);
    let entry = entry.ok_or(Refused::new("BadRequestException", "not a simple e-mail to one address"))?;
    simulator.account.take_email(simulator.now())?;
    Ok(send(simulator, caller, entry))
}

/// The account's settings. A daily quota of -1 is none (Amazon SES API v2 reference: SendQuota).
fn account(simulator: &Simulator) -> Value {
    let (rate, quota) = simulator.account.email_limits();
    json!({
        "SendingEnabled": true,
        "ProductionAccessEnabled": true,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"MaxSendRate": rate, "Max24HourSend": quota, "SentLast24Hours": 0},
    })
}

/// An identity. Everybody may send as anybody here.
fn identity() -> Value {
    json!({
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": true,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {"SigningEnabled": true, "Status": "SUCCESS"},
        "MailFromAttributes": {
            "MailFromDomain": "mail.example.no",
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    })
}

fn entry(simulator: &Simulator, input: &Value) -> Option<Entry> {
    let simple = &input["Content"]["Simple"];
    // An HTML e-mail has a plain alternative, which is not what it is.
    let (content_type, body) = match (&simple["Body"]["Html"]["Data"], &simple["Body"]["Text"]["Data"]) {
        (Value::String(html), Value::String(_)) => ("Html", html),
        (Value::Null, Value::String(text)) => ("Plain", text),
        _ => return None,
    };
    Some(Entry {
        channel: Channel::Email,
        to: input["Destination"]["ToAddresses"][0].as_str()?.into(),
        sender: input["FromEmailAddress"].as_str().map(String::from),
        tenant: input["TenantName"].as_str().map(String::from),
        subject: Some(simple["Subject"]["Data"].as_str()?.into()),
        body: body.clone(),
        content_type: Some(content_type),
        attachments: files(&simple["Attachments"])?,
        at: simulator.stamp(),
        notification_id: tag(input).map(String::from),
        handed_over: Instant::now(),
    })
}

/// The files of an e-mail; none if one of them is not as SES takes it.
fn files(attachments: &Value) -> Option<Vec<FileEntry>> {
    let Some(attachments) = attachments.as_array() else { return Some(vec![]) };
    let read = attachments.iter().map(|file| {
        let content = STANDARD.decode(file["RawContent"].as_str()?).ok()?;
        Some(FileEntry {
            filename: file["FileName"].as_str()?.to_owned(),
            content_type: file["ContentType"].as_str()?.to_owned(),
            size: content.len(),
        })
    });
    read.collect()
}

fn tag(input: &Value) -> Option<&str> {
    let tags = input["EmailTags"].as_array()?;
    tags.iter().find(|tag| tag["Name"] == "notification")?["Value"].as_str()
}

fn send(simulator: &Simulator, caller: Caller<'_>, entry: Entry) -> Value {
    let notification = entry.notification_id.clone();
    let Outcome { event, bounce_type, bounce_sub_type } = Outcome::of_mail_to(&entry.to);
    simulator.outbox.record(entry);
    // What the template's rule makes of an event of SES; the contract tests hold real events against it.
    let report = json!({
        "event": event,
        "notification": notification.as_deref().unwrap_or_default(),
        "at": simulator.stamp(),
        "bounceType": bounce_type,
        "bounceSubType": bounce_sub_type,
    });
    simulator.report(caller, "reports", &report);
    json!({"MessageId": format!("{}-000000", simulator.ids.next())})
}

/// What SES's event says of an e-mail.
struct Outcome {
    /// The event's detail type.
    event: &'static str,
    /// Empty where it is no bounce.
    bounce_type: &'static str,
    bounce_sub_type: &'static str,
}

impl Outcome {
    fn of_mail_to(address: &str) -> Self {
        let (local, domain) = address.split_once('@').unwrap_or_default();
        match local.split('+').next().filter(|_| domain == "simulator.amazonses.com") {
            Some("bounce") => Self::bounce("General"),
            Some("suppressionlist") => Self::bounce("Suppressed"),
            Some("complaint") => Self::other("Email Complaint Received"),
            _ => Self::other("Email Delivered"),
        }
    }

    fn bounce(bounce_sub_type: &'static str) -> Self {
        Self { event: "Email Bounced", bounce_type: "Permanent", bounce_sub_type }
    }

    fn other(event: &'static str) -> Self {
        Self { event, bounce_type: "", bounce_sub_type: "" }
    }
}
