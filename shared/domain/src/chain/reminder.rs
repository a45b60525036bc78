//! The rule of the `fire-reminder` sweep: a due reminder fires unless its message has been opened.

use chrono::{DateTime, Utc};

use super::{Chain, Reason, Task};
use crate::status::{Failure, StepStatus};

impl Chain {
    /// Whether a reminder is due within the look-ahead and waits for a decision.
    pub fn has_due_reminder(&self, now: DateTime<Utc>) -> bool {
        (1..self.steps.len()).any(|step| u8::try_from(step).is_ok_and(|step| self.waits_to_fire(step, now)))
    }

    /// Decides every reminder that is due within the look-ahead. `opened_at` is what the marker that the
    /// order watches says. None when nothing was due.
    pub fn fire_reminders(
        &mut self,
        opened_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<Vec<Task>> {
        if !self.has_due_reminder(now) {
            return None;
        }
        let reason = self.reason_to_fire(opened_at);
        let mut tasks = vec![];
        for step in 1..u8::try_from(self.steps.len()).unwrap_or(u8::MAX) {
            if self.waits_to_fire(step, now) {
                tasks.extend(self.decide_reminder(step, reason, now));
            }
        }
        Some(tasks)
    }

    /// Whether an opening stops the reminders of this chain.
    pub fn is_stopped_by(&self, opened_at: DateTime<Utc>) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.counts(opened_at, self.accepted_at))
    }

    fn reason_to_fire(&self, opened_at: Option<DateTime<Utc>>) -> Reason {
        match opened_at {
            Some(at) if self.is_stopped_by(at) => Reason::MessageOpened,
            _ if self.watch.is_none() => Reason::NoMessageNamed,
            _ => Reason::NotOpened,
        }
    }

    fn waits_to_fire(&self, step: u8, now: DateTime<Utc>) -> bool {
        self.step(step).is_some_and(|step| {
            step.status == StepStatus::Registered && step.timer.is_some_and(|timer| timer.has_come(now))
        })
    }

    fn decide_reminder(&mut self, number: u8, reason: Reason, now: DateTime<Utc>) -> Option<Task> {
        let claim = self.next_version();
        let step = self.step_mut(number)?;
        if reason == Reason::MessageOpened {
            step.call_off(reason, now);
            return None;
        }
        if now >= step.expires {
            step.fail(Reason::LifetimeEnded, Failure::Ttl, now);
            return None;
        }
        let at = step.timer?.start(now);
        step.decide(reason, now);
        step.claim(at, claim, now);
        Some(self.resolve_task(number, at, claim))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, chain_with_reminder, unwatched};
    use crate::window::LIFETIME;
    use chrono::TimeDelta;

    #[test]
    fn an_unopened_message_is_reminded_of() {
        let mut chain = chain_with_reminder();
        let due = chain.steps[1].due;
        let early = due - TimeDelta::minutes(3) - TimeDelta::milliseconds(1);
        assert_eq!(chain.fire_reminders(None, early), None);
        let tasks = chain.fire_reminders(None, due - TimeDelta::minutes(3)).unwrap();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].at(), due);
        assert_eq!(chain.steps[1].decision.unwrap().reason, Reason::NotOpened);
        assert_eq!(chain.fire_reminders(None, due), None, "fired once");
    }

    #[test]
    fn an_opened_message_is_not() {
        let mut chain = chain_with_reminder();
        let due = chain.steps[1].due;
        assert_eq!(chain.fire_reminders(Some(at("11:00:00")), due), Some(vec![]));
        assert_eq!(chain.steps[1].status, StepStatus::SendConditionNotMet);
        assert_eq!(chain.steps[1].decision.unwrap().reason, Reason::MessageOpened);
        assert_eq!(chain.steps[1].timer, None);
    }

    #[test]
    fn an_opening_long_before_the_order_does_not_count() {
        let mut chain = chain_with_reminder();
        let due = chain.steps[1].due;
        assert_eq!(chain.fire_reminders(Some(at("08:59:59")), due).unwrap().len(), 1);
    }

    #[test]
    fn without_a_dialog_nothing_can_have_been_opened() {
        let mut chain = unwatched(chain_with_reminder());
        let due = chain.steps[1].due;
        assert_eq!(chain.fire_reminders(Some(at("11:00:00")), due).unwrap().len(), 1);
        assert_eq!(chain.steps[1].decision.unwrap().reason, Reason::NoMessageNamed);
    }

    #[test]
    fn a_reminder_that_nobody_looked_at_in_time_is_not_sent_late() {
        let mut chain = chain_with_reminder();
        let over = chain.steps[1].due + LIFETIME;
        assert_eq!(chain.fire_reminders(None, over), Some(vec![]));
        assert_eq!(chain.steps[1].decision.unwrap().reason, Reason::LifetimeEnded);
    }
}
