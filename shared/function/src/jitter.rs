//! Randomness as an injected dependency; used for jitter only, never for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Draws numbers.
pub trait Jitter: Send + Sync {
    /// A number in `[0, 1)`.
    fn fraction(&self) -> f64;
}

/// Draws from the randomness that the standard library seeds its hash maps with.
pub struct SystemJitter;

impl Jitter for SystemJitter {
    fn fraction(&self) -> f64 {
        let drawn = RandomState::new().build_hasher().finish() >> 32;
        f64::from(u32::try_from(drawn).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
    }
}

/// A rule in place of jitter, for runs that must be reproducible.
impl<F: Fn() -> f64 + Send + Sync> Jitter for F {
    fn fraction(&self) -> f64 {
        self()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_differ_and_stay_in_range() {
        let drawn: Vec<f64> = (0..100).map(|_| SystemJitter.fraction()).collect();
        assert!(drawn.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(drawn.iter().any(|f| (f - drawn[0]).abs() > 1e-6));
    }
}
