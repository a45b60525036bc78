//! The writer of the first format, for tests in which old and new stand side by side.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, Class, Notification, NotificationStatus, Step, StepStatus, Timer};
use crate::chain::{self, Delay, DeliveryState, Ending, Outcome, ShipmentState};
use crate::priority::PriorityClass;
use crate::status::ShipmentStatus;

/// The item that the release before this one would have written for this chain; none of what it did not know.
pub fn written_before(chain: &chain::Chain) -> Option<Chain> {
    if chain.kind != chain::ChainKind::Ordinary {
        return None;
    }
    Some(Chain {
        v: chain.version,
        o: chain.owner.clone(),
        f: chain.fingerprint.clone(),
        c: chain.accepted_at,
        x: chain.kept_until,
        r: chain.kept_days,
        p: match chain.class {
            PriorityClass::Normal => Class::Normal,
            PriorityClass::Urgent => Class::Urgent,
            PriorityClass::Bulk => Class::Bulk,
        },
        z: chain.parent.map(|parent| parent.chain),
        w: chain.watch.clone(),
        y: chain.on_uncertain_outcome,
        s: chain.shipments.iter().map(step).collect::<Option<_>>()?,
    })
}

fn step(shipment: &chain::Shipment) -> Option<Step> {
    let (k, j) = match shipment.delay {
        Some(Delay::Days(days)) => (Some(days), None),
        Some(Delay::Hours(hours)) => (None, Some(hours)),
        None => (None, None),
    };
    Some(Step {
        s: match shipment.status(DateTime::<Utc>::MAX_UTC) {
            ShipmentStatus::Registered => StepStatus::Registered,
            ShipmentStatus::Processing => StepStatus::Processing,
            ShipmentStatus::Processed => StepStatus::Processed,
            ShipmentStatus::Completed => StepStatus::Completed,
            ShipmentStatus::SendConditionNotMet => StepStatus::SendConditionNotMet,
            ShipmentStatus::Cancelled => return None,
        },
        u: shipment.updated_at,
        h: shipment.schema,
        d: shipment.planned_at,
        e: shipment.expires_at,
        k,
        j,
        t: match timer(&shipment.state) {
            Written::Timer(timer) => Some(timer),
            Written::None => None,
            Written::Unknown => return None,
        },
        r: shipment.attempts.lookups,
        l: shipment.attempts.expired_leases,
        q: shipment.attempts.conditions,
        w: shipment.decision,
        m: shipment.listed,
        g: shipment.partly_resolved,
        n: shipment.deliveries().iter().map(notification).collect(),
    })
}

/// The timer of a step, as the release before had it.
enum Written {
    Timer(Timer),
    /// It had none.
    None,
    /// It knew no such state: it did not look at children.
    Unknown,
}

fn timer(state: &ShipmentState) -> Written {
    match state {
        ShipmentState::Scheduled { at } | ShipmentState::Postponed { at } => {
            Written::Timer(Timer::Plan { at: *at })
        }
        ShipmentState::Resolving { claim, lease_ends, .. } => {
            Written::Timer(Timer::Lease { until: *lease_ends, claim: *claim })
        }
        ShipmentState::Open(_) | ShipmentState::Stopped => Written::None,
        ShipmentState::FanningOut { .. }
        | ShipmentState::FannedOut(_)
        | ShipmentState::AllChildrenFinal { .. } => Written::Unknown,
    }
}

fn notification(delivery: &chain::Delivery) -> Notification {
    let claim = delivery.claim;
    let (status, timer, from) = match delivery.state {
        DeliveryState::Waiting { at, .. } | DeliveryState::GivenBack { until: at } => {
            (NotificationStatus::New, Some(Timer::Plan { at }), None)
        }
        DeliveryState::Queued { from, lease_ends } => {
            (NotificationStatus::New, Some(Timer::Lease { until: lease_ends, claim }), Some(from))
        }
        DeliveryState::Sending { since } => (
            NotificationStatus::Sending,
            Some(Timer::Lease { until: since + TimeDelta::minutes(30), claim }),
            None,
        ),
        DeliveryState::Accepted => {
            (NotificationStatus::Accepted, Some(Timer::Lease { until: delivery.updated_at, claim }), None)
        }
        DeliveryState::Done(Ending { outcome, .. }) => (status(outcome), None, None),
    };
    Notification {
        h: delivery.channel,
        a: delivery.address.clone(),
        m: delivery.name.clone(),
        k: delivery.facts.clone(),
        g: delivery.organization.clone(),
        x: delivery.text.clone(),
        s: status,
        u: delivery.updated_at,
        d: delivery.handed_over_at,
        b: from,
        t: timer,
        p: delivery.policy,
        c: delivery.segments,
        r: delivery.refusals,
        l: delivery.expired_leases,
        o: delivery.sent_again,
    }
}

fn status(outcome: Outcome) -> NotificationStatus {
    match outcome {
        Outcome::Delivered => NotificationStatus::Delivered,
        Outcome::Failed(failure) => NotificationStatus::Failed(failure),
        Outcome::Stopped => NotificationStatus::Stopped,
    }
}
