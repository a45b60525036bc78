//! Who gets a notice, as an order says it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::list::Named;
use super::{Resource, Settings, TextSettings};
use crate::address::{ContactAddress, EmailAddress, MobileNumber};
use crate::channel::{Channel, ChannelSchema};
use crate::identity::{ExternalIdentity, NationalIdentityNumber, OrganizationNumber};
use crate::language::Language;

/// Who gets a notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Recipient {
    /// A person, by the contact and reservation register (KRR).
    Person {
        /// Who.
        number: NationalIdentityNumber,
        /// On which channel.
        schema: ChannelSchema,
        /// Notify even somebody who has reserved against digital communication.
        ignore_reservation: bool,
        /// Use addresses that have not been confirmed for 18 months.
        use_stale_contact_information: bool,
        /// What, per channel.
        settings: Settings,
        /// The same in other languages, for a person who has chosen one of them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<Language, Settings>,
        /// The resource the notice concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
    },
    /// An organisation, by its official notification addresses.
    Organization {
        /// Who.
        number: OrganizationNumber,
        /// On which channel.
        schema: ChannelSchema,
        /// What, per channel.
        settings: Settings,
        /// The resource the notice concerns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
    },
    /// Somebody without a national identity number, by the profile that they have registered.
    External {
        /// Who.
        identity: ExternalIdentity,
        /// On which channel.
        schema: ChannelSchema,
        /// What, per channel.
        settings: Settings,
    },
    /// Somebody at an address that the order gives.
    #[serde(untagged)]
    Address(GivenAddress),
}

/// An address that an order gives, and what goes there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredAddress", into = "StoredAddress")]
pub struct GivenAddress {
    /// Where to.
    pub to: ContactAddress,
    /// What.
    pub settings: TextSettings,
}

/// An address as it is stored: those of the first two channels by the names that the first version gave.
#[derive(Serialize, Deserialize)]
enum StoredAddress {
    Email { address: EmailAddress, email: TextSettings },
    Sms { number: MobileNumber, sms: TextSettings },
    Address { to: ContactAddress, settings: TextSettings },
}

impl From<StoredAddress> for GivenAddress {
    fn from(stored: StoredAddress) -> Self {
        match stored {
            StoredAddress::Email { address, email } => {
                Self { to: ContactAddress::Email(address), settings: email }
            }
            StoredAddress::Sms { number, sms } => Self { to: ContactAddress::Mobile(number), settings: sms },
            StoredAddress::Address { to, settings } => Self { to, settings },
        }
    }
}

impl From<GivenAddress> for StoredAddress {
    fn from(GivenAddress { to, settings }: GivenAddress) -> Self {
        if let ContactAddress::Email(address) = to {
            Self::Email { address, email: settings }
        } else if let ContactAddress::Mobile(number) = to {
            Self::Sms { number, sms: settings }
        } else {
            Self::Address { to, settings }
        }
    }
}

/// A kind of recipient: each is a member of `recipient`, of which there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecipientKind {
    /// Somebody at an address of a channel.
    Address(Channel),
    Person,
    Organization,
    External,
}

impl RecipientKind {
    /// All there are.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let addresses = Channel::ALL.iter().map(|channel| Self::Address(*channel));
        addresses.chain([Self::Person, Self::Organization, Self::External])
    }

    /// The member's name.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Address(channel) => channel.spec().members.recipient,
            Self::Person => "recipientPerson",
            Self::Organization => "recipientOrganization",
            Self::External => "recipientExternalIdentity",
        }
    }
}

impl Recipient {
    /// Whether it is somebody.
    pub fn is(&self, somebody: &Named) -> bool {
        match (self, somebody) {
            (Self::Person { number, .. }, Named::Person(other)) => number == other,
            (Self::Organization { number, .. }, Named::Organization(other)) => number == other,
            _ => false,
        }
    }

    /// Whether the registers would be asked the same about another one.
    pub fn is_looked_up_as(&self, other: &Self) -> bool {
        self.without_texts() == other.without_texts()
    }

    /// What the registers are asked by.
    fn without_texts(&self) -> Self {
        let mut bare = self.clone();
        match &mut bare {
            Self::Person { settings, languages, .. } => {
                *settings = Settings::default();
                languages.clear();
            }
            Self::Organization { settings, .. } | Self::External { settings, .. } => {
                *settings = Settings::default();
            }
            Self::Address(_) => {}
        }
        bare
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> RecipientKind {
        match self {
            Self::Address(given) => RecipientKind::Address(given.to.channel()),
            Self::Person { .. } => RecipientKind::Person,
            Self::Organization { .. } => RecipientKind::Organization,
            Self::External { .. } => RecipientKind::External,
        }
    }

    /// How the channel is chosen.
    pub fn schema(&self) -> ChannelSchema {
        match self {
            Self::Address(given) => given.to.channel().spec().alone,
            Self::Person { schema, .. }
            | Self::Organization { schema, .. }
            | Self::External { schema, .. } => *schema,
        }
    }

    /// The same recipient, with its texts in the language that it has chosen if the order has them.
    pub fn in_language(&self, chosen: Option<Language>) -> Cow<'_, Self> {
        let Self::Person { languages, .. } = self else { return Cow::Borrowed(self) };
        let mut readable = chosen.map(Language::readable).unwrap_or_default().iter();
        let Some(found) = readable.find_map(|language| languages.get(language)) else {
            return Cow::Borrowed(self);
        };
        let (found, mut recipient) = (found.clone(), self.clone());
        if let Self::Person { settings, .. } = &mut recipient {
            *settings = found;
        }
        Cow::Owned(recipient)
    }

    /// The settings for a channel; none where the order gave none.
    pub fn settings(&self, channel: Channel) -> Option<&TextSettings> {
        match self {
            Self::Address(given) => Some(&given.settings).filter(|_| given.to.channel() == channel),
            Self::Person { settings, .. }
            | Self::Organization { settings, .. }
            | Self::External { settings, .. } => settings.get(channel),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Named;
    use serde_json::{Value, from_value, json, to_value};

    /// Reads a stored item and writes it again.
    fn kept<T: Serialize + serde::de::DeserializeOwned>(stored: &Value) -> Value {
        to_value(from_value::<T>(stored.clone()).unwrap()).unwrap()
    }

    #[test]
    fn recipients_are_stored_as_the_first_version_stored_them() {
        let text = json!({"text": "pbwlVZF0BEpySr0azBOBGw", "names_recipient": false});
        let sms =
            json!({"text": "75HcMqjyi2d9N8LnfYxrgA", "names_recipient": false, "policy": "D", "segments": 1});
        let person = json!({"number": "20914695016", "schema": "EmailPreferred", "ignore_reservation": false,
            "use_stale_contact_information": true, "settings": {"email": text, "sms": sms},
            "languages": {"nn": {"email": text}}});
        for stored in [
            json!({"Email": {"address": "ola@example.no", "email": text}}),
            json!({"Sms": {"number": "+4741234567", "sms": sms}}),
            json!({"Person": person}),
            json!({"Organization": {"number": "313600947", "schema": "Email", "settings": {"email": text}}}),
        ] {
            assert_eq!(kept::<Recipient>(&stored), stored);
        }
    }

    #[test]
    fn a_listed_recipient_is_a_letter_and_a_text() {
        for stored in [
            json!({"p": "20914695016"}),
            json!({"o": "313600947"}),
            json!({"e": "ola@example.no"}),
            json!({"s": "+4741234567"}),
        ] {
            assert_eq!(kept::<Named>(&stored), stored);
        }
    }
}
