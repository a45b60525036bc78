//! The transitions of a shipment: which event counts in which state.

mod changes;
mod lease;

use chrono::{DateTime, Utc};

use crate::chain::delivery::Delivery;
use crate::chain::fan_out::FanOut;
use crate::chain::{Ignored, Reason, Shipment, ShipmentEvent, ShipmentState};
use crate::status::Failure;
use lease::{Lease, Making};

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
        E::GivenUp { until } if at > *until => Err(Ignored::NotYet),
        E::GivenUp { .. } => Ok(shipment.failed(Reason::GivenUpAfterRestore, Failure::Unspecified, now)),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionMet { .. }
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
        E::ConditionMet { .. } if shipment.condition_met_at.is_some() => Err(Ignored::AlreadyKnown),
        E::ConditionMet { .. } => Ok(Shipment { condition_met_at: Some(now), ..shipment.clone() }),
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
        E::GivenUp { until } if lease.from > *until => Err(Ignored::NotYet),
        E::GivenUp { .. } => Ok(shipment.failed(Reason::GivenUpAfterRestore, Failure::Unspecified, now)),
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
        E::GivenUp { until } => shipment.give_up(deliveries, *until, now),
        E::Woken => Err(Ignored::Resolved),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionMet { .. }
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
        E::GivenUp { until } if making.lease.from > *until => Err(Ignored::NotYet),
        E::GivenUp { .. } => Ok(shipment.without_the_rest(making.children, Reason::GivenUpAfterRestore, now)),
        E::LookedUp { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionMet { .. }
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
        E::ChildrenChecked { seen, check_at } => Ok(shipment.children_checked(fan_out, *seen, *check_at)),
        E::ChildEnded { check_at } if *check_at >= fan_out.check_at => Err(Ignored::AlreadyKnown),
        E::ChildEnded { check_at } => {
            Ok(shipment.in_state(ShipmentState::FannedOut(FanOut { check_at: *check_at, ..fan_out })))
        }
        E::Cancelled if shipment.is_cancelled() => Err(Ignored::AlreadyKnown),
        E::Cancelled => Ok(shipment.decided(Reason::Cancelled, now)),
        E::Woken | E::Opened | E::GivenUp { .. } => Err(Ignored::ChildrenDecide),
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionMet { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. } => Err(Ignored::AlreadyKnown),
    }
}

fn all_children_final(event: &ShipmentEvent) -> Result<Shipment, Ignored> {
    use ShipmentEvent as E;
    Err(match event {
        E::Woken | E::Opened | E::Cancelled | E::GivenUp { .. } => Ignored::Final,
        E::LookedUp { .. }
        | E::ChildrenMade { .. }
        | E::LookupFailed { .. }
        | E::OutOfTime { .. }
        | E::ConditionMet { .. }
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
        | E::ConditionMet { .. }
        | E::ConditionUnmet { .. }
        | E::ConditionUnanswered { .. }
        | E::Released { .. }
        | E::Expired { .. }
        | E::Opened
        | E::Cancelled
        | E::GivenUp { .. } => Ignored::Final,
    })
}
