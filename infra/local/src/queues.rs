//! The queues: delays, visibility timeouts, receive counts and dead letters, all in local time.

use std::collections::btree_map::OccupiedEntry;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::event_sources::EventSource;

/// Where a message stands: the time from which it can be received, and a number that no other has.
pub type Place = (DateTime<Utc>, u64);

/// One message.
#[derive(Clone)]
pub struct Message {
    pub queue: &'static EventSource,
    pub id: Uuid,
    pub body: String,
    pub group: Option<String>,
    pub sent: DateTime<Utc>,
    pub receives: u32,
    /// Changes whenever it is received, so that it also is the receipt.
    pub place: Place,
    /// In how many copies it is delivered, as standard queues may.
    pub copies: usize,
}

impl Message {
    /// A message for a queue, to be seen after a delay.
    pub fn new(queue: &'static EventSource, now: DateTime<Utc>, delay: TimeDelta, body: String) -> Self {
        let (id, place) = (Uuid::new_v4(), (now + delay, 0));
        Self { queue, id, body, group: None, sent: now, receives: 0, place, copies: 1 }
    }
}

#[derive(Default)]
struct Queue {
    waiting: BTreeMap<Place, Message>,
    dead: Vec<Message>,
}

impl Queue {
    fn ready(&self, now: DateTime<Utc>) -> bool {
        self.waiting.keys().next().is_some_and(|(visible, _)| *visible <= now)
    }
}

/// All queues.
#[derive(Default)]
pub struct Queues {
    queues: HashMap<&'static str, Queue>,
    count: u64,
}

impl Queues {
    /// Puts a message on its queue.
    pub fn send(&mut self, message: &Message) {
        for _ in 0..message.copies {
            self.place(message.place.0, message.clone());
        }
    }

    fn place(&mut self, visible: DateTime<Utc>, message: Message) -> Place {
        self.count += 1;
        let place = (visible, self.count);
        let queue = self.queues.entry(message.queue.name).or_default();
        queue.waiting.insert(place, Message { place, ..message });
        place
    }

    /// Receives what can be received now, and hides it; what was received too often becomes a dead letter.
    pub fn take(&mut self, from: &EventSource, now: DateTime<Utc>) -> Vec<Message> {
        let mut batch: Vec<Message> = Vec::new();
        while batch.len() < from.batch {
            let queue = self.queues.entry(from.name).or_default();
            // Two copies of a message are two deliveries.
            let next = queue.waiting.first_entry().filter(|next| next.key().0 <= now);
            let next = next.filter(|next| batch.iter().all(|message| message.id != next.get().id));
            let Some(mut message) = next.map(OccupiedEntry::remove) else { break };
            if message.receives >= from.receives {
                tracing::warn!(queue = from.name, id = %message.id, "dead letter");
                queue.dead.push(message);
            } else {
                message.receives += 1;
                message.place = self.place(now + TimeDelta::seconds(from.visibility), message.clone());
                batch.push(message);
            }
        }
        batch
    }

    /// A message has been worked off: it is gone, unless somebody else has received it meanwhile.
    pub fn delete(&mut self, message: &Message) {
        self.queues.entry(message.queue.name).or_default().waiting.remove(&message.place);
    }

    /// Whether something can be received now.
    pub fn ready(&self, from: &EventSource, now: DateTime<Utc>) -> bool {
        self.queues.get(from.name).is_some_and(|queue| queue.ready(now))
    }

    /// Whether nothing can be received now.
    pub fn idle(&self, now: DateTime<Utc>) -> bool {
        !self.queues.values().any(|queue| queue.ready(now))
    }

    /// When the next message can be received, of those that cannot be now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = |queue: &Queue| queue.waiting.range((now, u64::MAX)..).next().map(|((at, _), _)| *at);
        self.queues.values().filter_map(after).min()
    }

    /// How many messages of a queue wait (to be received, or to be seen again) and how many are given up.
    pub fn counts(&self, name: &str) -> Value {
        let queue = self.queues.get(name);
        json!({
            "waiting": queue.map_or(0, |queue| queue.waiting.len()),
            "dead": queue.map_or(0, |queue| queue.dead.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    fn with(bodies: &[&str], delay: i64) -> (Queues, &'static EventSource) {
        let mut queues = Queues::default();
        let email = named("email").unwrap();
        for body in bodies {
            queues.send(&Message::new(email, at(0), TimeDelta::seconds(delay), (*body).into()));
        }
        (queues, email)
    }

    #[test]
    fn a_delayed_message_is_not_seen_a_second_early() {
        let (mut queues, email) = with(&["a"], 10);
        assert!(queues.take(email, at(9)).is_empty());
        assert_eq!(queues.next_visible(at(9)), Some(at(10)));
        assert!(queues.idle(at(9)) && !queues.idle(at(10)));
        assert_eq!(queues.take(email, at(10))[0].body, "a");
        assert!(queues.idle(at(10)), "it is hidden");
    }

    #[test]
    fn only_what_failed_comes_back_and_only_after_its_timeout() {
        let (mut queues, email) = with(&["good", "bad"], 0);
        let batch = queues.take(email, at(0));
        queues.delete(&batch[0]);
        assert!(queues.take(email, at(59)).is_empty());
        let again = queues.take(email, at(60));
        assert_eq!(again.len(), 1);
        assert_eq!((again[0].body.as_str(), again[0].receives), ("bad", 2));
    }

    #[test]
    fn the_fifth_failure_is_the_last() {
        let (mut queues, email) = with(&["bad"], 0);
        for attempt in 0..5 {
            assert_eq!(queues.take(email, at(attempt * 60)).len(), 1);
        }
        assert!(queues.take(email, at(300)).is_empty());
        assert_eq!(queues.counts("email"), json!({"waiting": 0, "dead": 1}));
    }

    #[test]
    fn batches_hold_ten() {
        let (mut queues, email) = with(&["x"; 11], 0);
        assert_eq!(queues.take(email, at(0)).len(), 10);
        assert_eq!(queues.take(email, at(0)).len(), 1);
    }

    #[test]
    fn who_comes_late_can_still_delete_unless_somebody_else_has_received_it() {
        let (mut queues, email) = with(&["a"], 0);
        let first = queues.take(email, at(0));
        let second = queues.take(email, at(60));
        queues.delete(&first[0]);
        assert_eq!(queues.counts("email")["waiting"], 1, "it belongs to the second one now");
        queues.delete(&second[0]);
        assert_eq!(queues.counts("email")["waiting"], 0);
    }

    #[test]
    fn copies_are_the_same_message_in_two_batches() {
        let (mut queues, email) = with(&[], 0);
        queues.send(&Message { copies: 2, ..Message::new(email, at(0), TimeDelta::zero(), "a".into()) });
        let (first, second) = (queues.take(email, at(0)), queues.take(email, at(0)));
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_eq!(first[0].id, second[0].id);
        queues.delete(&first[0]);
        queues.delete(&second[0]);
        assert_eq!(queues.counts("email"), json!({"waiting": 0, "dead": 0}));
    }
}
