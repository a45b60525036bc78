//! A clock that runs at a chosen speed and can be set forward, never back.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use varsling_platform::clock::Clock;

use crate::lock;

/// The local system's time.
pub struct LocalClock {
    anchor: Mutex<Anchor>,
    speed: f64,
    moved: watch::Sender<()>,
    file: Option<PathBuf>,
}

/// A moment from which time is counted on, unless it is held there.
#[derive(Clone, Copy)]
struct Anchor {
    local: DateTime<Utc>,
    real: Instant,
    held: bool,
}

/// Holds the time where it is (or is set) until dropped.
pub struct Held<'a>(&'a LocalClock);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut anchor = lock(&self.0.anchor);
        *anchor = Anchor { real: Instant::now(), held: false, ..*anchor };
        drop(anchor);
        self.0.moved.send_replace(());
    }
}

/// What is kept between runs: the local time that it was at a real time. Time goes on at its speed
/// while the system is down, so at speed 0 it stands where it stood.
#[derive(Serialize, Deserialize)]
struct Kept {
    local: DateTime<Utc>,
    real: DateTime<Utc>,
}

/// The clock was asked to go back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock only moves forward, and it is {0} already")]
pub struct Backwards(DateTime<Utc>);

impl LocalClock {
    /// Starts at the real time, or where an earlier run left off.
    pub fn start(speed: f64, file: Option<PathBuf>) -> Self {
        let real = Utc::now();
        let kept = file.as_ref().and_then(|file| std::fs::read(file).ok());
        let local = match kept.and_then(|kept| serde_json::from_slice::<Kept>(&kept).ok()) {
            Some(kept) => kept.local + scaled((real - kept.real).to_std().unwrap_or_default(), speed),
            None => real,
        };
        let anchor = Mutex::new(Anchor { local: local.trunc_subsecs(3), real: Instant::now(), held: false });
        Self { anchor, speed, moved: watch::Sender::new(()), file }
    }

    /// Moves to a time that has not been yet.
    pub fn set(&self, to: DateTime<Utc>) -> Result<(), Backwards> {
        let mut anchor = lock(&self.anchor);
        let now = self.since(*anchor);
        if to < now {
            return Err(Backwards(now));
        }
        *anchor = Anchor { local: to.trunc_subsecs(3), real: Instant::now(), ..*anchor };
        drop(anchor);
        self.keep();
        self.moved.send_replace(());
        Ok(())
    }

    /// Holds the time, so that what falls due while the clock is moved happens at its own moment and not
    /// as much later as the work before it took.
    pub fn hold(&self) -> Held<'_> {
        let mut anchor = lock(&self.anchor);
        *anchor = Anchor { local: self.since(*anchor), held: true, ..*anchor };
        Held(self)
    }

    /// Writes the time down for the next run, where there is a folder for it.
    pub fn keep(&self) {
        let Some(file) = &self.file else { return };
        let kept = Kept { local: self.now(), real: Utc::now() };
        let written = serde_json::to_vec(&kept).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|bytes| std::fs::write(file, bytes)) {
            tracing::warn!(%error, "the time could not be written down");
        }
    }

    /// Waits until it is (or has been) this time; for ever where there is none to wait for.
    pub async fn reach(&self, moment: Option<DateTime<Utc>>) {
        let mut moved = self.moved.subscribe();
        let Some(moment) = moment else {
            return std::future::pending().await;
        };
        while let Ok(left) = (moment - self.now()).to_std()
            && !left.is_zero()
        {
            tokio::select! {
                _ = moved.changed() => {}
                () = self.pass(left) => {}
            }
        }
    }

    async fn pass(&self, local: Duration) {
        match Duration::try_from_secs_f64(local.as_secs_f64() / self.speed) {
            // Timers are no finer than this, and an early one would only spin.
            Ok(real) => tokio::time::sleep(real.max(Duration::from_millis(1))).await,
            Err(_) => std::future::pending().await,
        }
    }

    fn since(&self, Anchor { local, real, held }: Anchor) -> DateTime<Utc> {
        if held { local } else { (local + scaled(real.elapsed(), self.speed)).trunc_subsecs(3) }
    }
}

impl Clock for LocalClock {
    fn now(&self) -> DateTime<Utc> {
        self.since(*lock(&self.anchor))
    }
}

fn scaled(real: Duration, speed: f64) -> TimeDelta {
    let local = Duration::try_from_secs_f64(real.as_secs_f64() * speed).unwrap_or_default();
    TimeDelta::from_std(local).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_unless_moved_and_never_goes_back() {
        let clock = LocalClock::start(0.0, None);
        let start = clock.now();
        assert_eq!(clock.now(), start);
        let later = start + TimeDelta::days(7);
        assert_eq!(clock.set(later), Ok(()));
        assert_eq!(clock.now(), later);
        assert_eq!(clock.set(start), Err(Backwards(later)));
    }

    #[test]
    fn held_it_stands_still_and_can_be_moved_and_then_it_goes_on() {
        let clock = LocalClock::start(1e9, None);
        let held = clock.hold();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        let later = start + TimeDelta::days(7);
        clock.set(later).unwrap();
        assert_eq!(clock.now(), later);
        drop(held);
        while clock.now() == later {}
        assert!(clock.now() > later);
    }

    #[test]
    fn a_restart_goes_on_from_where_time_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("clock.json"));
        let clock = LocalClock::start(0.0, file.clone());
        let later = clock.now() + TimeDelta::days(7);
        clock.set(later).unwrap();
        assert_eq!(LocalClock::start(0.0, file.clone()).now(), later);
        assert!(LocalClock::start(1.0, file).now() >= later);
    }

    #[tokio::test]
    async fn who_waits_for_a_time_is_woken_when_it_is_moved_there() {
        let clock = LocalClock::start(0.0, None);
        let moment = clock.now() + TimeDelta::hours(1);
        let ((), moved) = tokio::join!(clock.reach(Some(moment)), async { clock.set(moment) });
        assert_eq!(moved, Ok(()));
    }
}
