//! Reads an order whose owner waits for the answer of the provider (`/future/orders/instant…` of the contract): one
//! address, one text, at once.

use chrono::TimeDelta;
use serde_json::Value;

use super::recipient::Addressed;
use super::{ParsedOrder, Parser, Rules};
use crate::channel::Channel;
use crate::contract::{
    InstantEmailRequest, InstantMembers, InstantRecipientSms, InstantRequest, InstantSmsRequest,
    RecipientEmail,
};
use crate::order::{
    OnBadAddress, OnConditionFailure, OnUncertainOutcome, Order, OrderedShipment, Priority, Recipient,
    Recipients, When,
};
use crate::request::{Faults, Given};
use crate::window::LIFETIME;

/// Where in the body the recipient is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantForm {
    /// At the top, by the name of its kind.
    Plain(Channel),
    /// In `recipient`, for an SMS: the form that the contract has given up.
    Wrapped,
}

/// An instant order.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedInstant {
    /// The order, with its text.
    pub parsed: ParsedOrder,
    /// How long it may be sent.
    pub lifetime: TimeDelta,
}

/// The instant order that a body asks for.
pub fn parse_instant(form: InstantForm, body: &Value, rules: &Rules<'_>) -> Result<ParsedInstant, Faults> {
    let mut lifetime = LIFETIME;
    let parsed = super::parse_with(rules, |parser| {
        let read = parser.instant(form, body)?;
        lifetime = read.lifetime;
        Some(read.order)
    })?;
    Ok(ParsedInstant { parsed, lifetime })
}

/// What is read of a body.
struct Read {
    order: Order,
    lifetime: TimeDelta,
}

/// Whom an instant order is for, and how long it is worth sending.
struct InstantTo {
    recipient: Option<Recipient>,
    lifetime: Option<TimeDelta>,
}

impl Parser<'_> {
    fn instant(&mut self, form: InstantForm, body: &Value) -> Option<Read> {
        match form {
            InstantForm::Plain(Channel::Email) => {
                let request = Given::<InstantEmailRequest>::body(body);
                let request = request.get(&mut self.faults)?;
                let to = self.instant_email(&request.recipient_email);
                self.instant_order(&request.order, to)
            }
            InstantForm::Plain(Channel::Sms) => {
                let request = Given::<InstantSmsRequest>::body(body);
                let request = request.get(&mut self.faults)?;
                let to = self.instant_sms(&request.recipient.recipient_sms);
                self.instant_order(&request.order, to)
            }
            InstantForm::Wrapped => {
                let request = Given::<InstantRequest>::body(body);
                let request = request.get(&mut self.faults)?;
                let recipient = request.recipient.required(&mut self.faults);
                let to = recipient.and_then(|recipient| self.instant_sms(&recipient.recipient_sms));
                self.instant_order(&request.order, to)
            }
        }
    }

    fn instant_order(&mut self, members: &InstantMembers, to: Option<InstantTo>) -> Option<Read> {
        let idempotency_id = self.idempotency_id(&members.idempotency_id);
        let reference = members.senders_reference.get(&mut self.faults);
        let InstantTo { recipient, lifetime } = to?;
        let shipment = OrderedShipment {
            senders_reference: reference.map(|reference| reference.to_string()),
            when: When::Now,
            condition_endpoint: None,
            on_condition_failure: OnConditionFailure::default(),
            template: self.template.take(),
            sender_replaced: std::mem::take(&mut self.sender_replaced),
            recipients: Recipients::One(recipient?),
        };
        let order = Order {
            idempotency_id: idempotency_id?,
            association: None,
            on_uncertain_outcome: OnUncertainOutcome::GiveUp,
            on_bad_address: OnBadAddress::default(),
            priority: Priority::Normal,
            shipments: vec![shipment],
        };
        Some(Read { order, lifetime: lifetime? })
    }

    /// An e-mail lives as long as any other.
    fn instant_email(&mut self, recipient: &Given<RecipientEmail>) -> Option<InstantTo> {
        let email = recipient.required(&mut self.faults)?;
        Some(InstantTo { recipient: self.given_address(&email.into()), lifetime: Some(LIFETIME) })
    }

    /// An SMS says how long it is worth sending.
    fn instant_sms(&mut self, recipient: &Given<InstantRecipientSms>) -> Option<InstantTo> {
        let InstantRecipientSms { sms, time_to_live_in_seconds } = recipient.required(&mut self.faults)?;
        let seconds = time_to_live_in_seconds.required(&mut self.faults);
        let lifetime = seconds.map(|seconds| TimeDelta::seconds(seconds.0.into()));
        Some(InstantTo { recipient: self.given_address(&Addressed::from(&**sms)), lifetime })
    }
}
