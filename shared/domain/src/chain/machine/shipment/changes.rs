//! What a shipment becomes by an event that counts.

use chrono::{DateTime, TimeDelta, Utc};

use crate::chain::delivery::{Basis, Delivery, DeliveryState, Ending, Outcome};
use crate::chain::due;
use crate::chain::fan_out::{ChildrenSeen, FanOut};
use crate::chain::lease;
use crate::chain::resolve::{Resolved, ResolvedTo};
use crate::chain::{Decision, Ignored, Reason, Shipment, ShipmentState, back_off};
use crate::order::OnConditionFailure;
use crate::status::Failure;

/// How long after a condition endpoint gave no answer it is asked once more, as the incumbent does.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// How often a condition endpoint is asked in vain before an order that would rather not send is stopped: over some
/// ten minutes.
const MOST_CONDITION_ATTEMPTS: u32 = 6;

impl Shipment {
    pub(super) fn in_state(&self, state: ShipmentState) -> Self {
        Self { state, ..self.clone() }
    }

    pub(super) fn decided(&self, reason: Reason, now: DateTime<Utc>) -> Self {
        Self { decision: Some(Decision { reason, at: now }), ..self.clone() }
    }

    /// Whether its owner cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.decision.is_some_and(|decision| decision.reason == Reason::Cancelled)
    }

    /// Its time has come, or will within the look-ahead: a message about it is queued.
    pub(super) fn wake_at(
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

    /// Nobody makes the children any more that are not made yet.
    pub(super) fn without_the_rest(&self, children: u16, reason: Reason, now: DateTime<Utc>) -> Self {
        let fan_out = FanOut { check_at: now, ..FanOut::new(children, now) };
        self.decided(reason, now).in_state(ShipmentState::FannedOut(fan_out))
    }

    pub(super) fn looked_up(&self, claim: u64, resolved: &Resolved, now: DateTime<Utc>) -> Self {
        self.in_state(match &resolved.to {
            ResolvedTo::Deliveries(deliveries) => ShipmentState::Open(deliveries.clone()),
            ResolvedTo::ChildrenToMake(children) => {
                let lease_ends = lease::ends(now, self.attempts.expired_leases);
                ShipmentState::FanningOut { claim, from: now, lease_ends, children: *children }
            }
            ResolvedTo::Children(fan_out) => ShipmentState::FannedOut(*fan_out),
        })
    }

    pub(super) fn lookup_failed(&self, partly_resolved: bool, fraction: f64, now: DateTime<Utc>) -> Self {
        let mut waits = self.postponed(now + back_off(self.attempts.lookups, fraction));
        waits.attempts.lookups += 1;
        waits.partly_resolved |= partly_resolved;
        waits
    }

    /// A worker made some of the children it was to make, or looked up some of those listed: the rest follows at once.
    pub(super) fn out_of_time(&self, now: DateTime<Utc>) -> Self {
        Self { partly_resolved: true, ..self.in_state(ShipmentState::Postponed { at: now }) }
    }

    pub(super) fn postponed(&self, at: DateTime<Utc>) -> Self {
        self.in_state(ShipmentState::Postponed { at: at.min(self.expires_at) })
    }

    /// Unless the order says otherwise, the first time the shipment waits a minute to ask again, the second time it
    /// goes on. One that is to be held waits longer each time, and in the end is stopped.
    pub(super) fn condition_unanswered(
        &self,
        otherwise: OnConditionFailure,
        fraction: f64,
        now: DateTime<Utc>,
    ) -> Self {
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

    /// Ends it unresolved: as failed on the channels that it would have taken, or, where it lists recipients, as
    /// failed for those who have no chain.
    pub(super) fn failed(&self, reason: Reason, failure: Failure, now: DateTime<Utc>) -> Self {
        if let Some(children) = self.listed {
            return self.without_the_rest(children, reason, now);
        }
        let is_unknown = reason == Reason::GivenUpAfterRestore;
        let basis = if is_unknown { Basis::Unknown } else { Basis::Inferred };
        let deliveries = Delivery::failed_on(self.schema.first_choice(), failure, basis, now);
        self.decided(reason, now).in_state(ShipmentState::Open(deliveries))
    }

    pub(super) fn children_checked(
        &self,
        before: FanOut,
        seen: ChildrenSeen,
        check_at: DateTime<Utc>,
    ) -> Self {
        let FanOut { children, .. } = before;
        let some_went_on = before.some_went_on || seen.some_went_on;
        let reached = before.reached.max(seen.reached);
        self.in_state(if seen.final_before >= children {
            ShipmentState::AllChildrenFinal { children, all_taken_back: !some_went_on, reached }
        } else {
            let final_before = seen.final_before;
            ShipmentState::FannedOut(FanOut { children, final_before, check_at, some_went_on, reached })
        })
    }

    /// Takes back what no sender has claimed.
    pub(super) fn take_back(
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
        let deliveries = deliveries.iter().map(|delivery| delivery.taken_back_if_new(now)).collect();
        Ok(self.looked_up_before().decided(reason, now).in_state(ShipmentState::Open(deliveries)))
    }

    /// With the time at which it was looked up, before what is decided now changes when its state was reached.
    fn looked_up_before(&self) -> Self {
        Self { looked_up_at: self.looked_up_at.or(Some(self.updated_at)), ..self.clone() }
    }

    /// Gives up what fell due by a time and may have been sent. What a sender has is reported, or uncertain by itself, and
    /// is not sent again.
    pub(super) fn give_up(
        &self,
        deliveries: &[Delivery],
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, Ignored> {
        if self.is_final() {
            return Err(Ignored::Final);
        }
        let is_news = !self.is_withdrawn() && deliveries.iter().any(Delivery::is_under_way);
        if !is_news && !deliveries.iter().any(|delivery| delivery.may_have_been_sent_by(until)) {
            return Err(Ignored::NotYet);
        }
        let deliveries = deliveries.iter().map(|delivery| delivery.given_up(until, now)).collect();
        let decided = self.looked_up_before().decided(Reason::GivenUpAfterRestore, now);
        Ok(decided.in_state(ShipmentState::Open(deliveries)))
    }

    /// Where some of those whom it lists have their chains, these look at their parent before they are sent.
    pub(super) fn cancelled(&self, now: DateTime<Utc>) -> Self {
        let decided = self.decided(Reason::Cancelled, now);
        let state = self.listed.filter(|_| self.partly_resolved).map_or(ShipmentState::Stopped, |children| {
            ShipmentState::FannedOut(FanOut { check_at: now, ..FanOut::new(children, now) })
        });
        decided.in_state(state)
    }
}

impl Delivery {
    /// Whether it fell due by a time and is not known to have been claimed.
    fn may_have_been_sent_by(&self, until: DateTime<Utc>) -> bool {
        match self.state {
            DeliveryState::Waiting { at, .. } | DeliveryState::Queued { from: at, .. } => at <= until,
            DeliveryState::GivenBack { .. } => true,
            DeliveryState::Sending { .. } | DeliveryState::Accepted | DeliveryState::Done(_) => false,
        }
    }

    /// Whether a sender or a provider has it.
    fn is_under_way(&self) -> bool {
        matches!(self.state, DeliveryState::Sending { .. } | DeliveryState::Accepted)
    }

    fn given_up(&self, until: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        if !self.may_have_been_sent_by(until) {
            return self.clone();
        }
        let ending = Ending { outcome: Outcome::Failed(Failure::Unspecified), basis: Basis::Unknown };
        Self { state: DeliveryState::Done(ending), updated_at: now, ..self.clone() }
    }

    fn taken_back_if_new(&self, now: DateTime<Utc>) -> Self {
        if !self.is_new() {
            return self.clone();
        }
        Self { updated_at: now, ..self.taken_back() }
    }
}
