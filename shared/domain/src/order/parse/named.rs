//! Reads who is listed in an order: persons and organisations by their numbers, others by their addresses.

use std::collections::HashSet;

use serde_json::Value;

use super::Parser;
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::order::{Named, limits};
use crate::request::{Member, given, is_blank};
use crate::text::Audience;

/// The members that are numbers of a register. A recipient has one of them, and then nothing beside it.
const BY_REGISTER: [&str; 2] = ["nationalIdentityNumber", "organizationNumber"];

impl Parser<'_> {
    /// Everybody once, however often and in whichever spelling they are listed.
    pub(super) fn named(&mut self, member: &Member<'_>, schema: Option<ChannelSchema>) -> Option<Vec<Named>> {
        let items = member.list(&mut self.faults)?;
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
    fn names_of(&mut self, member: &Member<'_>, schema: Option<ChannelSchema>) -> Option<Vec<Named>> {
        let item = member.object(&mut self.faults)?;
        let [person, organization] = BY_REGISTER.map(|name| item.filled(name));
        let addresses = PerChannel::by(|channel| item.filled(channel.spec().members.listed));
        let count = one_if_given(&person)
            + one_if_given(&organization)
            + addresses.iter().map(one_if_given).sum::<usize>();
        if count > 1 && (person.is_given() || organization.is_given()) {
            let message = "A nationalIdentityNumber or an organizationNumber must stand alone.";
            member.fault(message, &mut self.faults);
        }
        let person = person.parsed(&mut self.faults).map(Named::Person);
        let organization = organization.parsed(&mut self.faults).map(Named::Organization);
        let found = PerChannel::by(|channel| {
            let member = addresses.of(channel);
            let address =
                member.parsed_by(|text| ContactAddress::parse_ordered(channel, text), &mut self.faults);
            address.map(Named::Address)
        });
        let schema = schema?;
        let usable = usable(schema);
        if !usable.iter().any(|name| item.filled(name).is_given()) {
            member.fault(format_args!("One of {} is required.", usable.join(", ")), &mut self.faults);
        }
        let by_register = person.or(organization);
        Some(by_register.map_or_else(|| among(schema, &found), |named| vec![named]))
    }
}

/// 1 if a member is given.
fn one_if_given(member: &Member<'_>) -> usize {
    usize::from(member.is_given())
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
pub(super) fn audience(recipients: &Member<'_>) -> Audience {
    let [_, organization] = BY_REGISTER;
    let items = recipients.as_value().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if Channel::ALL.iter().any(|channel| gives(items, channel.spec().members.listed)) {
        Audience::Address
    } else if gives(items, organization) {
        Audience::Organization
    } else {
        Audience::Person
    }
}

/// Whether any of the items has this member, and something in it.
fn gives(items: &[Value], name: &str) -> bool {
    items
        .iter()
        .filter_map(Value::as_object)
        .any(|item| given(item, name).is_some_and(|value| !is_blank(value)))
}
