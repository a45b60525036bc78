//! A request body becomes an order, or the list of everything that is wrong with it.
//!
//! Each part is read whether or not the ones before it were right, so that one answer names every
//! fault: a reading function gives none after it has noted why.

mod composed;
mod instant;
mod list;
mod named;
mod recipient;
mod reminders;
mod settings;
mod shipment;
mod template;

#[cfg(test)]
mod tests;

pub use composed::parse_composed;
pub use instant::{InstantForm, ParsedInstant, parse_instant};
pub use list::parse_list_order;
pub(crate) use shipment::read_time;
pub use template::{OwnTemplates, template_names};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::fingerprint::Fingerprint;
use super::normal_form::normal_form;
use super::{Association, EndpointPolicy, Order, limits};
use crate::address::AllowedNumbers;
use crate::contract::{ChainRequest, DialogportenAssociation};
use crate::owner::{Links, OwnerSettings};
use crate::request::{Choice, Faults, Given, Words};
use crate::template::TemplateUsed;
use crate::text::Text;

/// An order, and the texts that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedOrder {
    /// The order.
    pub order: Order,
    /// Every text it names, no two the same.
    pub texts: Vec<Text>,
    /// What is accepted, and is not what the owner may think, by the paths of the members.
    pub warnings: Faults,
}

/// The idempotency id of a body, if it has a valid one: a replay is looked up before anything else in
/// the body is judged.
pub fn idempotency_id(body: &Value) -> Option<String> {
    let order = Given::<Identified>::body(body);
    Some(order.value()?.idempotency_id.value()?.to_string())
}

/// What every order has at the same place.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identified {
    idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
}

/// What tells a replay from another order with the same idempotency id.
pub fn fingerprint(body: &Value, now: DateTime<Utc>) -> Fingerprint {
    Fingerprint::of(&normal_form(body, Some(now)))
}

/// Whether a body asks for the order that has this fingerprint. A time that was ahead when the order was accepted may be
/// about now by now; and the release before took the fingerprint of the body as it was written.
pub fn is_same_order(stored: &Fingerprint, body: &Value, now: DateTime<Utc>) -> bool {
    let exact = || Fingerprint::of(&normal_form(body, None));
    *stored == fingerprint(body, now) || *stored == exact() || *stored == Fingerprint::of(body)
}

/// What an order is judged by besides itself.
pub struct Rules<'a> {
    /// The time.
    pub now: DateTime<Utc>,
    /// Where condition endpoints may be.
    pub endpoints: EndpointPolicy,
    /// Which links texts may hold whose owner has settled nothing about them.
    pub links: &'a Links,
    /// Which numbers are sent to for owners who have settled nothing about them.
    pub numbers: &'a AllowedNumbers,
    /// What the owner has settled.
    pub owner: &'a OwnerSettings,
    /// The owner's templates that the order names.
    pub templates: &'a OwnTemplates,
}

impl Rules<'_> {
    /// Which numbers are sent to for this owner.
    fn allowed_numbers(&self) -> &AllowedNumbers {
        self.owner.sms_numbers.as_ref().unwrap_or(self.numbers)
    }
}

/// The order that a body asks for.
pub fn parse_order(body: &Value, rules: &Rules<'_>) -> Result<ParsedOrder, Faults> {
    parse_with(rules, |parser| parser.order(body))
}

fn parse_with<'r>(
    rules: &'r Rules<'r>,
    read: impl FnOnce(&mut Parser<'r>) -> Option<Order>,
) -> Result<ParsedOrder, Faults> {
    let mut parser = Parser {
        rules,
        is_reminder: false,
        is_in_reminders: false,
        template: None,
        sender_replaced: false,
        faults: Faults::default(),
        warnings: Faults::default(),
        texts: vec![],
    };
    match read(&mut parser) {
        Some(order) if parser.faults.is_empty() => {
            Ok(ParsedOrder { order, texts: parser.texts, warnings: parser.warnings })
        }
        _ => Err(parser.faults.or("$", "Is not an order.")),
    }
}

/// What the reading of one body needs to know, and what it has found so far.
struct Parser<'r> {
    rules: &'r Rules<'r>,
    /// Whether what is read is the reminder that comes by itself, with a template or a policy.
    is_reminder: bool,
    /// Whether what is read is one of the order's own reminders.
    is_in_reminders: bool,
    /// The template of the shipment that is read.
    template: Option<TemplateUsed>,
    /// Whether the sender of its SMS is another than the order names.
    sender_replaced: bool,
    faults: Faults,
    warnings: Faults,
    texts: Vec<Text>,
}

impl Parser<'_> {
    fn order(&mut self, body: &Value) -> Option<Order> {
        let body = Given::<ChainRequest>::body(body);
        let body = body.get(&mut self.faults)?;
        let idempotency_id = self.idempotency_id(&body.order.idempotency_id);
        let association = self.association(&body.order.dialogporten_association);
        let on_uncertain_outcome = self.choice(&body.order.sending.on_uncertain_outcome);
        let on_bad_address = self.choice(&body.order.sending.on_bad_address);
        let priority = self.choice(&body.order.sending.priority);
        let notification = self.notification(body);
        let reminders = self.reminders(&body.reminders);
        let own_reminder = self.own_reminder(body);
        self.refuse_early(notification.as_ref(), reminders.as_deref().unwrap_or_default());
        Some(Order {
            idempotency_id: idempotency_id?,
            association,
            on_uncertain_outcome,
            on_bad_address,
            priority,
            shipments: std::iter::once(notification?).chain(reminders?).chain(own_reminder).collect(),
        })
    }

    fn idempotency_id(&mut self, id: &Given<Words<{ limits::IDEMPOTENCY_ID }>>) -> Option<String> {
        id.required(&mut self.faults).map(|id| id.to_string())
    }

    fn association(&mut self, association: &Given<DialogportenAssociation>) -> Option<Association> {
        let association = association.get(&mut self.faults)?;
        let transmission = association.transmission_id.get(&mut self.faults);
        let is_required = association.transmission_id.is_given();
        let dialog = association.dialog_id.required_if(is_required, &mut self.faults);
        Some(Association {
            dialog_id: dialog?.to_string(),
            transmission_id: transmission.map(|transmission| transmission.to_string()),
        })
    }

    /// One of some words; what is meant without one where it is left out.
    fn choice<T: Copy + Default>(&mut self, member: &Given<Choice<T>>) -> T {
        member.get(&mut self.faults).map(|choice| choice.0).unwrap_or_default()
    }
}
