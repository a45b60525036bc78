//! Messages and workers in the model.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::provider::Answer;
use crate::chain::{Chain, Effect};

/// How far a worker has come with its message.
#[derive(Debug, Clone, PartialEq, Hash)]
pub enum Step {
    /// It has read the chain.
    Loaded,
    /// It may send: the reminder's message had not been opened when it looked.
    Ready,
    /// It has claimed the delivery.
    Claimed,
    /// The provider was called.
    Called(Answer),
    /// The outcome is stored, and what follows is to be queued.
    Stored(Vec<Message>),
}

/// A message on a queue, and from when on it can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Message {
    pub at: DateTime<Utc>,
    pub about: About,
    pub claim: u64,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum About {
    Shipment(u8),
    Delivery(u8, u16),
}

impl Message {
    pub fn of(effect: &Effect) -> Self {
        match *effect {
            Effect::QueueShipment { at, message } => {
                Self { at, about: About::Shipment(message.shipment), claim: message.claim }
            }
            Effect::QueueDelivery { at, message, .. } => {
                let about = About::Delivery(message.shipment, message.delivery);
                Self { at, about, claim: message.claim }
            }
        }
    }
}

/// A worker that has a message.
#[derive(Debug, Clone)]
pub struct Job {
    pub message: Message,
    pub step: Step,
    /// The chain as it has read it.
    pub snapshot: Rc<Kept>,
    /// When it is killed, if it is still at it.
    pub until: DateTime<Utc>,
}

/// A chain, and what tells it from others, whatever its version is.
#[derive(Debug)]
pub struct Kept {
    pub chain: Chain,
    pub digest: u64,
}

impl Kept {
    pub fn new(chain: Chain) -> Rc<Self> {
        let unversioned = Chain { version: 0, ..chain.clone() };
        let mut hasher = DefaultHasher::new();
        serde_json::to_vec(&unversioned).unwrap().hash(&mut hasher);
        chain.entry.map(|entry| (entry.space, entry.at)).hash(&mut hasher);
        Rc::new(Self { chain, digest: hasher.finish() })
    }
}
