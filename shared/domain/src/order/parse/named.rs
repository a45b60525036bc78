//! Reads who is listed in an order: persons and organisations by their numbers, others by their addresses.

use std::collections::HashSet;

use super::Parser;
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::contract::ListRecipient;
use crate::order::{Named, limits};
use crate::request::Given;
use crate::text::Audience;

/// The members that are numbers of a register. A recipient has one of them, and then nothing beside it.
const BY_REGISTER: [&str; 2] = ["nationalIdentityNumber", "organizationNumber"];

impl ListRecipient {
    /// The address for a channel.
    fn address(&self, channel: Channel) -> &Given<String> {
        match channel {
            Channel::Email => &self.email_address,
            Channel::Sms => &self.mobile_number,
        }
    }

    /// The numbers of registers, of which there is one at most.
    fn register_numbers(&self) -> [&Given<String>; 2] {
        [&self.numbers.national_identity_number, &self.numbers.organization_number]
    }

    fn has_address(&self) -> bool {
        Channel::ALL.iter().any(|channel| self.address(*channel).is_filled())
    }
}

impl Parser<'_> {
    /// Everybody once, however often and in whichever spelling they are listed.
    pub(super) fn named(
        &mut self,
        member: &Given<Vec<Given<ListRecipient>>>,
        schema: Option<ChannelSchema>,
    ) -> Option<Vec<Named>> {
        let items = member.get(&mut self.faults)?;
        if items.is_empty() || items.len() > limits::RECIPIENTS {
            let message = format_args!("Must be 1 to {} recipients.", limits::RECIPIENTS);
            member.fault(message, &mut self.faults);
        }
        let items = items.iter().take(limits::RECIPIENTS);
        let all: Vec<_> = items.flat_map(|item| self.names_of(item, schema).unwrap_or_default()).collect();
        if all.iter().map(|named| named.as_str().len()).sum::<usize>() > limits::RECIPIENTS_IN_ALL {
            let message = format_args!("Must have at most {} characters in all.", limits::RECIPIENTS_IN_ALL);
            member.fault(message, &mut self.faults);
        }
        let mut known = HashSet::new();
        Some(all.into_iter().filter(|named| known.insert(named.as_str().to_lowercase())).collect())
    }

    /// Where one recipient is found, on the channels that the order uses.
    fn names_of(
        &mut self,
        member: &Given<ListRecipient>,
        schema: Option<ChannelSchema>,
    ) -> Option<Vec<Named>> {
        let item = member.get(&mut self.faults)?;
        let numbers = item.register_numbers().into_iter().filter(|number| number.is_filled()).count();
        if numbers > 1 || numbers == 1 && item.has_address() {
            let message = "A nationalIdentityNumber or an organizationNumber must stand alone.";
            member.fault(message, &mut self.faults);
        }
        let by_register = self.by_register(item);
        let found = PerChannel::by(|channel| self.address_of(item, channel));
        let schema = schema?;
        let is_usable =
            numbers > 0 || schema.channels().iter().any(|channel| item.address(*channel).is_filled());
        if !is_usable {
            let usable = usable(schema).join(", ");
            member.fault(format_args!("One of {usable} is required."), &mut self.faults);
        }
        Some(by_register.map_or_else(|| among(schema, &found), |named| vec![named]))
    }

    fn by_register(&mut self, item: &ListRecipient) -> Option<Named> {
        let [person, organization] =
            item.register_numbers().map(|number| number.is_filled().then_some(number));
        let person = person.and_then(|number| number.parsed(&mut self.faults)).map(Named::Person);
        let organization =
            organization.and_then(|number| number.parsed(&mut self.faults)).map(Named::Organization);
        person.or(organization)
    }

    fn address_of(&mut self, item: &ListRecipient, channel: Channel) -> Option<Named> {
        let member = item.address(channel);
        if !member.is_filled() {
            return None;
        }
        self.address(member, channel).map(Named::Address)
    }
}

/// What a recipient can be known by where these channels are used.
fn usable(schema: ChannelSchema) -> Vec<&'static str> {
    let by_channel = schema.channels().iter().map(|channel| channel.spec().members.listed);
    BY_REGISTER.into_iter().chain(by_channel).collect()
}

/// Of the addresses of one recipient those that a notice takes.
fn among(schema: ChannelSchema, found: &PerChannel<Option<Named>>) -> Vec<Named> {
    let given = schema.channels().iter().filter_map(|channel| found.get(*channel)).cloned();
    given.take(if schema.uses_all() { Channel::COUNT } else { 1 }).collect()
}

/// Of whom the fewest keywords can be filled in, whether or not they could be read.
pub(super) fn audience(recipients: &Given<Vec<Given<ListRecipient>>>) -> Audience {
    let items = || recipients.value().into_iter().flatten().filter_map(Given::value);
    if items().any(ListRecipient::has_address) {
        Audience::Address
    } else if items().any(|item| item.numbers.organization_number.is_filled()) {
        Audience::Organization
    } else {
        Audience::Person
    }
}
