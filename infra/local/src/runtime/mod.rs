//! The runtime state: queues, invocations, environments and reports under one lock, so that "the system is idle"
//! is a fact about one moment.

pub mod activity;
pub mod environments;
mod idle;
mod invocations;
pub mod invoker;
pub mod meter;
mod reports;
mod tracked;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::clock::LocalClock;
use crate::lock;
use crate::queues::Queues;
use crate::signal::{Changes, Signal};
use crate::streams::Streams;
use activity::Activity;
use environments::{Environments, Functions};
use invocations::Invocation;
use meter::Meter;
use reports::Report;

pub use invocations::{Begun, Caller};

/// How many environments start at the same time. In AWS each start has a machine of its own; here they share one, and
/// what all started at once would take longer than the environments that become idle meanwhile.
const STARTS: usize = 2;

/// What runs and what waits.
pub struct Runtime {
    state: Mutex<State>,
    /// The local time.
    pub clock: Arc<LocalClock>,
    /// What the functions' invocations take.
    pub meter: Meter,
    /// Set once they have started.
    functions: OnceLock<Functions>,
    /// Taken while an environment starts.
    starts: Arc<Semaphore>,
    changed: Signal,
}

/// The queues, the invocations that run, the environments they run in, and what happens when they end.
#[derive(Default)]
pub struct State {
    /// The queues.
    pub queues: Queues,
    /// The table's stream.
    pub streams: Streams,
    /// In the order in which they began.
    invocations: BTreeMap<Uuid, Invocation>,
    /// How many invocations have begun.
    begun: u64,
    environments: Environments,
    /// Every environment that lives, by its number.
    activities: BTreeMap<u64, Weak<Activity>>,
    reports: Vec<Report>,
    stopped: bool,
}

impl Runtime {
    /// With nothing in it, by a clock.
    pub fn new(clock: Arc<LocalClock>) -> Arc<Self> {
        let (state, functions, changed) = (Mutex::default(), OnceLock::new(), Signal::default());
        let starts = Arc::new(Semaphore::new(STARTS));
        Arc::new(Self { state, clock, meter: Meter::default(), functions, starts, changed })
    }

    /// Changes the state, and wakes everybody who waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut lock(&self.state));
        self.changed.tell();
        result
    }

    /// Looks at the state.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.state))
    }

    /// Sees every change from now on.
    pub fn changes(&self) -> Changes<'_> {
        self.changed.changes()
    }
}
