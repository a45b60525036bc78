//! The delivery manifest: what the owner reads of one shipment (section "shipment" of the contract).
//!
//! `decision` and `template` are our additions: what was decided when the shipment was due, and why, and which
//! version of which template it was made of.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, Notification, Reason, Step};
use crate::channel::Channel;
use crate::ids::ShipmentId;
use crate::order::{Named, Order, RecipientList};
use crate::status::StepStatus;
use crate::template::TemplateUsed;

/// One shipment, as the owner reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    shipment_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<TemplateUsed>,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    last_update: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    recipients: Vec<RecipientView>,
}

/// What was decided about a shipment, as the owner reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DecisionView {
    outcome: String,
    reason: String,
    at: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecipientView {
    #[serde(rename = "type")]
    kind: &'static str,
    destination: String,
    status: String,
    last_update: String,
    /// Who is meant, where the order lists its recipients.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<NamedView>,
    /// How many messages the SMS takes, as it was ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u8>,
}

impl Manifest {
    /// The manifest of a chain's shipment; none if the chain has no such step.
    pub fn of(chain: &Chain, step_number: u8, order: &Order) -> Option<Self> {
        let step = chain.step(step_number)?;
        let ordered = order.steps.get(usize::from(step_number))?;
        Some(Self {
            shipment_id: chain.shipment(step_number),
            senders_reference: ordered.senders_reference.clone(),
            template: ordered.template.clone(),
            kind: if step_number == 0 { "Notification" } else { "Reminder" },
            status: step.status.wire_name(),
            last_update: written(last_update(step)),
            decision: DecisionView::of(step),
            recipients: step.notifications.iter().filter_map(RecipientView::of).collect(),
        })
    }

    /// The manifest of a list, with each of its entries naming who is meant by its place in the list.
    #[must_use]
    pub fn naming(mut self, list: &RecipientList, places: &[usize]) -> Self {
        for (view, place) in self.recipients.iter_mut().zip(places) {
            view.recipient = list.named.get(*place).map(NamedView::of);
        }
        self
    }
}

/// The latest of what happened to the shipment and to its notifications.
fn last_update(step: &Step) -> DateTime<Utc> {
    let notifications = step.notifications.iter().map(|notification| notification.updated_at);
    notifications.fold(step.updated_at, DateTime::max)
}

impl RecipientView {
    fn of(notification: &Notification) -> Option<Self> {
        Some(Self {
            kind: match notification.channel {
                Channel::Email => "Email",
                Channel::Sms => "SMS",
            },
            destination: notification.address.as_ref().map_or_else(String::new, |a| a.as_str().to_owned()),
            status: notification.status.wire_name(notification.channel)?,
            last_update: written(notification.updated_at),
            recipient: None,
            segments: notification.segments,
        })
    }
}

/// A listed recipient as the order named it.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum NamedView {
    NationalIdentityNumber(String),
    OrganizationNumber(String),
    EmailAddress(String),
    MobileNumber(String),
}

crate::parsed::hidden!(NamedView);

impl NamedView {
    fn of(named: &Named) -> Self {
        let name = named.as_str().to_owned();
        match named {
            Named::Person(_) => Self::NationalIdentityNumber(name),
            Named::Organization(_) => Self::OrganizationNumber(name),
            Named::Email(_) => Self::EmailAddress(name),
            Named::Sms(_) => Self::MobileNumber(name),
        }
    }
}

impl DecisionView {
    /// The decision about a step, if there is one.
    pub(crate) fn of(step: &Step) -> Option<Self> {
        let (decision, status) = (step.decision?, step.status);
        let (outcome, reason) = match decision.reason {
            Reason::NotOpened => ("Fired", "NotOpened"),
            Reason::NoMessageNamed => ("Fired", "NoMessageNamed"),
            Reason::ConditionUnanswered if status == StepStatus::SendConditionNotMet => {
                ("Stopped", "ConditionUnanswered")
            }
            Reason::ConditionUnanswered => ("Fired", "ConditionUnanswered"),
            Reason::MessageOpened if status == StepStatus::SendConditionNotMet => {
                ("Stopped", "MessageOpened")
            }
            Reason::MessageOpened => ("PartlyStopped", "MessageOpened"),
            Reason::ConditionNotMet => ("Stopped", "ConditionNotMet"),
            Reason::LifetimeEnded => ("Failed", "LifetimeEnded"),
            Reason::AttemptsExhausted => ("Failed", "AttemptsExhausted"),
        };
        Some(Self { outcome: outcome.to_owned(), reason: reason.to_owned(), at: written(decision.at) })
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, email_step, order, resolved_reminder, sending_email};
    use crate::order::When;
    use serde_json::{json, to_value};

    #[test]
    fn a_shipment_under_way() {
        let chain = sending_email();
        let mut ordered = order(vec![email_step(When::Now)]);
        ordered.steps[0].senders_reference = Some("sak-1".into());
        ordered.steps[0].template = Some(TemplateUsed { name: "brev".into(), version: Some(2) });
        let manifest = to_value(Manifest::of(&chain, 0, &ordered).unwrap()).unwrap();
        let expected = json!({
            "shipmentId": chain.shipment(0).to_string(), "sendersReference": "sak-1", "type": "Notification",
            "template": {"name": "brev", "version": 2},
            "status": "Order_Processed", "lastUpdate": "2026-11-02T10:00:00.000Z",
            "recipients": [{ "type": "Email", "destination": "kontakt@example.no",
                "status": "Email_Sending", "lastUpdate": "2026-11-02T10:00:00.000Z" }]
        });
        assert_eq!(manifest, expected);
        assert_eq!(Manifest::of(&chain, 1, &ordered), None);
    }

    #[test]
    fn a_stopped_reminder_says_why_and_names_nobody() {
        let mut chain = resolved_reminder();
        chain.stop_opened(1, at("12:00:00"));
        let ordered = order(vec![email_step(When::Now), email_step(When::AfterDays(1))]);
        let manifest = to_value(Manifest::of(&chain, 1, &ordered).unwrap()).unwrap();
        assert_eq!(manifest["type"], "Reminder");
        assert_eq!(manifest["status"], "Order_SendConditionNotMet");
        assert_eq!(manifest["recipients"], json!([]));
        let decision =
            json!({"outcome": "Stopped", "reason": "MessageOpened", "at": "2026-11-02T12:00:00.000Z"});
        assert_eq!(manifest["decision"], decision);
    }
}
