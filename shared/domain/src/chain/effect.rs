//! What has to be done once a change is stored: messages for the queues. They carry ids only.
//!
//! A state that says that a message is on a queue is followed by that message, whatever led to the state: effects are
//! found by comparing a chain with what it was.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Chain, DeliveryState, Shipment, ShipmentState};
use crate::channel::Channel;
use crate::ids::{ChainId, DeliveryId};

/// The longest delay that SQS knows (`DelaySeconds`: Amazon SQS API reference, `SendMessage`).
pub(super) const LONGEST_DELAY: TimeDelta = TimeDelta::minutes(15);

/// Something that has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Queue a message about a shipment whose recipients are to be resolved.
    QueueShipment {
        /// Not to be worked on before this time.
        at: DateTime<Utc>,
        /// The message.
        message: ShipmentMessage,
    },
    /// Queue a message about a delivery that is to be sent.
    QueueDelivery {
        /// On which channel, and so on which queue.
        channel: Channel,
        /// Not to be worked on before this time.
        at: DateTime<Utc>,
        /// The message.
        message: DeliveryMessage,
    },
}

/// Names a claimed shipment. Messages that were queued by the version before have other names for its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentMessage {
    /// The chain.
    pub chain: ChainId,
    /// The shipment in it.
    #[serde(alias = "step")]
    pub shipment: u8,
    /// The claim under which it was queued.
    #[serde(alias = "version")]
    pub claim: u64,
}

/// Names a queued delivery. Messages that were queued by the version before have other names for its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryMessage {
    /// The chain.
    pub chain: ChainId,
    /// The shipment in it.
    #[serde(alias = "step")]
    pub shipment: u8,
    /// The delivery in the shipment.
    #[serde(alias = "notification")]
    pub delivery: u16,
    /// The claim under which it was queued.
    #[serde(alias = "version")]
    pub claim: u64,
}

impl DeliveryMessage {
    /// The delivery's id.
    pub fn id(self) -> DeliveryId {
        self.chain.shipment(self.shipment).delivery(self.delivery)
    }
}

impl Effect {
    /// The earliest time at which a worker may act on it.
    pub fn at(self) -> DateTime<Utc> {
        match self {
            Self::QueueShipment { at, .. } | Self::QueueDelivery { at, .. } => at,
        }
    }

    /// How long the queue should hold it back, in whole seconds, rounded up so that it is never early, and at most as
    /// long as a queue can.
    pub fn delay_seconds(self, now: DateTime<Utc>) -> i32 {
        let wait = (self.at() - now).clamp(TimeDelta::zero(), LONGEST_DELAY);
        let whole = wait.num_seconds();
        let rounded = if wait > TimeDelta::seconds(whole) { whole + 1 } else { whole };
        i32::try_from(rounded).unwrap_or(0)
    }
}

impl Chain {
    /// Every message that its state says is on a queue.
    pub fn messages(&self) -> Vec<Effect> {
        self.numbered().flat_map(|(number, shipment)| self.messages_of(number, shipment)).collect()
    }

    fn messages_of(&self, number: u8, shipment: &Shipment) -> Vec<Effect> {
        match &shipment.state {
            ShipmentState::Resolving { claim, from, .. } | ShipmentState::FanningOut { claim, from, .. } => {
                let message = ShipmentMessage { chain: self.id, shipment: number, claim: *claim };
                vec![Effect::QueueShipment { at: *from, message }]
            }
            ShipmentState::Open(deliveries) => (0..)
                .zip(deliveries)
                .filter_map(|(delivery, one)| self.message_of(number, delivery, one))
                .collect(),
            ShipmentState::Scheduled { .. }
            | ShipmentState::Postponed { .. }
            | ShipmentState::FannedOut(_)
            | ShipmentState::AllChildrenFinal { .. }
            | ShipmentState::Stopped => vec![],
        }
    }

    fn message_of(&self, shipment: u8, delivery: u16, one: &super::Delivery) -> Option<Effect> {
        let DeliveryState::Queued { from, .. } = one.state else { return None };
        let message = DeliveryMessage { chain: self.id, shipment, delivery, claim: one.claim };
        Some(Effect::QueueDelivery { channel: one.channel, at: from, message })
    }

    /// The messages that follow from a change: those of the shipments and deliveries whose state has changed.
    pub(super) fn effects_since(&self, before: &Self) -> Vec<Effect> {
        self.messages().into_iter().filter(|effect| self.is_new_since(before, *effect)).collect()
    }

    fn is_new_since(&self, before: &Self, effect: Effect) -> bool {
        match effect {
            Effect::QueueShipment { message, .. } => {
                let [after, before] = [self, before]
                    .map(|chain| chain.shipment(message.shipment).map(|shipment| &shipment.state));
                after != before
            }
            Effect::QueueDelivery { message, .. } => {
                let [after, before] =
                    [self, before].map(|chain| chain.delivery(message.id()).map(|delivery| delivery.state));
                after != before
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, chain_with_reminder, planned};

    #[test]
    fn delays_are_never_early_and_never_longer_than_a_queue_can() {
        let message = ShipmentMessage { chain: planned().id, shipment: 0, claim: 1 };
        let cases = [
            ("10:00:00", 0),
            ("09:59:00", 0),
            ("10:00:01", 1),
            ("10:00:00.001", 1),
            ("10:00:59.999", 60),
            ("10:15:00", 900),
            ("10:15:01", 900),
        ];
        for (due, seconds) in cases {
            let effect = Effect::QueueShipment { at: at(due), message };
            assert_eq!(effect.delay_seconds(at("10:00:00")), seconds, "{due}");
        }
    }

    #[test]
    fn messages_carry_ids_only_and_those_of_the_version_before_are_read() {
        let chain = chain_with_reminder();
        let message = DeliveryMessage { chain: chain.id, shipment: 1, delivery: 2, claim: 7 };
        let json = serde_json::to_value(message).unwrap();
        let id = chain.id.to_string();
        assert_eq!(json, serde_json::json!({"chain": id, "shipment": 1, "delivery": 2, "claim": 7}));
        let before = serde_json::json!({"chain": id, "step": 1, "notification": 2, "version": 7});
        assert_eq!(serde_json::from_value::<DeliveryMessage>(before).unwrap(), message);
        let before = serde_json::json!({"chain": id, "step": 1, "version": 7});
        let message = ShipmentMessage { chain: chain.id, shipment: 1, claim: 7 };
        assert_eq!(serde_json::from_value::<ShipmentMessage>(before).unwrap(), message);
    }
}
