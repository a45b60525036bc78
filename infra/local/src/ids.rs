//! Ids of requests, events and provider messages. They are drawn from a seed where a run must be repeatable, and are random
//! otherwise.

use std::sync::Mutex;

use fastrand::Rng;
use uuid::{Builder, Uuid};

use crate::lock;

/// Where ids come from.
#[derive(Default)]
pub struct Ids(Option<Mutex<Rng>>);

impl Ids {
    /// Ids drawn from a seed; random ones without a seed.
    pub fn drawn(seed: Option<u64>) -> Self {
        Self(seed.map(|seed| Mutex::new(Rng::with_seed(seed))))
    }

    /// The next one.
    pub fn next(&self) -> Uuid {
        let Some(rng) = &self.0 else { return Uuid::new_v4() };
        let mut bytes = [0; 16];
        lock(rng).fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_its_ids_and_without_one_no_two_are_alike() {
        let (one, same, other) = (Ids::drawn(Some(7)), Ids::drawn(Some(7)), Ids::drawn(Some(8)));
        let first = one.next();
        assert_eq!((first, first.get_version_num()), (same.next(), 4));
        assert_ne!(first, one.next());
        assert_ne!(first, other.next());
        assert_ne!(Ids::default().next(), Ids::default().next());
    }
}
