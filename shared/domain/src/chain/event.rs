//! What can happen to a chain. A function finds out what happened, and [`super::apply`] says what follows.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Backlogs, ChildrenSeen, ProviderReply, Resolved, Wait};
use crate::deployment::Settlement;
use crate::ids::DeliveryId;
use crate::order::OnConditionFailure;
use crate::status::Failure;

/// Something that happened to a chain.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A sweep has found it in the due index.
    Woken(Sweep),
    /// Something happened to one of its shipments.
    Shipment {
        /// Which.
        number: u8,
        /// What.
        event: ShipmentEvent,
    },
    /// The table was restored, and it was settled what becomes of what was under way.
    Settled(Settlement),
    /// Something happened to one of its deliveries.
    Delivery {
        /// Which.
        id: DeliveryId,
        /// What.
        event: DeliveryEvent,
    },
}

/// What a sweep knows when it wakes a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// How long the queues of the channels take to empty.
    pub backlogs: Backlogs,
    /// When the message was last opened that the order watches; looked up where a reminder is due.
    pub opened_at: Option<DateTime<Utc>>,
}

/// Something that happened to a shipment. What a worker reports carries the claim of the message that it works on:
/// once another claim has taken its place, it is of no interest any more.
#[cfg_attr(test, derive(strum::EnumCount))]
#[derive(Debug, Clone, PartialEq)]
pub enum ShipmentEvent {
    /// A sweep has found the chain.
    Woken,
    /// Its recipients are resolved.
    LookedUp {
        /// The message's claim.
        claim: u64,
        /// To what.
        resolved: Resolved,
    },
    /// All its children are made.
    ChildrenMade {
        /// The message's claim.
        claim: u64,
    },
    /// A register gave no answer.
    LookupFailed {
        /// The message's claim.
        claim: u64,
        /// Whether some of those whom it lists have their chains by now.
        partly_resolved: bool,
        /// Jitter, in `[0, 1)`.
        fraction: f64,
    },
    /// The worker's time is up before all whom it lists have their chains.
    OutOfTime {
        /// The message's claim.
        claim: u64,
    },
    /// The condition endpoint said yes.
    ConditionMet {
        /// The message's claim.
        claim: u64,
    },
    /// The condition endpoint said no.
    ConditionUnmet {
        /// The message's claim.
        claim: u64,
    },
    /// The condition endpoint gave no answer.
    ConditionUnanswered {
        /// The message's claim.
        claim: u64,
        /// What the order wants then.
        otherwise: OnConditionFailure,
        /// Jitter, in `[0, 1)`.
        fraction: f64,
    },
    /// No queue took its message.
    Released {
        /// The message's claim.
        claim: u64,
    },
    /// A worker found its lifetime over.
    Expired {
        /// The message's claim.
        claim: u64,
    },
    /// Its children were looked at.
    ChildrenChecked {
        /// What was seen of them.
        seen: ChildrenSeen,
        /// When they are looked at again, if some are not final.
        check_at: DateTime<Utc>,
    },
    /// One of its children has ended: they are worth a look.
    ChildEnded {
        /// Until when at the latest.
        check_at: DateTime<Utc>,
    },
    /// A sender found the message opened that a reminder is about.
    Opened,
    /// Its owner cancelled it.
    Cancelled,
    /// The table was restored, and an administrator gives up what may have been sent by then.
    GivenUp {
        /// Until when what fell due may have been sent.
        until: DateTime<Utc>,
    },
}

/// Something that happened to a delivery. What a sender reports carries the claim of the message that it works on.
#[cfg_attr(test, derive(strum::EnumCount))]
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryEvent {
    /// A sweep has found the chain.
    Woken,
    /// A sender is about to call the provider.
    Claimed {
        /// The message's claim.
        claim: u64,
    },
    /// A sender found that it may not go yet.
    PutOff {
        /// The message's claim.
        claim: u64,
        /// When it is looked at again.
        until: DateTime<Utc>,
        /// What it waits for.
        why: Wait,
        /// When its lifetime ends at the earliest, where what it waits for is none of its owner's making.
        expires_at: Option<DateTime<Utc>>,
    },
    /// The provider has taken it.
    HandedOver {
        /// The call's claim.
        claim: u64,
    },
    /// The provider refused it for good.
    Refused {
        /// The call's claim.
        claim: u64,
        /// Why.
        failure: Failure,
    },
    /// The provider refused it for now, for a reason that is not its rate: a setting is wrong, a quota is used up.
    RefusedForNow {
        /// The call's claim.
        claim: u64,
        /// How long it waits at least.
        at_least: TimeDelta,
        /// Jitter, in `[0, 1)`.
        fraction: f64,
    },
    /// A sender claimed it, and then had too little time left for the call.
    NotCalled {
        /// The call's claim.
        claim: u64,
    },
    /// The provider gets more than its rate. Nothing is wrong with the delivery.
    Throttled {
        /// The call's claim.
        claim: u64,
        /// When it is tried again.
        until: DateTime<Utc>,
    },
    /// The provider had taken it and then did not send it, for a reason that the account has.
    NotSent {
        /// The call's claim.
        claim: u64,
        /// Jitter, in `[0, 1)`.
        fraction: f64,
    },
    /// The provider tells what became of it.
    Reported {
        /// What.
        report: Report,
        /// In its own words, where it has any.
        reply: Option<ProviderReply>,
    },
    /// No queue took its message.
    Released {
        /// The message's claim.
        claim: u64,
    },
    /// A sender found its lifetime over.
    Expired {
        /// The message's claim.
        claim: u64,
    },
    /// The message has been opened that the reminder is about.
    Opened,
    /// Its owner cancelled it.
    Cancelled,
}

/// What a provider tells.
#[cfg_attr(test, derive(strum::EnumCount))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// It has taken it.
    Accepted,
    /// It arrived.
    Delivered,
    /// It came back, and that is the last word: the address does not take it.
    Failed(Failure),
    /// It came back for a reason that passes; it may arrive all the same.
    FailedForNow(Failure),
}

impl ShipmentEvent {
    /// The claim of the message that it is about; none where no message is.
    pub(super) fn claim(&self) -> Option<u64> {
        match self {
            Self::LookedUp { claim, .. }
            | Self::ChildrenMade { claim }
            | Self::LookupFailed { claim, .. }
            | Self::OutOfTime { claim }
            | Self::ConditionMet { claim }
            | Self::ConditionUnmet { claim }
            | Self::ConditionUnanswered { claim, .. }
            | Self::Released { claim }
            | Self::Expired { claim } => Some(*claim),
            Self::Woken
            | Self::ChildrenChecked { .. }
            | Self::ChildEnded { .. }
            | Self::Opened
            | Self::Cancelled
            | Self::GivenUp { .. } => None,
        }
    }
}

impl DeliveryEvent {
    /// The provider tells what became of it, without a word of its own.
    pub fn reported(report: Report) -> Self {
        Self::Reported { report, reply: None }
    }

    /// Until when it waits for something that is no matter of its time; none where it does not.
    pub(super) fn put_off_for_reasons_of_ours(&self) -> Option<DateTime<Utc>> {
        let Self::PutOff { until, why, .. } = self else { return None };
        match why {
            Wait::Held | Wait::DailyBudget | Wait::OwnerBlocked => Some(*until),
            Wait::Time => None,
        }
    }

    /// When the lifetime of what it happened to ends at the earliest; none where it says nothing of that.
    pub(super) fn lifetime_end(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::PutOff { expires_at, .. } => *expires_at,
            Self::Woken
            | Self::Claimed { .. }
            | Self::HandedOver { .. }
            | Self::Refused { .. }
            | Self::RefusedForNow { .. }
            | Self::NotCalled { .. }
            | Self::Throttled { .. }
            | Self::NotSent { .. }
            | Self::Reported { .. }
            | Self::Released { .. }
            | Self::Expired { .. }
            | Self::Opened
            | Self::Cancelled => None,
        }
    }

    /// The claim of the message or call that it is about; none where there is none.
    pub(super) fn claim(&self) -> Option<u64> {
        match self {
            Self::Claimed { claim }
            | Self::PutOff { claim, .. }
            | Self::HandedOver { claim }
            | Self::Refused { claim, .. }
            | Self::RefusedForNow { claim, .. }
            | Self::NotCalled { claim }
            | Self::Throttled { claim, .. }
            | Self::NotSent { claim, .. }
            | Self::Released { claim }
            | Self::Expired { claim } => Some(*claim),
            Self::Woken | Self::Reported { .. } | Self::Opened | Self::Cancelled => None,
        }
    }
}
