//! What everything in the local system shares.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use varsling_platform::clock::Clock;

use crate::bus::Bus;
use crate::clock::LocalClock;
use crate::database::Database;
use crate::faults::Faults;
use crate::invoker::Invoker;
use crate::issuer::Issuer;
use crate::outbox::Outbox;
use crate::queues::Spec;
use crate::registers::maskinporten::Maskinporten;
use crate::registers::people::People;
use crate::work::Work;

/// What everything in the local system shares.
pub struct World {
    pub clock: Arc<LocalClock>,
    pub work: Arc<Work>,
    pub invoker: Invoker,
    pub database: Database,
    pub bus: Bus,
    pub faults: Faults,
    pub outbox: Outbox,
    pub people: People,
    pub issuer: Issuer,
    pub maskinporten: Maskinporten,
    /// Who asks condition endpoints: redirects are not its business.
    pub http: reqwest::Client,
    /// The minute for which the sweeps ran last; held while time is moved.
    pub minute: tokio::sync::Mutex<DateTime<Utc>>,
}

impl World {
    /// The local time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The local time, as text.
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }

    /// Puts a message on a queue, to be seen at once.
    pub fn enqueue(&self, queue: &Spec, body: String) {
        let now = self.now();
        self.work.change(|state| state.queues.send(queue, now, TimeDelta::zero(), (body, None)));
    }

    /// Waits until nothing happens and nothing will before time passes.
    pub async fn settle(&self) {
        let mut changes = self.work.changes();
        while !self.work.look(|state| state.quiet(self.now())) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

/// A time, as text.
pub fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
