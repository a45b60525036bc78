//! Who has a shipment and for how long: claims, leases, and what follows when one ends.

use chrono::{DateTime, Utc};

use crate::chain::lease::{self, MOST_EXPIRED_LEASES};
use crate::chain::{Ignored, Reason, Shipment, ShipmentState};
use crate::status::Failure;

/// Who has a shipment, from when, and until when.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    pub claim: u64,
    pub from: DateTime<Utc>,
    pub ends: DateTime<Utc>,
}

/// Children that are being made, and who makes them.
#[derive(Clone, Copy)]
pub(super) struct Making {
    pub lease: Lease,
    pub children: u16,
}

/// What follows when a message or a worker was lost.
enum Lost {
    /// The same message is queued again.
    QueuedAgain { shipment: Shipment, lease: Lease },
    /// It has lived, or was tried, for long enough.
    GivenUp { shipment: Shipment, reason: Reason, failure: Failure },
}

impl Shipment {
    pub(super) fn claimed(mut self, from: DateTime<Utc>) -> Self {
        self.attempts.claims += 1;
        let lease_ends = lease::ends(from, self.attempts.expired_leases);
        self.state = ShipmentState::Resolving { claim: self.attempts.claims, from, lease_ends };
        self
    }

    /// Its message or its worker was lost.
    pub(super) fn wake_leased(&self, lease: Lease, now: DateTime<Utc>) -> Result<Self, Ignored> {
        Ok(match self.lost(lease, now)? {
            Lost::GivenUp { shipment, reason, failure } => shipment.failed(reason, failure, now),
            Lost::QueuedAgain { shipment, lease: Lease { claim, from, ends } } => {
                shipment.in_state(ShipmentState::Resolving { claim, from, lease_ends: ends })
            }
        })
    }

    /// Its message or its worker was lost while the children were made.
    pub(super) fn wake_fanning_out(&self, making: Making, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let Making { lease, children } = making;
        Ok(match self.lost(lease, now)? {
            Lost::GivenUp { shipment, reason, .. } => shipment.without_the_rest(children, reason, now),
            Lost::QueuedAgain { shipment, lease: Lease { claim, from, ends } } => {
                shipment.in_state(ShipmentState::FanningOut { claim, from, lease_ends: ends, children })
            }
        })
    }

    /// A message is queued again a bounded number of times.
    fn lost(&self, lease: Lease, now: DateTime<Utc>) -> Result<Lost, Ignored> {
        if lease.ends > now {
            return Err(Ignored::NotYet);
        }
        let mut shipment = self.clone();
        shipment.attempts.expired_leases += 1;
        if now >= self.expires_at {
            return Ok(Lost::GivenUp { shipment, reason: Reason::LifetimeEnded, failure: Failure::Ttl });
        }
        let expired_leases = shipment.attempts.expired_leases;
        if expired_leases > MOST_EXPIRED_LEASES {
            let failure = Failure::Unspecified;
            return Ok(Lost::GivenUp { shipment, reason: Reason::AttemptsExhausted, failure });
        }
        let from = lease.from.max(now);
        let lease = Lease { from, ends: lease::ends(from, expired_leases), ..lease };
        Ok(Lost::QueuedAgain { shipment, lease })
    }

    /// No queue took its message: the next sweep tries again.
    pub(super) fn released(&self, from: DateTime<Utc>) -> Self {
        let is_first = self.attempts.claims <= 1;
        self.in_state(if is_first {
            ShipmentState::Scheduled { at: from }
        } else {
            ShipmentState::Postponed { at: from }
        })
    }

    /// No queue took the message about the children: the next sweep finds that it is lost.
    pub(super) fn released_fanning_out(&self, making: Making) -> Result<Self, Ignored> {
        let Making { lease: Lease { claim, from, ends }, children } = making;
        if ends <= from {
            return Err(Ignored::AlreadyKnown);
        }
        Ok(self.in_state(ShipmentState::FanningOut { claim, from, lease_ends: from, children }))
    }
}
