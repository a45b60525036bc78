//! Claim before send: what `send-email` and `send-sms` have in common.
//!
//! The claim is a conditional write, right after the marker of an opened message was read; then comes one
//! call to the provider, and then what it answered is written down. A worker that dies in between leaves
//! a claim whose outcome is uncertain, and that is never simply sent again.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Attempt, Chain, SendMessage, SendWork};
use varsling_domain::channel::Channel;
use varsling_domain::ids::NotificationId;
use varsling_domain::keywords::{self, Facts, Reader};
use varsling_domain::masking;
use varsling_domain::sms::nearest;
use varsling_domain::text::Text;
use varsling_domain::window::SendingWindow;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::environment::ConfigError;
use crate::providers::HandOverError;
use crate::queues::Queues;
use crate::store::{Change, Store, StoreError};
use crate::surroundings::Surroundings;
use crate::sweep;

/// A notification that has been claimed, ready for the provider.
pub struct Claimed {
    /// Its id.
    pub id: NotificationId,
    /// Which attempt to hand it over this is.
    pub attempt: Attempt,
    /// Where to.
    pub address: String,
    /// What, with the keywords still in it.
    pub text: Arc<Text>,
    name: String,
    number: String,
    facts: Facts,
}

impl Claimed {
    /// A part of the text with its keywords filled in, escaped where it is HTML, and identity numbers masked.
    pub fn fill(&self, text: &str, html: bool) -> String {
        let reader = Reader { name: &self.name, number: &self.number, facts: &self.facts };
        masking::mask(&keywords::fill(text, &reader, html))
    }

    /// The same in the nearest characters of an SMS, of which a name can have more: it is cut where it would take
    /// more room than was left for it.
    pub fn simplified(&self, text: &str) -> String {
        let name: String = nearest(&self.name).chars().take(keywords::LONGEST_NAME).collect();
        let reader = Reader { name: &name, number: &self.number, facts: &self.facts };
        nearest(&masking::mask(&keywords::fill(text, &reader, false)))
    }
}

/// Sends notifications, each at most once per claim.
pub struct Sending {
    store: Store,
    queues: Queues,
    window: SendingWindow,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Sending {
    /// With the store, the queue that early messages go back to, and the window of the environment.
    pub fn open(store: Store, queues: Queues, surroundings: &Surroundings) -> Result<Self, ConfigError> {
        let Surroundings { environment, clock, chance, .. } = surroundings.clone();
        Ok(Self { store, queues, window: environment.window()?, clock, chance })
    }

    /// Opens the connections.
    pub async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    /// Handles one message: sends what it names if that is due, unclaimed and still wanted.
    pub async fn work<F>(
        &self,
        message: SendMessage,
        hand_over: impl FnOnce(Claimed) -> F,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), HandOverError>>,
    {
        let now = self.clock.now();
        let Some(chain) = self.store.load_chain(message.chain).await? else {
            tracing::warn!(notification = %message.id(), "there is no such chain");
            return Ok(());
        };
        match chain.send_work(message, now) {
            SendWork::Stale => Ok(()),
            SendWork::Early(task) => sweep::dispatch(&self.store, &self.queues, chain, &[task], now).await,
            SendWork::Expired => self.expire(chain, message, now).await,
            SendWork::Send if self.is_opened(&chain, message).await? => self.stop(chain, message, now).await,
            SendWork::Send => match chain.closed_until(message.id(), &self.window, now) {
                Some(opens) => self.park(chain, message, opens, now).await,
                None => self.send(chain, message, now, hand_over).await,
            },
        }
    }

    async fn send<F>(
        &self,
        chain: Chain,
        message: SendMessage,
        now: DateTime<Utc>,
        hand_over: impl FnOnce(Claimed) -> F,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), HandOverError>>,
    {
        let Some(claimed) = self.prepare(&chain, message).await? else { return Ok(()) };
        let id = claimed.id;
        let (chain, is_ours) =
            self.while_claimed(chain, message, now, |chain| chain.claim_send(id, now)).await?;
        if !is_ours {
            return Ok(());
        }
        let attempt = claimed.attempt;
        let outcome = hand_over(claimed).await;
        self.write_down(chain, attempt, outcome).await
    }

    /// Everything that can fail is fetched before the claim.
    async fn prepare(&self, chain: &Chain, message: SendMessage) -> Result<Option<Claimed>, StoreError> {
        let Some(notification) = chain.notification(message.id()) else { return Ok(None) };
        let (Some(address), Some(hash)) = (&notification.address, &notification.text) else {
            return Ok(None);
        };
        let Some(attempt) = chain.attempt(message.id()) else { return Ok(None) };
        Ok(Some(Claimed {
            id: message.id(),
            attempt,
            address: address.as_str().to_owned(),
            text: self.store.load_text(chain, hash).await?,
            name: notification.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            facts: notification.facts.clone(),
            number: notification.organization.as_ref().map(|n| n.as_str().to_owned()).unwrap_or_default(),
        }))
    }

    async fn write_down(
        &self,
        chain: Chain,
        attempt: Attempt,
        outcome: Result<(), HandOverError>,
    ) -> Result<(), StoreError> {
        let id = attempt.notification;
        let now = self.clock.now();
        log(&chain, id, &outcome);
        let fraction = self.chance.fraction();
        let record = |chain: &mut Chain| match &outcome {
            Ok(()) => chain.handed_over(attempt, now),
            Err(HandOverError::Refused { failure, .. }) => chain.refused(id, *failure, now),
            Err(HandOverError::Waits { .. }) => chain.refused_for_now(id, fraction, now),
            Err(HandOverError::Uncertain { .. }) => false,
        };
        self.store.amend(chain, written_if(record)).await.map(drop)
    }

    async fn is_opened(&self, chain: &Chain, message: SendMessage) -> Result<bool, StoreError> {
        let Some(watch) = chain.watch.as_ref().filter(|_| message.step > 0) else { return Ok(false) };
        let opened_at = self.store.opened_at(&watch.marker).await?;
        Ok(opened_at.is_some_and(|at| chain.is_stopped_by(at)))
    }

    async fn stop(&self, chain: Chain, message: SendMessage, now: DateTime<Utc>) -> Result<(), StoreError> {
        let stop = |chain: &mut Chain| chain.stop_opened(message.step, now);
        self.while_claimed(chain, message, now, stop).await.map(drop)
    }

    async fn park(
        &self,
        chain: Chain,
        message: SendMessage,
        opens: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(channel) = chain.notification(message.id()).map(|notification| notification.channel) else {
            return Ok(());
        };
        let place = self.store.line_up((&chain.owner, chain.lane), channel, opens, 1).await?;
        // Those who had their moment already are early in the next line, owners in turn.
        let turn = opens + TimeDelta::milliseconds(place.into());
        let park = |chain: &mut Chain| chain.park(message.id(), opens, turn);
        self.while_claimed(chain, message, now, park).await.map(drop)
    }

    async fn expire(&self, chain: Chain, message: SendMessage, now: DateTime<Utc>) -> Result<(), StoreError> {
        let id = message.id();
        let expire = |chain: &mut Chain| {
            let over = chain.send_work(message, now) == SendWork::Expired;
            over && chain.expire_notification(id, now)
        };
        self.store.amend(chain, written_if(expire)).await.map(drop)
    }

    /// Applies a rule if the message's claim still stands in what is stored; says whether it did.
    async fn while_claimed(
        &self,
        chain: Chain,
        message: SendMessage,
        now: DateTime<Utc>,
        mut rule: impl FnMut(&mut Chain),
    ) -> Result<(Chain, bool), StoreError> {
        let claimed = |chain: &mut Chain| {
            let stands = chain.send_work(message, now) == SendWork::Send;
            if stands {
                rule(chain);
            }
            stands
        };
        self.store.amend(chain, written_if(claimed)).await
    }
}

/// A rule that says whether it changed anything, as the store takes it.
fn written_if(mut rule: impl FnMut(&mut Chain) -> bool) -> impl FnMut(&mut Chain) -> Change<bool> {
    move |chain| if rule(chain) { Change::Write(true) } else { Change::Keep(false) }
}

fn log(chain: &Chain, id: NotificationId, outcome: &Result<(), HandOverError>) {
    let owner = &chain.owner;
    let provider = chain.notification(id).map_or("provider", |notification| provider(notification.channel));
    match outcome {
        Ok(()) => tracing::info!(notification = %id, %owner, "handed over"),
        Err(HandOverError::Waits { trouble, why }) => trouble.log(provider, &id, why),
        Err(why @ (HandOverError::Uncertain { .. } | HandOverError::Refused { .. })) => {
            tracing::warn!(notification = %id, %owner, %why, "not handed over");
        }
    }
}

/// The provider of a channel, as logs and alarms name it.
fn provider(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "ses",
        Channel::Sms => "sns",
    }
}
