//! Reads who is listed in an order: persons and organisations by their numbers, others by their addresses.

use std::collections::HashSet;

use serde_json::Value;

use super::Parser;
use super::settings::Audience;
use crate::address::{EmailAddress, MobileNumber};
use crate::channel::{Channel, ChannelSchema};
use crate::order::{Named, limits};
use crate::request::Member;

/// What one recipient is known by; the first two stand alone.
const NAMES: [&str; 4] = ["nationalIdentityNumber", "organizationNumber", "emailAddress", "mobileNumber"];

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
        let given = NAMES.map(|name| item.member(name));
        let [person, organization, email, mobile] = &given;
        let count = given.iter().filter(|member| member.is_given()).count();
        if count > 1 && (person.is_given() || organization.is_given()) {
            let message = "A nationalIdentityNumber or an organizationNumber must stand alone.";
            member.fault(message, &mut self.faults);
        }
        let person = person.parsed(&mut self.faults).map(Named::Person);
        let organization = organization.parsed(&mut self.faults).map(Named::Organization);
        let email = email.parsed::<EmailAddress>(&mut self.faults).map(Named::Email);
        let mobile = mobile.parsed_by(MobileNumber::parse_ordered, &mut self.faults).map(Named::Sms);
        let schema = schema?;
        let usable = usable(schema);
        if !given.iter().zip(NAMES).any(|(member, name)| member.is_given() && usable.contains(&name)) {
            member.fault(format_args!("One of {} is required.", usable.join(", ")), &mut self.faults);
        }
        let by_register = person.or(organization);
        Some(by_register.map_or_else(|| among(schema, email, mobile), |named| vec![named]))
    }
}

/// What a recipient can be known by where these channels are used.
fn usable(schema: ChannelSchema) -> Vec<&'static str> {
    let [person, organization, email, mobile] = NAMES;
    let by_channel = schema.channels().iter().map(|channel| match channel {
        Channel::Email => email,
        Channel::Sms => mobile,
    });
    [person, organization].into_iter().chain(by_channel).collect()
}

/// Of two addresses of one recipient those that a notice takes.
fn among(schema: ChannelSchema, email: Option<Named>, mobile: Option<Named>) -> Vec<Named> {
    let (first, second) = match schema {
        ChannelSchema::Email => (email, None),
        ChannelSchema::Sms => (mobile, None),
        ChannelSchema::EmailPreferred => (email.or(mobile), None),
        ChannelSchema::SmsPreferred => (mobile.or(email), None),
        ChannelSchema::EmailAndSms => (email, mobile),
    };
    first.into_iter().chain(second).collect()
}

/// Of whom the fewest keywords can be filled in, whether or not they could be read.
pub(super) fn audience(recipients: &Member<'_>) -> Audience {
    let [_, organization, email, mobile] = NAMES;
    let items = recipients.as_value().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if gives(items, email) || gives(items, mobile) {
        Audience::Address
    } else if gives(items, organization) {
        Audience::Organization
    } else {
        Audience::Person
    }
}

/// Whether any of the items has this member.
fn gives(items: &[Value], name: &str) -> bool {
    items.iter().any(|item| item.get(name).is_some_and(|value| !value.is_null()))
}
