//! Reads who gets a notice: one of the kinds of recipient, with what that kind needs.

use super::Parser;
use super::settings::{Chosen, Content};
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema};
use crate::contract::{
    self, Channels, ContentMembers, RecipientEmail, RecipientExternalIdentity, RecipientOrganization,
    RecipientPerson, RecipientSms, ResourceMembers,
};
use crate::order::recipient::RecipientKind;
use crate::order::{GivenAddress, Recipient, Resource, limits};
use crate::request::{Choice, Given, Words};
use crate::text::{Audience, ChannelSettings};

pub(super) const RESOURCE_PREFIX: &str = "urn:altinn:resource:";

/// An address, and what is said of what goes there.
pub(super) struct Addressed<'a> {
    pub channel: Channel,
    pub address: &'a Given<String>,
    pub content: Content<'a>,
}

impl Parser<'_> {
    /// The recipient of a shipment.
    pub(super) fn recipient(&mut self, member: &Given<contract::Recipient>) -> Option<Recipient> {
        let recipient = member.required(&mut self.faults)?;
        if recipient.given().count() != 1 {
            let members = RecipientKind::all().map(RecipientKind::member).collect::<Vec<_>>().join(", ");
            member.fault(format_args!("Exactly one of {members} is required."), &mut self.faults);
        }
        // All of them are read, for their faults; where there are more than one, none of them counts.
        let mut read: Vec<_> = recipient.given().map(|kind| self.of_kind(kind, recipient)).collect();
        read.pop()?
    }

    fn of_kind(&mut self, kind: RecipientKind, recipient: &contract::Recipient) -> Option<Recipient> {
        match kind {
            RecipientKind::Address(Channel::Email) => {
                let email = recipient.recipient_email.get(&mut self.faults)?;
                self.given_address(&email.into())
            }
            RecipientKind::Address(Channel::Sms) => {
                let sms = recipient.recipient_sms.get(&mut self.faults)?;
                self.given_address(&sms.into())
            }
            RecipientKind::Person => {
                let person = recipient.recipient_person.get(&mut self.faults)?;
                self.person(person)
            }
            RecipientKind::Organization => {
                let organization = recipient.recipient_organization.get(&mut self.faults)?;
                self.organization(organization)
            }
            RecipientKind::External => {
                let identity = recipient.recipient_external_identity.get(&mut self.faults)?;
                self.external_identity(identity)
            }
        }
    }

    pub(super) fn given_address(&mut self, addressed: &Addressed<'_>) -> Option<Recipient> {
        let Addressed { channel, address, content } = addressed;
        address.required(&mut self.faults);
        let to = self.address(address, *channel);
        let alone = channel.spec().alone;
        let Chosen { settings, .. } = self.channel_settings(*content, Some(alone), Audience::Address);
        Some(Recipient::Address(GivenAddress { to: to?, settings: settings.get(*channel)?.clone() }))
    }

    /// An address that may be sent to.
    pub(super) fn address(&mut self, member: &Given<String>, channel: Channel) -> Option<ContactAddress> {
        let address =
            member.parsed_by(|text| ContactAddress::parse_ordered(channel, text), &mut self.faults)?;
        let is_allowed = address.is_allowed_by(self.rules.allowed_numbers());
        if !is_allowed {
            member.fault("No SMS is sent to this country, or to this kind of number.", &mut self.faults);
        }
        is_allowed.then_some(address)
    }

    fn person(&mut self, person: &RecipientPerson) -> Option<Recipient> {
        let number = person.national_identity_number.required(&mut self.faults);
        let schema = self.schema(&person.channel_schema);
        let ignore_reservation = self.flag(&person.ignore_reservation);
        let use_stale = self.flag(&person.use_stale_contact_information);
        let resource = self.resource(&person.resource);
        let Chosen { settings, languages } =
            self.channel_settings(Content::from(&*person.content), schema, Audience::Person);
        Some(Recipient::Person {
            number: number?.clone(),
            schema: schema?,
            ignore_reservation,
            use_stale_contact_information: use_stale,
            settings,
            languages,
            resource,
        })
    }

    fn organization(&mut self, organization: &RecipientOrganization) -> Option<Recipient> {
        let number = organization.org_number.required(&mut self.faults);
        let schema = self.schema(&organization.channel_schema);
        let resource = self.resource(&organization.resource);
        let Chosen { settings, .. } =
            self.channel_settings(Content::from(&*organization.content), schema, Audience::Organization);
        Some(Recipient::Organization { number: number?.clone(), schema: schema?, settings, resource })
    }

    /// A resource is part of the contract and means nothing for people who only act for themselves.
    fn external_identity(&mut self, external: &RecipientExternalIdentity) -> Option<Recipient> {
        let identity = external.external_identity.required(&mut self.faults);
        let schema = self.schema(&external.channel_schema);
        self.resource(&external.resource);
        let Chosen { settings, .. } =
            self.channel_settings(Content::from(&*external.content), schema, Audience::Address);
        Some(Recipient::External { identity: identity?.clone(), schema: schema?, settings })
    }

    fn schema(&mut self, schema: &Given<Choice<Channels>>) -> Option<ChannelSchema> {
        match schema.required(&mut self.faults)?.0 {
            Channels::By(schema) => Some(schema),
            Channels::EmailThenSms if self.is_reminder || self.is_in_reminders => {
                Some(ChannelSchema::SmsPreferred)
            }
            Channels::EmailThenSms => Some(ChannelSchema::EmailPreferred),
        }
    }

    /// `true` or `false`, which is also what an absent one means.
    pub(super) fn flag(&mut self, flag: &Given<bool>) -> bool {
        flag.get(&mut self.faults).copied().unwrap_or_default()
    }

    fn resource(&mut self, resource: &ResourceMembers) -> Option<Resource> {
        let ResourceMembers { resource_id: id, resource_action: action } = resource;
        let action = self.resource_action(id, action);
        let text = id.get(&mut self.faults)?;
        if !is_resource_id(text) {
            id.fault(format_args!("Must be {RESOURCE_PREFIX} and the id of a resource."), &mut self.faults);
        }
        Some(Resource { id: text.to_string(), action })
    }

    /// What is done with a resource, which must then be named.
    pub(super) fn resource_action<T>(
        &mut self,
        id: &Given<T>,
        action: &Given<Words<{ limits::RESOURCE_ACTION }>>,
    ) -> Option<String> {
        if action.is_given() && !id.is_given() {
            action.fault("Is only allowed together with resourceId.", &mut self.faults);
        }
        action.get(&mut self.faults).map(|action| action.to_string())
    }
}

impl contract::Recipient {
    /// Which of its members are there.
    fn given(&self) -> impl Iterator<Item = RecipientKind> {
        RecipientKind::all().filter(|kind| match kind {
            RecipientKind::Address(Channel::Email) => self.recipient_email.is_given(),
            RecipientKind::Address(Channel::Sms) => self.recipient_sms.is_given(),
            RecipientKind::Person => self.recipient_person.is_given(),
            RecipientKind::Organization => self.recipient_organization.is_given(),
            RecipientKind::External => self.recipient_external_identity.is_given(),
        })
    }

    /// The template that its text is made of, if that is so.
    pub(super) fn template(&self) -> Option<&Given<contract::TemplateUse>> {
        self.given().next().and_then(|kind| match kind {
            RecipientKind::Address(Channel::Email) => Some(&self.recipient_email.value()?.template),
            RecipientKind::Address(Channel::Sms) => Some(&self.recipient_sms.value()?.template),
            RecipientKind::Person => Some(&self.recipient_person.value()?.content.template),
            RecipientKind::Organization => Some(&self.recipient_organization.value()?.content.template),
            RecipientKind::External => Some(&self.recipient_external_identity.value()?.content.template),
        })
    }
}

impl<'a> From<&'a RecipientEmail> for Addressed<'a> {
    fn from(email: &'a RecipientEmail) -> Self {
        let settings = ChannelSettings { email: Some(&email.email_settings), sms: None };
        let content = Content { template: &email.template, settings };
        Self { channel: Channel::Email, address: &email.email_address, content }
    }
}

impl<'a> From<&'a RecipientSms> for Addressed<'a> {
    fn from(sms: &'a RecipientSms) -> Self {
        let settings = ChannelSettings { email: None, sms: Some(&sms.sms_settings) };
        let content = Content { template: &sms.template, settings };
        Self { channel: Channel::Sms, address: &sms.phone_number, content }
    }
}

impl<'a> From<&'a ContentMembers> for Content<'a> {
    fn from(content: &'a ContentMembers) -> Self {
        let (email, sms) = (Some(&content.email_settings), Some(&content.sms_settings));
        Self { template: &content.template, settings: ChannelSettings { email, sms } }
    }
}

fn is_resource_id(text: &str) -> bool {
    let id = text.strip_prefix(RESOURCE_PREFIX);
    id.is_some_and(|id| !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control()))
}
