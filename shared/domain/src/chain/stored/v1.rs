//! The first format, in which chains have steps, notifications and timers: read for as long as there are such items,
//! and never written.

use chrono::serde::{ts_milliseconds as millis, ts_milliseconds_option as optional_millis};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::chain::{
    self, Attempts, Basis, ChainKind, Decision, Delay, DeliveryState, Ending, FanOut, Outcome, Parent,
    RecipientName, ShipmentState,
};
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::identity::{OrganizationNumber, Owner};
use crate::ids::ChainId;
use crate::keywords::Facts;
use crate::opened::Watch;
use crate::order::OnUncertainOutcome;
use crate::order::fingerprint::Fingerprint;
use crate::priority::PriorityClass;
use crate::recipients::Address;
use crate::status::Failure;
use crate::text::TextHash;

/// A chain.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
pub(super) struct Chain {
    v: u64,
    o: Owner,
    f: Fingerprint,
    #[serde(with = "millis")]
    c: DateTime<Utc>,
    #[serde(with = "millis")]
    x: DateTime<Utc>,
    #[serde(default)]
    r: Option<u16>,
    #[serde(default)]
    p: Class,
    #[serde(default)]
    z: Option<ChainId>,
    #[serde(default)]
    w: Option<Watch>,
    #[serde(default)]
    y: OnUncertainOutcome,
    s: Vec<Step>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
enum Class {
    #[default]
    #[serde(rename = "o")]
    Normal,
    #[serde(rename = "u")]
    Urgent,
    #[serde(rename = "c")]
    Bulk,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
struct Step {
    s: StepStatus,
    #[serde(with = "millis")]
    u: DateTime<Utc>,
    h: ChannelSchema,
    #[serde(with = "millis")]
    d: DateTime<Utc>,
    #[serde(with = "millis")]
    e: DateTime<Utc>,
    #[serde(default)]
    k: Option<u32>,
    #[serde(default)]
    j: Option<u32>,
    #[serde(default)]
    t: Option<Timer>,
    #[serde(default)]
    r: u32,
    #[serde(default)]
    l: u32,
    #[serde(default)]
    q: u32,
    #[serde(default)]
    w: Option<Decision>,
    #[serde(default)]
    m: Option<u16>,
    #[serde(default)]
    g: bool,
    #[serde(default)]
    n: Vec<Notification>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug))]
enum StepStatus {
    #[serde(rename = "R")]
    Registered,
    #[serde(rename = "P")]
    Processing,
    #[serde(rename = "D")]
    Processed,
    #[serde(rename = "C")]
    Completed,
    #[serde(rename = "N")]
    SendConditionNotMet,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
enum Timer {
    /// Nobody has it; it is due then.
    #[serde(rename = "p")]
    Plan {
        #[serde(rename = "a", with = "millis")]
        at: DateTime<Utc>,
    },
    /// It waits for an opening of the window, or for its turn after one.
    #[serde(rename = "w")]
    Line {
        #[serde(rename = "a", with = "millis")]
        turn: DateTime<Utc>,
    },
    /// Somebody has it until then.
    #[serde(rename = "l")]
    Lease {
        #[serde(rename = "a", with = "millis")]
        until: DateTime<Utc>,
        #[serde(rename = "c")]
        claim: u64,
    },
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
struct Notification {
    h: Channel,
    #[serde(default)]
    a: Option<Address>,
    #[serde(default)]
    m: Option<RecipientName>,
    #[serde(default)]
    k: Facts,
    #[serde(default)]
    g: Option<OrganizationNumber>,
    #[serde(default)]
    x: Option<TextHash>,
    s: NotificationStatus,
    #[serde(with = "millis")]
    u: DateTime<Utc>,
    #[serde(default, with = "optional_millis")]
    d: Option<DateTime<Utc>>,
    #[serde(default, with = "optional_millis")]
    b: Option<DateTime<Utc>>,
    #[serde(default)]
    t: Option<Timer>,
    #[serde(default)]
    p: SendingTimePolicy,
    #[serde(default)]
    c: Option<u8>,
    #[serde(default)]
    r: u32,
    #[serde(default)]
    l: u32,
    #[serde(default)]
    o: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize, Debug, PartialEq))]
enum NotificationStatus {
    #[serde(rename = "N")]
    New,
    #[serde(rename = "S")]
    Sending,
    #[serde(rename = "A")]
    Accepted,
    #[serde(rename = "D")]
    Delivered,
    #[serde(rename = "F")]
    Failed(Failure),
    #[serde(rename = "X")]
    Stopped,
}

impl From<Chain> for chain::Chain {
    fn from(stored: Chain) -> Self {
        let parent = stored.z.map(|chain| Parent { chain, shipment: 0, known: chain.shipment(0) });
        Self {
            id: ChainId::nil(),
            version: stored.v,
            entry: None,
            owner: stored.o,
            fingerprint: stored.f,
            accepted_at: stored.c,
            kept_until: stored.x,
            kept_days: stored.r,
            class: stored.p.into(),
            parent,
            watch: stored.w,
            on_uncertain_outcome: stored.y,
            kind: ChainKind::Ordinary,
            settled_at: None,
            particulars: None,
            shipments: stored.s.into_iter().map(chain::Shipment::from).collect(),
        }
    }
}

impl From<Class> for PriorityClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Normal => Self::Normal,
            Class::Urgent => Self::Urgent,
            Class::Bulk => Self::Bulk,
        }
    }
}

impl From<Step> for chain::Shipment {
    fn from(step: Step) -> Self {
        let claims = match step.t {
            Some(Timer::Lease { claim, .. }) => claim,
            Some(Timer::Plan { .. } | Timer::Line { .. }) | None => 0,
        };
        let attempts = Attempts { lookups: step.r, conditions: step.q, expired_leases: step.l, claims };
        Self {
            state: state(&step),
            updated_at: step.u,
            schema: step.h,
            planned_at: step.d,
            expires_at: step.e,
            delay: step.k.map(Delay::Days).or(step.j.map(Delay::Hours)),
            attempts,
            // They are in the order, whose item that release always wrote.
            senders_reference: None,
            template: None,
            decision: step.w,
            listed: step.m,
            sender_replaced: false,
            partly_resolved: step.g,
            condition_met_at: None,
            looked_up_at: None,
        }
        .with_deliveries(step.n)
    }
}

/// The state of a step, but for its notifications. A step that lists recipients was complete as soon as each had a
/// chain; what became of these is looked at once more.
fn state(step: &Step) -> ShipmentState {
    match (step.s, step.t, step.m) {
        (StepStatus::Registered, Some(Timer::Plan { at } | Timer::Line { turn: at }), _) => {
            ShipmentState::Scheduled { at }
        }
        (StepStatus::Processing, Some(Timer::Plan { at } | Timer::Line { turn: at }), _) => {
            ShipmentState::Postponed { at }
        }
        (StepStatus::Registered | StepStatus::Processing, Some(Timer::Lease { until, claim }), _) => {
            ShipmentState::Resolving { claim, from: step.d, lease_ends: until }
        }
        (StepStatus::Registered | StepStatus::Processing, None, _) => ShipmentState::Postponed { at: step.d },
        (StepStatus::Processed | StepStatus::Completed, _, Some(children)) => {
            ShipmentState::FannedOut(FanOut { check_at: step.u, ..FanOut::new(children, step.u) })
        }
        (StepStatus::SendConditionNotMet, _, _) if step.n.is_empty() => ShipmentState::Stopped,
        (StepStatus::Processed | StepStatus::Completed, _, None)
        | (StepStatus::SendConditionNotMet, _, _) => ShipmentState::Open(vec![]),
    }
}

impl chain::Shipment {
    fn with_deliveries(mut self, notifications: Vec<Notification>) -> Self {
        if let ShipmentState::Open(deliveries) = &mut self.state {
            *deliveries = notifications.into_iter().map(chain::Delivery::from).collect();
        }
        self
    }
}

impl From<Notification> for chain::Delivery {
    fn from(stored: Notification) -> Self {
        Self {
            state: stored.state(),
            claim: stored.claim(),
            channel: stored.h,
            address: stored.a,
            name: stored.m,
            facts: stored.k,
            organization: stored.g,
            text: stored.x,
            policy: stored.p,
            segments: stored.c,
            updated_at: stored.u,
            handed_over_at: stored.d,
            refusals: stored.r,
            expired_leases: stored.l,
            fallback: None,
            is_fallback: false,
            sent_again: stored.o,
            waited: None,
            provider_reply: None,
        }
    }
}

impl Notification {
    /// A message was known by the version of the chain that it was queued under. What is not on a queue has had at most
    /// as many calls as it was refused.
    fn claim(&self) -> u64 {
        match self.t {
            Some(Timer::Lease { claim, .. }) => claim,
            Some(Timer::Plan { .. } | Timer::Line { .. }) | None => u64::from(self.r) + 1,
        }
    }

    fn state(&self) -> DeliveryState {
        match (self.s, self.t) {
            (NotificationStatus::New, Some(Timer::Plan { at })) => DeliveryState::waiting(at),
            (NotificationStatus::New, Some(Timer::Line { turn })) => {
                DeliveryState::waiting(self.b.map_or(turn, |from| from.max(turn)))
            }
            (NotificationStatus::New, Some(Timer::Lease { until, .. })) => {
                DeliveryState::Queued { from: self.b.unwrap_or(self.u), lease_ends: until }
            }
            (NotificationStatus::New, None) => DeliveryState::waiting(self.u),
            (NotificationStatus::Sending, _) => DeliveryState::Sending { since: self.u },
            (NotificationStatus::Accepted, _) => DeliveryState::Accepted,
            (NotificationStatus::Delivered, _) => done(Outcome::Delivered, Basis::Told),
            (NotificationStatus::Failed(failure), _) => done(Outcome::Failed(failure), basis(failure)),
            (NotificationStatus::Stopped, _) => done(Outcome::Stopped, Basis::Told),
        }
    }
}

/// How a failure is known that was stored without saying so: what a lifetime or silence ended was inferred.
fn basis(failure: Failure) -> Basis {
    match failure {
        Failure::Ttl | Failure::Unspecified => Basis::Inferred,
        Failure::RecipientReserved
        | Failure::RecipientNotIdentified
        | Failure::InvalidFormat
        | Failure::InvalidRecipient
        | Failure::SuppressedRecipient
        | Failure::Bounced
        | Failure::BarredReceiver
        | Failure::Undelivered
        | Failure::Rejected
        | Failure::NotSupported
        | Failure::InvalidSasUrl
        | Failure::PayloadTooLarge => Basis::Told,
    }
}

#[cfg(test)]
mod writer;
#[cfg(test)]
pub(super) use writer::written_before;

fn done(outcome: Outcome, basis: Basis) -> DeliveryState {
    DeliveryState::Done(Ending { outcome, basis })
}
