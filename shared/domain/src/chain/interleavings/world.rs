//! What surrounds a chain in the model: queue, workers, provider, owner, and the time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use chrono::{DateTime, Utc};

use super::job::{About, Job, Kept, Message, Step};
use super::provider::Call;
use crate::chain::{Chain, Report};
use crate::ids::DeliveryId;
use crate::order::Order;

/// A fault of the service that the search must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    Nothing,
    /// A claim is written whatever has been written since the chain was read.
    UnconditionalClaim,
    /// A worker may take longer than the lease of its claim.
    ShortLease,
    /// A report is taken to be about the newest delivery to its address.
    ReportByAddress,
}

/// How much may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Workers and sweeps that die.
    pub deaths: u8,
    /// Messages that the queue delivers once more.
    pub repeats: u8,
    /// Calls that the provider refuses, for good or for its rate.
    pub refusals: u8,
    /// Calls without an answer.
    pub silences: u8,
    /// Times at which nothing happens until the next moment that means something.
    pub passes: u8,
}

/// Everything that decides what can happen.
#[derive(Debug, Clone)]
pub struct World {
    pub kept: Rc<Kept>,
    pub now: DateTime<Utc>,
    pub queue: Vec<Message>,
    pub workers: [Option<Job>; 2],
    pub calls: Vec<Call>,
    pub reported: Option<(DeliveryId, Report)>,
    pub is_reported_twice: bool,
    pub opened_at: Option<DateTime<Utc>>,
    pub is_cancelled: bool,
    pub left: Bounds,
    pub planted: Planted,
    pub ordered: Rc<Order>,
}

impl World {
    pub fn new(chain: Chain, ordered: Order, planted: Planted, left: Bounds) -> Self {
        let queue = chain.messages().iter().map(Message::of).collect();
        Self {
            now: chain.accepted_at,
            kept: Kept::new(chain),
            queue,
            workers: [None, None],
            calls: vec![],
            reported: None,
            is_reported_twice: false,
            opened_at: None,
            is_cancelled: false,
            left,
            planted,
            ordered: Rc::new(ordered),
        }
    }

    pub fn chain(&self) -> &Chain {
        &self.kept.chain
    }

    /// What tells this state from others. Workers are alike, and so are messages on the queue.
    pub fn digest(&self) -> u64 {
        let mut jobs = self.workers.each_ref().map(|job| {
            job.as_ref().map(|job| {
                let mut hasher = DefaultHasher::new();
                (job.message, &job.step, job.until).hash(&mut hasher);
                // What it writes from then on is applied to what is stored, unless it is planted otherwise.
                if job.step == Step::Loaded || self.planted == Planted::UnconditionalClaim {
                    let is_current = job.snapshot.chain.version == self.chain().version;
                    (is_current, job.snapshot.digest).hash(&mut hasher);
                }
                hasher.finish()
            })
        });
        jobs.sort_unstable();
        let mut queue = self.queue.clone();
        queue.sort_unstable();
        let mut calls = self.calls.clone();
        calls.sort_unstable_by_key(|call| (call.delivery.to_string(), call.claim));
        let mut hasher = DefaultHasher::new();
        (self.kept.digest, self.now, queue, jobs, calls, self.left).hash(&mut hasher);
        (self.opened_at, self.is_cancelled, self.is_reported_twice).hash(&mut hasher);
        format!("{:?}", self.reported).hash(&mut hasher);
        hasher.finish()
    }

    /// The deliveries that there are, in their order.
    pub fn ids(&self) -> Vec<DeliveryId> {
        let numbered = self.chain().numbered();
        numbered
            .flat_map(|(number, shipment)| {
                let id = self.chain().shipment_id(number);
                (0..).zip(shipment.deliveries()).map(move |(ordinal, _)| id.delivery(ordinal))
            })
            .collect()
    }

    pub fn delivery_of(&self, job: &Job) -> Option<DeliveryId> {
        match job.message.about {
            About::Delivery(shipment, delivery) => {
                Some(self.chain().shipment_id(shipment).delivery(delivery))
            }
            About::Shipment(_) => None,
        }
    }
}
