//! Asks the registers about the recipients of an order while its owner waits: for a second at most, and never so that a
//! register which does not answer keeps an order out.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::order::{Order, Recipient, RecipientList, Recipients};
use varsling_domain::owner::OwnerSettings;
use varsling_domain::reading::Found;
use varsling_domain::recipients::Resolution;
use varsling_domain::standing::{self, RecipientLookup, Standing};
use varsling_function::clock::Clock;
use varsling_registers::RegisterError;
use varsling_registers::look_up::{Asking, Limit, LookUp};

/// How long an owner waits for the registers.
const PATIENCE: TimeDelta = TimeDelta::seconds(1);
/// How long an owner waits who asks what an order would do.
const PATIENCE_OF_DRY_RUNS: TimeDelta = TimeDelta::seconds(5);
/// How long nobody is asked after that was in vain.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// Asks the registers when an order is placed.
pub struct LookUpWhenOrdering {
    look_up: LookUp,
    is_enabled: bool,
    clock: Arc<dyn Clock>,
    /// Until when nobody is asked, in milliseconds.
    paused_until: AtomicI64,
}

/// What the registers said of an order.
pub enum Answered {
    /// It goes on, with this to tell of a list.
    GoesOn(Option<RecipientLookup>),
    /// Nobody can be reached.
    NobodyReached,
}

impl LookUpWhenOrdering {
    /// With these registers, and whether the deployment has them asked when orders are placed.
    pub fn new(look_up: LookUp, is_enabled: bool, clock: Arc<dyn Clock>) -> Self {
        Self { look_up, is_enabled, clock, paused_until: AtomicI64::new(0) }
    }

    /// Opens the connection to the register that is used most.
    pub async fn warm(&self) {
        self.look_up.warm().await;
    }

    /// What the registers say of each recipient of a shipment, for an owner who asks before ordering.
    pub async fn find(&self, recipients: Vec<Recipient>, owner: &OwnerSettings) -> Vec<Found> {
        let now = self.clock.now();
        let limit = Limit { clock: &*self.clock, deadline: now + PATIENCE_OF_DRY_RUNS };
        let lookups = self.look_up.find_all_within(&recipients, asking(owner, now), limit).await;
        let found = recipients.into_iter().zip(lookups);
        found.map(|(recipient, lookup)| Found { recipient, lookup: lookup.ok() }).collect()
    }

    /// What the registers say of an order's recipients; nothing where nobody is asked when an order is placed.
    pub async fn ask(&self, order: &Order, owner: &OwnerSettings) -> Answered {
        if !self.is_enabled || !owner.look_up_when_ordering {
            return Answered::GoesOn(None);
        }
        match order.shipments.first().map(|shipment| &shipment.recipients) {
            Some(Recipients::List(list)) => Answered::GoesOn(self.ask_about_list(list, owner).await),
            _ => self.ask_about_each(order, owner).await,
        }
    }

    async fn ask_about_each(&self, order: &Order, owner: &OwnerSettings) -> Answered {
        let found = self.look_up(&standing::recipients(order), owner).await;
        if found.iter().any(|one| matches!(one, Err(RegisterError::OutOfTime))) {
            self.pause();
        }
        let standings: Vec<_> = found.iter().map(|one| Standing::of(one.as_ref().ok())).collect();
        if standing::all_are_missing(&standings) { Answered::NobodyReached } else { Answered::GoesOn(None) }
    }

    async fn ask_about_list(&self, list: &RecipientList, owner: &OwnerSettings) -> Option<RecipientLookup> {
        let recipients: Vec<_> = list.recipients().collect();
        let asked: Vec<_> = recipients.iter().map(|(_, recipient)| recipient).collect();
        let mut standings = vec![Standing::Missing; list.named.len()];
        // A long list may take longer than a second without anybody being slow.
        for ((ordinal, _), found) in recipients.iter().zip(self.look_up(&asked, owner).await) {
            if let Some(of) = standings.get_mut(usize::from(*ordinal)) {
                let standing = Standing::of(found.as_ref().ok());
                *of = if list.unsupported.contains(ordinal) { Standing::Missing } else { standing };
            }
        }
        RecipientLookup::of(list, &standings)
    }

    async fn look_up(
        &self,
        recipients: &[&Recipient],
        owner: &OwnerSettings,
    ) -> Vec<Result<Resolution, RegisterError>> {
        let now = self.clock.now();
        let is_looked_up = recipients.iter().any(|recipient| !matches!(recipient, Recipient::Address(_)));
        if is_looked_up && now.timestamp_millis() < self.paused_until.load(Ordering::Relaxed) {
            return recipients.iter().map(|_| Err(RegisterError::OutOfTime)).collect();
        }
        let limit = Limit { clock: &*self.clock, deadline: now + PATIENCE };
        self.look_up.addresses_within(recipients, asking(owner, now), limit).await
    }

    /// A register that answers nobody in time would cost each order a second.
    fn pause(&self) {
        let now = self.clock.now();
        let until = (now + PAUSE).timestamp_millis();
        if self.paused_until.load(Ordering::Relaxed) <= now.timestamp_millis() {
            tracing::warn!("the registers are too slow to be asked when orders are placed");
            self.paused_until.store(until, Ordering::Relaxed);
        }
    }
}

fn asking(owner: &OwnerSettings, now: DateTime<Utc>) -> Asking<'_> {
    Asking { now, numbers: owner.sms_numbers.as_ref() }
}
