//! The call to the provider, under a claim that is stored, and what its answer means.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_api::http::Problem;
use varsling_domain::budget;
use varsling_domain::chain::{Chain, DeliveryEvent, Event};
use varsling_domain::ids::DeliveryId;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::request::Faults;
use varsling_domain::text::Text;
use varsling_function::trouble::{Trouble, Waiting};
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_sending::{SimulatedCall, simulated};

use super::{Answer, Request, SendInstant, sent};

/// What must be left of an invocation for the call and for writing down what came of it.
const CALL_AND_WRITE: TimeDelta = TimeDelta::seconds(7);

/// A delivery that is claimed, and its text.
pub(super) struct Attempt {
    pub chain: Chain,
    pub text: Arc<Text>,
    /// What the owner may not think.
    pub warnings: Faults,
    /// What is settled for the owner.
    pub settings: OwnerSettings,
}

impl Attempt {
    fn id(&self) -> DeliveryId {
        self.chain.shipment_id(0).delivery(0)
    }

    /// The call that is not made, where only the service is tried.
    fn simulated(&self) -> Option<SimulatedCall> {
        let delivery = self.chain.delivery(self.id())?;
        let fate = simulated(delivery, Some(&self.settings))?;
        Some(SimulatedCall { channel: delivery.channel, delivery: self.id(), claim: delivery.claim, fate })
    }

    /// As the provider takes it. Nothing is known of the person behind the address.
    fn ready(&self, now: DateTime<Utc>) -> Option<Ready> {
        let delivery = self.chain.delivery(self.id())?;
        Some(Ready {
            id: self.id(),
            claim: delivery.claim,
            owner: self.chain.owner.clone(),
            address: delivery.address.as_ref()?.as_str().to_owned(),
            text: Arc::clone(&self.text),
            name: String::new(),
            number: String::new(),
            facts: delivery.facts.clone(),
            now,
        })
    }
}

impl SendInstant {
    /// Calls the provider once, and answers what came of it.
    pub(super) async fn attempt_by<P: Provider>(
        &self,
        provider: &P,
        request: &Request,
        attempt: Attempt,
    ) -> Answer {
        let ready = attempt.ready(self.clock.now()).ok_or_else(Problem::internal)?;
        let claim = ready.claim;
        let outcome = self.hand_over(provider, request, &attempt, &ready).await;
        log::<P>(&attempt, &outcome);
        if let Some(event) = event(claim, &outcome, self.clock.now()) {
            self.write_down(&attempt, event).await;
        }
        match outcome {
            Ok(()) | Err(HandOverError::Refused { .. }) => {
                Ok(sent(201, &attempt.chain, &request.base, &attempt.warnings))
            }
            Err(HandOverError::Throttled { .. }) => Err(Problem::too_many()),
            Err(HandOverError::Waits { .. } | HandOverError::QuotaUsedUp { .. }) => {
                Err(Problem::unavailable())
            }
            Err(HandOverError::Uncertain { .. }) => Err(Problem::uncertain()),
        }
    }

    /// Calls the provider, unless the address is one that nothing is sent to, or the time is up.
    async fn hand_over<P: Provider>(
        &self,
        provider: &P,
        request: &Request,
        attempt: &Attempt,
        ready: &Ready,
    ) -> Result<(), HandOverError> {
        if self.is_suppressed(attempt).await? {
            return Err(HandOverError::suppressed());
        }
        if !request.deadline.leaves(CALL_AND_WRITE, self.clock.now()) {
            let (trouble, why) = (Trouble::Passing, "too little time was left".to_owned());
            return Err(HandOverError::Waits { trouble, why });
        }
        let rendered = provider.render(ready).await?;
        if let Some(call) = attempt.simulated() {
            return call.hand_over(&self.store, &self.queues, self.clock.now()).await;
        }
        let outcome = provider.hand_over(&rendered).await;
        if let Some(delivery) = attempt.chain.delivery(attempt.id()) {
            let accepted_at = Some(attempt.chain.accepted_at);
            self.meter(delivery.channel).measure(&outcome, accepted_at, self.clock.now());
        }
        self.count(attempt, &outcome);
        outcome
    }

    /// What was sent, or may have been, counts against the day's budgets.
    fn count(&self, attempt: &Attempt, outcome: &Result<(), HandOverError>) {
        let was_called = matches!(outcome, Ok(()) | Err(HandOverError::Uncertain { .. }));
        if let Some(delivery) = attempt.chain.delivery(attempt.id()).filter(|_| was_called) {
            self.budgets.of(delivery.channel).sent(&attempt.chain.owner, budget::units(delivery));
        }
    }

    async fn is_suppressed(&self, attempt: &Attempt) -> Result<bool, HandOverError> {
        let Some(delivery) = attempt.chain.delivery(attempt.id()) else { return Ok(false) };
        let suppressed = self.suppressions.has(&self.store, delivery, self.clock.now()).await;
        suppressed.map_err(|error| HandOverError::Waits { trouble: error.trouble(), why: error.to_string() })
    }

    /// What the provider did is done, whatever becomes of this: where it cannot be written down, a repeat waits for the
    /// provider's own report.
    async fn write_down(&self, attempt: &Attempt, event: DeliveryEvent) {
        let event = Event::Delivery { id: attempt.id(), event };
        let written = self.store.apply(attempt.chain.clone(), &[event], self.clock.now()).await;
        if let Err(error) = written {
            error.log_waiting(&attempt.id());
        }
    }
}

/// What the answer of the provider means for the delivery; nothing where there was no answer.
fn event(claim: u64, outcome: &Result<(), HandOverError>, now: DateTime<Utc>) -> Option<DeliveryEvent> {
    match outcome {
        Ok(()) => Some(DeliveryEvent::HandedOver { claim }),
        Err(HandOverError::Refused { failure, .. }) => {
            Some(DeliveryEvent::Refused { claim, failure: *failure })
        }
        Err(HandOverError::Throttled { .. }) => Some(DeliveryEvent::Throttled { claim, until: now }),
        Err(HandOverError::Waits { .. } | HandOverError::QuotaUsedUp { .. }) => {
            Some(DeliveryEvent::RefusedForNow { claim, at_least: TimeDelta::zero(), fraction: 0.0 })
        }
        Err(HandOverError::Uncertain { .. }) => None,
    }
}

fn log<P: Provider>(attempt: &Attempt, outcome: &Result<(), HandOverError>) {
    let (delivery, owner) = (attempt.id(), &attempt.chain.owner);
    match outcome {
        // The line of the invocation says so.
        Ok(()) => {}
        Err(HandOverError::Waits { trouble, why }) => trouble.log(P::NAME, &delivery, why),
        Err(HandOverError::Throttled { why }) => Trouble::Passing.log(P::NAME, &delivery, why),
        Err(HandOverError::QuotaUsedUp { why }) => Trouble::Ours.log(P::NAME, &delivery, why),
        Err(why @ (HandOverError::Uncertain { .. } | HandOverError::Refused { .. })) => {
            tracing::warn!(%delivery, %owner, %why, "not handed over");
        }
    }
}
