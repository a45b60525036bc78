//! Reads an order whose owner waits for the answer of the provider (`/future/orders/instant…` of the contract): one
//! address, one text, at once.

use chrono::TimeDelta;
use serde_json::Value;

use super::{ParsedOrder, Parser, Rules, read_idempotency_id};
use crate::channel::Channel;
use crate::order::{
    OnConditionFailure, OnUncertainOutcome, Order, OrderedShipment, Priority, Recipients, When, limits,
};
use crate::request::{Faults, Member, Object};
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

impl Parser<'_> {
    fn instant(&mut self, form: InstantForm, body: &Value) -> Option<Read> {
        let body = Member::body(body).object(&mut self.faults)?;
        let idempotency_id = read_idempotency_id(&body, &mut self.faults);
        let reference = body.member("sendersReference");
        let reference = reference.text_within(limits::SENDERS_REFERENCE, &mut self.faults);
        let channel = match form {
            InstantForm::Plain(channel) => channel,
            InstantForm::Wrapped => Channel::Sms,
        };
        let member = self.instant_recipient(form, channel, &body)?;
        let lifetime = self.time_to_live(channel, &member);
        let recipient = self.given_address(channel, &member);
        let shipment = OrderedShipment {
            senders_reference: reference.map(str::to_owned),
            when: When::Now,
            condition_endpoint: None,
            on_condition_failure: OnConditionFailure::default(),
            template: self.template.take(),
            sender_replaced: std::mem::take(&mut self.sender_replaced),
            recipients: Recipients::One(recipient?),
        };
        let order = Order {
            idempotency_id: idempotency_id?.to_owned(),
            association: None,
            on_uncertain_outcome: OnUncertainOutcome::GiveUp,
            priority: Priority::Normal,
            shipments: vec![shipment],
        };
        Some(Read { order, lifetime: lifetime? })
    }

    fn instant_recipient<'a>(
        &mut self,
        form: InstantForm,
        channel: Channel,
        body: &Object<'a>,
    ) -> Option<Member<'a>> {
        let name = channel.spec().members.recipient;
        let member = match form {
            InstantForm::Plain(_) => body.required(name, &mut self.faults),
            InstantForm::Wrapped => {
                let recipient = body.required("recipient", &mut self.faults).object(&mut self.faults)?;
                recipient.required(name, &mut self.faults)
            }
        };
        member.is_given().then_some(member)
    }

    /// An SMS says how long it is worth sending; an e-mail lives as long as any other.
    fn time_to_live(&mut self, channel: Channel, recipient: &Member<'_>) -> Option<TimeDelta> {
        match channel {
            Channel::Email => Some(LIFETIME),
            Channel::Sms => {
                let recipient = recipient.object(&mut self.faults)?;
                let seconds = recipient.required("timeToLiveInSeconds", &mut self.faults);
                let seconds = seconds.whole_number(&limits::TIME_TO_LIVE, &mut self.faults)?;
                Some(TimeDelta::seconds(seconds.into()))
            }
        }
    }
}
