//! The time as an injected dependency.

use std::future::Future;
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures::future::{self, BoxFuture, Either};

/// Tells the time, and lets it pass.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;

    /// Waits until it is this time. A simulated clock moves on when all that is left to do is to wait like this.
    fn wait_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()>;

    /// Waits until a time at which something else that is awaited is given up. A simulated clock does not move on
    /// for this alone, because the other thing may still be under way; use it by [`within`].
    fn limit(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        self.wait_until(at)
    }
}

/// Awaits something for no longer than until a deadline; nothing if the deadline comes first.
pub async fn within<F: Future>(clock: &dyn Clock, deadline: DateTime<Utc>, work: F) -> Option<F::Output> {
    match future::select(pin!(work), clock.limit(deadline)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// The computer's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn wait_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep((at - self.now()).to_std().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[tokio::test]
    async fn a_future_is_dropped_at_its_deadline() {
        let deadline = SystemClock.now() + TimeDelta::milliseconds(5);
        assert_eq!(within(&SystemClock, deadline, future::pending::<()>()).await, None);
        assert!(SystemClock.now() >= deadline);
        assert_eq!(within(&SystemClock, deadline, future::ready(1)).await, Some(1));
    }
}
