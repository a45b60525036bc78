//! The whole of Varsling in one process, with a clock that can be moved: for a laptop, the tests and
//! the benchmark. A simulator, not an emulator: it knows only what the functions call.

mod aws;
mod clock;
pub mod commands;
mod console;
mod control;
mod costs;
mod database;
mod deployment;
mod event_loop;
mod event_sources;
mod faults;
mod functions;
mod gateway;
mod ids;
mod metrics;
mod outbox;
mod queues;
mod registers;
mod runtime;
mod signal;
mod simulator;
mod streams;
mod system;
mod traces;

pub use aws::limits::ProviderLimits;
pub use costs::{Cost, Costs};
pub use database::SHARDS;
pub use event_sources::{EventSource, Kind, QUEUES};
pub use functions::deployed::{DEPLOYED, Deployed};
pub use streams::{STREAM_SOURCES, STREAM_VIEW, StreamSource, View};
pub use system::{Options, System};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Any error, on its way to the terminal.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Locks; what a panicking holder left behind is still the best knowledge there is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
