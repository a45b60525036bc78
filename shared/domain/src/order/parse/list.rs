//! Reads an order that lists its recipients: one text for all of them, and no reminders (`/orders`, `/orders/email`
//! and `/orders/sms` of the contract).

use std::collections::BTreeSet;

use serde_json::Value;

use super::named::audience;
use super::recipient::{RESOURCE_PREFIX, schemas};
use super::settings::{Chosen, Described, may_use};
use super::{ParsedOrder, Parser, Rules};
use crate::channel::{ChannelSchema, PerChannel};
use crate::ids::OrderKind;
use crate::order::{Order, Priority, RecipientList, Recipients, Resource, When, limits};
use crate::priority::BULK_FROM;
use crate::request::{Faults, Member, Object};
use crate::text::{Audience, Form};

/// The order that a body asks for. One that has no idempotency id of its own gets the one of its request.
pub fn parse_list_order(
    kind: OrderKind,
    body: &Value,
    request_id: &str,
    rules: &Rules<'_>,
) -> Result<ParsedOrder, Faults> {
    super::parse_with(rules, |parser| parser.list_order(kind, body, request_id))
}

impl Parser<'_> {
    fn list_order(&mut self, kind: OrderKind, body: &Value, request_id: &str) -> Option<Order> {
        let body = Member::body(body).object(&mut self.faults)?;
        let idempotency_id = body.member("idempotencyId").words(limits::IDEMPOTENCY_ID, &mut self.faults);
        let on_uncertain_outcome = self.on_uncertain_outcome(&body);
        let time = body.member("requestedSendTime");
        let when = if time.is_given() { self.time(&time).map(When::At) } else { Some(When::Now) };
        let list = self.list(kind, &body).map(Recipients::List);
        let priority = self.priority(&body);
        let listed = list.as_ref().and_then(Recipients::listed);
        if priority == Priority::Urgent && listed >= Some(BULK_FROM) {
            let message = format_args!("Must not be Urgent for more than {} recipients.", BULK_FROM - 1);
            body.member("priority").fault(message, &mut self.faults);
        }
        let shipment = self.shipment_to(&body, when, list)?;
        let idempotency_id = idempotency_id.map_or_else(|| format!("request {request_id}"), str::to_owned);
        Some(Order {
            idempotency_id,
            association: None,
            on_uncertain_outcome,
            priority,
            shipments: vec![shipment],
        })
    }

    fn list(&mut self, kind: OrderKind, body: &Object<'_>) -> Option<RecipientList> {
        let schema = match kind {
            OrderKind::ListOn(channel) => Some(channel.spec().alone),
            OrderKind::Chain | OrderKind::List | OrderKind::Composed | OrderKind::Instant => body
                .required("notificationChannel", &mut self.faults)
                .choice_or_number(&schemas(), &mut self.faults),
        };
        let recipients = body.required("recipients", &mut self.faults);
        let named = self.named(&recipients, schema);
        let audience = audience(&recipients);
        let Chosen { settings, languages } = self.list_settings(kind, body, schema, audience);
        let ignore_reservation = body.member("ignoreReservation").flag(&mut self.faults);
        let resource = self.resource_of_list(body);
        Some(RecipientList {
            named: named?,
            schema: schema?,
            ignore_reservation,
            settings,
            languages,
            resource,
            unsupported: BTreeSet::new(),
        })
    }

    fn list_settings(
        &mut self,
        kind: OrderKind,
        body: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        let template = body.member("template");
        if template.is_given() {
            if self.days_of(template.as_value()).is_some() {
                let message = "Must not be a template with a reminder where recipients are listed.";
                template.fault(message, &mut self.faults);
            }
            return self.template_settings(body, schema, audience);
        }
        let settings = PerChannel::by(|channel| {
            let is_used = may_use(schema, channel);
            let settings = match kind {
                // The order itself describes its only text.
                OrderKind::ListOn(_) => is_used.then(|| body.clone()),
                OrderKind::Chain | OrderKind::List | OrderKind::Composed | OrderKind::Instant => {
                    let member = channel.spec().members.list_text;
                    body.required_if(is_used, member, &mut self.faults).object(&mut self.faults)
                }
            };
            self.described(channel, &Described { settings: settings?, form: Form::List, is_used }, audience)
        });
        Chosen { settings, ..Chosen::default() }
    }

    /// The resource, which is free text here; one without the prefix of its kind gets it.
    fn resource_of_list(&mut self, body: &Object<'_>) -> Option<Resource> {
        let (id, action) = (body.member("resourceId"), body.member("resourceAction"));
        if action.is_given() && !id.is_given() {
            action.fault("Is only allowed together with resourceId.", &mut self.faults);
        }
        let action = action.words(limits::RESOURCE_ACTION, &mut self.faults);
        let id = id.words(limits::RESOURCE_ID, &mut self.faults)?;
        let bare = id.strip_prefix(RESOURCE_PREFIX).unwrap_or(id);
        Some(Resource { id: format!("{RESOURCE_PREFIX}{bare}"), action: action.map(str::to_owned) })
    }
}
