//! The transitions of a shipment.

use chrono::{DateTime, TimeDelta, Utc};

use crate::chain::delivery::{Basis, Delivery, DeliveryState, Ending, Outcome};
use crate::chain::due;
use crate::chain::fan_out::FanOut;
use crate::chain::lease::{self, MOST_EXPIRED_LEASES};
use crate::chain::resolve::{Resolved, ResolvedTo};
use crate::chain::{Decision, Ignored, Reason, Shipment, ShipmentEvent, ShipmentState, back_off};
use crate::order::OnConditionFailure;
use crate::status::Failure;

/// How long after a condition endpoint gave no answer it is asked once more, as the incumbent does.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// How often a condition endpoint is asked in vain before an order that would rather not send is stopped: over some
/// ten minutes.
const MOST_CONDITION_ATTEMPTS: u32 = 6;

/// What a transition of a shipment depends on beside state and event.
pub(in crate::chain) struct Context {
    /// The time.
    pub now: DateTime<Utc>,
    /// Why a reminder fires, or does not, when its time has come; none for a notification.
    pub reminder: Option<Reason>,
}

/// The shipment after an event.
pub(in crate::chain) fn transition(
    before: &Shipment,
    event: &ShipmentEvent,
    context: &Context,
) -> Result<Shipment, Ignored> {
    let now = context.now;
    let mut after = next(before, event, context)?;
    if after.status(now) != before.status(now) {
        after.updated_at = now;
    }
    Ok(after)
}

fn next(shipment: &Shipment, event: &ShipmentEvent, context: &Context) -> Result<Shipment, Ignored> {
    use ShipmentState as S;
    match &shipment.state {
        S::Scheduled { at } => scheduled(shipment, *at, context.reminder, event, context.now),
        S::Postponed { at } => scheduled(shipment, *at, None, event, context.now),
        S::Resolving { claim, from, lease_ends } => {
            let lease = Lease { claim: *claim, from: *from, ends: *lease_ends };
            resolving(shipment, lease, event, context.now)
        }
        S::Open(deliveries) => open(shipment, deliveries, event, context.now),
        S::FanningOut { claim, from, lease_ends, children } => {
            let lease = Lease { claim: *claim, from: *from, ends: *lease_ends };
            fanning_out(shipment, Making { lease, children: *children }, event, context.now)
        }
        S::FannedOut(fan_out) => fanned_out(shipment, *fan_out, event, context.now),
        S::AllChildrenFinal { .. } => all_children_final(event),
        S::Stopped => stopped(event),
    }
}

/// It waits for its time, for the first time or to be tried again.
fn scheduled(
    shipment: &Shipment,
    at: DateTime<Utc>,
    reminder: Option<Reason>,
    event: &ShipmentEvent,
    now: DateTime<Utc>,
) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    match event {
        E::Woken => shipment.wake_at(at, reminder, now),
        E::Cancelled => Ok(shipment.cancelled(now)),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. } => Err(Ignored::NotClaimed),
        E::ChildrenChecked { .. } | E::ChildEnded { .. } => Err(Ignored::NoChildren),
        E::Opened => Err(Ignored::NotResolved),
    }
}

/// A message about it is on the queue, or a worker has it.
fn resolving(
    shipment: &Shipment,
    lease: Lease,
    event: &ShipmentEvent,
    now: DateTime<Utc>,
) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    if event.claim().is_some_and(|claim| claim != lease.claim) {
        return Err(Ignored::OtherClaim);
    }
    match event {
        E::Woken => shipment.wake_leased(lease, now),
        E::LookedUp { resolved, .. } => Ok(shipment.looked_up(lease.claim, resolved, now)),
        E::LookupFailed { partly_resolved, fraction, .. } => {
            Ok(shipment.lookup_failed(*partly_resolved, *fraction, now))
        }
        E::OutOfTime { .. } => Ok(shipment.out_of_time(now)),
        E::ConditionUnmet { .. } => {
            Ok(shipment.decided(Reason::ConditionNotMet, now).in_state(ShipmentState::Stopped))
        }
        E::ConditionUnanswered { otherwise, fraction, .. } => {
            Ok(shipment.condition_unanswered(*otherwise, *fraction, now))
        }
        E::Released { .. } => Ok(shipment.released(lease.from)),
        E::Expired { .. } if now < shipment.expires_at => Err(Ignored::NotYet),
        E::Expired { .. } => Ok(shipment.failed(Reason::LifetimeEnded, Failure::Ttl, now)),
        E::Cancelled => Ok(shipment.cancelled(now)),
        E::ChildrenMade { .. } | E::ChildrenChecked { .. } | E::ChildEnded { .. } => Err(Ignored::NoChildren),
        E::Opened => Err(Ignored::NotResolved),
    }
}

/// Its recipients are resolved to deliveries, some of which may be under way.
fn open(
    shipment: &Shipment,
    deliveries: &[Delivery],
    event: &ShipmentEvent,
    now: DateTime<Utc>,
) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    match event {
        E::Opened => shipment.take_back(deliveries, Reason::MessageOpened, now),
        E::Cancelled => shipment.take_back(deliveries, Reason::Cancelled, now),
        E::Woken => Err(Ignored::Resolved),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. } => Err(Ignored::AlreadyKnown),
        E::ChildrenChecked { .. } | E::ChildEnded { .. } => Err(Ignored::NoChildren),
    }
}

/// Its children are being made, from what is written down.
fn fanning_out(
    shipment: &Shipment,
    making: Making,
    event: &ShipmentEvent,
    now: DateTime<Utc>,
) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    if event.claim().is_some_and(|claim| claim != making.lease.claim) {
        return Err(Ignored::OtherClaim);
    }
    match event {
        E::Woken => shipment.wake_fanning_out(making, now),
        E::ChildrenMade { .. } => {
            Ok(shipment.in_state(ShipmentState::FannedOut(FanOut::new(making.children, now))))
        }
        E::Released { .. } => shipment.released_fanning_out(making),
        E::Expired { .. } if now < shipment.expires_at => Err(Ignored::NotYet),
        E::Expired { .. } => Ok(shipment.without_the_rest(making.children, Reason::LifetimeEnded, now)),
        E::Cancelled => Ok(shipment.without_the_rest(making.children, Reason::Cancelled, now)),
        E::LookedUp { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. } => Err(Ignored::AlreadyKnown),
        E::ChildrenChecked { .. } | E::ChildEnded { .. } => Err(Ignored::NotYet),
        E::Opened => Err(Ignored::ChildrenDecide),
    }
}

/// Its children are made, and some are not over.
fn fanned_out(
    shipment: &Shipment,
    fan_out: FanOut,
    event: &ShipmentEvent,
    now: DateTime<Utc>,
) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    match event {
        E::ChildrenChecked { final_before, check_at } => {
            Ok(shipment.children_checked(fan_out, *final_before, *check_at))
        }
        E::ChildEnded { check_at } if *check_at >= fan_out.check_at => Err(Ignored::AlreadyKnown),
        E::ChildEnded { check_at } => {
            Ok(shipment.in_state(ShipmentState::FannedOut(FanOut { check_at: *check_at, ..fan_out })))
        }
        E::Cancelled if shipment.is_cancelled() => Err(Ignored::AlreadyKnown),
        E::Cancelled => Ok(shipment.decided(Reason::Cancelled, now)),
        E::Woken | E::Opened => Err(Ignored::ChildrenDecide),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. } => Err(Ignored::AlreadyKnown),
    }
}

fn all_children_final(event: &ShipmentEvent) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    Err(match event {
        E::Woken | E::Opened | E::Cancelled => Ignored::Final,
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. }
        | E::ChildrenChecked { .. }
        | E::ChildEnded { .. } => Ignored::AlreadyKnown,
    })
}

fn stopped(event: &ShipmentEvent) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    Err(match event {
        E::ChildrenChecked { .. } | E::ChildEnded { .. } => Ignored::NoChildren,
        E::Woken
        | E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. }
        | E::Opened
        | E::Cancelled => Ignored::Final,
    })
}

/// Children that are being made, and who makes them.
#[derive(Clone, Copy)]
struct Making {
    lease: Lease,
    children: u16,
}

/// Who has a shipment, from when, and until when.
#[derive(Clone, Copy)]
struct Lease {
    claim: u64,
    from: DateTime<Utc>,
    ends: DateTime<Utc>,
}

impl Shipment {
    fn in_state(&self, state: ShipmentState) -> Self {
        Self { state, ..self.clone() }
    }

    fn decided(&self, reason: Reason, now: DateTime<Utc>) -> Self {
        Self { decision: Some(Decision { reason, at: now }), ..self.clone() }
    }

    /// Whether its owner cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.decision.is_some_and(|decision| decision.reason == Reason::Cancelled)
    }

    /// Its time has come, or will within the look-ahead: a message about it is queued.
    fn wake_at(
        &self,
        at: DateTime<Utc>,
        reminder: Option<Reason>,
        now: DateTime<Utc>,
    ) -> Result<Self, Ignored> {
        if !due::is_acted_on(at, now) {
            return Err(Ignored::NotYet);
        }
        if reminder == Some(Reason::MessageOpened) {
            return Ok(self.decided(Reason::MessageOpened, now).in_state(ShipmentState::Stopped));
        }
        if now >= self.expires_at {
            return Ok(self.failed(Reason::LifetimeEnded, Failure::Ttl, now));
        }
        let fired = reminder.map_or_else(|| self.clone(), |reason| self.decided(reason, now));
        Ok(fired.claimed(at.max(now)))
    }

    fn claimed(mut self, from: DateTime<Utc>) -> Self {
        self.attempts.claims += 1;
        let lease_ends = lease::ends(from, self.attempts.expired_leases);
        self.state = ShipmentState::Resolving { claim: self.attempts.claims, from, lease_ends };
        self
    }

    /// Its message or its worker was lost: the same message is queued again, a bounded number of times.
    fn wake_leased(&self, lease: Lease, now: DateTime<Utc>) -> Result<Self, Ignored> {
        if lease.ends > now {
            return Err(Ignored::NotYet);
        }
        let mut lost = self.clone();
        lost.attempts.expired_leases += 1;
        if now >= self.expires_at {
            return Ok(lost.failed(Reason::LifetimeEnded, Failure::Ttl, now));
        }
        if lost.attempts.expired_leases > MOST_EXPIRED_LEASES {
            return Ok(lost.failed(Reason::AttemptsExhausted, Failure::Unspecified, now));
        }
        let from = lease.from.max(now);
        let lease_ends = lease::ends(from, lost.attempts.expired_leases);
        lost.state = ShipmentState::Resolving { claim: lease.claim, from, lease_ends };
        Ok(lost)
    }

    /// Nobody makes the children any more that are not made yet.
    fn without_the_rest(&self, children: u16, reason: Reason, now: DateTime<Utc>) -> Self {
        let fan_out = FanOut { children, final_before: 0, check_at: now };
        self.decided(reason, now).in_state(ShipmentState::FannedOut(fan_out))
    }

    /// Its message or its worker was lost while the children were made.
    fn wake_fanning_out(&self, making: Making, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let Making { lease, children } = making;
        if lease.ends > now {
            return Err(Ignored::NotYet);
        }
        let mut lost = self.clone();
        lost.attempts.expired_leases += 1;
        if now >= self.expires_at {
            return Ok(lost.without_the_rest(children, Reason::LifetimeEnded, now));
        }
        if lost.attempts.expired_leases > MOST_EXPIRED_LEASES {
            return Ok(lost.without_the_rest(children, Reason::AttemptsExhausted, now));
        }
        let from = lease.from.max(now);
        let lease_ends = lease::ends(from, lost.attempts.expired_leases);
        lost.state = ShipmentState::FanningOut { claim: lease.claim, from, lease_ends, children };
        Ok(lost)
    }

    fn looked_up(&self, claim: u64, resolved: &Resolved, now: DateTime<Utc>) -> Self {
        self.in_state(match &resolved.to {
            ResolvedTo::Deliveries(deliveries) => ShipmentState::Open(deliveries.clone()),
            ResolvedTo::ChildrenToMake(children) => {
                let lease_ends = lease::ends(now, self.attempts.expired_leases);
                ShipmentState::FanningOut { claim, from: now, lease_ends, children: *children }
            }
            ResolvedTo::Children(fan_out) => ShipmentState::FannedOut(*fan_out),
        })
    }

    fn lookup_failed(&self, partly_resolved: bool, fraction: f64, now: DateTime<Utc>) -> Self {
        let mut waits = self.postponed(now + back_off(self.attempts.lookups, fraction));
        waits.attempts.lookups += 1;
        waits.partly_resolved |= partly_resolved;
        waits
    }

    /// A worker made some of the children it was to make, or looked up some of those listed: the rest follows at once.
    fn out_of_time(&self, now: DateTime<Utc>) -> Self {
        Self { partly_resolved: true, ..self.in_state(ShipmentState::Postponed { at: now }) }
    }

    /// No queue took the message about the children: the next sweep finds that it is lost.
    fn released_fanning_out(&self, making: Making) -> Result<Self, Ignored> {
        let Making { lease: Lease { claim, from, ends }, children } = making;
        if ends <= from {
            return Err(Ignored::AlreadyKnown);
        }
        Ok(self.in_state(ShipmentState::FanningOut { claim, from, lease_ends: from, children }))
    }

    fn postponed(&self, at: DateTime<Utc>) -> Self {
        self.in_state(ShipmentState::Postponed { at: at.min(self.expires_at) })
    }

    /// Unless the order says otherwise, the first time the shipment waits a minute to ask again, the second time it
    /// goes on. One that is to be held waits longer each time, and in the end is stopped.
    fn condition_unanswered(&self, otherwise: OnConditionFailure, fraction: f64, now: DateTime<Utc>) -> Self {
        let mut asked = self.clone();
        asked.attempts.conditions += 1;
        let attempts = asked.attempts.conditions;
        match otherwise {
            OnConditionFailure::Send if attempts > 1 => asked.decided(Reason::ConditionUnanswered, now),
            OnConditionFailure::Send => asked.postponed(now + ASK_AGAIN_AFTER),
            OnConditionFailure::Hold if attempts >= MOST_CONDITION_ATTEMPTS => {
                asked.decided(Reason::ConditionUnanswered, now).in_state(ShipmentState::Stopped)
            }
            OnConditionFailure::Hold => asked.postponed(now + back_off(attempts, fraction)),
        }
    }

    /// No queue took its message: the next sweep tries again.
    fn released(&self, from: DateTime<Utc>) -> Self {
        let is_first = self.attempts.claims <= 1;
        self.in_state(if is_first {
            ShipmentState::Scheduled { at: from }
        } else {
            ShipmentState::Postponed { at: from }
        })
    }

    /// Ends it unresolved: as failed on the channels that it would have taken, or, where it lists recipients, as
    /// failed for those who have no chain.
    fn failed(&self, reason: Reason, failure: Failure, now: DateTime<Utc>) -> Self {
        if let Some(children) = self.listed {
            return self.without_the_rest(children, reason, now);
        }
        let channels = self.schema.first_choice().iter();
        let deliveries = channels.map(|channel| Delivery::failed(*channel, failure, Basis::Inferred, now));
        self.decided(reason, now).in_state(ShipmentState::Open(deliveries.collect()))
    }

    fn children_checked(&self, before: FanOut, final_before: u16, check_at: DateTime<Utc>) -> Self {
        let FanOut { children, .. } = before;
        self.in_state(if final_before >= children {
            ShipmentState::AllChildrenFinal { children }
        } else {
            ShipmentState::FannedOut(FanOut { children, final_before, check_at })
        })
    }

    /// Takes back what no sender has claimed.
    fn take_back(
        &self,
        deliveries: &[Delivery],
        reason: Reason,
        now: DateTime<Utc>,
    ) -> Result<Self, Ignored> {
        if self.is_final() {
            return Err(Ignored::Final);
        }
        if !deliveries.iter().any(Delivery::is_new) {
            return Err(Ignored::OnItsWay);
        }
        let deliveries = deliveries.iter().map(|delivery| delivery.taken_back(now)).collect();
        Ok(self.decided(reason, now).in_state(ShipmentState::Open(deliveries)))
    }

    /// Where some of those whom it lists have their chains, these look at their parent before they are sent.
    fn cancelled(&self, now: DateTime<Utc>) -> Self {
        let decided = self.decided(Reason::Cancelled, now);
        let state = self.listed.filter(|_| self.partly_resolved).map_or(ShipmentState::Stopped, |children| {
            ShipmentState::FannedOut(FanOut { children, final_before: 0, check_at: now })
        });
        decided.in_state(state)
    }
}

impl Delivery {
    fn taken_back(&self, now: DateTime<Utc>) -> Self {
        if !self.is_new() {
            return self.clone();
        }
        let ending = Ending { outcome: Outcome::Stopped, basis: Basis::Told };
        Self { state: DeliveryState::Done(ending), updated_at: now, ..self.clone() }
    }
}
