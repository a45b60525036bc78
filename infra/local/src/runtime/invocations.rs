//! The invocations under way: how they begin and end, and what makes them end early.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::{AbortHandle, AbortRegistration};
use uuid::Uuid;
use varsling_function::clock::Clock;

use super::activity::{Activity, Purpose, Wait};
use super::environments::Environment;
use super::{Runtime, State};
use crate::functions::deployed::timeout;

/// An invocation under way.
pub struct Invocation {
    pub function: &'static str,
    /// The event source that it was begun for.
    pub source: Option<&'static str>,
    abort: AbortHandle,
    pub activity: Arc<Activity>,
    deadline: DateTime<Utc>,
}

impl Invocation {
    /// Until when it does nothing but wait, if it does.
    pub fn waits_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.activity.waits_until()?.min(self.deadline);
        Some(until).filter(|until| *until > now)
    }
}

/// What it takes to run an invocation that has begun.
pub struct Begun {
    pub id: Uuid,
    pub function: &'static str,
    pub abort: AbortRegistration,
    pub deadline: DateTime<Utc>,
    pub activity: Arc<Activity>,
    /// The environment that was idle; a new one is started where there was none.
    pub environment: Option<Environment>,
}

/// Who makes a call.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The function.
    pub function: &'a str,
    /// What its execution environment does, where it is known which one it is.
    pub activity: Option<&'a Arc<Activity>>,
}

impl State {
    /// An invocation begins, for an event source or for a caller that waits for the answer.
    pub fn begin(
        &mut self,
        runtime: &Arc<Runtime>,
        function: &'static str,
        source: Option<&'static str>,
    ) -> Begun {
        let now = runtime.clock.now();
        let environment = self.environments.take(function, now);
        let activity = match &environment {
            Some(environment) => Arc::clone(&environment.activity),
            None => self.new_activity(runtime),
        };
        let deadline = now + runtime.clock.at_least_real(timeout(function));
        let (handle, abort) = AbortHandle::new_pair();
        self.begun += 1;
        let id = Uuid::from_u64_pair(0, self.begun);
        activity.wake();
        let running =
            Invocation { function, source, abort: handle, activity: Arc::clone(&activity), deadline };
        self.invocations.insert(id, running);
        Begun { id, function, abort, deadline, activity, environment }
    }

    /// An environment that has become idle for an invocation that has begun without one.
    pub fn take_instead(
        &mut self,
        id: Uuid,
        function: &'static str,
        now: DateTime<Utc>,
    ) -> Option<Environment> {
        let invocation = self.invocations.get_mut(&id)?;
        let environment = self.environments.take(function, now)?;
        environment.activity.wake();
        invocation.activity = Arc::clone(&environment.activity);
        Some(environment)
    }

    /// The activity of an environment that is about to start.
    pub fn new_activity(&mut self, runtime: &Arc<Runtime>) -> Arc<Activity> {
        self.activities.retain(|_, activity| activity.strong_count() > 0);
        let number = self.activities.last_key_value().map_or(0, |(last, _)| last + 1);
        let activity = Activity::of(runtime, number);
        self.activities.insert(number, Arc::downgrade(&activity));
        activity
    }

    /// What the environment of this number does.
    pub fn activity(&self, number: u64) -> Option<Arc<Activity>> {
        self.activities.get(&number)?.upgrade()
    }

    /// An environment is there to be used.
    pub fn add_environment(&mut self, function: &'static str, environment: Environment, now: DateTime<Utc>) {
        self.environments.put(function, environment, now);
    }

    /// An invocation has ended, however. Its environment is used again unless it died.
    pub fn end(&mut self, id: Uuid, environment: Option<Environment>, now: DateTime<Utc>) {
        let ended = self.invocations.remove(&id);
        if let (Some(ended), Some(environment)) = (ended, environment) {
            self.environments.put(ended.function, environment, now);
        }
        self.release_reports();
    }

    fn of<'a>(&'a self, caller: Caller<'a>) -> impl Iterator<Item = (&'a Uuid, &'a Invocation)> {
        self.invocations.iter().filter(move |(_, invocation)| match caller.activity {
            Some(activity) => Arc::ptr_eq(activity, &invocation.activity),
            None => invocation.function == caller.function,
        })
    }

    /// The invocations that may have made a call: one, where it is known which.
    pub fn callers(&self, caller: Caller<'_>) -> BTreeSet<Uuid> {
        self.of(caller).map(|(id, _)| *id).collect()
    }

    /// Stops the invocations that may have made a call. Where one waits for a call, it gets no further.
    pub fn kill(&self, caller: Caller<'_>) {
        self.of(caller).for_each(|(_, invocation)| invocation.die());
    }

    /// Nothing more is begun, and nobody waits any longer.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.invocations.values().for_each(Invocation::die);
    }
}

impl Invocation {
    fn die(&self) {
        self.activity.die();
        self.abort.abort();
    }
}

impl Runtime {
    /// The invocations that may have made a call wait until a time for the answer, or until these are dropped.
    pub fn wait_for_answer(&self, caller: Caller<'_>, until: DateTime<Utc>) -> Vec<Wait> {
        let activities: Vec<_> =
            self.look(|state| state.of(caller).map(|(_, i)| Arc::clone(&i.activity)).collect());
        activities.iter().map(|activity| activity.wait(until, Purpose::Pause)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::LocalClock;
    use chrono::TimeDelta;

    #[test]
    fn an_invocation_that_waits_for_a_late_answer_is_idle_until_the_answer_comes() {
        let clock = Arc::new(LocalClock::still());
        let (runtime, now) = (Runtime::new(Arc::clone(&clock)), clock.now());
        let later = now + TimeDelta::seconds(5);
        let waiting = runtime.change(|state| state.begin(&runtime, "send-email", None));
        waiting.activity.begin_poll();
        waiting.activity.end_poll();
        assert!(!runtime.look(|state| state.is_idle(now)), "nobody knows what it waits for");
        let caller = Caller { function: "send-email", activity: None };
        let wait = runtime.wait_for_answer(caller, later);
        assert!(runtime.look(|state| state.is_idle(now) && !state.is_idle(later)));
        assert_eq!(runtime.look(|state| (state.next(now), state.next(later))), (Some(later), None));
        let other = runtime.change(|state| state.begin(&runtime, "send-email", None));
        assert!(!runtime.look(|state| state.is_idle(now)), "only those that ran then wait");
        runtime.change(|state| state.end(other.id, None, now));
        drop(wait);
        assert!(!runtime.look(|state| state.is_idle(now)));
        runtime.change(|state| state.end(waiting.id, None, now));
        assert!(runtime.look(|state| state.is_idle(now)));
    }

    #[test]
    fn an_invocation_is_never_idle_beyond_its_deadline() {
        let clock = Arc::new(LocalClock::still());
        let (runtime, now) = (Runtime::new(Arc::clone(&clock)), clock.now());
        let begun = runtime.change(|state| state.begin(&runtime, "send-email", None));
        begun.activity.begin_poll();
        begun.activity.end_poll();
        let _wait = begun.activity.wait(now + TimeDelta::hours(1), Purpose::Pause);
        assert_eq!(runtime.look(|state| state.next(now)), Some(begun.deadline));
        assert!(!runtime.look(|state| state.is_idle(begun.deadline)));
    }
}
