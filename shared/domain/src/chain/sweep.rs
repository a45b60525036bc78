//! The rule of the `schedule` sweep: claim what is due, take back what was lost, end what is over.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, LOOK_AHEAD, Reason, Task, Timer};
use crate::ids::NotificationId;
use crate::order::OnUncertainOutcome;
use crate::status::{Failure, NotificationStatus, StepStatus};

/// How often a worker may take something and never come back before it is given up. With leases of at most an hour
/// that is ten days, which is longer than a notice lives, also over Easter: a permission that is missing, or a function
/// that does not start, is no reason to give up before the lifetime ends.
const MOST_LOSSES: u32 = 250;

/// How long after its lifetime an accepted notification still waits for its delivery report, as the
/// incumbent does.
pub(super) const REPORT_GRACE: TimeDelta = TimeDelta::minutes(5);

impl Chain {
    /// Acts on every timer that has come, except reminders that have not fired yet. What is due within
    /// the look-ahead is claimed for a worker. None when nothing was to be done.
    pub fn sweep(&mut self, now: DateTime<Utc>) -> Option<Vec<Task>> {
        let mut tasks = vec![];
        let mut acted = false;
        for step in 0..u8::try_from(self.steps.len()).unwrap_or(u8::MAX) {
            acted |= self.sweep_step(step, now, &mut tasks);
            acted |= self.sweep_notifications(step, now, &mut tasks);
        }
        acted.then_some(tasks)
    }

    fn sweep_step(&mut self, number: u8, now: DateTime<Utc>, tasks: &mut Vec<Task>) -> bool {
        let claim = self.next_version();
        let Some(step) = self.step_mut(number) else { return false };
        let Some(timer) = step.timer.filter(|timer| timer.has_come(now)) else { return false };
        if number > 0 && step.status == StepStatus::Registered {
            return false;
        }
        step.losses += timer.loss();
        if now >= step.expires {
            step.fail(Reason::LifetimeEnded, Failure::Ttl, now);
        } else if step.losses > MOST_LOSSES {
            step.fail(Reason::AttemptsExhausted, Failure::Unspecified, now);
        } else {
            let at = timer.start(now);
            step.claim(at, claim, now);
            tasks.push(self.resolve_task(number, at, claim));
        }
        true
    }

    fn sweep_notifications(&mut self, number: u8, now: DateTime<Utc>, tasks: &mut Vec<Task>) -> bool {
        let count = self.step(number).map_or(0, |step| step.notifications.len());
        let mut acted = false;
        for ordinal in 0..u16::try_from(count).unwrap_or(u16::MAX) {
            acted |= self.sweep_notification(self.shipment(number).notification(ordinal), now, tasks);
        }
        if acted && let Some(step) = self.step_mut(number) {
            step.settle(now);
        }
        acted
    }

    fn sweep_notification(&mut self, id: NotificationId, now: DateTime<Utc>, tasks: &mut Vec<Task>) -> bool {
        let due = |timer: &Timer| timer.has_come(now);
        let Some(status) =
            self.notification(id).filter(|n| n.timer.as_ref().is_some_and(due)).map(|n| n.status)
        else {
            return false;
        };
        match status {
            NotificationStatus::New => self.sweep_new(id, now, tasks),
            NotificationStatus::Sending => self.sweep_uncertain(id, now, tasks),
            _ => self.sweep_accepted(id, now),
        }
        true
    }

    fn sweep_new(&mut self, id: NotificationId, now: DateTime<Utc>, tasks: &mut Vec<Task>) {
        let (claim, expires) = (self.next_version(), self.expiry(id));
        let Some(notification) = self.notification_mut(id) else { return };
        let Some(timer) = notification.timer else { return };
        notification.losses += timer.loss();
        if now >= expires {
            notification.reach(NotificationStatus::Failed(Failure::Ttl), now);
        } else if notification.losses > MOST_LOSSES {
            notification.reach(NotificationStatus::Failed(Failure::Unspecified), now);
        } else {
            let at = timer.start(now);
            notification.timer = Some(Timer::lease_again(at, claim, notification.losses));
            let channel = notification.channel;
            tasks.push(self.send_task(id, channel, at, claim));
        }
    }

    /// The provider was called and nobody knows what came of it: the order's choice decides, once.
    fn sweep_uncertain(&mut self, id: NotificationId, now: DateTime<Utc>, tasks: &mut Vec<Task>) {
        let give_up = self.on_uncertain_outcome == OnUncertainOutcome::GiveUp;
        let Some(notification) = self.notification_mut(id) else { return };
        if give_up || notification.sent_again {
            notification.reach(NotificationStatus::Failed(Failure::Unspecified), now);
        } else {
            notification.status = NotificationStatus::New;
            notification.sent_again = true;
            self.sweep_new(id, now, tasks);
        }
    }

    /// No delivery report came: wait for one until the lifetime has ended.
    fn sweep_accepted(&mut self, id: NotificationId, now: DateTime<Utc>) {
        let (claim, until) = (self.next_version(), self.expiry(id) + REPORT_GRACE);
        let Some(notification) = self.notification_mut(id) else { return };
        if now >= until {
            notification.reach(NotificationStatus::Failed(Failure::Ttl), now);
        } else {
            notification.timer = Some(Timer::Lease { until, claim });
        }
    }

    fn expiry(&self, id: NotificationId) -> DateTime<Utc> {
        self.step(id.shipment.step()).map_or(self.accepted_at, |step| step.expires)
    }
}

impl super::Step {
    pub(super) fn claim(&mut self, at: DateTime<Utc>, claim: u64, now: DateTime<Utc>) {
        self.timer = Some(Timer::lease_again(at, claim, self.losses));
        if self.status == StepStatus::Registered {
            self.reach(StepStatus::Processing, now);
        }
    }
}

impl Timer {
    /// Whether a sweep at `now` acts on it: a plan ahead of its time, a lease once it has ended.
    pub(super) fn has_come(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Plan { at } => at <= now + LOOK_AHEAD,
            // A line has a sweep of its own; who is found because of something else in its chain does not
            // wait for it.
            Self::Line { turn } => turn <= now,
            Self::Lease { until, .. } => until <= now,
        }
    }

    /// When the worker that is claimed for may start.
    pub(super) fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Plan { at } => at.max(now),
            Self::Line { .. } | Self::Lease { .. } => now,
        }
    }

    /// A lease that ended without its holder writing the next timer is a loss.
    fn loss(self) -> u32 {
        u32::from(matches!(self, Self::Lease { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_step, order, resolved_email, sending_email};
    use crate::order::When;
    use crate::window::LIFETIME;

    fn planned() -> Chain {
        accept(&order(vec![email_step(When::At(at("12:00:00")))]), at("10:00:00"))
    }

    #[test]
    fn what_is_due_within_the_look_ahead_is_claimed_for_its_second() {
        let mut chain = planned();
        assert_eq!(chain.sweep(at("11:56:59")), None);
        let tasks = chain.sweep(at("11:57:00")).unwrap();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].at(), at("12:00:00"));
        assert_eq!(chain.steps[0].status, StepStatus::Processing);
        assert_eq!(chain.sweep(at("11:58:00")), None, "claimed once");
    }

    #[test]
    fn what_was_lost_comes_back_when_its_lease_ends_but_not_for_ever() {
        let mut chain = planned();
        chain.steps[0].expires += TimeDelta::days(15);
        chain.sweep(at("11:57:00"));
        let mut now = at("12:05:00");
        for loss in 1..=MOST_LOSSES {
            assert_eq!(chain.sweep(now - TimeDelta::seconds(1)), None);
            assert_eq!(chain.sweep(now).unwrap()[0].at(), now, "loss {loss}");
            now += (TimeDelta::minutes(5) * 2_i32.pow(loss.min(10))).min(TimeDelta::hours(1));
        }
        assert!(
            now > at("12:00:00") + LIFETIME + TimeDelta::days(5),
            "the lifetime ends first, also over Easter"
        );
        assert_eq!(chain.sweep(now), Some(vec![]));
        assert_eq!(chain.steps[0].decision.unwrap().reason, Reason::AttemptsExhausted);
        assert_eq!(chain.steps[0].status, StepStatus::Completed);
        assert_eq!(chain.steps[0].notifications[0].status, NotificationStatus::Failed(Failure::Unspecified));
        assert_eq!(chain.due(), None);
    }

    #[test]
    fn an_unresolved_step_ends_with_its_lifetime() {
        let mut chain = planned();
        chain.sweep(at("12:00:00") + LIFETIME);
        assert_eq!(chain.steps[0].notifications[0].status, NotificationStatus::Failed(Failure::Ttl));
        assert_eq!(chain.steps[0].decision.unwrap().reason, Reason::LifetimeEnded);
    }

    #[test]
    fn an_uncertain_outcome_is_given_up_or_sent_again_as_the_order_says() {
        let mut chain = sending_email();
        let over = at("10:30:00");
        assert_eq!(chain.sweep(over - TimeDelta::seconds(1)), None);
        let mut again = chain.clone();
        again.on_uncertain_outcome = OnUncertainOutcome::SendAgain;
        assert_eq!(chain.sweep(over), Some(vec![]));
        assert_eq!(chain.steps[0].status, StepStatus::Completed);
        assert_eq!(again.sweep(over).unwrap().len(), 1);
        assert_eq!(again.steps[0].notifications[0].status, NotificationStatus::New);
    }

    #[test]
    fn an_accepted_notification_waits_for_its_report_until_its_lifetime_has_ended() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        chain.handed_over(chain.attempt(id).unwrap(), at("10:00:01"));
        assert_eq!(chain.sweep(at("10:30:00")), Some(vec![]));
        let end = chain.steps[0].expires + REPORT_GRACE;
        assert_eq!(chain.due().unwrap().at, end);
        chain.sweep(end);
        assert_eq!(chain.notification(id).unwrap().status, NotificationStatus::Failed(Failure::Ttl));
        assert_eq!(chain.due(), None);
    }

    #[test]
    fn a_notification_that_never_reached_a_sender_comes_back() {
        let mut chain = resolved_email();
        let tasks = chain.sweep(at("10:05:00")).unwrap();
        assert!(matches!(tasks[0], Task::Send { .. }));
    }
}
