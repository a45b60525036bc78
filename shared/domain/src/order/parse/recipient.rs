//! Reads who gets a notice: one of the kinds of recipient, with what that kind needs.

use super::Parser;
use super::settings::Chosen;
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema};
use crate::order::recipient::RecipientKind;
use crate::order::{GivenAddress, Recipient, Resource, limits};
use crate::request::{Member, Object};
use crate::text::Audience;

/// The channel schemas by their names, in the order of their numbers in the contract.
pub(super) fn schemas() -> Vec<(&'static str, ChannelSchema)> {
    ChannelSchema::ALL.iter().map(|schema| (schema.name(), *schema)).collect()
}

pub(super) const RESOURCE_PREFIX: &str = "urn:altinn:resource:";

impl Parser<'_> {
    /// The recipient of a shipment.
    pub(super) fn recipient(&mut self, shipment: &Object<'_>) -> Option<Recipient> {
        let member = shipment.required("recipient", &mut self.faults);
        let recipient = member.object(&mut self.faults)?;
        let given: Vec<_> =
            RecipientKind::all().filter(|kind| recipient.member(kind.member()).is_given()).collect();
        if given.len() != 1 {
            let members = RecipientKind::all().map(RecipientKind::member).collect::<Vec<_>>().join(", ");
            member.fault(format_args!("Exactly one of {members} is required."), &mut self.faults);
        }
        // All of them are read, for their faults; where there are more than one, none of them counts.
        let mut read: Vec<_> =
            given.iter().map(|kind| self.of_kind(*kind, &recipient.member(kind.member()))).collect();
        read.pop()?
    }

    fn of_kind(&mut self, kind: RecipientKind, member: &Member<'_>) -> Option<Recipient> {
        match kind {
            RecipientKind::Address(channel) => self.given_address(channel, member),
            RecipientKind::Person => self.person(member),
            RecipientKind::Organization => self.organization(member),
            RecipientKind::External => self.external_identity(member),
        }
    }

    pub(super) fn given_address(&mut self, channel: Channel, kind: &Member<'_>) -> Option<Recipient> {
        let spec = channel.spec();
        let kind = kind.object(&mut self.faults)?;
        let address = kind.required(spec.members.address, &mut self.faults);
        let to = address.parsed_by(|text| ContactAddress::parse_ordered(channel, text), &mut self.faults);
        let Chosen { settings, .. } = self.channel_settings(&kind, Some(spec.alone), Audience::Address);
        Some(Recipient::Address(GivenAddress { to: to?, settings: settings.get(channel)?.clone() }))
    }

    fn person(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let number = kind.required("nationalIdentityNumber", &mut self.faults);
        let number = number.parsed(&mut self.faults);
        let schema = self.schema(&kind);
        let ignore_reservation = kind.member("ignoreReservation").flag(&mut self.faults);
        let use_stale = kind.member("useStaleContactInformation").flag(&mut self.faults);
        let resource = self.resource(&kind);
        let Chosen { settings, languages } = self.channel_settings(&kind, schema, Audience::Person);
        Some(Recipient::Person {
            number: number?,
            schema: schema?,
            ignore_reservation,
            use_stale_contact_information: use_stale,
            settings,
            languages,
            resource,
        })
    }

    fn organization(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let number = kind.required("orgNumber", &mut self.faults).parsed(&mut self.faults);
        let schema = self.schema(&kind);
        let resource = self.resource(&kind);
        let Chosen { settings, .. } = self.channel_settings(&kind, schema, Audience::Organization);
        Some(Recipient::Organization { number: number?, schema: schema?, settings, resource })
    }

    /// A resource is part of the contract and means nothing for people who only act for themselves.
    fn external_identity(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let identity = kind.required("externalIdentity", &mut self.faults).parsed(&mut self.faults);
        let schema = self.schema(&kind);
        self.resource(&kind);
        let Chosen { settings, .. } = self.channel_settings(&kind, schema, Audience::Address);
        Some(Recipient::External { identity: identity?, schema: schema?, settings })
    }

    fn schema(&mut self, kind: &Object<'_>) -> Option<ChannelSchema> {
        let schema = kind.required("channelSchema", &mut self.faults);
        // First as a notice that can be kept, then as one that is seen at once.
        let is_reminder = self.is_reminder || self.is_in_reminders;
        let both = if is_reminder { ChannelSchema::SmsPreferred } else { ChannelSchema::EmailPreferred };
        let incumbents = "PriorityEmailSMSReminder";
        if schema.text_if_any().is_some_and(|text| text.eq_ignore_ascii_case(incumbents)) {
            return Some(both);
        }
        schema.choice_or_number(&schemas(), &mut self.faults)
    }

    fn resource(&mut self, kind: &Object<'_>) -> Option<Resource> {
        let id = kind.member("resourceId");
        let action = kind.member("resourceAction");
        if action.is_given() && !id.is_given() {
            action.fault("Is only allowed together with resourceId.", &mut self.faults);
        }
        let action = action.words(limits::RESOURCE_ACTION, &mut self.faults);
        let text = id.text_within(limits::RESOURCE_ID, &mut self.faults)?;
        if !is_resource_id(text) {
            id.fault(format_args!("Must be {RESOURCE_PREFIX} and the id of a resource."), &mut self.faults);
        }
        Some(Resource { id: text.to_owned(), action: action.map(str::to_owned) })
    }
}

fn is_resource_id(text: &str) -> bool {
    let id = text.strip_prefix(RESOURCE_PREFIX);
    id.is_some_and(|id| !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control()))
}
