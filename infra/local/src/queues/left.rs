//! What has left a queue unprocessed: dead letters, and messages that grew too old.

use chrono::{DateTime, Utc};

use super::{Message, Place};

/// When dead letters are received, and when they are seen again.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When they are received.
    pub now: DateTime<Utc>,
    /// From when on they can be received again.
    pub again: DateTime<Utc>,
}

/// What has left a queue unprocessed.
#[derive(Default)]
pub struct Left {
    dead: Vec<Message>,
    expired: usize,
}

impl Left {
    /// Passes a message on, unless it is too old or was received too often.
    pub fn sift(&mut self, message: Message, now: DateTime<Utc>) -> Option<Message> {
        if message.is_expired(now) {
            self.expire(&message);
            return None;
        }
        if message.is_used_up() {
            self.bury(message);
            return None;
        }
        Some(message)
    }

    /// A message becomes a dead letter.
    pub fn bury(&mut self, message: Message) {
        tracing::warn!(queue = message.queue.name, id = %message.id, to = message.queue.dead_letters, "dead letter");
        self.dead.push(message);
    }

    fn expire(&mut self, message: &Message) {
        tracing::warn!(queue = message.queue.name, id = %message.id, "a message was dropped for its age");
        self.expired += 1;
    }

    /// How many dead letters there are.
    pub fn dead(&self) -> usize {
        self.dead.len()
    }

    /// Receives dead letters, and hides them until a time. Each gets a number, which is its receipt.
    pub fn take_dead(&mut self, most: usize, seen: Seen, number: &mut u64) -> Vec<Message> {
        let visible = self.dead.iter_mut().filter(|message| message.place.visible <= seen.now).take(most);
        let taken = visible.map(|message| {
            *number += 1;
            message.place = Place { visible: seen.again, number: *number };
            message.receives += 1;
            message.clone()
        });
        taken.collect()
    }

    /// Shows a dead letter again at a time.
    pub fn show_dead(&mut self, receipt: u64, at: DateTime<Utc>) -> bool {
        let message = self.dead.iter_mut().find(|message| message.place.number == receipt);
        message.map(|message| message.place.visible = at).is_some()
    }

    /// Deletes a dead letter.
    pub fn delete_dead(&mut self, receipt: u64) -> bool {
        let before = self.dead.len();
        self.dead.retain(|message| message.place.number != receipt);
        self.dead.len() < before
    }

    /// How many messages were dropped for their age.
    pub fn expired(&self) -> usize {
        self.expired
    }
}
