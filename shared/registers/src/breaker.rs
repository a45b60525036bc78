//! A circuit breaker: a register that fails several times in a row gets no calls for a while, which
//! spares the register and the lookups that would wait for it.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// How many calls in a row must fail.
const FAILURES: u32 = 5;
/// How long the register gets no calls.
const REST: TimeDelta = TimeDelta::seconds(30);

/// One register's breaker, in one process.
#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

impl Breaker {
    /// Whether the register may be called now. After a rest, one call in each rest period is admitted until one succeeds.
    pub fn admits(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.rests_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.rests_until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// Whether the last call succeeded.
    pub fn trusts(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failures == 0
    }

    /// A call has ended.
    pub fn note(&self, failed: bool, now: DateTime<Utc>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed {
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.rests_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn broken() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.admits(at(0)));
            breaker.note(true, at(0));
        }
        breaker
    }

    #[test]
    fn the_fifth_failure_in_a_row_opens_it() {
        assert!(!broken().admits(at(29)));
        let breaker = Breaker::default();
        for number in 0..20 {
            breaker.note(number % 5 != 4, at(0));
            assert!(breaker.admits(at(0)));
        }
    }

    #[test]
    fn after_the_rest_one_caller_tries() {
        let breaker = broken();
        assert!(breaker.admits(at(30)));
        assert!(!breaker.admits(at(30)));
        breaker.note(true, at(31));
        assert!(!breaker.admits(at(60)));
        assert!(breaker.admits(at(61)));
        breaker.note(false, at(61));
        assert!(breaker.admits(at(61)) && breaker.admits(at(61)));
    }
}
