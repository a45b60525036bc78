//! Reads an order whose owner waits for the answer of the provider (`/future/orders/instant…` of the contract): one
//! address, one text, at once.

use chrono::TimeDelta;
use serde_json::Value;

use super::recipient::Addressed;
use super::settings::Content;
use super::{ParsedOrder, Parser, Rules};
use crate::channel::Channel;
use crate::contract::{
    InstantEmailRecipient, InstantEmailRequest, InstantRequest, InstantSmsRecipient, InstantSmsRequest,
};
use crate::order::{
    OnConditionFailure, OnUncertainOutcome, Order, OrderedShipment, Priority, Recipient, Recipients, When,
    limits,
};
use crate::request::{Faults, Given, Short, Words};
use crate::text::ChannelSettings;
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

/// The members that an instant order has beside its recipient.
struct InstantMembers<'a> {
    idempotency_id: &'a Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    senders_reference: &'a Given<Short<{ limits::SENDERS_REFERENCE }>>,
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
                let InstantEmailRequest { idempotency_id, senders_reference, recipient_email } =
                    request.get(&mut self.faults)?;
                let to = self.instant_email(recipient_email);
                self.instant_order(&InstantMembers { idempotency_id, senders_reference }, to)
            }
            InstantForm::Plain(Channel::Sms) => {
                let request = Given::<InstantSmsRequest>::body(body);
                let InstantSmsRequest { idempotency_id, senders_reference, recipient_sms } =
                    request.get(&mut self.faults)?;
                let to = self.instant_sms(recipient_sms);
                self.instant_order(&InstantMembers { idempotency_id, senders_reference }, to)
            }
            InstantForm::Wrapped => {
                let request = Given::<InstantRequest>::body(body);
                let InstantRequest { idempotency_id, senders_reference, recipient } =
                    request.get(&mut self.faults)?;
                let recipient = recipient.required(&mut self.faults);
                let to = recipient.and_then(|recipient| self.instant_sms(&recipient.recipient_sms));
                self.instant_order(&InstantMembers { idempotency_id, senders_reference }, to)
            }
        }
    }

    fn instant_order(&mut self, members: &InstantMembers<'_>, to: Option<InstantTo>) -> Option<Read> {
        let idempotency_id = self.idempotency_id(members.idempotency_id);
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
            priority: Priority::Normal,
            shipments: vec![shipment],
        };
        Some(Read { order, lifetime: lifetime? })
    }

    /// An e-mail lives as long as any other.
    fn instant_email(&mut self, recipient: &Given<InstantEmailRecipient>) -> Option<InstantTo> {
        let InstantEmailRecipient { email_address, email_settings, template } =
            recipient.required(&mut self.faults)?;
        let settings = ChannelSettings { email: Some(email_settings), sms: None };
        let content = Content { template, settings };
        let addressed = Addressed { channel: Channel::Email, address: email_address, content };
        Some(InstantTo { recipient: self.given_address(&addressed), lifetime: Some(LIFETIME) })
    }

    /// An SMS says how long it is worth sending.
    fn instant_sms(&mut self, recipient: &Given<InstantSmsRecipient>) -> Option<InstantTo> {
        let InstantSmsRecipient { phone_number, time_to_live_in_seconds, sms_settings, template } =
            recipient.required(&mut self.faults)?;
        let seconds = time_to_live_in_seconds.required(&mut self.faults);
        let settings = ChannelSettings { email: None, sms: Some(sms_settings) };
        let content = Content { template, settings };
        let addressed = Addressed { channel: Channel::Sms, address: phone_number, content };
        let lifetime = seconds.map(|seconds| TimeDelta::seconds(seconds.0.into()));
        Some(InstantTo { recipient: self.given_address(&addressed), lifetime })
    }
}
