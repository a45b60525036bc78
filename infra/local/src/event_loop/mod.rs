//! What happens by itself: queues and the stream are handed over when they are due, sweeps run every minute, and a
//! clock that is moved stops at every moment at which something happens.

mod queues;
mod streams;
mod ticks;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::event_sources::QUEUES;
use crate::simulator::Simulator;

pub use ticks::{floor, tick};

/// Hands over messages and records for as long as the system lives.
pub async fn deliver(simulator: Arc<Simulator>) {
    let mut changes = simulator.runtime.changes();
    loop {
        // Seen before looking, so that nothing that changes in between is missed.
        changes.mark_seen();
        // The clock may be moved meanwhile: what has become due since then is neither handed over nor ahead.
        let now = simulator.now();
        for source in &QUEUES {
            while queues::deliver_from(&simulator, source) {}
        }
        while streams::deliver_from_stream(&simulator) {}
        let next = simulator.runtime.look(|state| state.next_delivery(now));
        tokio::select! {
            biased;
            () = changes.next() => {}
            () = simulator.clock.sleep_until(next) => {}
        }
    }
}

/// Moves the clock forward: from one due moment to the next, in order, and each time until the system is idle.
pub async fn advance(simulator: &Simulator, to: DateTime<Utc>) {
    let mut minute = simulator.minute.lock().await;
    let _held = simulator.clock.hold();
    simulator.until_idle().await;
    while let Some(next) = next_moment(simulator, *minute).filter(|next| *next <= to) {
        simulator.clock.set(next);
        ticks::sweep_at(simulator, &mut minute);
        simulator.until_idle().await;
    }
    simulator.clock.set(to);
    *minute = floor(simulator.now()).max(*minute);
    simulator.until_idle().await;
}

/// When something happens next: a message can be received, a wait ends, or a sweep finds something.
fn next_moment(simulator: &Simulator, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let work = simulator.runtime.look(|state| state.next(simulator.now()));
    work.into_iter().chain(ticks::next_minute(simulator, last)).min()
}
