//! When a chain is looked at next.
//!
//! Every open step and notification keeps its own timer; the table's due index holds the most urgent
//! one of each chain. Plans are found ahead of time, so that queues can deliver to the second; leases
//! are found when they have ended, because a worker may still be at it until then.

use chrono::serde::ts_milliseconds as millis;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Chain, Lane, Notification, Step};
use crate::channel::Channel;
use crate::status::StepStatus;

/// How far ahead the sweeps look. A schedule fires anywhere within its minute, and one that is missed
/// must not make anything late.
pub const LOOK_AHEAD: TimeDelta = TimeDelta::minutes(3);

/// How far ahead a message can be queued: the longest delay that SQS knows.
pub const QUEUE_REACH: TimeDelta = TimeDelta::minutes(15);

/// How long a worker has from the moment its message becomes visible: far longer than any function may take,
/// and long enough for the queue to deliver the message again when one was lost.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// The longest lease of what was lost before: how late a notice can be once what kept losing it is mended.
const LONGEST_LEASE: TimeDelta = TimeDelta::hours(1);
/// What must be left of a running lease for it to be passed on as it is; keeping it as it is spares
/// the index two writes.
const ENOUGH: TimeDelta = TimeDelta::minutes(2);

/// How long somebody stands in line without hiding what else the chain has to do, from the turn or from the last
/// thing that happened beside. Longer than any wait between two tries, and shorter than an uncertain outcome
/// waits: a line that is short is left at once.
const LONG_LINE: TimeDelta = TimeDelta::minutes(20);

/// When a step or notification is looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timer {
    /// Nobody has it; it is due then.
    #[serde(rename = "p")]
    Plan {
        /// When it is due.
        #[serde(rename = "a", with = "millis")]
        at: DateTime<Utc>,
    },
    /// It waits in line for an opening of the window; a sweep gives it a moment when its turn has come.
    #[serde(rename = "w")]
    Line {
        /// When its turn comes: as long after the opening as those of the same owner before it take to leave,
        /// so that owners take turns, in this opening and in the next.
        #[serde(rename = "a", with = "millis")]
        turn: DateTime<Utc>,
    },
    /// Somebody has it until then.
    #[serde(rename = "l")]
    Lease {
        /// When the lease ends.
        #[serde(rename = "a", with = "millis")]
        until: DateTime<Utc>,
        /// The chain's version under which it was claimed.
        #[serde(rename = "c")]
        claim: u64,
    },
}

impl Timer {
    /// A claim on something that may be worked on from `at`.
    pub(super) fn lease_from(at: DateTime<Utc>, claim: u64) -> Self {
        Self::Lease { until: at + LEASE, claim }
    }

    /// A claim on something that was lost before: twice as long each time, because what looks lost may
    /// only be waiting in a long queue, and claiming it anew makes the waiting message worthless.
    pub(super) fn lease_again(at: DateTime<Utc>, claim: u64, losses: u32) -> Self {
        Self::Lease { until: at + (LEASE * 2_i32.pow(losses.min(10))).min(LONGEST_LEASE), claim }
    }

    /// A claim passed on to the next worker, who may start at `at`.
    pub(super) fn passed_on(previous: Option<Self>, at: DateTime<Utc>, claim: u64) -> Self {
        match previous {
            Some(Self::Lease { until, .. }) if until >= at + ENOUGH => Self::Lease { until, claim },
            _ => Self::lease_from(at, claim),
        }
    }

    /// Whether this is the claim of that number.
    pub(super) fn is_claim(self, number: u64) -> bool {
        matches!(self, Self::Lease { claim, .. } if claim == number)
    }
}

/// A key space of the due index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// Plans that the `schedule` sweep claims, looking ahead.
    Plan,
    /// Reminders that the `fire-reminder` sweep claims, looking ahead.
    Reminder,
    /// Notifications in line for an opening of a channel's window, in the order of their turns.
    Line(Channel),
    /// Chains with notifications in the lines of both channels, by the first of their turns: neither waits for
    /// the other.
    BothLines,
    /// Urgent chains in the line of either channel, which are read before all others.
    UrgentLine,
    /// Claims, read by the `schedule` sweep once they have ended.
    Lease,
}

impl Space {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Plan,
        Self::Reminder,
        Self::Line(Channel::Email),
        Self::Line(Channel::Sms),
        Self::BothLines,
        Self::UrgentLine,
        Self::Lease,
    ];

    /// How far ahead of its time an entry is found.
    pub fn look_ahead(self) -> TimeDelta {
        match self {
            Self::Plan | Self::Reminder | Self::Line(_) | Self::BothLines | Self::UrgentLine => LOOK_AHEAD,
            Self::Lease => TimeDelta::zero(),
        }
    }
}

/// Where a chain stands in the due index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// In which key space.
    pub space: Space,
    /// At which time.
    pub at: DateTime<Utc>,
}

impl Chain {
    /// The entry of this chain in the due index; none once everything is final. Of several timers it is
    /// the one that a sweep would act on first: a plan at ten past is acted on before a lease that ends
    /// at eight past.
    pub fn due(&self) -> Option<Due> {
        let notifications = self.steps.iter().flat_map(|step| &step.notifications);
        let happened = notifications.map(|notification| notification.updated_at).max();
        let dues = self.steps.iter().enumerate().flat_map(|(ordinal, step)| step.dues(ordinal));
        let first = dues.min_by_key(|due| due.acted_on(happened))?;
        let space = match first.space {
            Space::Line(_) if self.lane == Lane::Urgent => Space::UrgentLine,
            Space::Line(_) if self.is_in_both_lines() => Space::BothLines,
            space => space,
        };
        Some(Due { space, ..first })
    }

    fn is_in_both_lines(&self) -> bool {
        let notifications = || self.steps.iter().flat_map(|step| &step.notifications);
        let stands = |n: &Notification| matches!(n.timer, Some(Timer::Line { .. }));
        let in_line = |channel| notifications().any(|n| n.channel == channel && stands(n));
        in_line(Channel::Email) && in_line(Channel::Sms)
    }
}

impl Due {
    /// When a sweep acts on it, as far as can be known: a line may be long, so whoever is in one does not hide
    /// what else the chain has to do meanwhile.
    fn acted_on(&self, happened: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match self.space {
            Space::Line(_) => happened.map_or(self.at, |happened| happened.max(self.at)) + LONG_LINE,
            _ => self.at - self.space.look_ahead(),
        }
    }
}

impl Step {
    fn dues(&self, ordinal: usize) -> impl Iterator<Item = Due> + '_ {
        let reminder = ordinal > 0 && self.status == StepStatus::Registered;
        let plan = if reminder { Space::Reminder } else { Space::Plan };
        let own = self.timer.map(|timer| timer.due(plan));
        let sent = |n: &Notification| Some(n.timer?.due(Space::Line(n.channel).or_plan(n.timer?)));
        own.into_iter().chain(self.notifications.iter().filter_map(sent))
    }
}

impl Space {
    fn or_plan(self, timer: Timer) -> Self {
        if matches!(timer, Timer::Line { .. }) { self } else { Self::Plan }
    }
}

impl Timer {
    pub(super) fn due(self, open: Space) -> Due {
        match self {
            Self::Plan { at } | Self::Line { turn: at } => Due { space: open, at },
            Self::Lease { until, .. } => Due { space: Space::Lease, at: until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, chain_with_reminder};

    #[test]
    fn a_chain_is_due_when_the_first_of_its_timers_is() {
        let mut chain = chain_with_reminder();
        chain.steps[0].timer = None;
        assert_eq!(chain.due(), Some(Due { space: Space::Reminder, at: chain.steps[1].due }));
        chain.steps[1].timer = None;
        assert_eq!(chain.due(), None);
    }

    #[test]
    fn a_plan_goes_before_a_lease_that_ends_within_its_look_ahead() {
        let mut chain = chain_with_reminder();
        chain.steps[0].timer = Some(Timer::Lease { until: at("10:08:00"), claim: 1 });
        chain.steps[1].timer = Some(Timer::Plan { at: at("10:10:00") });
        assert_eq!(chain.due(), Some(Due { space: Space::Reminder, at: at("10:10:00") }));
        chain.steps[1].timer = Some(Timer::Plan { at: at("10:11:01") });
        assert_eq!(chain.due(), Some(Due { space: Space::Lease, at: at("10:08:00") }));
    }

    #[test]
    fn who_stands_in_line_does_not_hide_what_else_there_is_to_do() {
        let mut chain = crate::chain::fixtures::resolved_email();
        let line = Timer::Line { turn: at("10:00:00") };
        let mut other = chain.steps[0].notifications[0].clone();
        other.timer = Some(Timer::Plan { at: at("10:05:00") });
        chain.steps[0].notifications[0].timer = Some(line);
        chain.steps[0].notifications.push(other);
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:05:00") }));
        // And it leaves with whatever a sweep finds in the chain.
        assert_eq!(chain.sweep(at("10:02:00")).unwrap().len(), 2);
        chain.steps[0].notifications[0].timer = Some(line);
        chain.steps[0].notifications[1].timer = Some(Timer::Plan { at: at("10:30:00") });
        assert_eq!(chain.due().unwrap().space, Space::Line(crate::channel::Channel::Email));
    }

    #[test]
    fn who_stands_in_two_lines_is_found_in_both_and_then_in_the_one_that_is_left() {
        let mut chain = crate::chain::fixtures::resolved_email();
        let mut other = chain.steps[0].notifications[0].clone();
        chain.steps[0].notifications[0].timer = Some(Timer::Line { turn: at("10:00:05") });
        (other.channel, other.timer) = (Channel::Sms, Some(Timer::Line { turn: at("10:00:07") }));
        chain.steps[0].notifications.push(other);
        assert_eq!(chain.due(), Some(Due { space: Space::BothLines, at: at("10:00:05") }));
        let urgent = Chain { lane: Lane::Urgent, ..chain.clone() };
        assert_eq!(urgent.due(), Some(Due { space: Space::UrgentLine, at: at("10:00:05") }));
        assert_eq!(chain.leave_line(Channel::Sms, &[at("10:00:10")], at("10:00:08")).unwrap().len(), 1);
        assert_eq!(chain.due(), Some(Due { space: Space::Lease, at: at("10:05:10") }));
        assert_eq!(chain.leave_line(Channel::Email, &[at("11:00:00")], at("10:59:00")).unwrap().len(), 1);
    }

    #[test]
    fn a_reminder_that_has_fired_is_no_longer_fire_reminders_business() {
        let mut chain = chain_with_reminder();
        chain.steps[0].timer = None;
        chain.steps[1].status = StepStatus::Processing;
        chain.steps[1].timer = Some(Timer::Plan { at: at("10:10:00") });
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:10:00") }));
    }

    #[test]
    fn a_lease_is_passed_on_as_it_is_while_enough_of_it_is_left() {
        let running = Some(Timer::lease_from(at("10:00:00"), 1));
        assert_eq!(
            Timer::passed_on(running, at("10:03:00"), 2),
            Timer::Lease { until: at("10:05:00"), claim: 2 }
        );
        assert_eq!(
            Timer::passed_on(running, at("10:03:01"), 2),
            Timer::Lease { until: at("10:08:01"), claim: 2 }
        );
        assert_eq!(Timer::passed_on(None, at("10:00:00"), 2), Timer::lease_from(at("10:00:00"), 2));
    }
}
