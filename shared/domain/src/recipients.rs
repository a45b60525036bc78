//! Who gets a notice and where: the choice among the addresses that a register knows.

use std::collections::HashSet;
use std::fmt;

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};

use crate::address::{AllowedNumbers, ContactAddress};
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::language::Language;

/// After how many months without confirmation an address no longer counts
/// (eForvaltningsforskriften § 32).
const STALE_AFTER: Months = Months::new(18);

/// What the contact and reservation register (KRR) knows of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonContact {
    /// Has reserved against digital communication.
    pub reserved: bool,
    /// Is registered and active (`status` AKTIV).
    pub registered: bool,
    /// The language that the person has chosen, if it is one of ours.
    pub language: Option<Language>,
    /// The register's own verdict (`varslingsstatus` KAN_VARSLES).
    pub may_be_notified: bool,
    /// The address of each channel, if one is registered.
    pub addresses: PerChannel<Option<DatedAddress>>,
    /// The channel for which something is registered that is no address, such as an e-mail address with letters beyond
    /// ASCII before the `@`. A number that gets no SMS is no news: it counts as absent.
    pub malformed: Option<Channel>,
}

impl PersonContact {
    /// Somebody who is not in the register: reserved or not, with addresses that are fresh or have never been confirmed.
    pub(crate) fn synthetic(addresses: &PerChannel<String>, reserved: bool, stale: bool) -> Self {
        let addresses = PerChannel::by(|channel| {
            let address = ContactAddress::parse_ordered(channel, addresses.of(channel)).ok()?;
            Some(DatedAddress { address, confirmed_at: None })
        });
        let (language, may_be_notified) = (None, !reserved && !stale);
        Self { reserved, registered: true, language, may_be_notified, addresses, malformed: None }
    }

    /// Without the numbers that are not sent to: they count as absent.
    #[must_use]
    pub fn allowed_by(self, numbers: &AllowedNumbers) -> Self {
        let is_allowed = |dated: &&DatedAddress| dated.address.is_allowed_by(numbers);
        let addresses = PerChannel::by(|channel| self.addresses.get(channel).filter(is_allowed).cloned());
        Self { addresses, ..self }
    }
}

/// An address with the time at which its owner last changed or confirmed it.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedAddress {
    /// The address.
    pub address: ContactAddress,
    /// The later of changed and confirmed; none where the register gives neither.
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// Every address, no two the same: the official ones of an organisation, or those that one person has registered for a
/// purpose (on behalf of an organisation, or as somebody without a national identity number).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contact(pub Vec<ContactAddress>);

impl Contact {
    /// Adds what a register has for a channel, if it is an address and not known yet, however it is spelled.
    pub fn add(&mut self, channel: Channel, text: &str) {
        let address = ContactAddress::parse_registered(channel, text).ok();
        let new = address.filter(|address| !self.0.iter().any(|known| known.is_same_as(address)));
        self.0.extend(new);
    }

    /// Without the numbers that are not sent to.
    #[must_use]
    pub fn allowed_by(mut self, numbers: &AllowedNumbers) -> Self {
        self.0.retain(|address| address.is_allowed_by(numbers));
        self
    }

    fn on(&self, channel: Channel) -> Vec<Address> {
        self.0.iter().filter(|address| address.channel() == channel).map(Address::from).collect()
    }
}

/// Where a notice goes: an e-mail address, or a mobile number in E.164.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address(String);

impl Address {
    /// The address as the provider takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to the same recipient: e-mail addresses in whatever case, numbers in E.164 already.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<&ContactAddress> for Address {
    fn from(address: &ContactAddress) -> Self {
        Self(address.as_str().to_owned())
    }
}

/// An address that a notice goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// On which channel.
    pub channel: Channel,
    /// Where.
    pub address: Address,
    /// Where it goes if that takes nothing: on the channel that was not preferred.
    pub fallback: Option<(Channel, Address)>,
}

impl Chosen {
    /// An address that is the only one.
    pub fn only(channel: Channel, address: Address) -> Self {
        Self { channel, address, fallback: None }
    }
}

/// What looking a recipient up came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Somebody is reached at these addresses (never none).
    Addresses(Vec<Chosen>),
    /// The person has reserved against digital communication.
    Reserved,
    /// No address fits what the order asks for.
    NotIdentified,
    /// The only address that is registered is none that a provider takes.
    Malformed,
    /// The deployment lacks what it takes to reach this recipient.
    NotSupported,
}

impl Resolution {
    /// The same, with no other channel for an address that takes nothing.
    #[must_use]
    pub fn without_fallback(self) -> Self {
        match self {
            Self::Addresses(all) => {
                let only = all.into_iter().map(|chosen| Chosen { fallback: None, ..chosen });
                Self::Addresses(only.collect())
            }
            Self::Reserved | Self::NotIdentified | Self::Malformed | Self::NotSupported => self,
        }
    }
}

/// How strict a look-up of a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonRules {
    /// Notify somebody who has reserved, too.
    pub ignore_reservation: bool,
    /// Use addresses that have not been confirmed for 18 months, too.
    pub use_stale_contact_information: bool,
}

/// Where a person gets a notice.
pub fn person(
    contact: Option<&PersonContact>,
    schema: ChannelSchema,
    rules: PersonRules,
    now: DateTime<Utc>,
) -> Resolution {
    let Some(contact) = contact.filter(|contact| contact.registered) else {
        return Resolution::NotIdentified;
    };
    if contact.reserved && !rules.ignore_reservation {
        return Resolution::Reserved;
    }
    let usable = usable(contact, rules, now);
    let addresses = choose(schema, |channel| {
        usable.get(channel).map(|address| Address::from(*address)).into_iter().collect()
    });
    let is_malformed = contact.malformed.is_some_and(|channel| schema.uses(channel));
    if addresses.is_empty() && is_malformed { Resolution::Malformed } else { found(addresses) }
}

/// The addresses of a person that may be used: those that are fresh, unless stale ones may be, too.
pub fn usable(
    contact: &PersonContact,
    rules: PersonRules,
    now: DateTime<Utc>,
) -> PerChannel<Option<&ContactAddress>> {
    // Nobody who has reserved can be notified as far as the register is concerned, which then says nothing of the
    // addresses.
    let is_reserved_only = contact.reserved && rules.ignore_reservation;
    let may_be_notified = contact.may_be_notified || is_reserved_only;
    let stale_too = rules.use_stale_contact_information;
    PerChannel::by(|channel| {
        let dated = contact.addresses.get(channel)?;
        let is_usable = stale_too || is_fresh(dated.confirmed_at, may_be_notified, now);
        is_usable.then_some(&dated.address)
    })
}

/// Where an organisation gets a notice: at every official address of the channel, and where each of the
/// people who act for it wants it. The channel is chosen among the official addresses as a whole, and for
/// each person apart.
pub fn organization(official: Option<&Contact>, people: &[Contact], schema: ChannelSchema) -> Resolution {
    let official = choose(schema, |channel| official.map(|contact| contact.on(channel)).unwrap_or_default());
    let people = people.iter().flat_map(|person| choose(schema, |channel| person.on(channel)));
    found(each_once(official.into_iter().chain(people)))
}

/// Where somebody without a national identity number gets a notice.
pub fn external(contact: Option<&Contact>, schema: ChannelSchema) -> Resolution {
    found(choose(schema, |channel| contact.map(|contact| contact.on(channel)).unwrap_or_default()))
}

/// The first of those that are the same: e-mail addresses in whatever case, numbers in E.164 already.
fn each_once(addresses: impl Iterator<Item = Chosen>) -> Vec<Chosen> {
    let mut seen = HashSet::new();
    addresses.filter(|chosen| seen.insert((chosen.channel, chosen.address.0.to_lowercase()))).collect()
}

/// An address without any date is as fresh as the register says the person can be notified.
fn is_fresh(confirmed_at: Option<DateTime<Utc>>, may_be_notified: bool, now: DateTime<Utc>) -> bool {
    match confirmed_at {
        Some(at) => at.checked_add_months(STALE_AFTER).is_none_or(|stale| now < stale),
        None => may_be_notified,
    }
}

fn choose(schema: ChannelSchema, addresses: impl Fn(Channel) -> Vec<Address>) -> Vec<Chosen> {
    let mut all = vec![];
    for channel in schema.channels() {
        all.push((*channel, addresses(*channel)));
    }
    if schema.uses_all() {
        return all.into_iter().flat_map(|(channel, found)| chosen(channel, found)).collect();
    }
    let mut found = all.into_iter().filter(|(_, found)| !found.is_empty());
    let Some((channel, first)) = found.next() else { return vec![] };
    let other = found.next();
    let fallback = other.and_then(|(channel, found)| Some((channel, found.into_iter().next()?)));
    let chosen = chosen(channel, first).into_iter();
    chosen.map(|chosen| Chosen { fallback: fallback.clone(), ..chosen }).collect()
}

fn chosen(channel: Channel, addresses: Vec<Address>) -> Vec<Chosen> {
    addresses.into_iter().map(|address| Chosen::only(channel, address)).collect()
}

fn found(addresses: Vec<Chosen>) -> Resolution {
    if addresses.is_empty() { Resolution::NotIdentified } else { Resolution::Addresses(addresses) }
}

#[cfg(test)]
mod tests;
