//! A signal that wakes tasks in the order in which they began to wait. Tokio's `watch` wakes them in a random order, and a run
//! of the local system must be repeatable.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Something whose changes tasks wait for.
#[derive(Default)]
pub struct Signal {
    changes: AtomicU64,
    waiting: Notify,
}

/// The changes of a signal, as one waiting task has seen them.
pub struct Changes<'a> {
    signal: &'a Signal,
    seen: u64,
}

impl Signal {
    /// It has changed.
    pub fn tell(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.waiting.notify_waiters();
    }

    /// Its changes from now on.
    pub fn changes(&self) -> Changes<'_> {
        Changes { signal: self, seen: self.count() }
    }

    /// How many changes there were.
    pub fn count(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }
}

impl Changes<'_> {
    /// Passes over the changes until now.
    pub fn mark_seen(&mut self) {
        self.seen = self.signal.count();
    }

    /// Waits until there is a change that was not told yet.
    pub async fn next(&mut self) {
        loop {
            // Registers for the next change before it reads the count, so that no change falls between the two.
            let mut told = pin!(self.signal.waiting.notified());
            told.as_mut().enable();
            let count = self.signal.count();
            if count != self.seen {
                self.seen = count;
                return;
            }
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::FuturesUnordered;
    use futures::{FutureExt, StreamExt};

    #[test]
    fn a_change_is_told_once_and_one_from_before_is_not() {
        let signal = Signal::default();
        signal.tell();
        let mut changes = signal.changes();
        assert!(changes.next().now_or_never().is_none());
        signal.tell();
        signal.tell();
        assert!(changes.next().now_or_never().is_some());
        assert!(changes.next().now_or_never().is_none());
        signal.tell();
        changes.mark_seen();
        assert!(changes.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn those_who_wait_are_told_in_the_order_in_which_they_began() {
        let signal = Signal::default();
        let waits = (0..50).map(async |number| {
            signal.changes().next().await;
            number
        });
        let mut waiting: FuturesUnordered<_> = waits.collect();
        assert!(waiting.next().now_or_never().is_none());
        signal.tell();
        // It gives back first what is told first.
        assert_eq!(waiting.collect::<Vec<_>>().await, (0..50).collect::<Vec<_>>());
    }
}
