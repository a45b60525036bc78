//! Fanning out: a shipment that lists recipients, or reaches more addresses than fit into one small item, gets a chain
//! for each of them. A child has timers and statuses of its own; the parent looks at its children until all are final.

use chrono::serde::ts_milliseconds as millis;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::lease;
use super::{Attempts, Chain, Delivery, Parent, Reason, Resolved, Shipment, ShipmentState, Told};
use crate::chain::delivery::Basis;
use crate::chain::resolve::ResolvedTo;
use crate::ids::ChainId;
use crate::order::is_default;
use crate::reached::WasReached;
use crate::status::Failure;

/// How many deliveries one item holds. DynamoDB bills every write by the whole item, so what reaches more addresses
/// fans out.
pub const MOST_IN_ONE_ITEM: usize = 10;

/// How long a parent waits before it looks at its children again when nobody tells it to.
const CHECK_AFTER: TimeDelta = TimeDelta::hours(1);

/// How soon a parent looks at its children once one of them has ended.
const CHECK_SOON: TimeDelta = TimeDelta::minutes(1);

/// A shipment's children, while some are not final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanOut {
    /// How many there are.
    #[serde(rename = "n")]
    pub children: u16,
    /// All before this one are known to be final.
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    pub final_before: u16,
    /// When a sweep looks at them.
    #[serde(rename = "a", with = "millis")]
    pub check_at: DateTime<Utc>,
    /// Whether one of those before was more than taken back.
    #[serde(rename = "o", default, skip_serializing_if = "is_default")]
    pub some_went_on: bool,
    /// Whether those before reached anybody.
    #[serde(rename = "e", default, skip_serializing_if = "is_default")]
    pub reached: WasReached,
}

/// What a sweep has seen of a shipment's children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildrenSeen {
    /// All before this one are final.
    pub final_before: u16,
    /// Whether one of those that were looked at was more than taken back.
    pub some_went_on: bool,
    /// Whether those that were looked at reached anybody.
    pub reached: WasReached,
}

/// Who gets what, of a shipment with many addresses: written once, before the first child is made, so that a repeat
/// makes the same children whatever the registers say by then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolvedSet(pub Vec<Delivery>);

/// One of a shipment's children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// The parent's shipment.
    pub shipment: u8,
    /// Its place among the children.
    pub ordinal: u16,
}

impl FanOut {
    /// Children that have just been made.
    pub fn new(children: u16, now: DateTime<Utc>) -> Self {
        Self {
            children,
            final_before: 0,
            check_at: now + CHECK_AFTER,
            some_went_on: false,
            reached: WasReached::No,
        }
    }

    /// When the children are looked at again that were looked at now.
    pub fn next_check(now: DateTime<Utc>) -> DateTime<Utc> {
        now + CHECK_AFTER
    }

    /// Until when a parent looks at its children of which one has ended now.
    pub fn check_soon(now: DateTime<Utc>) -> DateTime<Utc> {
        now + CHECK_SOON
    }
}

impl Resolved {
    /// The shipment's recipients have chains of their own.
    pub fn into_children(children: u16, now: DateTime<Utc>) -> Self {
        Self { to: ResolvedTo::Children(FanOut::new(children, now)), reminders: vec![] }
    }
}

impl Chain {
    /// The ids of the chains of a shipment's children, in their order; of a list, also those that are not made yet.
    pub fn children(&self, number: u8) -> Vec<ChainId> {
        let count =
            self.shipment(number).map_or(0, |shipment| shipment.listed.unwrap_or(shipment.children()));
        (0..count).map(|ordinal| self.id.child(number, ordinal)).collect()
    }

    /// The shipments whose children a sweep has to look at now, each with the place to begin at.
    pub fn children_to_check(&self, now: DateTime<Utc>) -> Vec<Child> {
        let due = self.numbered().filter_map(|(shipment, one)| match &one.state {
            ShipmentState::FannedOut(fan_out) if fan_out.check_at <= now => {
                Some(Child { shipment, ordinal: fan_out.final_before })
            }
            _ => None,
        });
        due.collect()
    }

    /// The chain of one child, with who gets what. What is queued of it is told by its own state.
    #[must_use]
    pub fn child(&self, child: Child, to: ChildOf<'_>, now: DateTime<Utc>) -> Self {
        let id = self.id.child(child.shipment, child.ordinal);
        let of = self.shipment(child.shipment);
        let shipments = of.map(|shipment| shipment.child(to, now)).into_iter().collect();
        let known = self.known_shipment_id(child.shipment);
        let parent = Parent { chain: self.id, shipment: child.shipment, known };
        let mut chain = Self {
            id,
            version: 0,
            entry: None,
            kept_days: None,
            particulars: None,
            parent: Some(parent),
            class: to.class,
            shipments,
            ..self.clone()
        };
        chain.entry = chain.due();
        chain
    }

    /// Told of a chain that has just been made.
    pub fn told_of_new(&self, now: DateTime<Utc>) -> Told {
        Told::of_new(self, now)
    }
}

/// What a child is made of.
#[derive(Debug, Clone, Copy)]
pub struct ChildOf<'a> {
    /// How far it is resolved: to deliveries, or to children of its own.
    pub resolved: &'a ResolvedTo,
    /// How its channel is chosen.
    pub schema: crate::channel::ChannelSchema,
    /// Its class.
    pub class: crate::priority::PriorityClass,
}

impl Shipment {
    fn child(&self, to: ChildOf<'_>, now: DateTime<Utc>) -> Self {
        let state = match to.resolved {
            ResolvedTo::Deliveries(deliveries) => ShipmentState::Open(deliveries.clone()),
            ResolvedTo::ChildrenToMake(children) => {
                let (claim, lease_ends) = (1, lease::ends(now, 0));
                ShipmentState::FanningOut { claim, from: now, lease_ends, children: *children }
            }
            ResolvedTo::Children(fan_out) => ShipmentState::FannedOut(*fan_out),
        };
        Self {
            state,
            updated_at: now,
            schema: to.schema,
            delay: None,
            attempts: Attempts::default(),
            decision: self.decision.filter(|decision| decision.reason != Reason::Cancelled),
            listed: None,
            partly_resolved: false,
            condition_met_at: None,
            looked_up_at: None,
            ..self.clone()
        }
    }

    /// What is told of a listed recipient who has no chain: nothing while the list is under way, and the reason once
    /// it is not.
    pub fn missing_child(&self) -> Vec<Delivery> {
        let failure = match self.decision.map(|decision| decision.reason) {
            Some(Reason::LifetimeEnded) => Failure::Ttl,
            Some(Reason::AttemptsExhausted | Reason::GivenUpAfterRestore) => Failure::Unspecified,
            Some(
                Reason::NotOpened
                | Reason::NoMessageNamed
                | Reason::MessageOpened
                | Reason::ConditionNotMet
                | Reason::ConditionUnanswered
                | Reason::Cancelled,
            )
            | None => return vec![],
        };
        Delivery::failed_on(self.schema.first_choice(), failure, Basis::Inferred, self.updated_at)
    }
}

impl ResolvedSet {
    /// The deliveries as they are scheduled now: a set may be stored a while before its children are made.
    pub fn scheduled(&self, scheduling: &super::resolve::Scheduling<'_>) -> Vec<Delivery> {
        self.0.iter().map(|delivery| scheduling.schedule(delivery)).collect()
    }
}
