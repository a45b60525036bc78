//! Claim before send: a notification is handed to its provider at most once per claim.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Attempt, Chain, Reason, SendMessage, Task, Timer, back_off};
use crate::ids::NotificationId;
use crate::status::{Failure, NotificationStatus};
use crate::window::SendingWindow;

/// How long an uncertain outcome waits for the provider's event to tell it.
const UNCERTAIN_FOR: TimeDelta = TimeDelta::minutes(30);

/// What a message about a notification leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum SendWork {
    /// Nothing: another worker has it, or it is over.
    Stale,
    /// It came too early and goes back to the queue.
    Early(Task),
    /// Its lifetime has ended.
    Expired,
    /// It may be claimed and sent.
    Send,
}

impl Chain {
    /// What a worker is to do that has got this message.
    pub fn send_work(&self, message: SendMessage, now: DateTime<Utc>) -> SendWork {
        let id = message.id();
        let (Some(step), Some(notification)) = (self.step(message.step), self.notification(id)) else {
            return SendWork::Stale;
        };
        let claimed = notification.timer.is_some_and(|timer| timer.is_claim(message.version));
        if !claimed || notification.status != NotificationStatus::New {
            return SendWork::Stale;
        }
        match notification.not_before {
            Some(at) if at > now => {
                SendWork::Early(self.send_task(id, notification.channel, at, message.version))
            }
            _ if now >= step.expires => SendWork::Expired,
            _ => SendWork::Send,
        }
    }

    /// When the window opens again, for a notification that waits for it and finds it closed: a queue was
    /// long, a provider refused it for now, or a worker was lost.
    pub fn closed_until(
        &self,
        id: NotificationId,
        window: &SendingWindow,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let notification = self.notification(id)?;
        Some(window.opens(notification.channel, notification.policy, now)).filter(|opens| *opens > now)
    }

    /// Parks a notification that waits for a sender until the window opens, where its turn comes at `turn`.
    pub fn park(&mut self, id: NotificationId, at: DateTime<Utc>, turn: DateTime<Utc>) {
        if let Some(notification) = self.notification_mut(id) {
            notification.not_before = Some(at);
            notification.timer = Some(Timer::Line { turn });
        }
    }

    /// Claims a notification for the call that follows. From here on it is not sent again unless the
    /// provider refuses it, or the order prefers twice to never.
    pub fn claim_send(&mut self, id: NotificationId, now: DateTime<Utc>) {
        let claim = self.next_version();
        if let Some(notification) = self.notification_mut(id) {
            notification.reach(NotificationStatus::Sending, now);
            notification.timer = Some(Timer::Lease { until: now + UNCERTAIN_FOR, claim });
        }
    }

    /// The provider has taken it. False when something further along is known already, or when the provider has
    /// reported meanwhile that it did not send what it took.
    pub fn handed_over(&mut self, attempt: Attempt, now: DateTime<Utc>) -> bool {
        let notification = self.notification_mut(attempt.notification);
        let still_out = notification.filter(|notification| notification.retries == attempt.retries());
        still_out.is_some_and(|notification| notification.reach(NotificationStatus::Accepted, now))
    }

    /// The provider has refused it for good. False when something further along is known already.
    pub fn refused(&mut self, id: NotificationId, failure: Failure, now: DateTime<Utc>) -> bool {
        self.end(id, NotificationStatus::Failed(failure), now)
    }

    /// The provider has refused it for now (and certainly not sent it): it waits, longer each time.
    /// False when something further along is known already.
    pub fn refused_for_now(&mut self, id: NotificationId, fraction: f64, now: DateTime<Utc>) -> bool {
        let Some(expires) = self.step(id.shipment.step()).map(|step| step.expires) else { return false };
        let Some(notification) = self.notification_mut(id) else { return false };
        if notification.status != NotificationStatus::Sending {
            return false;
        }
        let wait = back_off(notification.retries, fraction);
        notification.retries += 1;
        notification.status = NotificationStatus::New;
        notification.updated_at = now;
        notification.timer = Some(Timer::Plan { at: (now + wait).min(expires) });
        true
    }

    /// The lifetime ended before it was sent.
    pub fn expire_notification(&mut self, id: NotificationId, now: DateTime<Utc>) -> bool {
        self.end(id, NotificationStatus::Failed(Failure::Ttl), now)
    }

    /// Takes back what has not been handed over of a reminder whose message has been opened.
    pub fn stop_opened(&mut self, step: u8, now: DateTime<Utc>) {
        let Some(step) = self.step_mut(step) else { return };
        for notification in &mut step.notifications {
            if notification.status == NotificationStatus::New {
                notification.reach(NotificationStatus::Stopped, now);
            }
        }
        step.decide(Reason::MessageOpened, now);
        step.settle(now);
    }

    pub(super) fn end(&mut self, id: NotificationId, status: NotificationStatus, now: DateTime<Utc>) -> bool {
        let changed = self.notification_mut(id).is_some_and(|n| n.reach(status, now));
        if changed && let Some(step) = self.step_mut(id.shipment.step()) {
            step.settle(now);
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{at, resolved_email, resolved_reminder, sending_email};
    use crate::chain::{Due, Space};
    use crate::status::StepStatus;

    fn message(chain: &Chain, version: u64) -> SendMessage {
        SendMessage { chain: chain.id, step: 0, notification: 0, version }
    }

    #[test]
    fn a_notification_is_sent_under_its_claim_only_and_once() {
        let mut chain = resolved_email();
        let claim = chain.version;
        assert_eq!(chain.send_work(message(&chain, claim), at("10:00:02")), SendWork::Send);
        assert_eq!(chain.send_work(message(&chain, claim + 1), at("10:00:02")), SendWork::Stale);
        chain.claim_send(message(&chain, claim).id(), at("10:00:02"));
        assert_eq!(chain.send_work(message(&chain, claim), at("10:00:03")), SendWork::Stale);
    }

    #[test]
    fn what_comes_after_its_lifetime_is_not_sent() {
        let chain = resolved_email();
        let over = chain.steps[0].expires;
        assert_eq!(chain.send_work(message(&chain, chain.version), over), SendWork::Expired);
    }

    #[test]
    fn what_is_not_allowed_yet_goes_back() {
        let mut chain = resolved_email();
        chain.steps[0].notifications[0].not_before = Some(at("10:01:00"));
        let work = chain.send_work(message(&chain, chain.version), at("10:00:59"));
        assert!(matches!(work, SendWork::Early(task) if task.at() == at("10:01:00")));
        assert_eq!(chain.send_work(message(&chain, chain.version), at("10:01:00")), SendWork::Send);
    }

    #[test]
    fn a_refusal_for_now_waits_and_a_refusal_for_good_ends() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        let mut refused = chain.clone();
        assert!(chain.refused_for_now(id, 0.0, at("10:00:03")));
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:00:18") }));
        assert_eq!(chain.notification(id).unwrap().status, NotificationStatus::New);
        assert!(refused.refused(id, Failure::InvalidFormat, at("10:00:03")));
        assert_eq!(refused.steps[0].status, StepStatus::Completed);
        assert!(!refused.refused_for_now(id, 0.0, at("10:00:04")), "a final status stands");
    }

    #[test]
    fn a_late_answer_does_not_undo_a_delivery_report() {
        let mut chain = sending_email();
        let id = chain.shipment(0).notification(0);
        chain.end(id, NotificationStatus::Delivered, at("10:00:02"));
        assert!(!chain.handed_over(chain.attempt(id).unwrap(), at("10:00:03")));
        assert_eq!(chain.notification(id).unwrap().status, NotificationStatus::Delivered);
    }

    #[test]
    fn an_opened_message_takes_back_what_has_not_gone_out() {
        let mut chain = resolved_reminder();
        let mut partly = chain.clone();
        chain.stop_opened(1, at("12:00:00"));
        assert_eq!(chain.steps[1].status, StepStatus::SendConditionNotMet);
        assert_eq!(chain.steps[1].notifications[0].status, NotificationStatus::Stopped);
        partly.claim_send(partly.shipment(1).notification(0), at("11:59:59"));
        partly.stop_opened(1, at("12:00:00"));
        assert_eq!(partly.steps[1].notifications[0].status, NotificationStatus::Sending);
        assert_eq!(partly.steps[1].status, StepStatus::Processed);
    }
}
