//! A shipment under a lease: a message about it is on a queue, or a worker has it.

use chrono::{DateTime, Utc};

use crate::chain::fan_out::FanOut;
use crate::chain::lease::{self, MOST_EXPIRED_LEASES};
use crate::chain::resolve::{Resolved, ResolvedTo};
use crate::chain::{Ignored, Reason, Shipment, ShipmentEvent, ShipmentState};
use crate::status::Failure;

/// The claim under which a shipment is worked on, from when, and until when.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    pub claim: u64,
    pub from: DateTime<Utc>,
    pub ends: DateTime<Utc>,
}

/// Children that are being made, and the lease under which they are.
#[derive(Clone, Copy)]
pub(super) struct Making {
    pub lease: Lease,
    pub children: u16,
}

/// Why a shipment is given up, and the failure of its deliveries.
#[derive(Clone, Copy)]
pub(super) struct GivenUp {
    pub reason: Reason,
    pub failure: Failure,
}

pub(super) const LIFETIME_ENDED: GivenUp = GivenUp { reason: Reason::LifetimeEnded, failure: Failure::Ttl };

const ATTEMPTS_EXHAUSTED: GivenUp =
    GivenUp { reason: Reason::AttemptsExhausted, failure: Failure::Unspecified };

impl Lease {
    /// Refuses an event of another claim.
    pub fn check_claim(&self, event: &ShipmentEvent) -> Result<(), Ignored> {
        let is_other = event.claim().is_some_and(|claim| claim != self.claim);
        if is_other { Err(Ignored::OtherClaim) } else { Ok(()) }
    }
}

impl Shipment {
    pub(super) fn claimed(mut self, from: DateTime<Utc>) -> Self {
        self.attempts.claims += 1;
        let ends = lease::ends(from, self.attempts.expired_leases);
        let claim = self.attempts.claims;
        self.resolving_under(Lease { claim, from, ends })
    }

    /// Its message or its worker was lost: the same message is queued again, a bounded number of times.
    pub(super) fn wake_leased(&self, lease: Lease, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let lost = self.with_expired_lease(lease, now)?;
        Ok(match lost.given_up(now) {
            Some(given_up) => lost.failed(given_up, now),
            None => lost.resolving_under(lost.renewed(lease, now)),
        })
    }

    /// Its message or its worker was lost while the children were made.
    pub(super) fn wake_fanning_out(&self, making: Making, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let Making { lease, children } = making;
        let lost = self.with_expired_lease(lease, now)?;
        Ok(match lost.given_up(now) {
            Some(given_up) => lost.without_the_rest(children, given_up.reason, now),
            None => lost.fanning_out_under(Making { lease: lost.renewed(lease, now), children }),
        })
    }

    fn with_expired_lease(&self, lease: Lease, now: DateTime<Utc>) -> Result<Self, Ignored> {
        if lease.ends > now {
            return Err(Ignored::NotYet);
        }
        let mut lost = self.clone();
        lost.attempts.expired_leases += 1;
        Ok(lost)
    }

    fn given_up(&self, now: DateTime<Utc>) -> Option<GivenUp> {
        if now >= self.expires_at {
            Some(LIFETIME_ENDED)
        } else if self.attempts.expired_leases > MOST_EXPIRED_LEASES {
            Some(ATTEMPTS_EXHAUSTED)
        } else {
            None
        }
    }

    /// The lease of the same claim from now on, or from when it was to begin.
    fn renewed(&self, lease: Lease, now: DateTime<Utc>) -> Lease {
        let from = lease.from.max(now);
        Lease { from, ends: lease::ends(from, self.attempts.expired_leases), ..lease }
    }

    fn resolving_under(&self, lease: Lease) -> Self {
        let Lease { claim, from, ends } = lease;
        self.in_state(ShipmentState::Resolving { claim, from, lease_ends: ends })
    }

    fn fanning_out_under(&self, making: Making) -> Self {
        let Making { lease: Lease { claim, from, ends }, children } = making;
        self.in_state(ShipmentState::FanningOut { claim, from, lease_ends: ends, children })
    }

    pub(super) fn looked_up(&self, claim: u64, resolved: &Resolved, now: DateTime<Utc>) -> Self {
        match &resolved.to {
            ResolvedTo::Deliveries(deliveries) => self.in_state(ShipmentState::Open(deliveries.clone())),
            ResolvedTo::ChildrenToMake(children) => {
                let ends = lease::ends(now, self.attempts.expired_leases);
                let lease = Lease { claim, from: now, ends };
                self.fanning_out_under(Making { lease, children: *children })
            }
            ResolvedTo::Children(fan_out) => self.in_state(ShipmentState::FannedOut(*fan_out)),
        }
    }

    /// No children are made beyond those that are made already.
    pub(super) fn without_the_rest(&self, children: u16, reason: Reason, now: DateTime<Utc>) -> Self {
        let fan_out = FanOut { children, final_before: 0, check_at: now };
        self.decided(reason, now).in_state(ShipmentState::FannedOut(fan_out))
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

    /// No queue took the message about the children: the lease ends, and the next sweep finds that.
    pub(super) fn released_fanning_out(&self, making: Making) -> Result<Self, Ignored> {
        let Lease { from, ends, .. } = making.lease;
        if ends <= from {
            return Err(Ignored::AlreadyKnown);
        }
        Ok(self.fanning_out_under(Making { lease: Lease { ends: from, ..making.lease }, ..making }))
    }
}
