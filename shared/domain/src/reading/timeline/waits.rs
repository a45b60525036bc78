//! The waits in a timeline: until when a shipment or a delivery waits, or waited, and what for.

use chrono::{DateTime, Utc};

use super::TimelineEvent;
use crate::chain::{Decision, Delivery, Reason, Shipment, ShipmentState, Waited};
use crate::view::ShipmentView;

/// When a shipment was planned, and why then.
pub(super) struct Planned {
    at: DateTime<Utc>,
    /// When its order was accepted.
    accepted_at: DateTime<Utc>,
    why: &'static str,
}

impl Planned {
    pub fn of(view: &ShipmentView<'_>) -> Self {
        let why = if view.shipment.delay.is_some() { "ReminderDelay" } else { "RequestedSendTime" };
        Self { at: view.shipment.planned_at, accepted_at: view.chain.accepted_at, why }
    }

    /// That the shipment waits for its time, or waited until it had come.
    pub fn wait(&self, shipment: &Shipment, now: DateTime<Utc>) -> Option<TimelineEvent> {
        if let ShipmentState::Scheduled { at } = shipment.state {
            return Some(TimelineEvent::new("WaitsUntil", at).because(self.why));
        }
        // What was taken back before its time did not wait until then.
        let until = shipment.decision.filter(ends_the_wait).map_or(now, |decision| decision.at);
        let waited = self.accepted_at < self.at && (self.at <= until || is_decided_when_due(shipment));
        // Whether a reminder fires is decided a moment early, so that its recipients are looked up in time.
        let at = shipment.decision.map_or(self.at, |decision| decision.at.min(self.at));
        waited.then(|| TimelineEvent::new("WaitedUntil", at).because(self.why))
    }

    /// Why a delivery waits until a time, or waited.
    pub fn reason(&self, Waited { until, why, refusals }: Waited) -> String {
        match why.name() {
            Some(name) => name.to_owned(),
            None if refusals > 0 => format!("ProviderRefused, {refusals} times"),
            None if until <= self.at => self.why.to_owned(),
            None => "SendingWindow".to_owned(),
        }
    }

    /// That a delivery waited longer than its shipment.
    pub fn waited(&self, delivery: &Delivery) -> Option<TimelineEvent> {
        let waited = delivery.waited?;
        let is_longer = waited.until > self.at.max(self.accepted_at);
        is_longer.then(|| TimelineEvent::new("WaitedUntil", waited.until).because(self.reason(waited)))
    }
}

/// Whether it was stopped when its time had come, because its message had been opened.
fn is_decided_when_due(shipment: &Shipment) -> bool {
    shipment.decision.is_some_and(|decision| decision.reason == Reason::MessageOpened)
}

/// Whether a decision lets a shipment wait no longer.
pub(super) fn ends_the_wait(decision: &Decision) -> bool {
    match decision.reason {
        Reason::NotOpened | Reason::NoMessageNamed | Reason::ConditionUnanswered => false,
        Reason::MessageOpened
        | Reason::ConditionNotMet
        | Reason::LifetimeEnded
        | Reason::AttemptsExhausted
        | Reason::Cancelled
        | Reason::GivenUpAfterRestore => true,
    }
}
