//! Many recipients of one notice: who they are, and once for all of them what they get.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{GivenAddress, Recipient, Resource, Settings, TextSettings, is_default};
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema};
use crate::identity::{NationalIdentityNumber, OrganizationNumber};
use crate::language::Language;

/// Who gets a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Recipients {
    /// One recipient.
    One(Recipient),
    /// Several, who all get the same.
    List(RecipientList),
}

impl Recipients {
    /// How the channel is chosen.
    pub fn schema(&self) -> ChannelSchema {
        match self {
            Self::One(recipient) => recipient.schema(),
            Self::List(list) => list.schema,
        }
    }

    /// The settings for a channel; none where the order gave none.
    pub fn settings(&self, channel: Channel) -> Option<&TextSettings> {
        match self {
            Self::One(recipient) => recipient.settings(channel),
            Self::List(list) => list.settings.get(channel),
        }
    }

    /// How many are listed; none where there is no list.
    pub fn listed(&self) -> Option<u16> {
        match self {
            Self::One(_) => None,
            Self::List(list) => Some(u16::try_from(list.named.len()).unwrap_or(u16::MAX)),
        }
    }

    /// The only recipient; none where there is a list.
    pub fn one(&self) -> Option<&Recipient> {
        match self {
            Self::One(recipient) => Some(recipient),
            Self::List(_) => None,
        }
    }
}

/// Recipients who all get the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipientList {
    /// Who, nobody twice, in the order in which they were named.
    pub named: Vec<Named>,
    /// On which channel.
    pub schema: ChannelSchema,
    /// Notify even those who have reserved against digital communication.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ignore_reservation: bool,
    /// What, per channel.
    pub settings: Settings,
    /// The same in other languages, for persons who have chosen one of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<Language, Settings>,
    /// The resource the notice concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// The places of those whom the deployment could not serve when the order was accepted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unsupported: BTreeSet<u16>,
}

/// One of a list. The names in the table are single letters, because there can be thousands; those of
/// addresses are in `ContactAddress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// A person.
    #[serde(rename = "p")]
    Person(NationalIdentityNumber),
    /// An organisation.
    #[serde(rename = "o")]
    Organization(OrganizationNumber),
    /// An address.
    #[serde(untagged)]
    Address(ContactAddress),
}

impl Named {
    /// The member of the contract that says it.
    pub fn member(&self) -> &'static str {
        match self {
            Self::Person(_) => "nationalIdentityNumber",
            Self::Organization(_) => "organizationNumber",
            Self::Address(address) => address.channel().spec().members.listed,
        }
    }

    /// Whether a register says where it is.
    pub fn is_looked_up(&self) -> bool {
        match self {
            Self::Person(_) | Self::Organization(_) => true,
            Self::Address(_) => false,
        }
    }

    /// The number or address as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Person(number) => number.as_str(),
            Self::Organization(number) => number.as_str(),
            Self::Address(address) => address.as_str(),
        }
    }
}

impl RecipientList {
    /// Each with the order's own place for it, and with what it gets; an address on a channel that has no text
    /// gets nothing.
    pub fn recipients(&self) -> impl Iterator<Item = (u16, Recipient)> {
        (0..).zip(&self.named).filter_map(|(ordinal, named)| Some((ordinal, self.recipient(named)?)))
    }

    fn recipient(&self, named: &Named) -> Option<Recipient> {
        let (schema, settings, resource) = (self.schema, self.settings.clone(), self.resource.clone());
        Some(match named.clone() {
            Named::Person(number) => Recipient::Person {
                number,
                schema,
                ignore_reservation: self.ignore_reservation,
                use_stale_contact_information: false,
                settings,
                languages: self.languages.clone(),
                resource,
            },
            Named::Organization(number) => Recipient::Organization { number, schema, settings, resource },
            Named::Address(to) => {
                let settings = settings.get(to.channel())?.clone();
                Recipient::Address(GivenAddress { to, settings })
            }
        })
    }
}
