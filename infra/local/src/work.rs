//! What there is to do, under one lock, so that "all is quiet" is a fact about one moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use crate::invoker::Invocation;
use crate::lock;
use crate::queues::Queues;

/// What there is to do.
pub struct Work {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

/// The queues, the invocations that run, and what happens besides.
#[derive(Default)]
pub struct State {
    pub queues: Queues,
    pub invocations: BTreeMap<Uuid, Invocation>,
    busy: usize,
    stopped: bool,
}

impl State {
    /// Whether nothing happens, and nothing will before time passes.
    pub fn quiet(&self, now: DateTime<Utc>) -> bool {
        let all_hang = self.invocations.values().all(Invocation::hangs);
        self.stopped || (self.busy == 0 && all_hang && self.queues.idle(now))
    }

    /// Whether the system is going down, and nothing more is to be begun.
    pub fn stopped(&self) -> bool {
        self.stopped
    }
}

/// Something happens for as long as this lives.
pub struct Busy(Arc<Work>);

impl Work {
    /// Nothing to do yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: watch::Sender::new(()) })
    }

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

    /// Says that something happens.
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.change(|state| state.busy += 1);
        Busy(Arc::clone(self))
    }

    /// Nothing more is begun, and nobody waits any longer.
    pub fn stop(&self) {
        self.change(|state| state.stopped = true);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.change(|state| state.busy -= 1);
    }
}
