//! An order chain: the notification and its reminders (shipments), each with one delivery for every address that it
//! reaches. This is the small hot item that every function reads and writes.
//!
//! A chain changes in one place only: [`apply`] takes the chain, an event and the time, and says what the chain is
//! then and what has to be done about it. The transitions themselves are in `machine`, and `docs/state-machine.md`
//! is written from them.

mod accept;
mod apply;
mod back_off;
mod delivery;
mod due;
mod effect;
mod event;
mod fallback;
mod fan_out;
mod ignored;
mod lease;
mod machine;
mod news;
mod outcomes;
mod provider_reply;
mod resolve;
mod retention;
mod shipment;
pub mod stored;
mod work;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod page;
#[cfg(test)]
mod properties;

pub use accept::{Accepting, Kept, queued_at_once};
pub use apply::{Applied, Transition, apply, apply_all};
pub use back_off::back_off;
pub use delivery::{Basis, Delivery, DeliveryState, Ending, Outcome, RecipientName, Wait, Waited};
pub use due::{DUE_WITHIN, Due, LOOK_AHEAD, Space};
pub use effect::{DeliveryMessage, Effect, ShipmentMessage};
pub use event::{DeliveryEvent, Event, Report, ShipmentEvent, Sweep};
pub use fallback::Fallback;
pub use fan_out::{Child, ChildOf, ChildrenSeen, FanOut, MOST_IN_ONE_ITEM, ResolvedSet};
pub use ignored::Ignored;
pub use lease::Backlogs;
pub use news::{Subject, Told, should_be_told};
pub use outcomes::Outcomes;
pub use provider_reply::ProviderReply;
pub use resolve::{
    Lookup, MOST_ADDRESSES, Rescheduled, Resolved, ResolvedTo, Scheduling, Wanted, time_to_send,
};
pub use retention::shortened;
pub use shipment::{Attempts, Decision, Delay, Reason, Shipment, ShipmentState};
pub use work::{DeliveryWork, ShipmentWork};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::identity::Owner;
use crate::ids::{ChainId, DeliveryId, ShipmentId};
use crate::opened::Watch;
use crate::order::fingerprint::Fingerprint;
use crate::order::{OnUncertainOutcome, is_default};
use crate::priority::PriorityClass;
use crate::reading::Particulars;

/// A chain. Its fields have names of one letter where it is stored, because DynamoDB bills by the byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Its id; kept in the key, not among the fields.
    #[serde(skip, default = "ChainId::nil")]
    pub id: ChainId,
    /// Counts the writes; every write is conditional on the version it read.
    #[serde(rename = "v")]
    pub version: u64,
    /// Its entry in the due index as it is stored; kept in the index's attributes, not among the fields.
    #[serde(skip)]
    pub entry: Option<Due>,
    /// Whose order it is.
    #[serde(rename = "o")]
    pub owner: Owner,
    /// What the request's body was, for telling a replay from a conflict.
    #[serde(rename = "f")]
    pub fingerprint: Fingerprint,
    /// When the order was accepted.
    #[serde(rename = "c", with = "chrono::serde::ts_milliseconds")]
    pub accepted_at: DateTime<Utc>,
    /// Until when everything that belongs to it is kept. Set when it is accepted, because texts are stored under
    /// the day on which it falls, for the case that each shipment ends as late as it can; brought forward when the
    /// last one is final.
    #[serde(rename = "x", with = "chrono::serde::ts_milliseconds")]
    pub kept_until: DateTime<Utc>,
    /// For how many days it is kept once the last shipment is final; none where `kept_until` stands.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub kept_days: Option<u16>,
    /// Which of the channel's queues its deliveries take.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub class: PriorityClass,
    /// What kind of order it is of.
    #[serde(rename = "k", default, skip_serializing_if = "is_default")]
    pub kind: ChainKind,
    /// The chain that this one is a child of, if it is.
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The marker that stops its reminders, if the order names a dialog.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// What an uncertain hand-over leads to.
    #[serde(rename = "y", default, skip_serializing_if = "is_default")]
    pub on_uncertain_outcome: OnUncertainOutcome,
    /// When it was last settled what becomes of it after a restore of the table.
    #[serde(
        rename = "h",
        default,
        skip_serializing_if = "Option::is_none",
        with = "chrono::serde::ts_milliseconds_option"
    )]
    pub settled_at: Option<DateTime<Utc>>,
    /// What only a reader of the order asks for, where the order itself is not kept.
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    pub particulars: Option<Particulars>,
    /// The notification, then the reminders.
    #[serde(rename = "s")]
    pub shipments: Vec<Shipment>,
}

/// What kind of order a chain is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainKind {
    /// One that is accepted, and sent when its time has come.
    #[default]
    #[serde(rename = "o")]
    Ordinary,
    /// One whose owner waits for the answer of the provider.
    #[serde(rename = "i")]
    Instant,
}

/// Which shipment of which chain a child delivers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The chain that fanned out.
    #[serde(rename = "c")]
    pub chain: ChainId,
    /// The shipment of that chain.
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    pub shipment: u8,
    /// The shipment as the owner knows it: of the order's own chain, also where a child fanned out again.
    #[serde(rename = "k")]
    pub known: ShipmentId,
}

impl Chain {
    /// The id of one of its shipments.
    pub fn shipment_id(&self, number: u8) -> ShipmentId {
        self.id.shipment(number)
    }

    /// The id under which the owner knows one of its shipments.
    pub fn known_shipment_id(&self, number: u8) -> ShipmentId {
        self.parent.map_or(self.id.shipment(number), |parent| parent.known)
    }

    /// The shipment of that number, if there is one.
    pub fn shipment(&self, number: u8) -> Option<&Shipment> {
        self.shipments.get(usize::from(number))
    }

    /// The delivery of that id, if there is one.
    pub fn delivery(&self, id: DeliveryId) -> Option<&Delivery> {
        self.shipment(id.shipment.number())?.deliveries().get(usize::from(id.ordinal))
    }

    /// What a shipment is, in the contract's word.
    pub fn type_of(&self, number: u8) -> &'static str {
        match self.kind {
            ChainKind::Instant => "Instant",
            ChainKind::Ordinary if number > 0 => "Reminder",
            ChainKind::Ordinary => "Notification",
        }
    }

    /// Every shipment with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (u8, &Shipment)> {
        (0_u8..).zip(&self.shipments)
    }

    /// Whether anybody will have to look at the order as it was accepted: where recipients are to be looked up, or the
    /// order lists whom it names.
    pub fn needs_order(&self) -> bool {
        self.shipments.iter().any(|shipment| !matches!(shipment.state, ShipmentState::Open(_)))
    }

    /// When it reached the state in which it is; when it ended, if it is final.
    pub fn reached_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.shipments.iter().map(|shipment| shipment.reached_at(now)).max()
    }

    /// Whether nothing more happens by itself: every shipment is final.
    pub fn is_final(&self) -> bool {
        self.shipments.iter().all(Shipment::is_final)
    }
}
