//! What can happen in a state of the model.

use chrono::{DateTime, TimeDelta, Utc};

use super::job::{Job, Step};
use super::provider::Answer;
use super::world::World;
use crate::chain::{LOOK_AHEAD, Report, ShipmentState};
use crate::status::Failure;

/// Something that can happen next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// A worker receives a message, which the queue may keep for once more.
    Receives { place: usize, is_repeated: bool },
    /// A worker takes its next step.
    Goes { worker: usize },
    /// A worker calls the provider.
    Calls { worker: usize, answer: Answer },
    /// A worker dies, and its message does not come back. Were it to, that would be as if it had never been received,
    /// or it would be stale.
    Dies { worker: usize },
    /// A sweep wakes the chain, and may die before it has queued what follows.
    Sweeps { dies: bool },
    /// Nothing happens until the next moment that means something.
    Passes,
    /// The provider reports about a call that it took.
    Reports { call: usize, report: Report },
    /// It says the same once more.
    Repeats,
    /// The message is opened that the reminder is about.
    Opens,
    /// The owner cancels the order.
    Cancels,
}

impl World {
    /// Everything that can happen now.
    pub fn actions(&self) -> Vec<Action> {
        let mut actions = vec![];
        if self.workers.iter().any(Option::is_none) {
            for (place, message) in self.queue.iter().enumerate() {
                // The same message further on leads to the same.
                if message.at <= self.now && !self.queue[..place].contains(message) {
                    actions.push(Action::Receives { place, is_repeated: false });
                    if self.left.repeats > 0 {
                        actions.push(Action::Receives { place, is_repeated: true });
                    }
                }
            }
        }
        for (worker, job) in self.workers.iter().enumerate() {
            if let Some(job) = job {
                self.add_steps(worker, job, &mut actions);
            }
        }
        if self.chain().entry.is_some_and(|entry| entry.at <= self.now) {
            actions.push(Action::Sweeps { dies: false });
            if self.left.deaths > 0 {
                actions.push(Action::Sweeps { dies: true });
            }
        } else if self.left.passes > 0 && self.next_moment().is_some() {
            actions.push(Action::Passes);
        }
        self.add_others(&mut actions);
        actions
    }

    fn add_steps(&self, worker: usize, job: &Job, actions: &mut Vec<Action>) {
        if job.step == Step::Claimed {
            let answers = Answer::ALL.into_iter().filter(|answer| match answer {
                Answer::Taken => true,
                Answer::TakenInSilence | Answer::LostInSilence => self.left.silences > 0,
                Answer::Refused | Answer::Throttled => self.left.refusals > 0,
            });
            actions.extend(answers.map(|answer| Action::Calls { worker, answer }));
        } else {
            actions.push(Action::Goes { worker });
        }
        if self.left.deaths > 0 {
            actions.push(Action::Dies { worker });
        }
    }

    fn add_others(&self, actions: &mut Vec<Action>) {
        let reports =
            [Report::Delivered, Report::Failed(Failure::Bounced), Report::FailedForNow(Failure::Bounced)];
        match self.reported {
            None => {
                for (call, _) in self.calls.iter().enumerate().filter(|(_, call)| call.is_taken) {
                    actions.extend(reports.map(|report| Action::Reports { call, report }));
                }
            }
            Some(_) if !self.is_reported_twice => actions.push(Action::Repeats),
            Some(_) => {}
        }
        // Nobody looks before the reminder is due.
        if self.opened_at.is_none() && self.is_reminder_under_way() {
            actions.push(Action::Opens);
        }
        if !self.is_cancelled {
            actions.push(Action::Cancels);
        }
    }

    fn is_reminder_under_way(&self) -> bool {
        let is_due = self.chain().has_due_reminder(self.now);
        is_due || !matches!(self.chain().shipments[1].state, ShipmentState::Scheduled { .. })
    }

    /// The next time at which something can happen that cannot now.
    pub fn next_moment(&self) -> Option<DateTime<Utc>> {
        let messages = self.queue.iter().map(|message| message.at);
        // Not its entry in the index, which may be earlier than anything that can be done; and so late that what is
        // planned may be sent.
        let due = self.chain().due().map(|due| due.at + LOOK_AHEAD + TimeDelta::seconds(1));
        messages.chain(due).filter(|at| *at > self.now).min()
    }
}
