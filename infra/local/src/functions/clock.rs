//! The clock of one execution environment: the local time, and a note of what is waited for.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use varsling_function::clock::Clock;

use crate::clock::{LocalClock, whole_millisecond};
use crate::runtime::activity::{Activity, Purpose};

/// The clock of a function's instance.
#[derive(Clone)]
pub struct FunctionClock {
    clock: Arc<LocalClock>,
    activity: Arc<Activity>,
    /// How far it is ahead of the local clock.
    offset: TimeDelta,
}

impl FunctionClock {
    /// The local clock, for the environment of this activity.
    pub fn new(clock: Arc<LocalClock>, activity: Arc<Activity>, offset: TimeDelta) -> Self {
        Self { clock, activity, offset }
    }

    async fn sleep_until(self, at: DateTime<Utc>, purpose: Purpose) {
        // By its own clock it would wait for so long.
        let at = whole_millisecond(at.checked_sub_signed(self.offset).unwrap_or(at));
        if self.clock.now() < at {
            let _wait = self.activity.wait(at, purpose);
            self.clock.sleep_until(Some(at)).await;
        }
    }
}

impl Clock for FunctionClock {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() + self.offset
    }

    fn wait_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(self.clone().sleep_until(at, Purpose::Pause))
    }

    fn limit(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(self.clone().sleep_until(at, Purpose::Limit))
    }
}

impl std::fmt::Debug for FunctionClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FunctionClock").field(&self.now()).finish()
    }
}

/// The SDK measures how long an attempt may take. Where time runs faster than ours, so do its calls not.
impl AsyncSleep for FunctionClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let limit = self.clock.at_least_real(TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX));
        let end = self.now().checked_add_signed(limit).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Sleep::new(self.clone().sleep_until(end, Purpose::Limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_pause_is_noted_while_it_lasts_and_ends_on_the_millisecond() {
        let (clock, activity) = (Arc::new(LocalClock::still()), Arc::<Activity>::default());
        let function = FunctionClock::new(Arc::clone(&clock), Arc::clone(&activity), TimeDelta::zero());
        let until = clock.now() + TimeDelta::nanoseconds(71_428_571);
        let mut pause = function.wait_until(until);
        assert!(pause.as_mut().now_or_never().is_none());
        assert_eq!(activity.waits_until(), Some(whole_millisecond(until)));
        clock.set(whole_millisecond(until));
        pause.await;
        assert_eq!(activity.waits_until(), None);
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_waits_as_long_as_any_other() {
        let (clock, activity) = (Arc::new(LocalClock::still()), Arc::<Activity>::default());
        let ahead = TimeDelta::seconds(2);
        let function = FunctionClock::new(Arc::clone(&clock), Arc::clone(&activity), ahead);
        assert_eq!(function.now(), clock.now() + ahead);
        let mut pause = function.wait_until(function.now() + TimeDelta::seconds(1));
        assert!(pause.as_mut().now_or_never().is_none());
        assert_eq!(activity.waits_until(), Some(clock.now() + TimeDelta::seconds(1)));
        clock.set(clock.now() + TimeDelta::seconds(1));
        pause.await;
    }

    #[tokio::test]
    async fn a_limit_alone_is_no_reason_to_move_the_clock() {
        let (clock, activity) = (Arc::new(LocalClock::still()), Arc::<Activity>::default());
        let function = FunctionClock::new(Arc::clone(&clock), Arc::clone(&activity), TimeDelta::zero());
        assert!(function.limit(clock.now() + TimeDelta::seconds(1)).now_or_never().is_none());
        assert_eq!(activity.waits_until(), None);
    }
}
