//! Which notices go before which others.

use serde::{Deserialize, Serialize};

use crate::order::{Order, Priority};

/// From how many recipients on a list is bulk: it waits behind the single notices of its owner.
pub const BULK_FROM: u16 = 11;

/// The class of a chain's deliveries, which says on which queue they wait and beside whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriorityClass {
    /// Single notices, and short lists.
    #[default]
    #[serde(rename = "n")]
    Normal,
    /// What the order calls urgent: it has queues and a share of the rate of its own.
    #[serde(rename = "u")]
    Urgent,
    /// Long lists, and recipients with many addresses.
    #[serde(rename = "b")]
    Bulk,
}

impl PriorityClass {
    /// The class of an order.
    pub fn of(order: &Order) -> Self {
        let listed = order.shipments.iter().filter_map(|shipment| shipment.recipients.listed()).max();
        match order.priority {
            Priority::Urgent => Self::Urgent,
            Priority::Normal if listed >= Some(BULK_FROM) => Self::Bulk,
            Priority::Normal => Self::Normal,
        }
    }

    /// The class of the many deliveries that something of this class has fanned out into.
    #[must_use]
    pub fn of_many(self) -> Self {
        match self {
            Self::Urgent => Self::Urgent,
            Self::Normal | Self::Bulk => Self::Bulk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{email_shipment, listed_shipment, order};
    use crate::order::When;

    #[test]
    fn an_order_says_what_is_urgent_and_its_list_what_is_bulk() {
        let single = order(vec![email_shipment(When::Now)]);
        assert_eq!(PriorityClass::of(&single), PriorityClass::Normal);
        assert_eq!(PriorityClass::of(&order(vec![listed_shipment(10)])), PriorityClass::Normal);
        assert_eq!(PriorityClass::of(&order(vec![listed_shipment(11)])), PriorityClass::Bulk);
        let urgent = Order { priority: Priority::Urgent, ..single };
        assert_eq!(PriorityClass::of(&urgent), PriorityClass::Urgent);
    }

    #[test]
    fn what_fans_out_is_bulk_unless_it_is_urgent() {
        assert_eq!(PriorityClass::Normal.of_many(), PriorityClass::Bulk);
        assert_eq!(PriorityClass::Urgent.of_many(), PriorityClass::Urgent);
    }
}
