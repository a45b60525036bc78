//! The daily budgets of one channel: a batch reserves what it is about to send by one write, which answers what all
//! workers have sent today. What was reserved and not sent is given back by the next write.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use varsling_domain::budget::{self, Budget, BudgetEvent, Used};
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::priority::PriorityClass;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Waiting;
use varsling_queues::variables;
use varsling_store::{Counted, Store, Usage};

/// The budgets of one channel, and what is known of their use.
pub struct Budgets {
    channel: Channel,
    limits: Limits,
    state: Mutex<State>,
}

/// How much of a channel is sent in a day.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    of_all: Budget,
    of_owner: Budget,
}

impl Limits {
    /// As the environment says.
    pub fn open(channel: Channel, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            of_all: Budget::of(environment.parsed(variables::budget(channel), str::parse)?),
            of_owner: Budget::of(environment.parsed(variables::owner_budget(channel), str::parse)?),
        })
    }
}

/// How often a budget that is used up is looked at again: others may have given back what they had reserved.
const LOOKED_AT_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Something that is to be sent.
#[derive(Debug, Clone)]
pub struct Want {
    /// Who has ordered it.
    pub owner: Owner,
    /// The daily budget that is settled for its owner, if any.
    pub owners_budget: Option<NonZeroU32>,
    /// What it takes of a budget.
    pub units: u64,
    /// Its class: what is urgent has a tenth more.
    pub class: PriorityClass,
}

#[derive(Default)]
struct State {
    day: Option<NaiveDate>,
    /// What was sent today as far as is known, with what this batch has reserved.
    used: Usage,
    /// What this batch has reserved for each owner.
    reserved: BTreeMap<Owner, u64>,
    /// What this batch may send by what it was told, of what it has reserved.
    granted: BTreeMap<Owner, u64>,
    /// What this batch has sent.
    sent: BTreeMap<Owner, u64>,
    /// Whether something of this batch did not fit.
    some_refused: bool,
    /// What the next write adds: less than nothing for what was reserved and not sent.
    left_over: BTreeMap<Owner, i64>,
    /// When `used` was read.
    read_at: Option<DateTime<Utc>>,
    /// The events that were told today.
    told: BTreeSet<String>,
}

impl Budgets {
    /// Of a channel, of which nothing is known to be used.
    pub fn new(channel: Channel, limits: Limits) -> Self {
        Self { channel, limits, state: Mutex::default() }
    }

    /// Reserves what a batch is about to send. Where the table does not answer, what was known before counts: nothing
    /// waits for a count.
    pub async fn reserve(&self, store: &Store, batch: &[Want], now: DateTime<Utc>) {
        let added = self.state().begin(self, batch, budget::day(now));
        if added.is_empty() && !self.state().looks_again(now) {
            return;
        }
        match store.count_usage(Counted::Sent(self.channel), budget::day(now), &added, now).await {
            Ok(usage) => self.note(store, batch, usage, now).await,
            Err(error) => {
                error.log_waiting(&"the day's count");
                self.state().release(added);
            }
        }
    }

    /// Whether something may be sent, of which so much is taken then.
    pub fn take(&self, want: &Want) -> bool {
        let mut state = self.state();
        let Want { owner, units, class, .. } = want;
        let is_allowed = self.of(want).allows(state.used_by_others(owner), *class)
            && self.limits.of_all.allows(state.used_by_all_others(), *class);
        if is_allowed {
            *state.granted.entry(owner.clone()).or_default() += units;
        }
        state.some_refused |= !is_allowed;
        is_allowed
    }

    /// Releases at once what was reserved for what did not fit: a count meanwhile would find less than there is.
    pub async fn release_refused(&self, store: &Store, now: DateTime<Utc>) {
        let some_refused = self.state().some_refused;
        if some_refused {
            self.release(store, now).await;
        }
    }

    /// Releases at once what was reserved and is not sent.
    pub async fn release(&self, store: &Store, now: DateTime<Utc>) {
        let Some(left_over) = self.state().take_left_over() else { return };
        match store.count_usage(Counted::Sent(self.channel), budget::day(now), &left_over, now).await {
            Ok(usage) => self.state().note(usage, now),
            Err(error) => {
                error.log_waiting(&"the day's count");
                self.state().left_over = left_over;
            }
        }
    }

    /// Something was sent, or may have been.
    pub fn sent(&self, owner: &Owner, units: u64) {
        *self.state().sent.entry(owner.clone()).or_default() += units;
    }

    /// Notes what is used, and tells of the budgets that have reached a level: each worker once a day, so that it is told
    /// even if one of them fails to.
    async fn note(&self, store: &Store, batch: &[Want], usage: Usage, now: DateTime<Utc>) {
        let of_owners = batch.iter().filter_map(|want| {
            let units = *usage.owners.get(&want.owner)?;
            self.of(want).event(&self.used(Some(&want.owner), units, now))
        });
        let of_all = self.limits.of_all.event(&self.used(None, usage.all, now));
        let events: BTreeMap<_, _> =
            of_owners.chain(of_all).map(|event| (event.id().to_owned(), event)).collect();
        self.state().note(usage, now);
        for event in events.values().filter(|event| !self.state().told.contains(event.id())) {
            self.tell_of(store, event, now).await;
        }
    }

    fn used<'a>(&self, owner: Option<&'a Owner>, units: u64, at: DateTime<Utc>) -> Used<'a> {
        Used { owner, channel: self.channel, units, at }
    }

    async fn tell_of(&self, store: &Store, event: &BudgetEvent, now: DateTime<Utc>) {
        match store.tell_of_budget(event, now).await {
            Ok(()) => drop(self.state().told.insert(event.id().to_owned())),
            Err(error) => error.log_waiting(&event.id()),
        }
    }

    fn of(&self, want: &Want) -> Budget {
        want.owners_budget.map_or(self.limits.of_owner, Budget::of)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Begins a batch; what is to be added to the day's count.
    fn begin(&mut self, budgets: &Budgets, batch: &[Want], day: NaiveDate) -> BTreeMap<Owner, i64> {
        self.end();
        if self.day != Some(day) {
            *self = Self { day: Some(day), ..Self::default() };
        }
        for want in batch {
            let Want { owner, units, class, .. } = want;
            // A budget that is used up stays so for the day: what waits for it is not counted again and again.
            let is_open = budgets.of(want).allows(self.used_by(owner), *class)
                && budgets.limits.of_all.allows(self.used.all, *class);
            if is_open {
                *self.reserved.entry(owner.clone()).or_default() += units;
            }
        }
        let mut added = std::mem::take(&mut self.left_over);
        for (owner, units) in &self.reserved {
            *added.entry(owner.clone()).or_default() += signed(*units);
        }
        added.retain(|_, units| *units != 0);
        added
    }

    fn note(&mut self, usage: Usage, now: DateTime<Utc>) {
        self.used = usage;
        self.read_at = Some(now);
    }

    /// Whether it is time to look what others have given back.
    fn looks_again(&self, now: DateTime<Utc>) -> bool {
        self.read_at.is_none_or(|read| now >= read + LOOKED_AT_EVERY)
    }

    /// Ends the batch before: what it has reserved and not sent is left over.
    fn end(&mut self) {
        let (reserved, sent) = (std::mem::take(&mut self.reserved), std::mem::take(&mut self.sent));
        self.granted.clear();
        for (owner, units) in sent {
            *self.left_over.entry(owner).or_default() += signed(units);
        }
        for (owner, units) in reserved {
            *self.left_over.entry(owner).or_default() -= signed(units);
        }
    }

    /// What this batch has left over.
    fn take_left_over(&mut self) -> Option<BTreeMap<Owner, i64>> {
        self.some_refused = false;
        self.end();
        let mut left_over = std::mem::take(&mut self.left_over);
        left_over.retain(|_, units| *units != 0);
        (!left_over.is_empty()).then_some(left_over)
    }

    /// The count was not written: the next one says it, without what this batch has reserved.
    fn release(&mut self, added: BTreeMap<Owner, i64>) {
        self.left_over = added;
        for (owner, units) in std::mem::take(&mut self.reserved) {
            *self.left_over.entry(owner).or_default() -= signed(units);
        }
    }

    fn used_by(&self, owner: &Owner) -> u64 {
        self.used.owners.get(owner).copied().unwrap_or_default()
    }

    /// What an owner has used, but for what is reserved here and not granted yet.
    fn used_by_others(&self, owner: &Owner) -> u64 {
        let of = |all: &BTreeMap<Owner, u64>| all.get(owner).copied().unwrap_or_default();
        self.used_by(owner).saturating_sub(of(&self.reserved)) + of(&self.granted)
    }

    fn used_by_all_others(&self) -> u64 {
        let sum = |all: &BTreeMap<Owner, u64>| all.values().sum::<u64>();
        self.used.all.saturating_sub(sum(&self.reserved)) + sum(&self.granted)
    }
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(of_all: u32, of_owner: u32) -> Budgets {
        let budget = |units| Budget::of(NonZeroU32::new(units).unwrap());
        let limits = Limits { of_all: budget(of_all), of_owner: budget(of_owner) };
        Budgets::new(Channel::Sms, limits)
    }

    fn owner(number: &str) -> Owner {
        Owner::try_from(number).unwrap()
    }

    fn want(number: &str, units: u64) -> Want {
        Want { owner: owner(number), owners_budget: None, units, class: PriorityClass::Normal }
    }

    const ONE: &str = "991825827";
    const OTHER: &str = "226346139";

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
    }

    /// Begins a batch, as if others had sent so much besides.
    fn begin(budgets: &Budgets, batch: &[Want], others: u64) -> BTreeMap<Owner, i64> {
        let mut state = budgets.state();
        let added = state.begin(budgets, batch, day(7));
        for (owner, units) in &state.reserved.clone() {
            *state.used.owners.entry(owner.clone()).or_default() += units;
        }
        state.used.all = others + state.reserved.values().sum::<u64>();
        added
    }

    #[test]
    fn a_batch_sends_as_much_as_the_budget_has_left_and_gives_the_rest_back() {
        let budgets = budgets(100, 5);
        let batch = [want(ONE, 3), want(ONE, 3), want(ONE, 3), want(OTHER, 3)];
        assert_eq!(begin(&budgets, &batch, 0), [(owner(ONE), 9), (owner(OTHER), 3)].into());
        let taken: Vec<_> = batch.iter().map(|want| budgets.take(want)).collect();
        assert_eq!(taken, [true, true, false, true], "the last one may pass it");
        budgets.sent(&owner(ONE), 6);
        let added = begin(&budgets, &[], 0);
        assert_eq!(added, [(owner(ONE), -3), (owner(OTHER), -3)].into(), "what was not sent");
    }

    #[test]
    fn what_did_not_fit_is_released_at_once() {
        let budgets = budgets(100, 5);
        let batch = [want(ONE, 3), want(ONE, 3), want(ONE, 3)];
        begin(&budgets, &batch, 0);
        for want in &batch {
            budgets.take(want);
        }
        budgets.sent(&owner(ONE), 6);
        assert_eq!(budgets.state().take_left_over(), Some([(owner(ONE), -3)].into()));
        assert_eq!(budgets.state().take_left_over(), None);
        assert!(begin(&budgets, &[], 0).is_empty());
    }

    #[test]
    fn the_deployments_budget_is_everybodys() {
        let budgets = budgets(10, 1_000);
        let batch = [want(ONE, 3), want(OTHER, 3)];
        begin(&budgets, &batch, 8);
        assert!(budgets.take(&batch[0]));
        assert!(!budgets.take(&batch[1]));
    }

    #[test]
    fn what_waits_for_a_budget_is_not_counted_again() {
        let budgets = budgets(100, 5);
        let batch = [want(ONE, 5)];
        begin(&budgets, &batch, 0);
        assert!(budgets.take(&batch[0]));
        budgets.sent(&owner(ONE), 5);
        assert!(begin(&budgets, &batch, 0).is_empty());
        assert!(!budgets.take(&batch[0]));
        let tomorrow = budgets.state().begin(&budgets, &batch, day(8));
        assert_eq!(tomorrow, [(owner(ONE), 5)].into());
    }

    #[test]
    fn a_count_that_was_not_written_is_made_up_for() {
        let budgets = budgets(100, 50);
        let batch = [want(ONE, 5)];
        let added = budgets.state().begin(&budgets, &batch, day(7));
        budgets.state().release(added);
        assert!(budgets.take(&batch[0]));
        budgets.sent(&owner(ONE), 5);
        let added = budgets.state().begin(&budgets, &batch, day(7));
        assert_eq!(added, [(owner(ONE), 10)].into());
    }
}
