//! Reads an order that lists its recipients: one text for all of them, and no reminders (`/orders`, `/orders/email`
//! and `/orders/sms` of the contract).

use std::collections::BTreeSet;

use serde_json::Value;

use super::named::audience;
use super::recipient::RESOURCE_PREFIX;
use super::settings::{Chosen, Content, may_use};
use super::{ParsedOrder, Parser, Rules};
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::contract::{EmailTemplate, ListRequest, ListedOn, SmsTemplate};
use crate::ids::OrderKind;
use crate::order::{Order, Priority, RecipientList, Recipients, Resource};
use crate::priority::BULK_FROM;
use crate::request::{Faults, Given};
use crate::text::{Audience, Composed, ordered_email, ordered_sms};

/// The order that a body asks for. One that has no idempotency id of its own gets the one of its request.
pub fn parse_list_order(
    kind: OrderKind,
    body: &Value,
    request_id: &str,
    rules: &Rules<'_>,
) -> Result<ParsedOrder, Faults> {
    super::parse_with(rules, |parser| parser.list_order(kind, body, request_id))
}

/// The text of a list by its channels, wherever the order describes it.
struct ListTexts {
    email: Given<EmailTemplate>,
    sms: Given<SmsTemplate>,
}

impl Parser<'_> {
    fn list_order(&mut self, kind: OrderKind, body: &Value, request_id: &str) -> Option<Order> {
        let request = Given::<ListRequest>::body(body);
        let request = request.get(&mut self.faults)?;
        let idempotency_id = request.idempotency_id.get(&mut self.faults);
        let on_uncertain_outcome = self.choice(&request.sending.on_uncertain_outcome);
        let on_bad_address = self.choice(&request.sending.on_bad_address);
        let when = self.when(&request.shipment.requested_send_time);
        let list = self.list(kind, body, request).map(Recipients::List);
        let priority = self.choice(&request.sending.priority);
        let listed = list.as_ref().and_then(Recipients::listed);
        if priority == Priority::Urgent && listed >= Some(BULK_FROM) {
            let message = format_args!("Must not be Urgent for more than {} recipients.", BULK_FROM - 1);
            request.sending.priority.fault(message, &mut self.faults);
        }
        let shipment = self.shipment_to(&request.shipment, when, list)?;
        let idempotency_id =
            idempotency_id.map_or_else(|| format!("request {request_id}"), |id| id.to_string());
        Some(Order {
            idempotency_id,
            association: None,
            on_uncertain_outcome,
            on_bad_address,
            priority,
            shipments: vec![shipment],
        })
    }

    fn list(&mut self, kind: OrderKind, body: &Value, request: &ListRequest) -> Option<RecipientList> {
        let (schema, texts) = match kind {
            // The order itself describes its only text.
            OrderKind::ListOn(Channel::Email) => {
                (Some(ChannelSchema::Email), ListTexts { email: Given::body(body), sms: Given::default() })
            }
            OrderKind::ListOn(Channel::Sms) => {
                (Some(ChannelSchema::Sms), ListTexts { email: Given::default(), sms: Given::body(body) })
            }
            OrderKind::Chain
            | OrderKind::List
            | OrderKind::Composed
            | OrderKind::Instant
            | OrderKind::Again => self.listed_on(&Given::body(body)),
        };
        request.recipients.required(&mut self.faults);
        let named = self.named(&request.recipients, schema);
        let audience = audience(&request.recipients);
        let Chosen { settings, languages } = self.list_settings(request, &texts, schema, audience);
        let ignore_reservation = self.flag(&request.ignore_reservation);
        let resource = self.resource_of_list(request);
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

    /// The channels that an order names, and its texts for them.
    fn listed_on(&mut self, body: &Given<ListedOn>) -> (Option<ChannelSchema>, ListTexts) {
        let ListedOn { notification_channel, email_template, sms_template } =
            body.value().cloned().unwrap_or_default();
        let schema = notification_channel.required(&mut self.faults).map(|channel| channel.0);
        (schema, ListTexts { email: email_template, sms: sms_template })
    }

    fn list_settings(
        &mut self,
        request: &ListRequest,
        texts: &ListTexts,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        if request.content.template.is_given() {
            if self.days_of(&request.content.template).is_some() {
                let message = "Must not be a template with a reminder where recipients are listed.";
                request.content.template.fault(message, &mut self.faults);
            }
            return self.template_settings(Content::from(&*request.content), schema, audience);
        }
        let settings = PerChannel::by(|channel| {
            let is_used = may_use(schema, channel);
            let composed = self.list_text(channel, texts, is_used, audience)?;
            is_used.then(|| self.keep(composed))
        });
        Chosen { settings, ..Chosen::default() }
    }

    fn list_text(
        &mut self,
        channel: Channel,
        texts: &ListTexts,
        is_used: bool,
        audience: Audience,
    ) -> Option<Composed> {
        let composer = &mut self.composer(audience);
        match channel {
            Channel::Email => {
                let email = texts.email.required_if(is_used, composer.faults)?;
                ordered_email(composer, email.into())
            }
            Channel::Sms => {
                let sms = texts.sms.required_if(is_used, composer.faults)?;
                ordered_sms(composer, sms.into())
            }
        }
    }

    /// The resource, which is free text here; one without the prefix of its kind gets it.
    fn resource_of_list(&mut self, request: &ListRequest) -> Option<Resource> {
        let action = self.resource_action(&request.resource_id, &request.resource_action);
        let id = request.resource_id.get(&mut self.faults)?;
        let bare = id.strip_prefix(RESOURCE_PREFIX).unwrap_or(id);
        Some(Resource { id: format!("{RESOURCE_PREFIX}{bare}"), action })
    }
}
