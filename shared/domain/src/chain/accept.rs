//! A new order becomes a chain.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, QUEUE_REACH, Step, Task, Timer};
use crate::calendar::{calendar_days_after, hours_after};
use crate::identity::Owner;
use crate::ids::ChainId;
use crate::opened::Watch;
use crate::order::fingerprint::Fingerprint;
use crate::order::{Order, OrderStep, Recipient, When};
use crate::status::StepStatus;
use crate::window::{LIFETIME, SendingWindow};

impl Chain {
    /// The chain of a new order. Its notification is claimed from the start when it is due within the
    /// reach of a queue: whoever stores the chain queues [`Chain::first_task`]. Everything but the evidence is
    /// kept for a time after the lifetime of its last step.
    pub fn accept(
        id: ChainId,
        owner: Owner,
        fingerprint: Fingerprint,
        order: &Order,
        (window, kept_for): (&SendingWindow, TimeDelta),
        now: DateTime<Utc>,
    ) -> Self {
        let base = order.steps.first().map_or(now, |first| reminder_base(first, window, now));
        let steps: Vec<_> = order.steps.iter().map(|step| Step::planned(step, base, window, now)).collect();
        let last_end = steps.iter().map(|step| step.expires).max().unwrap_or(now);
        let mut chain = Self {
            id,
            version: 0,
            watch: order.association.as_ref().map(|association| Watch::over(&owner, association)),
            owner,
            fingerprint,
            accepted_at: now,
            kept_until: last_end + kept_for,
            on_uncertain_outcome: order.on_uncertain_outcome,
            steps,
        };
        chain.claim_if_soon(now);
        chain
    }

    /// The message that accepting leaves to be queued; none when the notification is due later.
    pub fn first_task(&self) -> Option<Task> {
        let first = self.steps.first()?;
        match first.timer? {
            Timer::Lease { claim, .. } if first.status == StepStatus::Registered => {
                Some(self.resolve_task(0, first.due, claim))
            }
            _ => None,
        }
    }

    fn claim_if_soon(&mut self, now: DateTime<Utc>) {
        let claim = self.next_version();
        if let Some(first) = self.steps.first_mut()
            && first.due <= now + QUEUE_REACH
        {
            first.timer = Some(Timer::lease_from(first.due, claim));
        }
    }
}

impl Step {
    fn planned(order: &OrderStep, base: DateTime<Utc>, window: &SendingWindow, now: DateTime<Utc>) -> Self {
        let (due, delay_days, delay_hours) = match order.when {
            When::Now => (now, None, None),
            When::At(at) => (at.max(now), None, None),
            When::AfterDays(days) => (calendar_days_after(base, days), Some(days), None),
            When::AfterHours(hours) => (hours_after(base, hours), None, Some(hours)),
        };
        Self {
            status: StepStatus::Registered,
            updated_at: now,
            schema: order.recipient.schema(),
            due,
            expires: lifetime_end(&order.recipient, window, due),
            delay_days,
            delay_hours,
            timer: Some(Timer::Plan { at: due }),
            retries: 0,
            losses: 0,
            questions: 0,
            decision: None,
            notifications: vec![],
        }
    }
}

/// From when reminders by days count: when the notification is allowed to go on its first channel.
/// Resolving corrects this should another channel be taken.
fn reminder_base(first: &OrderStep, window: &SendingWindow, now: DateTime<Utc>) -> DateTime<Utc> {
    let due = if let When::At(at) = first.when { at.max(now) } else { now };
    first
        .recipient
        .schema()
        .first_choice()
        .iter()
        .filter_map(|channel| Some(window.opens(*channel, first.recipient.settings(*channel)?.policy, due)))
        .min()
        .unwrap_or(due)
}

/// When nothing may be sent any more: the lifetime counts from the opening of the window, of the later
/// one where the channel is not chosen yet.
pub(super) fn lifetime_end(
    recipient: &Recipient,
    window: &SendingWindow,
    due: DateTime<Utc>,
) -> DateTime<Utc> {
    let channels = recipient.schema().channels().iter();
    let ends = channels
        .filter_map(|channel| Some(window.lifetime_end(*channel, recipient.settings(*channel)?.policy, due)));
    ends.max().unwrap_or(due + LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_step, order, sms_step};
    use crate::chain::{Due, Space};

    #[test]
    fn what_is_due_soon_is_claimed_at_once() {
        let chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        let task = chain.first_task().unwrap();
        assert_eq!((task.at(), chain.due().unwrap().space), (at("10:00:00"), Space::Lease));
        let soon = accept(&order(vec![email_step(When::At(at("10:15:00")))]), at("10:00:00"));
        assert_eq!(soon.first_task().unwrap().delay_seconds(at("10:00:00")), 900);
    }

    #[test]
    fn what_is_due_later_is_planned() {
        let chain = accept(&order(vec![email_step(When::At(at("10:15:00.001")))]), at("10:00:00"));
        assert_eq!(chain.first_task(), None);
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:15:00.001") }));
    }

    #[test]
    fn reminders_count_from_when_the_notification_may_go() {
        // 20:00 UTC is after closing; the SMS may go at 08:00 UTC (09:00 in Oslo) the day after.
        let night = accept(&order(vec![sms_step(When::Now), sms_step(When::AfterDays(7))]), at("20:00:00"));
        assert_eq!(night.steps[1].due.to_rfc3339(), "2026-11-10T08:00:00+00:00");
        let mail = accept(&order(vec![email_step(When::Now), sms_step(When::AfterDays(7))]), at("20:00:00"));
        assert_eq!(mail.steps[1].due.to_rfc3339(), "2026-11-09T20:00:00+00:00");
    }

    #[test]
    fn the_lifetime_counts_from_the_opening() {
        let chain = accept(&order(vec![sms_step(When::Now)]), at("20:00:00"));
        assert_eq!(chain.steps[0].expires.to_rfc3339(), "2026-11-05T08:00:00+00:00");
        let mail = accept(&order(vec![email_step(When::Now)]), at("20:00:00"));
        assert_eq!(mail.steps[0].expires, at("20:00:00") + LIFETIME);
    }
}
