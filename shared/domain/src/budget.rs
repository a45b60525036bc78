//! Daily budgets: how many e-mails and how many segments of SMS an owner and the deployment send in a day on Oslo's
//! clock. They are there for stolen keys and for programs that run wild, and so they are counted roughly: what is sent
//! at the same moment by several workers may pass one by a batch.

use std::num::NonZeroU32;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::chain::Delivery;
use crate::channel::Channel;
use crate::identity::Owner;
use crate::priority::PriorityClass;

/// Percent of a budget at which its owner and the operator are warned.
const WARNING: u64 = 80;

/// What one delivery takes of its channel's budget: one e-mail, or as many segments as its SMS has.
pub fn units(delivery: &Delivery) -> u64 {
    match delivery.channel {
        Channel::Email => 1,
        Channel::Sms => delivery.segments.unwrap_or(1).into(),
    }
}

/// The day whose budgets count at a time.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    calendar::day(at)
}

/// When the next day's budgets count.
pub fn next_day(at: DateTime<Utc>) -> DateTime<Utc> {
    day_ends(day(at))
}

/// When a day is over.
pub fn day_ends(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1));
    next.map_or(DateTime::<Utc>::MAX_UTC, |next| calendar::instant(next, NaiveTime::MIN))
}

/// A daily budget of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(NonZeroU32);

/// How much of a budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Less than four fifths.
    Low,
    /// Four fifths.
    Warning,
    /// All of it.
    UsedUp,
}

impl Budget {
    /// So many units a day.
    pub fn of(units: NonZeroU32) -> Self {
        Self(units)
    }

    /// Whether something may be sent when so much of it is used. What is urgent has a tenth more. The last one may be
    /// larger than what is left, or an SMS of three segments would never go on a budget of two.
    pub fn allows(self, used: u64, class: PriorityClass) -> bool {
        let limit = u64::from(self.0.get());
        match class {
            PriorityClass::Urgent => used < limit + limit.div_ceil(10),
            PriorityClass::Normal | PriorityClass::Bulk => used < limit,
        }
    }

    /// How much of it is used.
    pub fn level(self, used: u64) -> Level {
        let limit = u64::from(self.0.get());
        match used {
            _ if used >= limit => Level::UsedUp,
            _ if used * 100 >= limit * WARNING => Level::Warning,
            _ => Level::Low,
        }
    }

    /// What is told of its use, once for each level and day; nothing while little is used.
    pub fn event(self, used: &Used<'_>) -> Option<BudgetEvent> {
        let level = self.level(used.units);
        (level > Level::Low).then(|| BudgetEvent::of(self, level, used))
    }
}

/// How much of a budget is used.
#[derive(Debug, Clone, Copy)]
pub struct Used<'a> {
    /// Whose it is; nobody's where it is the deployment's.
    pub owner: Option<&'a Owner>,
    /// Of which channel.
    pub channel: Channel,
    /// How much.
    pub units: u64,
    /// The time.
    pub at: DateTime<Utc>,
}

/// What is told when a budget is nearly or all used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetEvent {
    /// The same whenever this is told.
    event_id: String,
    /// Whose budget; absent where it is the deployment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    channel: String,
    day: NaiveDate,
    used: u64,
    budget: u32,
    at: String,
    level: Level,
}

impl BudgetEvent {
    fn of(budget: Budget, level: Level, used: &Used<'_>) -> Self {
        let (channel, day) = (used.channel.name().to_owned(), day(used.at));
        let whose = used.owner.map_or("deployment", Owner::as_str);
        Self {
            event_id: format!("budget-{whose}-{channel}-{day}-{level:?}"),
            owner: used.owner.cloned(),
            channel,
            day,
            used: used.units,
            budget: budget.0.get(),
            at: used.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            level,
        }
    }

    /// The same whenever this is told.
    pub fn id(&self) -> &str {
        &self.event_id
    }

    /// What kind of event it is.
    pub fn detail_type(&self) -> &'static str {
        if self.is_used_up() { "Daily budget used up" } else { "Daily budget nearly used up" }
    }

    /// Whether nothing more is sent today.
    pub fn is_used_up(&self) -> bool {
        self.level == Level::UsedUp
    }

    /// Whose budget it is; nobody's where it is the deployment's.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(units: u32) -> Budget {
        Budget::of(NonZeroU32::new(units).unwrap())
    }

    #[test]
    fn a_budget_lasts_until_it_is_used_up_and_a_tenth_longer_for_what_is_urgent() {
        for (used, normal, urgent) in
            [(0, true, true), (99, true, true), (100, false, true), (109, false, true)]
        {
            assert_eq!(budget(100).allows(used, PriorityClass::Normal), normal, "{used}");
            assert_eq!(budget(100).allows(used, PriorityClass::Bulk), normal, "{used}");
            assert_eq!(budget(100).allows(used, PriorityClass::Urgent), urgent, "{used}");
        }
        assert!(!budget(100).allows(110, PriorityClass::Urgent));
        assert!(budget(1).allows(1, PriorityClass::Urgent) && !budget(1).allows(2, PriorityClass::Urgent));
    }

    #[test]
    fn each_level_is_told_under_one_id_a_day() {
        let at = "2026-12-07T10:00:00Z".parse().unwrap();
        let told = |units| {
            let used = Used { owner: None, channel: Channel::Sms, units, at };
            budget(10).event(&used).map(|event| event.event_id)
        };
        assert_eq!(told(7), None);
        for units in [8, 9] {
            assert_eq!(told(units).as_deref(), Some("budget-deployment-sms-2026-12-07-Warning"));
        }
        for units in [10, 20] {
            assert_eq!(told(units).as_deref(), Some("budget-deployment-sms-2026-12-07-UsedUp"));
        }
    }

    #[test]
    fn a_day_is_oslos() {
        for (at, then) in [
            ("2026-12-07T22:59:59Z", "2026-12-07T23:00:00Z"),
            ("2026-12-07T23:00:00Z", "2026-12-08T23:00:00Z"),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ] {
            assert_eq!(next_day(at.parse().unwrap()), then.parse::<DateTime<Utc>>().unwrap(), "{at}");
        }
    }
}
