//! The transitions of a delivery.

use chrono::{DateTime, TimeDelta, Utc};

use crate::chain::delivery::{Basis, Delivery, DeliveryState, Ending, Outcome, Waited};
use crate::chain::due::{self, REPORT_GRACE};
use crate::chain::lease::{self, MOST_EXPIRED_LEASES};
use crate::chain::{DeliveryEvent, Ignored, Report, back_off};
use crate::order::OnUncertainOutcome;
use crate::status::{DeliveryStatus, Failure};

/// What a transition of a delivery depends on beside state and event.
pub(in crate::chain) struct Context {
    /// The time.
    pub now: DateTime<Utc>,
    /// When its lifetime ends.
    pub expires_at: DateTime<Utc>,
    /// How far a lifetime can be put off.
    pub latest_end: DateTime<Utc>,
    /// What the order wants where nobody knows whether it was sent.
    pub on_uncertain_outcome: OnUncertainOutcome,
    /// How long the queue of its channel takes to empty.
    pub backlog: TimeDelta,
    /// Whether its owner waits for the answer of its provider: then nobody else tries again.
    pub is_instant: bool,
    /// Whether its shipment was cancelled, or its message opened, while a sender had it.
    pub is_withdrawn: bool,
}

/// The delivery after an event.
pub(in crate::chain) fn transition(
    before: &Delivery,
    event: &DeliveryEvent,
    context: &Context,
) -> Result<Delivery, Ignored> {
    let mut after = next(before, event, context)?;
    // A call that came to nothing was the last one for what was withdrawn meanwhile.
    if context.is_withdrawn && !before.is_new() && after.is_new() {
        after = after.taken_back();
    }
    if after.status() != before.status() {
        // The clocks of two workers may be apart, and readers of events order them by their time.
        after.updated_at = context.now.max(before.updated_at);
    }
    if matches!(after.status(), DeliveryStatus::Accepted | DeliveryStatus::Delivered) {
        after.handed_over_at.get_or_insert(context.now);
    }
    if let (DeliveryState::Waiting { at, why }, DeliveryState::Queued { .. }) = (before.state, after.state)
        && at > before.updated_at
    {
        after.waited = Some(Waited { until: at, why, refusals: before.refusals });
    }
    if let DeliveryEvent::Reported { reply, .. } = event {
        after.provider_reply.clone_from(reply);
    }
    Ok(after)
}

fn next(delivery: &Delivery, event: &DeliveryEvent, context: &Context) -> Result<Delivery, Ignored> {
    use DeliveryState as S;
    if event.claim().is_some_and(|claim| claim != delivery.claim) && !delivery.is_final() {
        return Err(Ignored::OtherClaim);
    }
    match delivery.state {
        S::Waiting { at, .. } => waiting(delivery, at, event, context),
        S::Queued { from, lease_ends } => queued(delivery, Lease { from, ends: lease_ends }, event, context),
        S::Sending { since } => sending(delivery, since, event, context),
        S::GivenBack { until } => given_back(delivery, until, event, context),
        S::Accepted => accepted(delivery, event, context),
        S::Done(ending) => done(delivery, ending, event),
    }
}

/// Until when a message may be on its way, and from when on it may be worked on.
#[derive(Clone, Copy)]
struct Lease {
    from: DateTime<Utc>,
    ends: DateTime<Utc>,
}

fn waiting(
    delivery: &Delivery,
    at: DateTime<Utc>,
    event: &DeliveryEvent,
    context: &Context,
) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Woken if !due::is_acted_on(at, context.now) => Err(Ignored::NotYet),
        E::Woken => Ok(delivery.queued(at.max(context.now), context)),
        E::Reported { report, .. } => Ok(delivery.reported(*report)),
        E::Expired { .. } if context.now < context.expires_at => Err(Ignored::NotYet),
        E::Expired { .. } => Ok(delivery.expired()),
        E::Opened | E::Cancelled => Ok(delivery.taken_back()),
        E::Claimed { .. } => Err(Ignored::NotYet),
        E::PutOff { .. } | E::Released { .. } => Err(Ignored::AlreadyKnown),
        E::HandedOver { .. }
        | E::Refused { .. }
        | E::RefusedForNow { .. }
        | E::NotCalled { .. }
        | E::Throttled { .. }
        | E::NotSent { .. } => Err(Ignored::NotClaimed),
    }
}

fn queued(
    delivery: &Delivery,
    lease: Lease,
    event: &DeliveryEvent,
    context: &Context,
) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Woken if lease.ends > context.now => Err(Ignored::NotYet),
        E::Woken => Ok(delivery.lost(lease.from.max(context.now), context)),
        E::Claimed { .. } => Ok(delivery.in_state(DeliveryState::Sending { since: context.now })),
        E::PutOff { until, why, expires_at, .. } => {
            let end = expires_at.map_or(context.expires_at, |end| end.min(context.latest_end));
            let at = (*until).min(end.max(context.expires_at));
            Ok(delivery.in_state(DeliveryState::Waiting { at, why: *why }))
        }
        E::Released { .. } => Ok(delivery.in_state(DeliveryState::waiting(lease.from))),
        E::Reported { report, .. } => Ok(delivery.reported(*report)),
        E::Expired { .. } if context.now < context.expires_at => Err(Ignored::NotYet),
        E::Expired { .. } => Ok(delivery.expired()),
        E::Opened | E::Cancelled => Ok(delivery.taken_back()),
        E::HandedOver { .. }
        | E::Refused { .. }
        | E::RefusedForNow { .. }
        | E::NotCalled { .. }
        | E::Throttled { .. }
        | E::NotSent { .. } => Err(Ignored::NotClaimed),
    }
}

fn sending(
    delivery: &Delivery,
    since: DateTime<Utc>,
    event: &DeliveryEvent,
    context: &Context,
) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Woken if due::uncertain_from(since) > context.now => Err(Ignored::NotYet),
        E::Woken => Ok(delivery.uncertain(context)),
        E::RefusedForNow { .. } | E::NotCalled { .. } | E::Throttled { .. } if context.is_instant => {
            Ok(delivery.next_call().in_state(DeliveryState::GivenBack { until: context.expires_at }))
        }
        E::NotSent { .. } if context.is_instant => {
            Ok(delivery.done(Outcome::Failed(Failure::Unspecified), Basis::Told))
        }
        E::HandedOver { .. } => Ok(delivery.in_state(DeliveryState::Accepted)),
        E::Refused { failure, .. } => Ok(delivery.done(Outcome::Failed(*failure), Basis::Told)),
        E::RefusedForNow { at_least, fraction, .. } => {
            Ok(delivery.refused_for_now(*at_least, *fraction, context))
        }
        E::NotSent { fraction, .. } => Ok(delivery.refused_for_now(TimeDelta::zero(), *fraction, context)),
        E::NotCalled { .. } => Ok(delivery.next_call().in_state(DeliveryState::waiting(context.now))),
        E::Throttled { until, .. } => Ok(delivery.throttled(*until, context)),
        E::Reported { report, .. } => Ok(delivery.reported(*report)),
        E::Claimed { .. } | E::PutOff { .. } => Err(Ignored::AlreadyKnown),
        E::Released { .. } | E::Expired { .. } | E::Opened | E::Cancelled => Err(Ignored::OnItsWay),
    }
}

/// Its owner knows that it was not handed over.
fn given_back(
    delivery: &Delivery,
    until: DateTime<Utc>,
    event: &DeliveryEvent,
    context: &Context,
) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Woken | E::Expired { .. } if until > context.now => Err(Ignored::NotYet),
        E::Claimed { .. } if until > context.now => {
            Ok(delivery.in_state(DeliveryState::Sending { since: context.now }))
        }
        E::Woken | E::Expired { .. } | E::Claimed { .. } => Ok(delivery.expired()),
        E::Reported { report, .. } => Ok(delivery.reported(*report)),
        E::Opened | E::Cancelled => Ok(delivery.taken_back()),
        E::PutOff { .. }
        | E::Released { .. }
        | E::HandedOver { .. }
        | E::Refused { .. }
        | E::RefusedForNow { .. }
        | E::NotCalled { .. }
        | E::Throttled { .. }
        | E::NotSent { .. } => Err(Ignored::NotClaimed),
    }
}

fn accepted(delivery: &Delivery, event: &DeliveryEvent, context: &Context) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Woken if context.now < context.expires_at + REPORT_GRACE => Err(Ignored::NotYet),
        E::Woken => Ok(delivery.expired()),
        E::NotSent { .. } if context.is_instant => {
            Ok(delivery.done(Outcome::Failed(Failure::Unspecified), Basis::Told))
        }
        E::NotSent { fraction, .. } => Ok(delivery.refused_for_now(TimeDelta::zero(), *fraction, context)),
        E::Reported {
            report: report @ (Report::Delivered | Report::Failed(_) | Report::FailedForNow(_)),
            ..
        } => Ok(delivery.reported(*report)),
        E::Reported { report: Report::Accepted, .. }
        | E::Claimed { .. }
        | E::PutOff { .. }
        | E::HandedOver { .. }
        | E::Refused { .. }
        | E::RefusedForNow { .. }
        | E::NotCalled { .. }
        | E::Throttled { .. } => Err(Ignored::AlreadyKnown),
        E::Released { .. } | E::Expired { .. } | E::Opened | E::Cancelled => Err(Ignored::OnItsWay),
    }
}

fn done(delivery: &Delivery, ending: Ending, event: &DeliveryEvent) -> Result<Delivery, Ignored> {
    use DeliveryEvent as E;
    match event {
        E::Reported { report, .. } => delivery.corrected(ending, *report),
        E::Woken
        | E::Claimed { .. }
        | E::PutOff { .. }
        | E::HandedOver { .. }
        | E::Refused { .. }
        | E::RefusedForNow { .. }
        | E::NotCalled { .. }
        | E::Throttled { .. }
        | E::NotSent { .. }
        | E::Released { .. }
        | E::Expired { .. }
        | E::Opened
        | E::Cancelled => Err(Ignored::Final),
    }
}

impl Delivery {
    fn in_state(&self, state: DeliveryState) -> Self {
        Self { state, ..self.clone() }
    }

    fn done(&self, outcome: Outcome, basis: Basis) -> Self {
        self.in_state(DeliveryState::Done(Ending { outcome, basis }))
    }

    pub(in crate::chain) fn taken_back(&self) -> Self {
        self.in_state(DeliveryState::Done(self.ending_when_taken_back()))
    }

    fn expired(&self) -> Self {
        self.done(Outcome::Failed(Failure::Ttl), Basis::Inferred)
    }

    /// A message about it is queued, to be sent from then on.
    fn queued(&self, from: DateTime<Utc>, context: &Context) -> Self {
        if context.now >= context.expires_at {
            return self.expired();
        }
        let lease_ends = lease::ends_behind(from, self.expired_leases, context.backlog);
        self.in_state(DeliveryState::Queued { from, lease_ends })
    }

    /// Its message or its worker was lost: the same message is queued again, a bounded number of times.
    fn lost(&self, from: DateTime<Utc>, context: &Context) -> Self {
        let lost = Self { expired_leases: self.expired_leases + 1, ..self.clone() };
        if lost.expired_leases > MOST_EXPIRED_LEASES && context.now < context.expires_at {
            return lost.done(Outcome::Failed(Failure::Unspecified), Basis::Inferred);
        }
        lost.queued(from, context)
    }

    /// The provider was called and nobody knows what came of it: the order's choice decides, once.
    fn uncertain(&self, context: &Context) -> Self {
        match context.on_uncertain_outcome {
            OnUncertainOutcome::SendAgain if !self.sent_again && !context.is_withdrawn => {
                Self { sent_again: true, ..self.next_call() }.queued(context.now, context)
            }
            OnUncertainOutcome::SendAgain | OnUncertainOutcome::GiveUp => {
                self.done(Outcome::Failed(Failure::Unspecified), Basis::Inferred)
            }
        }
    }

    /// What is known of the call that came to nothing says nothing of the next one.
    fn next_call(&self) -> Self {
        Self { claim: self.claim + 1, handed_over_at: None, provider_reply: None, ..self.clone() }
    }

    fn refused_for_now(&self, at_least: TimeDelta, fraction: f64, context: &Context) -> Self {
        let wait = back_off(self.refusals, fraction).max(at_least);
        let at = (context.now + wait).min(context.expires_at);
        let waiting = self.next_call().in_state(DeliveryState::waiting(at));
        Self { refusals: self.refusals + 1, ..waiting }
    }

    fn throttled(&self, until: DateTime<Utc>, context: &Context) -> Self {
        let lease_ends = lease::ends_behind(until, self.expired_leases, context.backlog);
        self.next_call().in_state(DeliveryState::Queued { from: until, lease_ends })
    }

    fn reported(&self, report: Report) -> Self {
        match report {
            Report::Accepted => self.in_state(DeliveryState::Accepted),
            Report::Delivered => self.done(Outcome::Delivered, Basis::Told),
            Report::Failed(failure) => self.done(Outcome::Failed(failure), Basis::Told),
            Report::FailedForNow(failure) => self.done(Outcome::Failed(failure), Basis::Transient),
        }
    }

    /// A report about something that is over. It beats what was inferred from silence; a delivery beats a bounce that
    /// need not be the last word, and a bounce that is the last word beats a delivery.
    fn corrected(&self, ending: Ending, report: Report) -> Result<Self, Ignored> {
        match (ending.outcome, ending.basis, report) {
            (
                Outcome::Failed(_),
                Basis::Inferred | Basis::Unknown,
                Report::Delivered | Report::Failed(_) | Report::FailedForNow(_),
            )
            | (Outcome::Failed(_), Basis::Transient, Report::Delivered | Report::Failed(_))
            | (
                Outcome::Delivered,
                Basis::Told | Basis::Transient | Basis::Inferred | Basis::Unknown,
                Report::Failed(_),
            ) => Ok(self.reported(report)),
            (
                Outcome::Delivered,
                Basis::Told | Basis::Transient | Basis::Inferred | Basis::Unknown,
                Report::Accepted | Report::Delivered,
            )
            | (Outcome::Failed(_), Basis::Transient, Report::FailedForNow(_)) => Err(Ignored::AlreadyKnown),
            (
                Outcome::Delivered,
                Basis::Told | Basis::Transient | Basis::Inferred | Basis::Unknown,
                Report::FailedForNow(_),
            )
            | (Outcome::Failed(_), Basis::Inferred | Basis::Transient | Basis::Unknown, Report::Accepted)
            | (
                Outcome::Failed(_),
                Basis::Told,
                Report::Accepted | Report::Delivered | Report::Failed(_) | Report::FailedForNow(_),
            )
            | (
                Outcome::Stopped,
                Basis::Told | Basis::Transient | Basis::Inferred | Basis::Unknown,
                Report::Accepted | Report::Delivered | Report::Failed(_) | Report::FailedForNow(_),
            ) => Err(Ignored::Final),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::chain::fixtures::{
        accepted_email, after, apply_delivery, at, chain_with_reminder, delivery_id,
    };
    use crate::chain::{DeliveryEvent, Report, Wait};
    use crate::status::DeliveryStatus;
    use chrono::{DateTime, TimeDelta, Utc};

    #[test]
    fn a_reminder_that_a_hold_moves_before_a_weekend_lives_until_its_window_has_been_open() {
        let chain = chain_with_reminder();
        let claim = chain.delivery(delivery_id(&chain)).unwrap().claim;
        // Until Friday evening: the reminder is due on Saturday.
        let until = at("18:00:00") + TimeDelta::days(4);
        let put_off = DeliveryEvent::PutOff { claim, until, why: Wait::Held, expires_at: None };
        let moved = after(&chain, &apply_delivery(&chain, put_off), at("10:00:01"));
        let reminder = &moved.shipments[1];
        assert_eq!(reminder.planned_at, until + TimeDelta::days(1));
        let after_monday = "2026-11-09T16:00:00Z".parse::<DateTime<Utc>>().unwrap();
        assert!(reminder.expires_at >= after_monday, "{}", reminder.expires_at);
    }

    #[test]
    fn a_clock_that_is_behind_turns_no_time_back() {
        let accepted = accepted_email();
        let before = accepted.delivery(delivery_id(&accepted)).unwrap().updated_at;
        let report = apply_delivery(&accepted, DeliveryEvent::reported(Report::Delivered));
        let delivered = after(&accepted, &report, at("09:00:00"));
        let delivery = delivered.delivery(delivery_id(&delivered)).unwrap();
        assert_eq!((delivery.status(), delivery.updated_at), (DeliveryStatus::Delivered, before));
    }
}
