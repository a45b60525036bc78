//! Reads an order of one e-mail with files (`/future/orders/composed-email` of the contract).

use serde_json::Value;

use super::{ParsedOrder, Parser, Rules, read_idempotency_id};
use crate::address::ContactAddress;
use crate::channel::Channel;
use crate::order::{GivenAddress, Order, Recipient, Recipients, When};
use crate::request::{Faults, Member, Object};
use crate::text::{
    self, Attachment, AttachmentHosts, Audience, FileName, Form, MOST_FILES, Text, parse_mime_type,
};

/// The order that a body asks for, with files on these hosts.
pub fn parse_composed(
    body: &Value,
    rules: &Rules<'_>,
    hosts: &AttachmentHosts,
) -> Result<ParsedOrder, Faults> {
    super::parse_with(rules, |parser| parser.composed(body, hosts))
}

impl Parser<'_> {
    fn composed(&mut self, body: &Value, hosts: &AttachmentHosts) -> Option<Order> {
        let body = Member::body(body).object(&mut self.faults)?;
        let idempotency_id = read_idempotency_id(&body, &mut self.faults);
        let association = self.association(&body);
        let on_uncertain_outcome = self.on_uncertain_outcome(&body);
        let priority = self.priority(&body);
        let time = body.member("requestedSendTime");
        let when = if time.is_given() { self.time(&time).map(When::At) } else { Some(When::Now) };
        let recipient = self.composed_recipient(&body, when, hosts).map(Recipients::One);
        let shipment = self.shipment_to(&body, when, recipient)?;
        Some(Order {
            idempotency_id: idempotency_id?.to_owned(),
            association,
            on_uncertain_outcome,
            priority,
            shipments: vec![shipment],
        })
    }

    fn composed_recipient(
        &mut self,
        body: &Object<'_>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Option<Recipient> {
        let recipient = body.required("recipient", &mut self.faults).object(&mut self.faults)?;
        let address = recipient.required("emailAddress", &mut self.faults);
        let to =
            address.parsed_by(|text| ContactAddress::parse_ordered(Channel::Email, text), &mut self.faults);
        let settings = recipient.required("emailSettings", &mut self.faults).object(&mut self.faults)?;
        let attachments = self.attachments(&settings.member("attachments"), when, hosts);
        let composer = &mut self.composer(Audience::Address);
        let mut ordered = text::ordered(Channel::Email, composer, &settings, Form::Chain)?;
        if let Text::Email(email) = &mut ordered.text {
            email.attachments = attachments;
        }
        let settings = self.keep(ordered);
        Some(Recipient::Address(GivenAddress { to: to?, settings }))
    }

    fn attachments(
        &mut self,
        member: &Member<'_>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Vec<Attachment> {
        let items = member.list(&mut self.faults).unwrap_or_default();
        if items.len() > MOST_FILES {
            member.fault(format_args!("Must be at most {MOST_FILES} files."), &mut self.faults);
        }
        items.iter().take(MOST_FILES).filter_map(|item| self.attachment(item, when, hosts)).collect()
    }

    fn attachment(
        &mut self,
        item: &Member<'_>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Option<Attachment> {
        let item = item.object(&mut self.faults)?;
        let name = item.required("filename", &mut self.faults).parsed_by(FileName::parse, &mut self.faults);
        let kind = item.required("mimeType", &mut self.faults).parsed_by(parse_mime_type, &mut self.faults);
        let from = match when {
            Some(When::At(time)) => time,
            _ => self.rules.now,
        };
        let address = item.required("sasUrl", &mut self.faults);
        let address = address.parsed_by(|text| hosts.address(text, from), &mut self.faults);
        Some(Attachment { filename: name?, mime_type: kind?, address: address? })
    }
}
