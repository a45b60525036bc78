//! What the providers let an account send: a rate, and a quota or a budget.

use std::collections::VecDeque;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// The limits of an account at its providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderLimits {
    /// How many e-mails a second SES takes.
    pub emails_per_second: u32,
    /// How many e-mails in any 24 hours SES takes.
    pub emails_per_day: usize,
    /// How many SMS a second SNS takes.
    pub sms_per_second: u32,
    /// How many SMS a calendar month the spend limit of SNS lets through.
    pub sms_per_month: usize,
}

/// A rate with a burst of one second, counted in thousandths so that it is exact to the millisecond.
#[derive(Debug)]
pub struct Rate {
    per_second: u32,
    thousandths: i64,
    at: DateTime<Utc>,
}

/// What one takes.
const ONE: i64 = 1_000;

impl Rate {
    /// A rate of which nothing has been used.
    pub fn new(per_second: u32, now: DateTime<Utc>) -> Self {
        Self { per_second, thousandths: i64::from(per_second) * ONE, at: now }
    }

    /// Whether one more may go now.
    pub fn take(&mut self, now: DateTime<Utc>) -> bool {
        let passed = (now - self.at).num_milliseconds().clamp(0, ONE);
        let full = i64::from(self.per_second) * ONE;
        self.thousandths = (self.thousandths + passed * i64::from(self.per_second)).min(full);
        self.at = now.max(self.at);
        let may = self.thousandths >= ONE;
        if may {
            self.thousandths -= ONE;
        }
        may
    }
}

/// A quota for any 24 hours.
#[derive(Debug)]
pub struct Quota {
    most: usize,
    sent: VecDeque<DateTime<Utc>>,
}

impl Quota {
    /// A quota of which nothing has been used.
    pub fn new(most: usize) -> Self {
        Self { most, sent: VecDeque::new() }
    }

    /// Whether one more may go now.
    pub fn has_room(&mut self, now: DateTime<Utc>) -> bool {
        while self.sent.pop_front_if(|sent| now - *sent >= TimeDelta::hours(24)).is_some() {}
        self.sent.len() < self.most
    }

    /// One more has gone.
    pub fn use_one(&mut self, now: DateTime<Utc>) {
        self.sent.push_back(now);
    }
}

/// A budget for a calendar month.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    spent: usize,
    year: i32,
    month: u32,
}

impl Budget {
    /// A budget of which nothing has been spent.
    pub fn new(most: usize, now: DateTime<Utc>) -> Self {
        Self { most, spent: 0, year: now.year(), month: now.month() }
    }

    /// Whether one more can be paid for, which it then is.
    pub fn spend(&mut self, now: DateTime<Utc>) -> bool {
        if (self.year, self.month) != (now.year(), now.month()) {
            *self = Self::new(self.most, now);
        }
        let may = self.spent < self.most;
        self.spent += usize::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn a_rate_has_one_seconds_burst_and_then_its_pace() {
        let mut rate = Rate::new(14, at(0));
        assert_eq!((0..20).filter(|_| rate.take(at(0))).count(), 14);
        assert!(!rate.take(at(71)), "71.4 milliseconds each");
        assert!(rate.take(at(72)));
        assert!(!rate.take(at(142)));
        assert!(rate.take(at(143)));
        assert_eq!((0..50).filter(|_| rate.take(at(60_000))).count(), 14, "no more than a burst is saved");
    }

    #[test]
    fn a_sender_at_exactly_the_rate_is_never_refused() {
        let mut rate = Rate::new(14, at(0));
        while rate.take(at(0)) {}
        // The first whole millisecond after each fourteenth of a second.
        let mut times = (1..10_000_i64).map(|number| at((number * 1_000 + 13) / 14));
        assert!(times.all(|time| rate.take(time)));
    }

    #[test]
    fn a_quota_is_for_any_24_hours() {
        let mut quota = Quota::new(2);
        for hour in [0, 1] {
            assert!(quota.has_room(at(hour * 3_600_000)));
            quota.use_one(at(hour * 3_600_000));
        }
        assert!(!quota.has_room(at(24 * 3_600_000 - 1)));
        assert!(quota.has_room(at(24 * 3_600_000)));
    }

    #[test]
    fn a_budget_is_for_a_calendar_month() {
        let first: DateTime<Utc> = "2026-01-31T23:59:59Z".parse().unwrap();
        let mut budget = Budget::new(1, first);
        assert!(budget.spend(first));
        assert!(!budget.spend(first));
        assert!(budget.spend(first + TimeDelta::seconds(1)));
    }
}
