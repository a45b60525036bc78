//! A shipment as it is read: with the deliveries of its children, wherever these are stored.

use chrono::{DateTime, Utc};

use crate::chain::{Chain, Delivery, Reason, Shipment, ShipmentState};
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
    pub deliveries: Vec<Delivery>,
    /// For each delivery the child that it belongs to; none where the shipment has no children.
    pub places: Vec<u16>,
}

/// What is stored of one child, with its own children; none where it has not been made.
pub type StoredChild = Option<Vec<Chain>>;

impl<'a> ShipmentView<'a> {
    /// The view of a shipment with its children as they are stored, in their order; none if the chain has no such
    /// shipment.
    pub fn of(chain: &'a Chain, number: u8, children: &[StoredChild]) -> Option<Self> {
        let shipment = chain.shipment(number)?;
        let mut view =
            Self { chain, number, shipment, deliveries: shipment.deliveries().to_vec(), places: vec![] };
        for (place, child) in (0..).zip(children) {
            let deliveries = match child {
                Some(chains) => deliveries_of(chains),
                None => shipment.missing_child(),
            };
            view.places.extend(deliveries.iter().map(|_| place));
            view.deliveries.extend(deliveries);
        }
        Some(view)
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
        if !self.deliveries.iter().all(Delivery::is_final) {
            return ShipmentStatus::Processed;
        }
        let are_stopped = self.deliveries.iter().all(Delivery::is_stopped);
        match self.shipment.decision.map(|decision| decision.reason) {
            Some(Reason::Cancelled) if are_stopped => ShipmentStatus::Cancelled,
            _ if are_stopped => ShipmentStatus::SendConditionNotMet,
            _ => ShipmentStatus::Completed,
        }
    }

    /// The latest of what happened to the shipment and to its deliveries.
    pub fn last_update(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let deliveries = self.deliveries.iter().map(|delivery| delivery.updated_at);
        deliveries.fold(self.shipment.reached_at(now), DateTime::max)
    }
}

fn deliveries_of(chains: &[Chain]) -> Vec<Delivery> {
    let shipments = chains.iter().flat_map(|chain| &chain.shipments);
    shipments.flat_map(|shipment| shipment.deliveries().to_vec()).collect()
}
