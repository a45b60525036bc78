//! A new order becomes a chain.

use chrono::{DateTime, TimeDelta, Utc};

use super::sweep::REPORT_GRACE;
use super::{Chain, Lane, QUEUE_REACH, Step, Task, Timer};
use crate::calendar::{calendar_days_after, hours_after};
use crate::channel::Channel;
use crate::identity::Owner;
use crate::ids::ChainId;
use crate::opened::Watch;
use crate::order::fingerprint::Fingerprint;
use crate::order::{Order, OrderStep, Recipients, When};
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
        let kept_days = u16::try_from(kept_for.num_days()).ok();
        let mut chain = Self {
            id,
            version: 0,
            listed_by: None,
            watch: order.association.as_ref().map(|association| Watch::over(&owner, association)),
            owner,
            fingerprint,
            accepted_at: now,
            kept_until: latest_end(order, window, now) + kept_for,
            kept_days: kept_days.filter(|_| steps.iter().all(|step| step.listed.is_none())),
            lane: Lane::of(order),
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
        let due = order.when.after(base, now);
        let (delay_days, delay_hours) = match order.when {
            When::Now | When::At(_) => (None, None),
            When::AfterDays(days) => (Some(days), None),
            When::AfterHours(hours) => (None, Some(hours)),
        };
        Self {
            status: StepStatus::Registered,
            updated_at: now,
            schema: order.recipients.schema(),
            due,
            expires: lifetime_end(&order.recipients, window, due),
            delay_days,
            delay_hours,
            timer: Some(Timer::Plan { at: due }),
            retries: 0,
            losses: 0,
            questions: 0,
            decision: None,
            listed: order.recipients.listed(),
            begun: false,
            notifications: vec![],
        }
    }
}

/// From when reminders by days count: when the notification is allowed to go on its first channel.
/// Resolving corrects this should another channel be taken.
fn reminder_base(first: &OrderStep, window: &SendingWindow, now: DateTime<Utc>) -> DateTime<Utc> {
    let first_choice = first.recipients.schema().first_choice();
    openings(first, first_choice, window, now).min().unwrap_or_else(|| first.when.after(now, now))
}

/// When everything is over at the latest, whichever channels are taken: reminders can count from the later opening.
fn latest_end(order: &Order, window: &SendingWindow, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(first) = order.steps.first() else { return now };
    let channels = first.recipients.schema().channels();
    let base = openings(first, channels, window, now).max().unwrap_or_else(|| first.when.after(now, now));
    let ends =
        order.steps.iter().map(|step| lifetime_end(&step.recipients, window, step.when.after(base, now)));
    ends.max().unwrap_or(now) + REPORT_GRACE
}

/// When a step may go on each of some channels.
fn openings(
    step: &OrderStep,
    channels: &'static [Channel],
    window: &SendingWindow,
    now: DateTime<Utc>,
) -> impl Iterator<Item = DateTime<Utc>> {
    let due = step.when.after(now, now);
    let policy = |channel| Some(step.recipients.settings(channel)?.policy);
    channels.iter().filter_map(move |channel| Some(window.opens(*channel, policy(*channel)?, due)))
}

impl When {
    /// The time that is meant, where the notification was allowed to go at `base`.
    fn after(self, base: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Now => now,
            Self::At(at) => at.max(now),
            Self::AfterDays(days) => calendar_days_after(base, days),
            Self::AfterHours(hours) => hours_after(base, hours),
        }
    }
}

/// When nothing may be sent any more: the lifetime counts from the opening of the window, of the later
/// one where the channel is not chosen yet.
pub(super) fn lifetime_end(
    recipients: &Recipients,
    window: &SendingWindow,
    due: DateTime<Utc>,
) -> DateTime<Utc> {
    let channels = recipients.schema().channels().iter();
    let ends = channels.filter_map(|channel| {
        Some(window.lifetime_end(*channel, recipients.settings(*channel)?.policy, due))
    });
    ends.max().unwrap_or(due + LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_step, found_email, mobile, order, person_step, sms_step};
    use crate::chain::{Due, Found, Space};
    use crate::channel::ChannelSchema;
    use crate::recipients::Resolution;

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

    /// An e-mail would go at once, the SMS in its place only after Easter, and the reminder a week after that.
    #[test]
    fn what_is_kept_outlives_every_step_whichever_channel_it_takes() {
        let wednesday = "2027-03-24T17:00:00+01:00".parse().unwrap();
        let person = |when| person_step(when, ChannelSchema::EmailPreferred);
        let ordered = order(vec![person(When::Now), person(When::AfterDays(7))]);
        let mut chain = accept(&ordered, wednesday);
        let (settled, planned) = (chain.kept_until, chain.steps[1].expires);
        let resolution = Resolution::Addresses(vec![(Channel::Sms, mobile())]);
        let found = Found { resolution, ..found_email() };
        chain.resolve(0, &ordered, &found, &SendingWindow::default(), wednesday);
        assert!(chain.steps[1].expires > planned, "it was moved");
        assert!(settled - TimeDelta::days(30) >= chain.steps[1].expires + REPORT_GRACE);
        assert!(!chain.settle_retention(), "there is more to come");
        assert_eq!(chain.kept_until, settled);
    }

    #[test]
    fn the_lifetime_counts_from_the_opening() {
        let chain = accept(&order(vec![sms_step(When::Now)]), at("20:00:00"));
        assert_eq!(chain.steps[0].expires.to_rfc3339(), "2026-11-05T08:00:00+00:00");
        let mail = accept(&order(vec![email_step(When::Now)]), at("20:00:00"));
        assert_eq!(mail.steps[0].expires, at("20:00:00") + LIFETIME);
    }
}
