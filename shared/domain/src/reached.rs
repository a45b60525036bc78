//! Whether anybody was reached: what an owner asks who must send a letter where nobody was.
//!
//! It is told beside the status because a status alone does not say it: a failure that was only assumed may have
//! arrived, and a message that has been opened needs no further notice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chain::{Basis, Chain, Delivery, DeliveryState, Reason, Shipment, ShipmentState};
use crate::order::is_default;
use crate::status::{DeliveryStatus, Failure};

/// The answer. The later of two counts for several deliveries: one that was reached is enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum WasReached {
    /// Nobody was, and by this shipment nobody will be.
    #[default]
    No,
    /// It is not known, or not yet.
    Unknown,
    /// Somebody was.
    Yes,
}

/// The answer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// The answer.
    #[serde(rename = "reached")]
    pub answer: WasReached,
    /// `Delivered`, `MessageOpened`, `UnderWay`, `NoReport`, why it was stopped, or why it failed.
    #[serde(rename = "reachedReason", default, skip_serializing_if = "is_default")]
    pub reason: String,
}

impl Reached {
    /// Because of something.
    pub(crate) fn new(answer: WasReached, reason: &str) -> Self {
        Self { answer, reason: reason.to_owned() }
    }

    pub(crate) fn yes() -> Self {
        Self::new(WasReached::Yes, "Delivered")
    }

    fn no_report() -> Self {
        Self::new(WasReached::Unknown, "NoReport")
    }

    /// It may have been sent before the table was restored.
    fn lost_from_sight() -> Self {
        Self::new(WasReached::Unknown, "GivenUpAfterRestore")
    }

    fn under_way() -> Self {
        Self::new(WasReached::Unknown, "UnderWay")
    }

    /// Of one delivery. A failure that was assumed, of something that a provider has or may have, says nothing.
    pub fn by(delivery: &Delivery) -> Self {
        match delivery.status() {
            DeliveryStatus::Failed(_) if delivery.is_of_unknown_outcome() => Self::lost_from_sight(),
            DeliveryStatus::Accepted if delivery.is_final() => Self::no_report(),
            DeliveryStatus::New | DeliveryStatus::Sending | DeliveryStatus::Accepted => Self::under_way(),
            DeliveryStatus::Delivered => Self::yes(),
            DeliveryStatus::Stopped => Self::new(WasReached::No, "Stopped"),
            DeliveryStatus::Failed(_) if delivery.is_inferred() => Self::no_report(),
            DeliveryStatus::Failed(failure) => Self::new(WasReached::No, failure.reason()),
        }
    }

    /// Of a shipment with its deliveries, its children's included.
    pub fn of(shipment: &Shipment, deliveries: impl IntoIterator<Item = Self>) -> Self {
        let best = best(deliveries);
        match shipment.decision.map(|decision| decision.reason) {
            Some(Reason::GivenUpAfterRestore)
                if shipment.deliveries().is_empty()
                    && best.as_ref().is_none_or(|best| best.answer == WasReached::No) =>
            {
                Self::lost_from_sight()
            }
            Some(reason) if shipment.is_final() && best.as_ref().is_none_or(is_stopped) => stopped(reason),
            _ => best.unwrap_or_else(|| Self::of_childless(shipment)),
        }
    }

    /// Of a shipment from what its chain alone says.
    pub fn of_shipment(shipment: &Shipment) -> Self {
        Self::of(shipment, shipment.deliveries().iter().map(Self::by))
    }

    /// Of an order: of the best of its shipments.
    pub fn of_chain(chain: &Chain) -> Self {
        best(chain.shipments.iter().map(Self::of_shipment)).unwrap_or_else(Self::under_way)
    }

    fn of_childless(shipment: &Shipment) -> Self {
        match &shipment.state {
            ShipmentState::AllChildrenFinal { reached: WasReached::Yes, .. } => Self::yes(),
            ShipmentState::AllChildrenFinal { reached: WasReached::Unknown, .. } => Self::no_report(),
            ShipmentState::AllChildrenFinal { reached: WasReached::No, .. } => {
                Self::new(WasReached::No, "AllFailed")
            }
            _ => Self::under_way(),
        }
    }
}

/// The best of some answers; of those that are alike the first.
pub(crate) fn best(all: impl IntoIterator<Item = Reached>) -> Option<Reached> {
    all.into_iter().reduce(|best, next| if next.answer > best.answer { next } else { best })
}

fn is_stopped(reached: &Reached) -> bool {
    reached.reason == "Stopped"
}

/// A message that has been opened has reached its reader. Whatever else stopped a shipment reached nobody.
fn stopped(reason: Reason) -> Reached {
    match reason {
        Reason::MessageOpened => Reached::new(WasReached::Yes, "MessageOpened"),
        Reason::ConditionNotMet => Reached::new(WasReached::No, "ConditionNotMet"),
        Reason::ConditionUnanswered => Reached::new(WasReached::No, "ConditionUnanswered"),
        Reason::Cancelled => Reached::new(WasReached::No, "Cancelled"),
        Reason::LifetimeEnded => Reached::new(WasReached::No, "LifetimeEnded"),
        Reason::AttemptsExhausted => Reached::new(WasReached::No, "AttemptsExhausted"),
        Reason::GivenUpAfterRestore => Reached::new(WasReached::Unknown, "GivenUpAfterRestore"),
        Reason::NotOpened | Reason::NoMessageNamed => Reached::new(WasReached::No, "Stopped"),
    }
}

impl Delivery {
    /// Whether the table was restored, and nobody knows what came of it before.
    fn is_of_unknown_outcome(&self) -> bool {
        matches!(self.state, DeliveryState::Done(ending) if ending.basis == Basis::Unknown)
    }

    /// Whether its failure is only inferred: a provider has it, or may have it, and no report came in time. A call whose
    /// answer never came is told as a failure without a reason.
    pub fn is_inferred(&self) -> bool {
        let DeliveryState::Done(ending) = self.state else { return false };
        if self.is_of_unknown_outcome() {
            return true;
        }
        let was_called = self.handed_over_at.is_some()
            || self.status() == DeliveryStatus::Failed(Failure::Unspecified) && self.address.is_some();
        ending.basis == Basis::Inferred && was_called
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accepted_email, after, apply_delivery, at, chain_with_reminder, delivered_email, queued_email,
        sending_email, woken_at,
    };
    use crate::chain::{DeliveryEvent, Ending, Outcome, Report};

    fn of(chain: &Chain) -> (WasReached, String) {
        let Reached { answer, reason } = Reached::of_shipment(&chain.shipments[0]);
        (answer, reason)
    }

    fn reported(report: Report) -> Chain {
        after(
            &accepted_email(),
            &apply_delivery(&accepted_email(), DeliveryEvent::reported(report)),
            at("10:00:05"),
        )
    }

    #[test]
    fn a_delivery_answers_by_what_is_known_of_it() {
        for (chain, answer, reason) in [
            (queued_email(), WasReached::Unknown, "UnderWay"),
            (sending_email(), WasReached::Unknown, "UnderWay"),
            (accepted_email(), WasReached::Unknown, "UnderWay"),
            (delivered_email(), WasReached::Yes, "Delivered"),
            (reported(Report::Failed(Failure::Bounced)), WasReached::No, "Bounced"),
            (reported(Report::Failed(Failure::SuppressedRecipient)), WasReached::No, "SuppressedRecipient"),
            (reported(Report::Failed(Failure::Unspecified)), WasReached::No, "Unspecified"),
        ] {
            assert_eq!(of(&chain), (answer, reason.to_owned()));
        }
    }

    fn failed(failure: Failure, basis: Basis, before: &Chain) -> Chain {
        let mut chain = before.clone();
        let ShipmentState::Open(deliveries) = &mut chain.shipments[0].state else { panic!() };
        deliveries[0].state = DeliveryState::Done(Ending { outcome: Outcome::Failed(failure), basis });
        chain
    }

    #[test]
    fn a_failure_that_was_assumed_is_unknown_where_the_provider_may_have_the_notice() {
        for (chain, answer, reason) in [
            (failed(Failure::Ttl, Basis::Inferred, &accepted_email()), WasReached::Unknown, "NoReport"),
            (
                failed(Failure::Unspecified, Basis::Inferred, &sending_email()),
                WasReached::Unknown,
                "NoReport",
            ),
            (failed(Failure::Ttl, Basis::Inferred, &queued_email()), WasReached::No, "TTL"),
            (failed(Failure::Ttl, Basis::Told, &accepted_email()), WasReached::No, "TTL"),
        ] {
            assert_eq!(of(&chain), (answer, reason.to_owned()));
        }
    }

    #[test]
    fn one_that_was_reached_is_enough() {
        let chain = delivered_email();
        for (answers, expected) in [
            (vec![Reached::new(WasReached::No, "Bounced"), Reached::yes()], "Delivered"),
            (vec![Reached::new(WasReached::No, "Bounced"), Reached::no_report()], "NoReport"),
            (vec![Reached::new(WasReached::No, "Bounced"), Reached::new(WasReached::No, "TTL")], "Bounced"),
            (
                vec![Reached::new(WasReached::No, "Bounced"), Reached::new(WasReached::No, "Stopped")],
                "Bounced",
            ),
        ] {
            assert_eq!(Reached::of(&chain.shipments[0], answers).reason, expected);
        }
    }

    #[test]
    fn what_was_opened_has_reached_its_reader_and_what_was_stopped_otherwise_nobody() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        let opened = woken_at(&chain, due, Some(at("12:00:00")));
        assert_eq!(
            Reached::of_shipment(&opened.shipments[1]),
            Reached::new(WasReached::Yes, "MessageOpened")
        );
        let mut cancelled = opened;
        cancelled.shipments[1].decision.as_mut().unwrap().reason = Reason::Cancelled;
        assert_eq!(Reached::of_shipment(&cancelled.shipments[1]), Reached::new(WasReached::No, "Cancelled"));
    }
}
