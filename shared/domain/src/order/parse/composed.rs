//! Reads an order of one e-mail with files (`/future/orders/composed-email` of the contract).

use serde_json::Value;

use super::{ParsedOrder, Parser, Rules};
use crate::address::ContactAddress;
use crate::channel::Channel;
use crate::contract::{self, ComposedEmailRequest, ComposedRecipient};
use crate::order::{GivenAddress, Order, Recipient, Recipients, When};
use crate::request::{Faults, Given};
use crate::text::{
    Attachment, AttachmentHosts, Audience, DescribedEmail, FileName, MOST_FILES, Text, ordered_email,
    parse_mime_type,
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
        let body = Given::<ComposedEmailRequest>::body(body);
        let body = body.get(&mut self.faults)?;
        let idempotency_id = self.idempotency_id(&body.order.idempotency_id);
        let association = self.association(&body.order.dialogporten_association);
        let on_uncertain_outcome = self.choice(&body.order.sending.on_uncertain_outcome);
        let on_bad_address = self.choice(&body.order.sending.on_bad_address);
        let priority = self.choice(&body.order.sending.priority);
        let when = self.when(&body.shipment.requested_send_time);
        let recipient = self.composed_recipient(&body.recipient, when, hosts).map(Recipients::One);
        let shipment = self.shipment_to(&body.shipment, when, recipient)?;
        Some(Order {
            idempotency_id: idempotency_id?,
            association,
            on_uncertain_outcome,
            on_bad_address,
            priority,
            shipments: vec![shipment],
        })
    }

    fn composed_recipient(
        &mut self,
        recipient: &Given<ComposedRecipient>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Option<Recipient> {
        let ComposedRecipient { email_address, email_settings } = recipient.required(&mut self.faults)?;
        email_address.required(&mut self.faults);
        let to = email_address
            .parsed_by(|text| ContactAddress::parse_ordered(Channel::Email, text), &mut self.faults);
        let settings = email_settings.required(&mut self.faults)?;
        let attachments = self.attachments(&settings.attachments, when, hosts);
        let composer = &mut self.composer(Audience::Address);
        let mut ordered = ordered_email(composer, DescribedEmail::from(&*settings.email))?;
        if let Text::Email(email) = &mut ordered.text {
            email.attachments = attachments;
        }
        let settings = self.keep(ordered);
        Some(Recipient::Address(GivenAddress { to: to?, settings }))
    }

    fn attachments(
        &mut self,
        member: &Given<Vec<Given<contract::Attachment>>>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Vec<Attachment> {
        let items = member.get(&mut self.faults).map(Vec::as_slice).unwrap_or_default();
        if items.len() > MOST_FILES {
            member.fault(format_args!("Must be at most {MOST_FILES} files."), &mut self.faults);
        }
        items.iter().take(MOST_FILES).filter_map(|item| self.attachment(item, when, hosts)).collect()
    }

    fn attachment(
        &mut self,
        item: &Given<contract::Attachment>,
        when: Option<When>,
        hosts: &AttachmentHosts,
    ) -> Option<Attachment> {
        let contract::Attachment { filename, mime_type, sas_url } = item.get(&mut self.faults)?;
        for member in [filename, mime_type, sas_url] {
            member.required(&mut self.faults);
        }
        let name = filename.parsed_by(FileName::parse, &mut self.faults);
        let kind = mime_type.parsed_by(parse_mime_type, &mut self.faults);
        let from = match when {
            Some(When::At(time)) => time,
            _ => self.rules.now,
        };
        let address = sas_url.parsed_by(|text| hosts.address(text, from), &mut self.faults);
        Some(Attachment { filename: name?, mime_type: kind?, address: address? })
    }
}
