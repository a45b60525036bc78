//! How many requests an owner may send: a bucket for each owner in each execution environment, so that nothing is
//! written for it.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use varsling_domain::identity::Owner;

/// How many owners are remembered before all are forgotten.
const MANY: usize = 1_000;

/// The limit, and what owners have used of it.
pub struct RequestLimit {
    per_second: NonZeroU32,
    buckets: Mutex<HashMap<Owner, Bucket>>,
}

/// What an owner may send at a moment.
#[derive(Clone, Copy)]
struct Bucket {
    requests: f64,
    at: DateTime<Utc>,
}

impl RequestLimit {
    /// So many a second, and one second's at once.
    pub fn new(per_second: NonZeroU32) -> Self {
        Self { per_second, buckets: Mutex::default() }
    }

    /// Whether an owner may send a request, which thereby is sent.
    pub fn takes(&self, owner: &Owner, now: DateTime<Utc>) -> bool {
        let most = f64::from(self.per_second.get());
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY && !buckets.contains_key(owner) {
            buckets.clear();
        }
        let bucket = buckets.entry(owner.clone()).or_insert(Bucket { requests: most, at: now });
        // A clock that is set back gives nothing.
        let passed = (now - bucket.at).as_seconds_f64().max(0.0);
        let requests = (bucket.requests + passed * most).min(most);
        let is_taken = requests >= 1.0;
        *bucket =
            Bucket { requests: if is_taken { requests - 1.0 } else { requests }, at: now.max(bucket.at) };
        is_taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn owner(number: &str) -> Owner {
        Owner::try_from(number).unwrap()
    }

    /// How many of thirty requests at a moment an owner may send.
    fn taken(limit: &RequestLimit, owner: &Owner, at: DateTime<Utc>) -> usize {
        (0..30).filter(|_| limit.takes(owner, at)).count()
    }

    #[test]
    fn an_owner_sends_a_seconds_worth_at_once_and_then_the_rate_and_others_are_not_touched() {
        let limit = RequestLimit::new(NonZeroU32::new(10).unwrap());
        let (one, other) = (owner("991825827"), owner("226346139"));
        let start = DateTime::from_timestamp(0, 0).unwrap();
        assert_eq!(taken(&limit, &one, start), 10);
        assert!(limit.takes(&other, start));
        assert_eq!(taken(&limit, &one, start + TimeDelta::milliseconds(500)), 5);
        assert_eq!(taken(&limit, &one, start), 0, "a clock that was set back");
        assert_eq!(taken(&limit, &one, start + TimeDelta::hours(1)), 10);
    }
}
