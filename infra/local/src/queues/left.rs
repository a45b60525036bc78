//! What has left a queue unprocessed: dead letters, and messages that grew too old.

use chrono::{DateTime, Utc};

use super::Message;

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

    /// How many messages were dropped for their age.
    pub fn expired(&self) -> usize {
        self.expired
    }
}
