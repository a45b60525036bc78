//! One call of the provider under a claim, and what its answer means.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::budget;
use varsling_domain::chain::{DeliveryEvent, DeliveryState, Event, ShipmentEvent};
use varsling_function::lambda::Deadline;
use varsling_function::trouble::{Trouble, Waiting};
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_store::{StoreError, Stored};

use super::{Attempt, Sender};
use crate::pace::{QUOTA_PAUSE, TooLate};
use crate::sandbox::{SimulatedCall, simulated};

/// What must be left of an invocation for a claim, the call that follows, and writing down what came of it.
const CALL_AND_WRITE: TimeDelta = TimeDelta::seconds(12);

/// What must be left of an invocation for the call alone.
const CALL: TimeDelta = TimeDelta::seconds(6);

impl<P: Provider> Sender<P> {
    /// Renders it, and waits for its permit.
    pub(super) async fn prepare(&self, attempt: Attempt, deadline: Deadline) -> Result<(), StoreError> {
        if self.is_suppressed(&attempt).await? {
            return self.claim(attempt, Err(HandOverError::suppressed()), deadline).await;
        }
        let Some(ready) = self.ready(&attempt).await? else { return Ok(()) };
        let rendered = self.provider.render(&ready).await;
        if let Err(TooLate { at }) = self.permit(deadline).await {
            return self.put_back(&attempt, at).await;
        }
        // While it waited for its permit, its window may have closed, its lifetime ended, its owner been blocked, or the
        // order cancelled that it is a part of.
        let Some(attempt) = self.settle_unless_due(attempt).await? else { return Ok(()) };
        if self.is_opened(&attempt).await? {
            return self.stop(attempt).await;
        }
        self.claim(attempt, rendered, deadline).await
    }

    /// Whether its address is one that nothing is sent to any more.
    async fn is_suppressed(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let Some(delivery) = attempt.chain.delivery(attempt.message.id()) else { return Ok(false) };
        self.suppressions.has(self.store(), delivery, self.clock.now()).await
    }

    /// Waits for a permit, and for another one where the provider has refused somebody else meanwhile.
    async fn permit(&self, deadline: Deadline) -> Result<(), TooLate> {
        let latest = deadline.minus(CALL_AND_WRITE).time();
        loop {
            let now = self.clock.now();
            let permit = self.state(|state| state.pace.permit(self.shares.now(&state.known), now, latest))?;
            self.clock.wait_until(permit).await;
            let now = self.clock.now();
            if !self.state(|state| state.pace.is_paused(now)) {
                return Ok(());
            }
        }
    }

    async fn claim(
        &self,
        attempt: Attempt,
        rendered: Result<P::Message, HandOverError>,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let message = attempt.message;
        let claim = message.claim;
        if !deadline.leaves(CALL_AND_WRITE, self.clock.now()) {
            return self.put_back(&attempt, self.clock.now()).await;
        }
        let due = due_at(&attempt);
        let claimed = self.happen(attempt, DeliveryEvent::Claimed { claim }).await?;
        // Another copy of the message was quicker, or it was taken back.
        let Stored::Changed(applied) = claimed else { return Ok(()) };
        let attempt = Attempt { chain: applied.chain, message };
        if !deadline.leaves(CALL, self.clock.now()) {
            return self.happen(attempt, DeliveryEvent::NotCalled { claim }).await.map(drop);
        }
        let outcome = self.hand_over(&attempt, rendered, due).await;
        self.write_down(attempt, outcome).await
    }

    /// Calls the provider, unless only the service is tried.
    async fn hand_over(
        &self,
        attempt: &Attempt,
        rendered: Result<P::Message, HandOverError>,
        due: Option<DateTime<Utc>>,
    ) -> Result<(), HandOverError> {
        let outcome = match (rendered, self.simulated(attempt).await) {
            (Err(error), _) | (_, Err(error)) => Err(error),
            (Ok(_), Ok(Some(call))) => {
                return call.hand_over(self.store(), &self.dispatcher.queues, self.clock.now()).await;
            }
            (Ok(rendered), Ok(None)) => self.call(attempt, &rendered, due).await,
        };
        log::<P>(attempt, &outcome);
        outcome
    }

    async fn call(
        &self,
        attempt: &Attempt,
        rendered: &P::Message,
        due: Option<DateTime<Utc>>,
    ) -> Result<(), HandOverError> {
        let outcome = self.provider.hand_over(rendered).await;
        self.meter.measure(&outcome, due, self.clock.now());
        self.count(attempt, &outcome);
        outcome
    }

    /// The call that is not made, where only the service is tried. Where nobody can say whether that is so, nothing is sent.
    async fn simulated(&self, attempt: &Attempt) -> Result<Option<SimulatedCall>, HandOverError> {
        let Attempt { chain, message } = attempt;
        let owner = self.owners.find(self.store(), &chain.owner, self.clock.now()).await;
        let owner = owner
            .map_err(|error| HandOverError::Waits { trouble: error.trouble(), why: error.to_string() })?;
        let Some(delivery) = chain.delivery(message.id()) else { return Ok(None) };
        let (channel, delivery_id, claim) = (delivery.channel, message.id(), message.claim);
        let fate = simulated(delivery, owner.as_ref());
        Ok(fate.map(|fate| SimulatedCall { channel, delivery: delivery_id, claim, fate }))
    }

    async fn write_down(
        &self,
        attempt: Attempt,
        outcome: Result<(), HandOverError>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(event) = self.event(attempt.message.claim, &outcome, now) else { return Ok(()) };
        let stored = self.happen(attempt, event).await?;
        match stored.changed() {
            Some(applied) => self.dispatcher.dispatch(&[applied], now).await,
            None => Ok(()),
        }
    }

    /// What was sent, or may have been, counts against the day's budgets.
    fn count(&self, attempt: &Attempt, outcome: &Result<(), HandOverError>) {
        let was_called = matches!(outcome, Ok(()) | Err(HandOverError::Uncertain { .. }));
        if let Some(delivery) = attempt.chain.delivery(attempt.message.id()).filter(|_| was_called) {
            self.budgets.sent(&attempt.chain.owner, budget::units(delivery));
        }
    }

    /// What the answer of the provider means for the delivery, and for the pace; nothing where there was no answer.
    fn event(
        &self,
        claim: u64,
        outcome: &Result<(), HandOverError>,
        now: DateTime<Utc>,
    ) -> Option<DeliveryEvent> {
        let fraction = self.jitter.fraction();
        Some(match outcome {
            Ok(()) => {
                self.state(|state| state.pace.accepted());
                DeliveryEvent::HandedOver { claim }
            }
            Err(HandOverError::Refused { failure, .. }) => {
                DeliveryEvent::Refused { claim, failure: *failure }
            }
            Err(HandOverError::Waits { .. }) => {
                DeliveryEvent::RefusedForNow { claim, at_least: TimeDelta::zero(), fraction }
            }
            Err(HandOverError::Throttled { .. }) => {
                let until = self.state(|state| state.pace.refused(now));
                DeliveryEvent::Throttled { claim, until }
            }
            Err(HandOverError::QuotaUsedUp { .. }) => {
                self.state(|state| state.pace.quota_used_up(now));
                DeliveryEvent::RefusedForNow { claim, at_least: QUOTA_PAUSE, fraction }
            }
            Err(HandOverError::Uncertain { .. }) => return None,
        })
    }

    /// The delivery with its text; nothing where it has no address, which is never queued.
    async fn ready(&self, attempt: &Attempt) -> Result<Option<Ready>, StoreError> {
        let Attempt { chain, message } = attempt;
        let Some(delivery) = chain.delivery(message.id()) else { return Ok(None) };
        let (Some(address), Some(hash)) = (&delivery.address, &delivery.text) else { return Ok(None) };
        Ok(Some(Ready {
            id: message.id(),
            claim: message.claim,
            owner: chain.owner.clone(),
            address: address.as_str().to_owned(),
            text: self.store().load_text(chain, hash).await?,
            name: delivery.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            number: delivery
                .organization
                .as_ref()
                .map(|number| number.as_str().to_owned())
                .unwrap_or_default(),
            facts: delivery.facts.clone(),
            now: self.clock.now(),
        }))
    }

    async fn is_opened(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let Attempt { chain, message } = attempt;
        let Some(watch) = chain.watch.as_ref().filter(|_| chain.is_reminder(message.shipment)) else {
            return Ok(false);
        };
        let opened_at = self.store().opened_at(&watch.marker).await?;
        Ok(opened_at.is_some_and(|at| chain.is_stopped_by(at)))
    }

    async fn stop(&self, attempt: Attempt) -> Result<(), StoreError> {
        let Attempt { chain, message } = attempt;
        let event = Event::Shipment { number: message.shipment, event: ShipmentEvent::Opened };
        self.store().apply(chain, &[event], self.clock.now()).await.map(drop)
    }
}

/// From when on it could be sent.
fn due_at(attempt: &Attempt) -> Option<DateTime<Utc>> {
    match attempt.chain.delivery(attempt.message.id())?.state {
        DeliveryState::Queued { from, .. } => Some(from),
        _ => None,
    }
}

fn log<P: Provider>(attempt: &Attempt, outcome: &Result<(), HandOverError>) {
    let (delivery, owner) = (attempt.message.id(), &attempt.chain.owner);
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
