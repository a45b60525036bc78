//! A step that lists its recipients: each of them becomes a chain of its own, which is resolved from the start and
//! has timers and a status like any other. The order's chain only says how many there are.

use chrono::{DateTime, Utc};

use super::{Chain, Found, Notification, Reason, Step, Task, Timer};
use crate::ids::ChainId;
use crate::order::Recipient;
use crate::status::{Failure, StepStatus};
use crate::window::SendingWindow;

impl Chain {
    /// The ids of the chains of all listed recipients, in their order.
    pub fn listed(&self) -> Vec<ChainId> {
        let count = self.steps.first().and_then(|step| step.listed).unwrap_or(0);
        (0..count).map(|ordinal| self.id.listed(ordinal)).collect()
    }

    /// The chain of one listed recipient, with who gets what, and what is to be queued once it is stored.
    pub fn of_listed(
        &self,
        ordinal: u16,
        recipient: &Recipient,
        found: &Found,
        window: &SendingWindow,
        now: DateTime<Utc>,
    ) -> (Self, Vec<Task>) {
        let steps = self.steps.first().map(|step| step.of_listed(recipient, now));
        let mut chain = Self {
            id: self.id.listed(ordinal),
            version: 0,
            listed_by: Some(self.id),
            watch: None,
            steps: steps.into_iter().collect(),
            ..self.clone()
        };
        chain.resolve_to(0, recipient, found, window, now);
        let tasks = chain.waiting(0);
        (chain, tasks)
    }

    /// Notes that some of the recipients have chains: from here on nobody asks whether the notice is to be sent.
    pub fn begin(&mut self, step: u8) {
        if let Some(step) = self.step_mut(step) {
            step.begun = true;
        }
    }

    /// Leaves the rest of a long list to the next worker, who is found at once.
    pub fn go_on(&mut self, step: u8, now: DateTime<Utc>) {
        if let Some(step) = self.step_mut(step) {
            step.begun = true;
            step.timer = Some(Timer::Plan { at: now });
        }
    }

    /// Ends a step all of whose recipients have chains of their own.
    pub fn hand_on(&mut self, step: u8, now: DateTime<Utc>) {
        if let Some(step) = self.step_mut(step) {
            step.timer = None;
            step.reach(StepStatus::Completed, now);
        }
    }

    /// The chain with what became of its listed recipients, as its owner reads it, and for each notification the
    /// place in the list that it belongs to. Those who have no chain when the step is over were not notified.
    #[must_use]
    pub fn with_listed(mut self, listed: Vec<Option<Self>>) -> (Self, Vec<usize>) {
        let mut places = vec![];
        if let Some(step) = self.steps.first_mut() {
            let told: Vec<_> = listed.into_iter().map(|chain| step.told_by(chain)).collect();
            places = told.iter().enumerate().flat_map(|(place, told)| vec![place; told.len()]).collect();
            step.notifications = told.into_iter().flatten().collect();
            if step.status.is_final() && !step.notifications.is_empty() {
                let all_final = step.notifications.iter().all(|n| n.status.is_final());
                step.status = if all_final { StepStatus::Completed } else { StepStatus::Processed };
            }
        }
        (self, places)
    }
}

impl Step {
    fn of_listed(&self, recipient: &Recipient, now: DateTime<Utc>) -> Self {
        Self {
            status: StepStatus::Processing,
            updated_at: now,
            schema: recipient.schema(),
            timer: None,
            retries: 0,
            losses: 0,
            questions: 0,
            decision: None,
            listed: None,
            begun: false,
            ..self.clone()
        }
    }

    fn told_by(&self, listed: Option<Chain>) -> Vec<Notification> {
        if let Some(chain) = listed {
            return chain.steps.into_iter().flat_map(|step| step.notifications).collect();
        }
        let failure = match self.decision.map(|decision| decision.reason) {
            Some(Reason::LifetimeEnded) => Failure::Ttl,
            Some(Reason::AttemptsExhausted) => Failure::Unspecified,
            _ => return vec![],
        };
        let failed = |channel: &_| Notification::failed(*channel, failure, self.updated_at);
        self.schema.first_choice().iter().map(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, found_email, listed_step, order};
    use crate::order::Order;
    use crate::status::NotificationStatus;

    fn listed() -> (Order, Chain) {
        let ordered = order(vec![listed_step(3)]);
        let chain = accept(&ordered, at("10:00:00"));
        (ordered, chain)
    }

    fn chains(ordered: &Order, chain: &Chain) -> Vec<(Chain, Vec<Task>)> {
        let crate::order::Recipients::List(list) = &ordered.steps[0].recipients else { panic!() };
        let window = SendingWindow::default();
        let of = |(ordinal, recipient): (u16, Recipient)| {
            chain.of_listed(ordinal, &recipient, &found_email(), &window, at("10:00:01"))
        };
        list.recipients().map(of).collect()
    }

    #[test]
    fn each_listed_recipient_becomes_a_chain_that_waits_for_a_sender() {
        let (ordered, chain) = listed();
        let chains = chains(&ordered, &chain);
        let ids: Vec<_> = chains.iter().map(|(chain, _)| chain.id).collect();
        assert_eq!(ids, chain.listed());
        for (listed, tasks) in &chains {
            assert_eq!((tasks.len(), listed.version), (1, 0));
            assert_eq!(listed.steps[0].status, StepStatus::Processed);
            assert_eq!((&listed.owner, listed.kept_until), (&chain.owner, chain.kept_until));
        }
    }

    #[test]
    fn the_owner_reads_of_all_of_them_in_one_place() {
        let (ordered, mut chain) = listed();
        let mut chains: Vec<_> = chains(&ordered, &chain).into_iter().map(|(chain, _)| Some(chain)).collect();
        let (early, places) = chain.clone().with_listed(vec![None, chains[1].clone(), None]);
        assert_eq!(places, [1]);
        assert_eq!((early.steps[0].status, early.steps[0].notifications.len()), (StepStatus::Registered, 1));
        chain.hand_on(0, at("10:00:02"));
        assert_eq!(chain.due(), None);
        let (under_way, _) = chain.clone().with_listed(chains.clone());
        assert_eq!(
            (under_way.steps[0].status, under_way.steps[0].notifications.len()),
            (StepStatus::Processed, 3)
        );
        for listed in chains.iter_mut().flatten() {
            listed.end(listed.shipment(0).notification(0), NotificationStatus::Delivered, at("10:01:00"));
        }
        assert_eq!(chain.with_listed(chains).0.steps[0].status, StepStatus::Completed);
    }

    #[test]
    fn whoever_has_no_chain_when_the_time_is_up_was_not_notified() {
        let (ordered, mut chain) = listed();
        let first = chains(&ordered, &chain).swap_remove(0).0;
        let over = chain.steps[0].expires;
        chain.expire_step(0, over);
        assert_eq!((chain.steps[0].status, chain.due()), (StepStatus::Completed, None));
        let (told, places) = chain.with_listed(vec![Some(first), None, None]);
        assert_eq!(places, [0, 1, 2]);
        let statuses: Vec<_> = told.steps[0].notifications.iter().map(|n| n.status).collect();
        let failed = NotificationStatus::Failed(Failure::Ttl);
        assert_eq!(statuses, [NotificationStatus::New, failed, failed]);
        assert_eq!(told.steps[0].status, StepStatus::Processed);
    }

    #[test]
    fn a_long_list_is_gone_on_with_at_once_and_nobody_is_asked_again() {
        let (_, mut chain) = listed();
        chain.go_on(0, at("10:00:12"));
        assert!(chain.steps[0].begun);
        assert_eq!(chain.due().unwrap().at, at("10:00:12"));
        assert_eq!(chain.sweep(at("10:01:00")).unwrap().len(), 1);
        assert_eq!(chain.steps[0].losses, 0);
    }
}
