//! The runtime state, under one lock, so that "the system is idle" is a fact about one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use chrono::{DateTime, Utc};
use futures::future::{AbortHandle, AbortRegistration};
use tokio::sync::watch;
use uuid::Uuid;

use crate::functions::Functions;
use crate::lock;
use crate::queues::{Message, Queues};

/// What there is to do.
#[derive(Default)]
pub struct Runtime {
    state: Mutex<State>,
    /// Set once they have started.
    pub functions: OnceLock<Functions>,
    changed: watch::Sender<()>,
}

/// The queues, the invocations that run, and what happens when they end.
#[derive(Default)]
pub struct State {
    pub queues: Queues,
    invocations: BTreeMap<Uuid, Invocation>,
    reports: Vec<(BTreeSet<Uuid>, Message)>,
    stopped: bool,
}

/// An invocation under way.
struct Invocation {
    function: &'static str,
    abort: AbortHandle,
    /// Until when it does nothing but wait for an answer that comes late.
    waits: Option<DateTime<Utc>>,
}

/// What it takes to run an invocation that has begun.
pub struct Begun {
    pub id: Uuid,
    pub function: &'static str,
    pub abort: AbortRegistration,
}

impl State {
    /// Whether nothing happens, and nothing will before time passes.
    pub fn is_idle(&self, now: DateTime<Utc>) -> bool {
        let all_wait = self.invocations.values().all(|i| i.waits.is_some_and(|until| until > now));
        self.stopped || (all_wait && self.queues.idle(now))
    }

    /// When something can happen by itself, of what cannot happen now.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = self.invocations.values().filter_map(|invocation| invocation.waits);
        waits.filter(|until| *until > now).chain(self.queues.next_visible(now)).min()
    }

    /// Whether a function may be invoked once more, with at most so many invocations at a time.
    pub fn may_begin(&self, function: &str, most: usize) -> bool {
        !self.stopped && self.invocations.values().filter(|i| i.function == function).count() < most
    }

    /// An invocation begins.
    pub fn begin(&mut self, function: &'static str) -> Begun {
        let (handle, abort) = AbortHandle::new_pair();
        let id = Uuid::new_v4();
        self.invocations.insert(id, Invocation { function, abort: handle, waits: None });
        Begun { id, function, abort }
    }

    /// An invocation has ended, however.
    pub fn end(&mut self, id: Uuid) {
        self.invocations.remove(&id);
        self.release();
    }

    /// Sends the reports that no working invocation is before.
    fn release(&mut self) {
        let works = |id: &Uuid| self.invocations.get(id).is_some_and(|i| i.waits.is_none());
        self.reports.iter_mut().for_each(|(before, _)| before.retain(works));
        for (_, report) in self.reports.extract_if(.., |(before, _)| before.is_empty()) {
            self.queues.send(&report);
        }
    }

    /// Sends something once those invocations of a function that run now have ended: what a provider
    /// reports comes after its answer.
    pub fn send_after(&mut self, function: &str, report: Message) {
        let running = self.invocations.iter().filter(|(_, invocation)| invocation.function == function);
        self.reports.push((running.map(|(id, _)| *id).collect(), report));
        self.release();
    }

    /// The invocations of a function wait until a time for an answer; reports don't wait that long.
    pub fn wait(&mut self, function: &str, until: DateTime<Utc>) {
        for invocation in self.invocations.values_mut().filter(|i| i.function == function) {
            invocation.waits.get_or_insert(until);
        }
        self.release();
    }

    /// Stops the invocations of a function (or all). Where one waits for a call, it gets no further.
    pub fn kill(&self, function: Option<&str>) {
        let dying = self.invocations.values().filter(|i| function.is_none_or(|f| f == i.function));
        dying.for_each(|invocation| invocation.abort.abort());
    }

    /// Nothing more is begun, and nobody waits any longer.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.kill(None);
    }
}

impl Runtime {
    /// Changes the state, and wakes whoever waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut lock(&self.state));
        self.changed.send_replace(());
        result
    }

    /// Looks at the state.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.state))
    }

    /// Sees every change from now on.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;
    use chrono::TimeDelta;

    #[test]
    fn a_report_waits_for_the_end_of_what_ran_when_it_came_about() {
        let now = Utc::now();
        let report = || Message::new(named("reports").unwrap(), now, TimeDelta::zero(), "{}".into());
        let mut state = State::default();
        let first = state.begin("send-email");
        state.send_after("send-email", report());
        let second = state.begin("send-email");
        assert_eq!(state.queues.counts("reports")["waiting"], 0);
        state.end(first.id);
        assert_eq!(state.queues.counts("reports")["waiting"], 1);
        state.send_after("send-sms", report());
        assert_eq!(state.queues.counts("reports")["waiting"], 2, "nobody to wait for");
        state.end(second.id);
    }

    #[test]
    fn an_invocation_that_waits_for_a_late_answer_is_idle_until_it_comes() {
        let now = Utc::now();
        let later = now + TimeDelta::minutes(1);
        let mut state = State::default();
        let waiting = state.begin("send-email");
        assert!(!state.is_idle(now));
        state.wait("send-email", later);
        assert!(state.is_idle(now) && !state.is_idle(later));
        assert_eq!((state.next(now), state.next(later)), (Some(later), None));
        let other = state.begin("send-email");
        assert!(!state.is_idle(now), "only those that ran then wait");
        state.end(other.id);
        state.end(waiting.id);
        assert!(state.is_idle(later));
    }
}
