//! A shipment as it is read: with the deliveries of its children, wherever these are stored.

use chrono::{DateTime, Utc};

use crate::chain::{Chain, Delivery, Reason, Shipment, ShipmentState};
use crate::ids::{DeliveryId, ShipmentId};
use crate::reached::Reached;
use crate::status::ShipmentStatus;

/// A shipment with all its deliveries.
#[derive(Debug, Clone)]
pub struct ShipmentView<'a> {
    /// The chain that it belongs to.
    pub chain: &'a Chain,
    /// Its number in the chain.
    pub number: u8,
    /// The shipment.
    pub shipment: &'a Shipment,
    /// Its deliveries, and those of its children, in order.
    pub deliveries: Vec<ViewedDelivery>,
}

/// A delivery of a shipment, wherever it is stored.
#[derive(Debug, Clone)]
pub struct ViewedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The child that it belongs to; none where the shipment has no children.
    pub place: Option<u16>,
    /// When it was looked up; of a child that has not been made, when its parent's state was reached.
    pub looked_up_at: DateTime<Utc>,
    /// The delivery.
    pub delivery: Delivery,
}

/// What is stored of one child, with its own children; none where it has not been made.
pub type StoredChild = Option<Vec<Chain>>;

impl<'a> ShipmentView<'a> {
    /// The view of a shipment with its children as they are stored, in their order; none if the chain has no such
    /// shipment.
    pub fn of(chain: &'a Chain, number: u8, children: &[StoredChild]) -> Option<Self> {
        let shipment = chain.shipment(number)?;
        let own = viewed(chain.shipment_id(number), None, shipment, shipment.deliveries());
        let of_children = (0..).zip(children).flat_map(|(place, child)| {
            let missing = || {
                viewed(
                    chain.id.child(number, place).shipment(0),
                    Some(place),
                    shipment,
                    &shipment.missing_child(),
                )
            };
            child.as_ref().map_or_else(missing, |chains| deliveries_of(chains, place))
        });
        let deliveries = own.into_iter().chain(of_children).collect();
        Some(Self { chain, number, shipment, deliveries })
    }

    /// The status as the owner reads it: computed from the children where there are any, because the parent looks at
    /// them only now and then.
    pub fn status(&self, now: DateTime<Utc>) -> ShipmentStatus {
        match self.shipment.state {
            ShipmentState::FannedOut(_) | ShipmentState::AllChildrenFinal { .. }
                if !self.deliveries.is_empty() =>
            {
                self.status_of_children()
            }
            ShipmentState::FannedOut(_)
            | ShipmentState::AllChildrenFinal { .. }
            | ShipmentState::FanningOut { .. }
            | ShipmentState::Scheduled { .. }
            | ShipmentState::Resolving { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::Open(_)
            | ShipmentState::Stopped => self.shipment.status(now),
        }
    }

    fn status_of_children(&self) -> ShipmentStatus {
        let mut deliveries = self.deliveries.iter().map(|viewed| &viewed.delivery);
        if !deliveries.clone().all(Delivery::is_final) {
            return ShipmentStatus::Processed;
        }
        let are_stopped = deliveries.all(Delivery::is_stopped);
        match self.shipment.decision.map(|decision| decision.reason) {
            Some(Reason::Cancelled) if are_stopped => ShipmentStatus::Cancelled,
            _ if are_stopped => ShipmentStatus::SendConditionNotMet,
            _ => ShipmentStatus::Completed,
        }
    }

    /// Whether anybody was reached.
    pub fn reached(&self) -> Reached {
        Reached::of(self.shipment, self.deliveries.iter().map(|viewed| Reached::by(&viewed.delivery)))
    }

    /// The latest of what happened to the shipment and to its deliveries.
    pub fn last_update(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let deliveries = self.deliveries.iter().map(|viewed| viewed.delivery.updated_at);
        deliveries.fold(self.shipment.reached_at(now), DateTime::max)
    }
}

fn deliveries_of(chains: &[Chain], place: u16) -> Vec<ViewedDelivery> {
    let shipments = chains
        .iter()
        .flat_map(|chain| chain.numbered().map(|(number, one)| (chain.shipment_id(number), one)));
    shipments.flat_map(|(id, shipment)| viewed(id, Some(place), shipment, shipment.deliveries())).collect()
}

fn viewed(
    id: ShipmentId,
    place: Option<u16>,
    shipment: &Shipment,
    deliveries: &[Delivery],
) -> Vec<ViewedDelivery> {
    let looked_up_at = shipment.looked_up_at.unwrap_or(shipment.updated_at);
    let numbered = (0..).zip(deliveries);
    let ids = numbered.map(|(ordinal, delivery)| (id.delivery(ordinal), delivery.clone()));
    ids.map(|(id, delivery)| ViewedDelivery { id, place, looked_up_at, delivery }).collect()
}
