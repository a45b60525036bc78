//! A due step becomes notifications: who gets what on which channel, written once.

use chrono::{DateTime, Utc};

use super::accept::lifetime_end;
use super::{
    Chain, Notification, OwnLine, QUEUE_REACH, Reason, RecipientName, Step, StepMessage, Task, Timer,
};
use crate::calendar::{calendar_days_after, hours_after};
use crate::channel::Channel;
use crate::identity::OrganizationNumber;
use crate::keywords::Facts;
use crate::language::Language;
use crate::order::{Order, Recipient};
use crate::recipients::{Address, Resolution};
use crate::status::{Failure, NotificationStatus, StepStatus};
use crate::window::SendingWindow;

/// How many addresses one recipient is notified at. All of them are in one item, which DynamoDB bills whole
/// whenever one of them has come further; who has more has a mailing list.
pub const MOST_ADDRESSES: usize = 250;

/// What a message about a step leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum StepWork {
    /// Nothing: another worker has it, or it is over.
    Stale,
    /// It came too early and goes back to the queue.
    Early(Task),
    /// Its lifetime has ended.
    Expired,
    /// Its recipients are to be resolved.
    Resolve,
    /// They are resolved already; what waits for a sender is queued again.
    Resolved(Vec<Task>),
}

/// What the registers say of a step's recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The addresses, or why there are none.
    pub resolution: Resolution,
    /// The name, where a text asks for it and the register knows it.
    pub name: Option<String>,
    /// Whatever else the texts ask for.
    pub facts: Facts,
    /// The language that the recipient has chosen, where the register knows it.
    pub language: Option<Language>,
    /// How the owner's lines stand, on the channels that have to be waited for.
    pub lines: Vec<(Channel, OwnLine)>,
}

impl Found {
    /// Nobody is reached, for the reason that the resolution gives.
    pub fn nobody(resolution: Resolution, language: Option<Language>) -> Self {
        Self { resolution, name: None, facts: Facts::default(), language, lines: vec![] }
    }
}

impl Chain {
    /// What a worker is to do that has got this message.
    pub fn step_work(&self, message: StepMessage, now: DateTime<Utc>) -> StepWork {
        let Some(step) = self.step(message.step) else { return StepWork::Stale };
        if step.status == StepStatus::Processed {
            return StepWork::Resolved(self.waiting(message.step));
        }
        match step.timer {
            Some(timer) if timer.is_claim(message.version) && !step.status.is_final() => {}
            _ => return StepWork::Stale,
        }
        if step.due > now {
            return StepWork::Early(self.resolve_task(message.step, step.due, message.version));
        }
        if now >= step.expires { StepWork::Expired } else { StepWork::Resolve }
    }

    /// Ends a step whose lifetime is over.
    pub fn expire_step(&mut self, step: u8, now: DateTime<Utc>) {
        if let Some(step) = self.step_mut(step) {
            step.fail(Reason::LifetimeEnded, Failure::Ttl, now);
        }
    }

    /// Writes down who gets what, and says what is to be queued now. What must wait for the sending
    /// window is parked.
    pub fn resolve(
        &mut self,
        number: u8,
        order: &Order,
        found: &Found,
        window: &SendingWindow,
        now: DateTime<Utc>,
    ) -> Vec<Task> {
        let ordered = order.steps.get(usize::from(number));
        let Some(recipient) = ordered.and_then(|step| step.recipients.one()) else { return vec![] };
        self.resolve_to(number, recipient, found, window, now);
        if number == 0 {
            self.recount_reminders(order, &recipient.in_language(found.language), window);
        }
        self.waiting(number)
    }

    pub(super) fn resolve_to(
        &mut self,
        number: u8,
        recipient: &Recipient,
        found: &Found,
        window: &SendingWindow,
        now: DateTime<Utc>,
    ) {
        let recipient = &*recipient.in_language(found.language);
        let claim = self.next_version();
        let Some(step) = self.step_mut(number) else { return };
        match &found.resolution {
            Resolution::Reserved => step.unreachable(Failure::RecipientReserved, now),
            Resolution::NotIdentified => step.unreachable(Failure::RecipientNotIdentified, now),
            Resolution::NotSupported => step.unreachable(Failure::NotSupported, now),
            Resolution::Addresses(addresses) => {
                step.notify(recipient, addresses, found, (window, claim, now));
            }
        }
    }

    /// What of a resolved step waits for a sender now.
    pub(super) fn waiting(&self, number: u8) -> Vec<Task> {
        let Some(step) = self.step(number) else { return vec![] };
        let tasks = step.notifications.iter().zip(0_u16..).filter_map(|(notification, ordinal)| {
            let (at, claim) = notification.claimed()?;
            let id = self.shipment(number).notification(ordinal);
            Some(self.send_task(id, notification.channel, at, claim))
        });
        tasks.collect()
    }

    /// Reminders by days count from when the notification was allowed to go on the channels that it
    /// really took.
    fn recount_reminders(&mut self, order: &Order, recipient: &Recipient, window: &SendingWindow) {
        let Some(base) = self.steps.first().and_then(|first| first.allowed_from(recipient, window)) else {
            return;
        };
        for (step, ordered) in self.steps.iter_mut().zip(&order.steps).skip(1) {
            let by_days = step.delay_days.map(|days| calendar_days_after(base, days));
            let by_hours = step.delay_hours.map(|hours| hours_after(base, hours));
            if let (Some(due), StepStatus::Registered) = (by_days.or(by_hours), step.status) {
                step.due = due;
                step.expires = lifetime_end(&ordered.recipients, window, step.due);
                step.timer = Some(Timer::Plan { at: step.due });
            }
        }
    }
}

impl Step {
    fn notify(
        &mut self,
        recipient: &Recipient,
        addresses: &[(Channel, Address)],
        found: &Found,
        (window, claim, now): (&SendingWindow, u64, DateTime<Utc>),
    ) {
        let lease = self.timer.take();
        let name = found.name.as_deref().map(RecipientName::new);
        let mut lines = found.lines.clone();
        let resolved = addresses.iter().take(MOST_ADDRESSES).filter_map(|(channel, address)| {
            let settings = recipient.settings(*channel)?;
            let opens = window.opens(*channel, settings.policy, now.max(self.due));
            let wait = lines.iter_mut().find(|(taken, _)| taken == channel).map(|(_, line)| line.take());
            let waits = window.waits(*channel, settings.policy);
            let timer = match wait {
                None if opens <= now => Timer::passed_on(lease, now, claim),
                Some(wait) if !waits && wait <= QUEUE_REACH => Timer::lease_from(now + wait, claim),
                Some(wait) if !waits => Timer::Plan { at: now + wait },
                wait => {
                    let from = (opens, wait.unwrap_or_default());
                    Timer::Line { turn: window.in_line((*channel, settings.policy), from, self.expires) }
                }
            };
            Some(Notification {
                channel: *channel,
                address: Some(address.clone()),
                name: name.clone().filter(|_| settings.names_recipient),
                facts: found.facts.only(settings.asks),
                organization: organization(recipient),
                text: Some(settings.text.clone()),
                status: NotificationStatus::New,
                updated_at: now,
                handed_over_at: None,
                not_before: Some(if waits { opens } else { now + wait.unwrap_or_default() })
                    .filter(|from| *from > now),
                timer: Some(timer),
                policy: settings.policy,
                segments: settings.segments,
                retries: 0,
                losses: 0,
                sent_again: false,
            })
        });
        self.notifications = resolved.collect();
        self.reach(StepStatus::Processed, now);
        self.settle(now);
    }

    /// When the notification was first allowed to go; none if it reached nobody.
    fn allowed_from(&self, recipient: &Recipient, window: &SendingWindow) -> Option<DateTime<Utc>> {
        let sent = self.notifications.iter().filter(|notification| notification.address.is_some());
        sent.filter_map(|n| Some(window.opens(n.channel, recipient.settings(n.channel)?.policy, self.due)))
            .min()
    }
}

impl Notification {
    /// From when a sender may take it and under which claim, if it waits for one.
    fn claimed(&self) -> Option<(DateTime<Utc>, u64)> {
        match (self.status, self.timer?) {
            (NotificationStatus::New, Timer::Lease { claim, .. }) => {
                Some((self.not_before.unwrap_or(self.updated_at), claim))
            }
            _ => None,
        }
    }
}

fn organization(recipient: &Recipient) -> Option<OrganizationNumber> {
    match recipient {
        Recipient::Organization { number, .. } => Some(number.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::EmailAddress;
    use crate::chain::fixtures::{accept, at, email_step, found_email, order, person_step, sms_step};
    use crate::chain::{Due, Space};
    use crate::order::When;
    use crate::window::LIFETIME;

    fn window() -> SendingWindow {
        SendingWindow::default()
    }

    fn message(chain: &Chain, version: u64) -> StepMessage {
        StepMessage { chain: chain.id, step: 0, version }
    }

    #[test]
    fn only_the_claim_that_is_running_is_worked_on() {
        let chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        assert_eq!(chain.step_work(message(&chain, 1), at("10:00:00")), StepWork::Resolve);
        assert_eq!(chain.step_work(message(&chain, 2), at("10:00:00")), StepWork::Stale);
        let no_such_step = StepMessage { step: 9, ..message(&chain, 1) };
        assert_eq!(chain.step_work(no_such_step, at("10:00:00")), StepWork::Stale);
    }

    #[test]
    fn what_comes_too_early_goes_back_and_what_comes_too_late_ends() {
        let chain = accept(&order(vec![email_step(When::At(at("10:10:00")))]), at("10:00:00"));
        let StepWork::Early(task) = chain.step_work(message(&chain, 1), at("10:09:59")) else { panic!() };
        assert_eq!(task.at(), at("10:10:00"));
        let over = at("10:10:00") + LIFETIME;
        assert_eq!(chain.step_work(message(&chain, 1), over), StepWork::Expired);
    }

    #[test]
    fn a_resolved_step_queues_what_waits_and_keeps_what_it_resolved() {
        let ordered = order(vec![email_step(When::Now)]);
        let mut chain = accept(&ordered, at("10:00:00"));
        let tasks = chain.resolve(0, &ordered, &found_email(), &window(), at("10:00:01"));
        assert_eq!(tasks.len(), 1);
        chain.version += 1;
        assert_eq!(chain.step_work(message(&chain, 1), at("10:00:02")), StepWork::Resolved(tasks));
        // The running lease is passed on as it is, so the index entry stays where it was.
        assert_eq!(chain.due(), Some(Due { space: Space::Lease, at: at("10:05:00") }));
    }

    #[test]
    fn a_recipient_is_notified_at_so_many_addresses_and_a_name_is_so_long() {
        let ordered = order(vec![email_step(When::Now)]);
        let mut chain = accept(&ordered, at("10:00:00"));
        let address = |number| {
            (Channel::Email, Address::from(&format!("a{number}@example.no").parse::<EmailAddress>().unwrap()))
        };
        let resolution = Resolution::Addresses((0..=MOST_ADDRESSES).map(address).collect());
        let found = Found { resolution, name: Some("å".repeat(200)), ..found_email() };
        assert_eq!(chain.resolve(0, &ordered, &found, &window(), at("10:00:01")).len(), MOST_ADDRESSES);
        assert_eq!(RecipientName::new(&"å".repeat(200)).as_str(), "å".repeat(crate::keywords::LONGEST_NAME));
    }

    #[test]
    fn what_must_wait_for_the_window_is_parked() {
        let ordered = order(vec![sms_step(When::Now)]);
        let mut chain = accept(&ordered, at("20:00:00"));
        let found = Found {
            resolution: Resolution::Addresses(vec![(Channel::Sms, crate::chain::fixtures::mobile())]),
            ..found_email()
        };
        assert_eq!(chain.resolve(0, &ordered, &found, &window(), at("20:00:01")), vec![]);
        assert_eq!(chain.due().unwrap().space, Space::Line(Channel::Sms));
        assert_eq!(chain.due().unwrap().at.to_rfc3339(), "2026-11-03T08:00:00+00:00");
    }

    #[test]
    fn nobody_to_reach_completes_the_step_on_its_first_choice() {
        let ordered = order(vec![person_step(When::Now, crate::channel::ChannelSchema::EmailAndSms)]);
        for (resolution, failure) in [
            (Resolution::Reserved, Failure::RecipientReserved),
            (Resolution::NotIdentified, Failure::RecipientNotIdentified),
            (Resolution::NotSupported, Failure::NotSupported),
        ] {
            let mut chain = accept(&ordered, at("10:00:00"));
            let found = Found { resolution, ..found_email() };
            assert_eq!(chain.resolve(0, &ordered, &found, &window(), at("10:00:01")), vec![]);
            assert_eq!(chain.steps[0].status, StepStatus::Completed);
            let statuses: Vec<_> = chain.steps[0].notifications.iter().map(|n| n.status).collect();
            assert_eq!(statuses, [NotificationStatus::Failed(failure); 2]);
        }
    }

    #[test]
    fn reminders_count_from_the_channel_that_was_really_taken() {
        let preferred = crate::channel::ChannelSchema::EmailPreferred;
        let ordered = order(vec![person_step(When::Now, preferred), sms_step(When::AfterDays(7))]);
        let mut chain = accept(&ordered, at("20:00:00"));
        assert_eq!(chain.steps[1].due.to_rfc3339(), "2026-11-09T20:00:00+00:00");
        let found = Found {
            resolution: Resolution::Addresses(vec![(Channel::Sms, crate::chain::fixtures::mobile())]),
            ..found_email()
        };
        chain.resolve(0, &ordered, &found, &window(), at("20:00:01"));
        assert_eq!(chain.steps[1].due.to_rfc3339(), "2026-11-10T08:00:00+00:00");
        assert_eq!(chain.steps[1].expires.to_rfc3339(), "2026-11-12T08:00:00+00:00");
    }
}
