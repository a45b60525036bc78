//! By what orders are found again: the owner's reference, and who was notified. Nothing that names anybody is stored for
//! it, but an HMAC, which nobody without the deployment's secret can compute.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

use crate::chain::Chain;
use crate::identity::{NationalIdentityNumber, OrganizationNumber, Owner};
use crate::ids::IdKey;
use crate::order::{Order, Recipient};

/// Something that orders are found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finder(String);

impl Finder {
    /// An owner's reference.
    pub fn of_reference(key: &IdKey, owner: &Owner, reference: &str) -> Self {
        Self::of(key, &["reference", owner.as_str(), reference])
    }

    /// A person.
    pub fn of_person(key: &IdKey, number: &NationalIdentityNumber) -> Self {
        Self::of(key, &["person", number.as_str()])
    }

    /// An organisation.
    pub fn of_organization(key: &IdKey, number: &OrganizationNumber) -> Self {
        Self::of(key, &["organization", number.as_str()])
    }

    /// A recipient; none for who has no number.
    pub fn of_recipient(key: &IdKey, recipient: &Recipient) -> Option<Self> {
        match recipient {
            Recipient::Person { number, .. } => Some(Self::of_person(key, number)),
            Recipient::Organization { number, .. } => Some(Self::of_organization(key, number)),
            Recipient::External { .. } | Recipient::Address(_) => None,
        }
    }

    /// 128 bits, which no two things share.
    fn of(key: &IdKey, parts: &[&str]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&key.mac(parts)[..16]))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a new order is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finders {
    /// Whom its notification is for, where that is a person or an organisation: this one is kept with the order.
    pub subject: Option<Finder>,
    /// All others, none twice: references, and whom reminders are for that go to somebody else.
    pub others: Vec<Finder>,
    /// When its notification is planned.
    pub at: DateTime<Utc>,
}

impl Finders {
    /// Those of an order that becomes a chain. Who stands in a list is found by the chain that each of them gets.
    pub fn of(key: &IdKey, order: &Order, chain: &Chain) -> Self {
        let recipients = order.shipments.iter().filter_map(|shipment| shipment.recipients.one());
        let mut subjects = recipients.filter_map(|recipient| Finder::of_recipient(key, recipient));
        let subject = subjects.next();
        let references = order.shipments.iter().filter_map(|shipment| shipment.senders_reference.as_deref());
        let references = references.map(|reference| Finder::of_reference(key, &chain.owner, reference));
        let mut others: Vec<Finder> = vec![];
        for finder in subjects.chain(references) {
            if subject.as_ref() != Some(&finder) && !others.contains(&finder) {
                others.push(finder);
            }
        }
        let at = chain.shipments.first().map_or(chain.accepted_at, |first| first.planned_at);
        Self { subject, others, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_shipment, order, person_shipment};
    use crate::channel::ChannelSchema;
    use crate::order::When;

    fn key() -> IdKey {
        IdKey::new(&[7; 32]).unwrap()
    }

    #[test]
    fn nothing_can_be_read_from_a_finder_and_no_two_things_share_one() {
        let number = "11837512435".parse().unwrap();
        let person = Finder::of_person(&key(), &number);
        assert_eq!(person.as_str().len(), 22);
        assert_ne!(person, Finder::of_person(&IdKey::new(&[8; 32]).unwrap(), &number));
        let [one, other] = ["991825827", "226346139"].map(|owner| owner.parse::<Owner>().unwrap());
        assert_ne!(Finder::of_reference(&key(), &one, "sak"), Finder::of_reference(&key(), &other, "sak"));
        assert_ne!(person, Finder::of_reference(&key(), &one, "11837512435"));
    }

    #[test]
    fn an_order_is_found_by_each_reference_and_each_recipient_once() {
        let mut shipments = vec![
            person_shipment(When::Now, ChannelSchema::Email),
            person_shipment(When::AfterDays(7), ChannelSchema::Email),
            email_shipment(When::AfterDays(9)),
        ];
        for (shipment, reference) in shipments.iter_mut().zip(["sak-1", "sak-1", "sak-2"]) {
            shipment.senders_reference = Some(reference.into());
        }
        let order = order(shipments);
        let chain = accept(&order, at("10:00:00"));
        let finders = Finders::of(&key(), &order, &chain);
        assert!(finders.subject.is_some());
        let references = ["sak-1", "sak-2"].map(|one| Finder::of_reference(&key(), &chain.owner, one));
        assert_eq!((finders.others, finders.at), (references.to_vec(), at("10:00:00")));
    }
}
