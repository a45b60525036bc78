//! The queue that Lambda keeps for the asynchronous invocations of a function: an event is tried again after a
//! minute and after two more.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::left::Left;
use super::{Message, Place};

/// How long after a failure an event is tried again, in seconds.
const DELAYS: [i64; 2] = [60, 120];

/// The events of a function.
#[derive(Default)]
pub struct Retries {
    waiting: BTreeMap<Place, Message>,
    under_way: HashMap<Uuid, usize>,
    pub left: Left,
}

impl Retries {
    /// Puts an event on the queue.
    pub fn put(&mut self, message: Message) {
        self.waiting.insert(message.place, message);
    }

    /// Takes the next event that is due.
    pub fn take(&mut self, now: DateTime<Utc>) -> Vec<Message> {
        while let Some(next) = self.waiting.first_entry().filter(|next| next.key().visible <= now) {
            let message = next.remove();
            // What is too old is given up as if it had failed.
            if message.is_expired(now) {
                self.left.bury(message);
                continue;
            }
            *self.under_way.entry(message.id).or_default() += 1;
            return vec![Message { receives: message.receives + 1, ..message }];
        }
        vec![]
    }

    /// An event was handled, or failed.
    pub fn finish(&mut self, message: &Message, is_done: bool, now: DateTime<Utc>) {
        self.under_way.remove(&message.id);
        if is_done {
            return;
        }
        let tries = usize::try_from(message.receives).unwrap_or(usize::MAX);
        match DELAYS.get(tries - 1) {
            Some(delay) if !message.is_used_up() => {
                let place = Place { visible: now + TimeDelta::seconds(*delay), ..message.place };
                self.put(Message { place, ..message.clone() });
            }
            _ => self.left.bury(message.clone()),
        }
    }

    /// Whether an event is due.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        self.waiting.keys().next().is_some_and(|place| place.visible <= now)
    }

    /// When the next event is due, of those that are not now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = Place { visible: now, number: u64::MAX };
        self.waiting.range(after..).next().map(|(place, _)| place.visible)
    }

    /// How many events there are.
    pub fn waiting(&self) -> usize {
        self.waiting.len() + self.under_way.values().sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::at;
    use super::*;
    use crate::event_sources::named;

    #[test]
    fn a_failed_event_is_tried_again_after_a_minute_and_two_more() {
        let mut queue = Retries::default();
        queue.put(Message::new(named("opened").unwrap(), at(0), TimeDelta::zero(), "{}".into()));
        for (due, next) in [(0, Some(60)), (60, Some(180)), (180, None)] {
            let event = queue.take(at(due));
            assert_eq!((event.len(), queue.waiting()), (1, 1));
            assert!(queue.take(at(due)).is_empty());
            queue.finish(&event[0], false, at(due));
            assert_eq!(queue.next_visible(at(due)), next.map(at));
        }
        assert_eq!((queue.waiting(), queue.left.dead()), (0, 1));
    }

    #[test]
    fn an_event_that_is_too_old_is_given_up() {
        let mut queue = Retries::default();
        queue.put(Message::new(named("sms-log").unwrap(), at(0), TimeDelta::zero(), "{}".into()));
        assert!(queue.take(at(60 * 60 + 1)).is_empty());
        assert_eq!((queue.waiting(), queue.left.dead()), (0, 1));
    }
}
