//! What one execution environment does at a moment: computes, has calls under way, or only waits for time.
//!
//! An invocation waits when its future has returned, no call of it to a stand-in is under way, and it has asked
//! its clock for a later time. Then nothing of it happens before time passes, and the clock may be moved.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use chrono::{DateTime, Utc};

use super::Runtime;
use crate::lock;

/// Why an invocation has asked for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It has nothing to do before then.
    Pause,
    /// It gives something up then that may still be under way.
    Limit,
}

/// What an execution environment does.
#[derive(Default)]
pub struct Activity {
    /// The environment's number.
    pub number: u64,
    /// It has been given its first invocation.
    serves: AtomicBool,
    state: Mutex<State>,
    /// Told when the environment begins to wait.
    runtime: Weak<Runtime>,
}

#[derive(Default)]
struct State {
    polled: bool,
    /// Something has happened since it was polled last.
    woken: bool,
    /// Which work it does: the number of its invocation.
    work: u64,
    /// Its invocation was killed: no call of it is answered any more.
    dead: bool,
    calls: usize,
    waits: BTreeMap<u64, (DateTime<Utc>, Purpose)>,
    count: u64,
}

impl State {
    fn waits_until(&self) -> Option<DateTime<Utc>> {
        let may_wait = !self.polled && !self.woken && self.calls == 0;
        let has_pause = self.waits.values().any(|(_, purpose)| *purpose == Purpose::Pause);
        let earliest = self.waits.values().map(|(until, _)| *until).min();
        earliest.filter(|_| may_wait && has_pause)
    }
}

impl Activity {
    /// Nothing yet.
    pub fn of(runtime: &Arc<Runtime>, number: u64) -> Arc<Self> {
        Arc::new(Self { number, runtime: Arc::downgrade(runtime), ..Self::default() })
    }

    /// Until when it does nothing but wait; none if it may do something.
    pub fn waits_until(&self) -> Option<DateTime<Utc>> {
        lock(&self.state).waits_until()
    }

    /// A call is under way until the answer is dropped.
    pub fn call(self: &Arc<Self>) -> Call {
        lock(&self.state).calls += 1;
        Call(Arc::clone(self))
    }

    /// It has asked for a time, until the answer is dropped.
    pub fn wait(self: &Arc<Self>, until: DateTime<Utc>, purpose: Purpose) -> Wait {
        let mut state = lock(&self.state);
        state.count += 1;
        let id = state.count;
        state.waits.insert(id, (until, purpose));
        self.tell_if_waiting(state);
        Wait { activity: Arc::clone(self), id }
    }

    /// Something has happened that it does not know of yet.
    pub fn wake(&self) {
        lock(&self.state).woken = true;
    }

    /// It is about to begin new work; the number of that work.
    pub fn begin_work(&self) -> u64 {
        let mut state = lock(&self.state);
        state.woken = true;
        state.work += 1;
        state.work
    }

    /// Something has happened to the work of this number. A waker can be called after its work has ended; the work that
    /// has begun since is then not polled, and must not count as busy.
    pub fn wake_work(&self, work: u64) {
        let mut state = lock(&self.state);
        state.woken |= state.work == work;
    }

    /// It has started, and is given an invocation.
    pub fn serve(&self) {
        self.serves.store(true, Ordering::Release);
    }

    /// Whether it is being started.
    pub fn is_starting(&self) -> bool {
        !self.serves.load(Ordering::Acquire)
    }

    /// Its invocation is killed.
    pub fn die(&self) {
        lock(&self.state).dead = true;
    }

    /// Whether its invocation was killed.
    pub fn is_dead(&self) -> bool {
        lock(&self.state).dead
    }

    /// It is being polled.
    pub fn begin_poll(&self) {
        let mut state = lock(&self.state);
        (state.polled, state.woken) = (true, false);
    }

    /// It has returned.
    pub fn end_poll(&self) {
        let mut state = lock(&self.state);
        state.polled = false;
        self.tell_if_waiting(state);
    }

    fn tell_if_waiting(&self, state: MutexGuard<'_, State>) {
        let waits = state.waits_until().is_some();
        // The runtime looks at activities under its own lock, so this one must be free.
        drop(state);
        if waits && let Some(runtime) = self.runtime.upgrade() {
            runtime.change(super::State::release_reports);
        }
    }
}

/// A call under way.
pub struct Call(Arc<Activity>);

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.calls -= 1;
        self.0.tell_if_waiting(state);
    }
}

/// A time that was asked for.
pub struct Wait {
    activity: Arc<Activity>,
    id: u64,
}

impl Drop for Wait {
    fn drop(&mut self) {
        lock(&self.activity.state).waits.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn an_environment_waits_only_with_a_pause_and_nothing_else_under_way() {
        let activity = Arc::<Activity>::default();
        assert_eq!(activity.waits_until(), None, "it may wait for anything");
        let limit = activity.wait(at(5), Purpose::Limit);
        assert_eq!(activity.waits_until(), None, "what has the limit may be under way");
        let pause = activity.wait(at(9), Purpose::Pause);
        assert_eq!(activity.waits_until(), Some(at(5)));
        drop(limit);
        assert_eq!(activity.waits_until(), Some(at(9)));
        let call = activity.call();
        assert_eq!(activity.waits_until(), None);
        drop(call);
        activity.wake();
        assert_eq!(activity.waits_until(), None, "it has not been polled since");
        activity.begin_poll();
        assert_eq!(activity.waits_until(), None);
        activity.end_poll();
        assert_eq!(activity.waits_until(), Some(at(9)));
        drop(pause);
        assert_eq!(activity.waits_until(), None);
    }
}
