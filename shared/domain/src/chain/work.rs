//! What a message leads to: what the worker that has received it is to do.

use chrono::{DateTime, Utc};

use super::{Chain, DeliveryMessage, DeliveryState, Effect, ShipmentMessage, ShipmentState};
use crate::window::SendingWindow;

/// What a message about a shipment leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ShipmentWork {
    /// Nothing: another claim has taken its place, or it is resolved already.
    Stale,
    /// It came too early and goes back to the queue.
    Early(Effect),
    /// Its lifetime is over.
    Expired,
    /// Its recipients are to be resolved.
    Resolve,
    /// Its children are to be made, of what is written down.
    MakeChildren,
}

/// What a message about a delivery leads to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeliveryWork {
    /// Nothing: another claim has taken its place, or a sender has it, or it is over.
    Stale,
    /// It came too early and goes back to the queue.
    Early(Effect),
    /// Its lifetime is over.
    Expired,
    /// It waits for the sending window, which is closed until then.
    Closed(DateTime<Utc>),
    /// It may be sent.
    Send,
}

impl Chain {
    /// What a worker is to do that has received this message.
    pub fn shipment_work(&self, message: ShipmentMessage, now: DateTime<Utc>) -> ShipmentWork {
        let Some(shipment) = self.shipment(message.shipment) else { return ShipmentWork::Stale };
        match shipment.state {
            ShipmentState::Resolving { claim, .. } | ShipmentState::FanningOut { claim, .. }
                if claim != message.claim =>
            {
                ShipmentWork::Stale
            }
            ShipmentState::Resolving { from, .. } | ShipmentState::FanningOut { from, .. } if from > now => {
                ShipmentWork::Early(Effect::QueueShipment { at: from, message })
            }
            ShipmentState::Resolving { .. } | ShipmentState::FanningOut { .. }
                if now >= shipment.expires_at =>
            {
                ShipmentWork::Expired
            }
            ShipmentState::Resolving { .. } => ShipmentWork::Resolve,
            ShipmentState::FanningOut { .. } => ShipmentWork::MakeChildren,
            ShipmentState::Scheduled { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::Open(_)
            | ShipmentState::FannedOut(_)
            | ShipmentState::AllChildrenFinal { .. }
            | ShipmentState::Stopped => ShipmentWork::Stale,
        }
    }

    /// What a sender is to do that has received this message.
    pub fn delivery_work(
        &self,
        message: DeliveryMessage,
        window: &SendingWindow,
        now: DateTime<Utc>,
    ) -> DeliveryWork {
        let (Some(shipment), Some(delivery)) = (self.shipment(message.shipment), self.delivery(message.id()))
        else {
            return DeliveryWork::Stale;
        };
        let DeliveryState::Queued { from, .. } = delivery.state else { return DeliveryWork::Stale };
        if delivery.claim != message.claim {
            return DeliveryWork::Stale;
        }
        if from > now {
            return DeliveryWork::Early(Effect::QueueDelivery {
                channel: delivery.channel,
                at: from,
                message,
            });
        }
        if now >= shipment.expires_at {
            return DeliveryWork::Expired;
        }
        let opens = window.opens(delivery.channel, delivery.policy, now);
        if opens > now { DeliveryWork::Closed(opens) } else { DeliveryWork::Send }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, planned, queued_email, queued_sms, sending_email, woken};

    fn window() -> SendingWindow {
        SendingWindow::default()
    }

    #[test]
    fn a_shipment_is_worked_on_under_its_claim_at_its_time_while_it_lives() {
        let chain = woken(&planned(), "11:57:00");
        let message = ShipmentMessage { chain: chain.id, shipment: 0, claim: 1 };
        let early = Effect::QueueShipment { at: at("12:00:00"), message };
        assert_eq!(chain.shipment_work(message, at("11:59:59")), ShipmentWork::Early(early));
        assert_eq!(chain.shipment_work(message, at("12:00:00")), ShipmentWork::Resolve);
        let other = ShipmentMessage { claim: 2, ..message };
        assert_eq!(chain.shipment_work(other, at("12:00:00")), ShipmentWork::Stale);
        let no_such = ShipmentMessage { shipment: 9, ..message };
        assert_eq!(chain.shipment_work(no_such, at("12:00:00")), ShipmentWork::Stale);
        let over = chain.shipments[0].expires_at;
        assert_eq!(chain.shipment_work(message, over), ShipmentWork::Expired);
    }

    #[test]
    fn a_delivery_is_sent_under_its_claim_once_and_while_it_lives() {
        let chain = queued_email();
        let message = DeliveryMessage { chain: chain.id, shipment: 0, delivery: 0, claim: 1 };
        assert_eq!(chain.delivery_work(message, &window(), at("10:00:00")), DeliveryWork::Send);
        let other = DeliveryMessage { claim: 2, ..message };
        assert_eq!(chain.delivery_work(other, &window(), at("10:00:00")), DeliveryWork::Stale);
        assert_eq!(sending_email().delivery_work(message, &window(), at("10:00:00")), DeliveryWork::Stale);
        let over = chain.shipments[0].expires_at;
        assert_eq!(chain.delivery_work(message, &window(), over), DeliveryWork::Expired);
    }

    #[test]
    fn what_a_long_queue_kept_until_the_window_closed_waits_for_the_next_one() {
        let chain = queued_sms("15:59:00");
        let message = DeliveryMessage { chain: chain.id, shipment: 0, delivery: 0, claim: 1 };
        assert_eq!(chain.delivery_work(message, &window(), at("15:59:59")), DeliveryWork::Send);
        let opens = "2026-11-03T08:00:00Z".parse().unwrap();
        assert_eq!(chain.delivery_work(message, &window(), at("16:00:00")), DeliveryWork::Closed(opens));
    }
}
