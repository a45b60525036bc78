//! What may be sent now: its time, its lifetime, its window, its owner, its parent and the day's budgets.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::budget;
use varsling_domain::chain::{Chain, DeliveryEvent, DeliveryMessage, DeliveryWork, Wait};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;
use varsling_function::consume::Batch;
use varsling_providers::Provider;
use varsling_store::StoreError;

use super::{Attempt, Sender};
use crate::budgets::Want;
use crate::sandbox::simulated;

/// The longest that what is of a blocked owner waits until it is looked at again, in minutes. The shortest is half of it,
/// so that not all that it has ordered comes back at once.
const WHILE_BLOCKED: f64 = 60.0;

/// The same for what is held.
const WHILE_HELD: f64 = 20.0;

impl<P: Provider> Sender<P> {
    /// What is to be sent by now. None where it is not: it is put off, put back or over then.
    pub(super) async fn settle_unless_due(&self, attempt: Attempt) -> Result<Option<Attempt>, StoreError> {
        let claim = attempt.message.claim;
        let now = self.clock.now();
        match attempt.chain.delivery_work(attempt.message, &self.window, now) {
            DeliveryWork::Stale => Ok(None),
            DeliveryWork::Early(effect) => self.put_back(&attempt, effect.at()).await.map(|()| None),
            DeliveryWork::Expired => self.end(attempt, DeliveryEvent::Expired { claim }).await,
            DeliveryWork::Closed(opens) => self.put_off_until_open(attempt, opens).await,
            DeliveryWork::Send if self.is_held(&attempt).await? => self.put_off_while_held(attempt).await,
            // It waits: its owner may be let in again while it lives.
            DeliveryWork::Send if self.is_blocked(&attempt.chain.owner).await? => {
                let until = now + wait(WHILE_BLOCKED, self.jitter.fraction());
                self.put_off(attempt, until, Wait::OwnerBlocked).await
            }
            DeliveryWork::Send if self.parents.is_cancelled(self.store(), &attempt.chain, now).await? => {
                self.end(attempt, DeliveryEvent::Cancelled).await
            }
            DeliveryWork::Send => Ok(Some(attempt)),
        }
    }

    /// It waits for its window. One that fell back to its channel, or was settled, while the window was closed lives from
    /// the opening on.
    async fn put_off_until_open(
        &self,
        attempt: Attempt,
        opens: DateTime<Utc>,
    ) -> Result<Option<Attempt>, StoreError> {
        let Some(delivery) = attempt.chain.delivery(attempt.message.id()) else { return Ok(None) };
        let lifetime_end = self.window.lifetime_end(delivery.channel, delivery.policy, opens);
        let lives_on = delivery.is_fallback || attempt.chain.settled_at.is_some();
        let expires_at = lives_on.then_some(lifetime_end);
        let (claim, why) = (attempt.message.claim, Wait::Time);
        self.end(attempt, DeliveryEvent::PutOff { claim, until: opens, why, expires_at }).await
    }

    async fn put_off(
        &self,
        attempt: Attempt,
        until: DateTime<Utc>,
        why: Wait,
    ) -> Result<Option<Attempt>, StoreError> {
        let claim = attempt.message.claim;
        self.end(attempt, DeliveryEvent::PutOff { claim, until, why, expires_at: None }).await
    }

    /// It is not sent under this claim.
    async fn end(&self, attempt: Attempt, event: DeliveryEvent) -> Result<Option<Attempt>, StoreError> {
        self.happen(attempt, event).await.map(|_| None)
    }

    async fn is_held(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let Some(delivery) = attempt.chain.delivery(attempt.message.id()) else { return Ok(false) };
        let now = self.clock.now();
        let owner = &attempt.chain.owner;
        Ok(self.deployment.held(self.store(), delivery.channel, owner, now).await?.is_some())
    }

    /// It waits until it is released, and its lifetime does not end by that.
    async fn put_off_while_held(&self, attempt: Attempt) -> Result<Option<Attempt>, StoreError> {
        let until = self.clock.now() + wait(WHILE_HELD, self.jitter.fraction());
        let Some(delivery) = attempt.chain.delivery(attempt.message.id()) else { return Ok(None) };
        let expires_at = Some(self.window.lifetime_end(delivery.channel, delivery.policy, until));
        let (claim, why) = (attempt.message.claim, Wait::Held);
        self.end(attempt, DeliveryEvent::PutOff { claim, until, why, expires_at }).await
    }

    async fn is_blocked(&self, owner: &Owner) -> Result<bool, StoreError> {
        let found = self.owners.find(self.store(), owner, self.clock.now()).await?;
        Ok(found.is_some_and(|settings| settings.blocked))
    }

    /// Reserves of the day's budgets what is about to be sent.
    pub(super) async fn reserve(&self, batch: &Batch<DeliveryMessage>, chains: &HashMap<ChainId, Chain>) {
        let now = self.clock.now();
        let mut wants = vec![];
        for received in &batch.received {
            let Some(chain) = chains.get(&received.message.chain) else { continue };
            if chain.delivery_work(received.message, &self.window, now) == DeliveryWork::Send {
                wants.extend(self.want(chain, received.message).await.ok().flatten());
            }
        }
        self.budgets.reserve(self.store(), &wants, now).await;
    }

    /// What a delivery takes of the day's budgets.
    async fn want(&self, chain: &Chain, message: DeliveryMessage) -> Result<Option<Want>, StoreError> {
        let Some(delivery) = chain.delivery(message.id()) else { return Ok(None) };
        let settings = self.owners.find(self.store(), &chain.owner, self.clock.now()).await?;
        // What no provider is called for takes nothing of a budget.
        if simulated(delivery, settings.as_ref()).is_some() {
            return Ok(None);
        }
        Ok(Some(Want {
            owner: chain.owner.clone(),
            owners_budget: settings.and_then(|settings| settings.daily_budget(delivery.channel)),
            units: budget::units(delivery),
            class: chain.class,
        }))
    }

    /// Whether the day's budgets have something left for it, which it takes then.
    pub(super) async fn is_within_budget(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let want = self.want(&attempt.chain, attempt.message).await?;
        Ok(want.is_none_or(|want| self.budgets.take(&want)))
    }

    /// It waits for the next day's budget, and lives as long after that as it would have lived.
    pub(super) async fn put_off_to_next_day(&self, attempt: Attempt) -> Result<(), StoreError> {
        let next_day = budget::next_day(self.clock.now());
        let Some(delivery) = attempt.chain.delivery(attempt.message.id()) else { return Ok(()) };
        let until = self.window.opens(delivery.channel, delivery.policy, next_day);
        let expires_at = Some(self.window.lifetime_end(delivery.channel, delivery.policy, next_day));
        let (claim, why) = (attempt.message.claim, Wait::DailyBudget);
        self.end(attempt, DeliveryEvent::PutOff { claim, until, why, expires_at }).await.map(drop)
    }
}

/// How long something waits to be looked at again: between half of so many minutes and all of them, by a fraction of
/// jitter.
fn wait(minutes: f64, fraction: f64) -> TimeDelta {
    let seconds = minutes * 60.0 * (0.5 + fraction / 2.0);
    TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap_or(TimeDelta::hours(1))
}
