//! When the system is idle, and when something happens next.

use chrono::{DateTime, Utc};

use super::State;
use crate::event_sources::{EventSource, QUEUES};

impl State {
    /// Whether nothing happens, and nothing will before time passes.
    pub fn is_idle(&self, now: DateTime<Utc>) -> bool {
        let all_wait = self.invocations.values().all(|invocation| invocation.waits_until(now).is_some());
        let delivers = QUEUES.iter().any(|source| self.may_deliver(source, now));
        self.stopped || (all_wait && !delivers && !self.streams.ready(now))
    }

    /// Whether a source can hand over messages now: it has some, and may have one more invocation under way.
    pub fn may_deliver(&self, source: &EventSource, now: DateTime<Utc>) -> bool {
        let under_way = self.invocations.values().filter(|i| i.source == Some(source.name)).count();
        !self.stopped && under_way < source.concurrency && self.queues.ready(source, now)
    }

    /// Whether the stream can hand over records now.
    pub fn may_stream(&self, now: DateTime<Utc>) -> bool {
        !self.stopped && self.streams.ready(now)
    }

    /// When something can happen by itself, of what cannot happen now.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = self.invocations.values().filter_map(|invocation| invocation.waits_until(now));
        waits.chain(self.next_delivery(now)).min()
    }

    /// When something can be handed over that cannot be now.
    pub fn next_delivery(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.queues.next_visible(now).into_iter().chain(self.streams.next(now)).min()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use varsling_function::clock::Clock;

    use super::*;
    use crate::clock::LocalClock;
    use crate::event_sources::named;
    use crate::queues::Message;
    use crate::runtime::Runtime;

    #[test]
    fn a_source_has_no_more_invocations_under_way_than_its_concurrency() {
        let clock = Arc::new(LocalClock::still());
        let (runtime, now) = (Runtime::new(Arc::clone(&clock)), clock.now());
        let email = named("email").unwrap();
        let mut state = State::default();
        state.queues.send(&Message::new(email, now, TimeDelta::zero(), "{}".into()));
        let mut begun = Vec::new();
        while state.may_deliver(email, now) {
            begun.push(state.begin(&runtime, email.function, Some(email.name)));
        }
        assert_eq!(begun.len(), email.concurrency);
        let other = state.begin(&runtime, email.function, None);
        state.end(other.id, None, now);
        assert!(!state.may_deliver(email, now), "only an end of its own makes room");
        state.end(begun[0].id, None, now);
        assert!(state.may_deliver(email, now));
    }
}
