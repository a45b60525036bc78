//! One message of a queue, and where it stands in it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::event_sources::EventSource;

/// Where a message stands: the time from which it can be received, and a number that no other has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From when on it can be received.
    pub visible: DateTime<Utc>,
    /// Its number, which is its receipt as well.
    pub number: u64,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The queue that it is on.
    pub queue: &'static EventSource,
    /// Its id, which all its copies have.
    pub id: Uuid,
    /// Its text.
    pub body: String,
    /// The message group: an order of its own in a FIFO queue, a tenant in a standard one.
    pub group: Option<String>,
    /// By what a FIFO queue knows that it was sent before.
    pub deduplication: Option<String>,
    /// When it was sent.
    pub sent: DateTime<Utc>,
    /// How often it has been received.
    pub receives: u32,
    /// Changes whenever it is received.
    pub place: Place,
    /// When it was received last.
    pub received: DateTime<Utc>,
    /// In how many copies it is delivered, as standard queues may.
    pub copies: usize,
}

impl Message {
    /// A message for a queue, to be seen after a delay.
    pub fn new(queue: &'static EventSource, now: DateTime<Utc>, delay: TimeDelta, body: String) -> Self {
        let (id, place) = (Uuid::new_v4(), Place { visible: now + delay, number: 0 });
        let (group, deduplication) = (None, None);
        Self {
            queue,
            id,
            body,
            group,
            deduplication,
            sent: now,
            receives: 0,
            place,
            received: now,
            copies: 1,
        }
    }

    /// The same, received once more and hidden until it is seen again.
    pub fn received(self, now: DateTime<Utc>, number: u64) -> Self {
        let visible = now + TimeDelta::seconds(self.queue.visibility);
        Self { receives: self.receives + 1, received: now, place: Place { visible, number }, ..self }
    }

    /// Whether it has been received as often as it may be.
    pub fn is_used_up(&self) -> bool {
        self.receives >= self.queue.receives
    }

    /// Whether it is older than its queue keeps messages.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now - self.sent > TimeDelta::seconds(self.queue.retention)
    }
}
