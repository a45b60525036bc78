//! A clock that runs at a chosen speed and can be set forward, never back.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use futures::future::BoxFuture;
use varsling_function::clock::Clock;

use crate::lock;
use crate::signal::{Changes, Signal};

/// The local system's time.
pub struct LocalClock {
    anchor: Mutex<Anchor>,
    /// How fast it runs while nothing holds it.
    speed: Mutex<f64>,
    moved: Signal,
    file: Option<PathBuf>,
}

/// A moment from which time is counted on.
#[derive(Clone, Copy)]
struct Anchor {
    local: DateTime<Utc>,
    real: Instant,
    /// How fast time runs from there.
    speed: f64,
}

/// Holds the time where it is (or is set) until dropped.
pub struct Held<'a>(&'a LocalClock);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.run(DateTime::<Utc>::MIN_UTC, Some(self.0.speed()));
    }
}

impl LocalClock {
    /// Starts at a time, or where an earlier run left off if that was ahead of it.
    pub fn start(time: DateTime<Utc>, speed: f64, file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let kept = text.and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let local = kept.into_iter().fold(time, DateTime::max);
        let anchor = Anchor { local: local.trunc_subsecs(3), real: Instant::now(), speed };
        Self { anchor: Mutex::new(anchor), speed: Mutex::new(speed), moved: Signal::default(), file }
    }

    /// How fast it runs while nothing holds it.
    pub fn speed(&self) -> f64 {
        *lock(&self.speed)
    }

    /// Runs as fast as this from now on, or stands still.
    pub fn set_speed(&self, speed: f64) {
        *lock(&self.speed) = speed;
        self.run(DateTime::<Utc>::MIN_UTC, Some(speed));
    }

    /// How often it was moved, or its speed was changed.
    pub fn move_count(&self) -> u64 {
        self.moved.count()
    }

    /// Its moves and its changes of speed from now on.
    pub fn moves(&self) -> Changes<'_> {
        self.moved.changes()
    }

    /// Moves to a time, unless it has been already: where time runs by itself it may have come further.
    pub fn set(&self, to: DateTime<Utc>) {
        self.run(to, None);
        self.keep();
    }

    /// Holds the time, so that what falls due while the clock is moved happens at its own moment and not
    /// as much later as the work before it took.
    pub fn hold(&self) -> Held<'_> {
        self.run(DateTime::<Utc>::MIN_UTC, Some(0.0));
        Held(self)
    }

    fn run(&self, from: DateTime<Utc>, speed: Option<f64>) {
        let mut anchor = lock(&self.anchor);
        let local = since(*anchor).max(from.trunc_subsecs(3));
        *anchor = Anchor { local, real: Instant::now(), speed: speed.unwrap_or(anchor.speed) };
        drop(anchor);
        self.moved.tell();
    }

    /// Writes the time down for the next run, where there is a folder for it.
    pub fn keep(&self) {
        let Some(file) = &self.file else { return };
        if let Err(error) = std::fs::write(file, self.now().to_rfc3339()) {
            tracing::warn!(%error, "the time could not be written down");
        }
    }

    /// How much local time a limit on the machine's own work is: where time runs faster than ours, the machine is
    /// not faster for it.
    pub fn at_least_real(&self, limit: TimeDelta) -> TimeDelta {
        let scaled = limit.as_seconds_f64() * self.speed().max(1.0);
        Duration::try_from_secs_f64(scaled).ok().and_then(|d| TimeDelta::from_std(d).ok()).unwrap_or(limit)
    }

    /// Waits until it is (or has been) this time; for ever where there is none to wait for.
    pub async fn sleep_until(&self, moment: Option<DateTime<Utc>>) {
        let mut moved = self.moved.changes();
        let Some(moment) = moment.map(whole_millisecond) else {
            return std::future::pending().await;
        };
        while let Ok(left) = (moment - self.now()).to_std()
            && !left.is_zero()
        {
            tokio::select! {
                biased;
                () = moved.next() => {}
                () = self.pass(left) => {}
            }
        }
    }

    async fn pass(&self, local: Duration) {
        match Duration::try_from_secs_f64(local.as_secs_f64() / self.speed()) {
            // Timers are no finer than this, and an early one would only spin.
            Ok(real) => tokio::time::sleep(real.max(Duration::from_millis(1))).await,
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
impl LocalClock {
    /// A clock that stands still unless moved.
    pub fn still() -> Self {
        Self::start(Utc::now(), 0.0, None)
    }
}

impl Clock for LocalClock {
    fn now(&self) -> DateTime<Utc> {
        since(*lock(&self.anchor))
    }

    fn wait_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(self.sleep_until(Some(at)))
    }
}

/// The first whole millisecond that is not before a time, because the clock knows no others.
pub fn whole_millisecond(time: DateTime<Utc>) -> DateTime<Utc> {
    let floor = time.trunc_subsecs(3);
    if floor < time { floor + TimeDelta::milliseconds(1) } else { floor }
}

fn since(anchor: Anchor) -> DateTime<Utc> {
    let passed = Duration::try_from_secs_f64(anchor.real.elapsed().as_secs_f64() * anchor.speed);
    let passed = TimeDelta::from_std(passed.unwrap_or_default()).unwrap_or_default();
    (anchor.local + passed).trunc_subsecs(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_still_unless_moved_and_never_goes_back() {
        let clock = LocalClock::still();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        let later = start + TimeDelta::days(7);
        clock.set(later);
        assert_eq!(clock.now(), later);
        clock.set(start);
        assert_eq!(clock.now(), later);
    }

    #[test]
    fn a_held_clock_can_be_moved_and_runs_on_when_released() {
        let clock = LocalClock::start(Utc::now(), 1e9, None);
        let held = clock.hold();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        let later = start + TimeDelta::days(7);
        clock.set(later);
        assert_eq!(clock.now(), later);
        drop(held);
        while clock.now() == later {}
        assert!(clock.now() > later);
    }

    #[test]
    fn a_clock_can_be_stopped_and_runs_on_at_another_speed() {
        let clock = LocalClock::start(Utc::now(), 1e9, None);
        clock.set_speed(0.0);
        let stopped = clock.now();
        assert_eq!(clock.now(), stopped);
        drop(clock.hold());
        assert_eq!(clock.now(), stopped, "what held it does not set it going");
        clock.set_speed(1e9);
        while clock.now() == stopped {}
        assert!(clock.now() > stopped);
    }

    #[test]
    fn a_restart_goes_on_from_where_time_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("clock"));
        let clock = LocalClock::start(Utc::now(), 0.0, file.clone());
        let later = clock.now() + TimeDelta::days(7);
        clock.set(later);
        assert_eq!(LocalClock::start(Utc::now(), 0.0, file.clone()).now(), later);
        assert!(LocalClock::start(Utc::now(), 1.0, file).now() >= later);
    }

    #[test]
    fn a_given_time_may_lie_in_the_past_but_not_before_an_earlier_run() {
        let past = DateTime::from_timestamp(1_000_000_000, 0).unwrap();
        assert_eq!(LocalClock::start(past, 0.0, None).now(), past);
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("clock"));
        let later = past + TimeDelta::days(7);
        LocalClock::start(past, 0.0, file.clone()).set(later);
        assert_eq!(LocalClock::start(past, 0.0, file).now(), later);
    }

    #[test]
    fn a_time_between_milliseconds_comes_at_the_next_one() {
        let time = DateTime::from_timestamp(7, 1_000_001).unwrap();
        assert_eq!(whole_millisecond(time), DateTime::from_timestamp(7, 2_000_000).unwrap());
        let whole = DateTime::from_timestamp(7, 2_000_000).unwrap();
        assert_eq!(whole_millisecond(whole), whole);
    }

    #[test]
    fn a_limit_is_never_shorter_than_in_real_time() {
        let limit = TimeDelta::seconds(10);
        for (speed, seconds) in [(0.0, 10), (1.0, 10), (60.0, 600)] {
            assert_eq!(
                LocalClock::start(Utc::now(), speed, None).at_least_real(limit),
                TimeDelta::seconds(seconds)
            );
        }
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_clock_is_moved_to_its_time() {
        let clock = LocalClock::still();
        let moment = clock.now() + TimeDelta::hours(1);
        tokio::join!(clock.sleep_until(Some(moment)), async { clock.set(moment) });
        assert_eq!(clock.now(), moment.trunc_subsecs(3));
    }
}
