//! Whether the registers know where to reach somebody. It is asked when an order is placed, so that its owner hears at
//! once of recipients whom no notice will reach; the addresses themselves are looked up anew when the notice is due.

use schemars::JsonSchema;
use serde::Serialize;

use crate::order::{Order, Recipient, RecipientList};
use crate::recipients::Resolution;

/// How the registers stand to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is an address, on a channel that the order takes.
    Reachable,
    /// The person has reserved against digital communication.
    Reserved,
    /// Nothing is known, or nothing that may be used: no address, a stale one, or nobody of that number.
    Missing,
    /// No register answered in time. Nobody is refused for that.
    Unanswered,
}

impl Standing {
    /// By what a look-up came to; none where it came to nothing.
    pub fn of(resolution: Option<&Resolution>) -> Self {
        match resolution {
            Some(Resolution::Addresses(_)) => Self::Reachable,
            Some(Resolution::Reserved) => Self::Reserved,
            Some(Resolution::NotIdentified | Resolution::Malformed | Resolution::NotSupported) => {
                Self::Missing
            }
            None => Self::Unanswered,
        }
    }
}

/// Whom an order with single recipients is for, of its notification and its reminders. Nobody comes twice of whom the
/// registers would be asked the same.
pub fn recipients(order: &Order) -> Vec<&Recipient> {
    let mut all: Vec<&Recipient> = vec![];
    for recipient in order.shipments.iter().filter_map(|shipment| shipment.recipients.one()) {
        if !all.iter().any(|known| known.is_looked_up_as(recipient)) {
            all.push(recipient);
        }
    }
    all
}

/// Whether an order would reach nobody at all. Somebody reserved is not missing: that the notice may not go is told by
/// the shipment.
pub fn all_are_missing(standings: &[Standing]) -> bool {
    !standings.is_empty() && standings.iter().all(|standing| *standing == Standing::Missing)
}

/// What the owner of a list reads of its recipients (section 1.9 of the contract).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientLookup {
    status: LookupStatus,
    is_reserved: Vec<String>,
    missing_contact: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
enum LookupStatus {
    Success,
    PartialSuccess,
    Failed,
}

impl RecipientLookup {
    /// Of a list whose recipients stand like this, in its order; none where no register was asked, or none answered.
    pub fn of(list: &RecipientList, standings: &[Standing]) -> Option<Self> {
        let asked = || list.named.iter().zip(standings).filter(|(named, _)| named.is_looked_up());
        if !asked().any(|(_, standing)| *standing != Standing::Unanswered) {
            return None;
        }
        let who = |wanted: Standing| {
            let those = asked().filter(|(_, standing)| **standing == wanted);
            those.map(|(named, _)| named.as_str().to_owned()).collect::<Vec<_>>()
        };
        let (is_reserved, missing_contact) = (who(Standing::Reserved), who(Standing::Missing));
        let unreached = is_reserved.len() + missing_contact.len();
        let status = match unreached {
            0 => LookupStatus::Success,
            all if all == list.named.len() => LookupStatus::Failed,
            _ => LookupStatus::PartialSuccess,
        };
        Some(Self { status, is_reserved, missing_contact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{listed_shipment, order, person_shipment};
    use crate::channel::ChannelSchema;
    use crate::order::{Named, Recipients, When};
    use Standing::{Missing, Reachable, Reserved, Unanswered};

    #[test]
    fn only_an_order_that_reaches_nobody_at_all_is_missing_its_recipients() {
        for (standings, expected) in [
            (vec![], false),
            (vec![Missing], true),
            (vec![Missing, Missing], true),
            (vec![Missing, Reachable], false),
            (vec![Missing, Reserved], false),
            (vec![Missing, Unanswered], false),
            (vec![Reserved], false),
            (vec![Unanswered], false),
        ] {
            assert_eq!(all_are_missing(&standings), expected, "{standings:?}");
        }
    }

    #[test]
    fn nobody_is_asked_about_twice() {
        let when = When::Now;
        let shipments = vec![
            person_shipment(when, ChannelSchema::Email),
            person_shipment(when, ChannelSchema::Email),
            person_shipment(when, ChannelSchema::SmsPreferred),
        ];
        assert_eq!(recipients(&order(shipments)).len(), 2);
    }

    fn people(count: usize) -> RecipientList {
        let Recipients::List(mut list) = listed_shipment(count).recipients else { panic!() };
        let number = |at: usize| ["11837512435", "03895628785", "14818616342"][at].parse().unwrap();
        list.named = (0..count).map(|at| Named::Person(number(at))).collect();
        list
    }

    #[test]
    fn a_list_says_who_is_reserved_and_who_is_missing() {
        let list = people(3);
        let lookup = |standings: &[Standing]| {
            let found = RecipientLookup::of(&list, standings)?;
            Some((found.status, found.is_reserved.len(), found.missing_contact.len()))
        };
        assert_eq!(lookup(&[Reachable; 3]), Some((LookupStatus::Success, 0, 0)));
        assert_eq!(lookup(&[Reachable, Reserved, Missing]), Some((LookupStatus::PartialSuccess, 1, 1)));
        assert_eq!(lookup(&[Missing, Reserved, Missing]), Some((LookupStatus::Failed, 1, 2)));
        assert_eq!(lookup(&[Missing, Unanswered, Unanswered]), Some((LookupStatus::PartialSuccess, 0, 1)));
        assert_eq!(lookup(&[Unanswered; 3]), None);
    }
}
