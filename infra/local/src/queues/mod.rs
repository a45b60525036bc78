//! All queues, each of its kind, in local time.

mod fairness;
mod fifo;
mod left;
mod message;
mod retries;
mod standard;

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::event_sources::{EventSource, Kind};
use fifo::Fifo;
use left::Left;
use retries::Retries;
use standard::Standard;

pub use left::Seen;
pub use message::{Message, Place};

/// In which order a standard queue hands out what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What was sent first comes first.
    Usual,
    /// What was sent last comes first, as may happen.
    Reverse,
}

impl Order {
    /// What comes first has the lowest rank.
    fn rank(self, place: Place) -> (i64, i64) {
        let number = i64::try_from(place.number).unwrap_or(i64::MAX);
        let rank = (place.visible.timestamp_millis(), number);
        match self {
            Self::Usual => rank,
            Self::Reverse => (-rank.0, -rank.1),
        }
    }
}

enum Queue {
    Standard(Standard),
    Fifo(Fifo),
    Retries(Retries),
}

impl Queue {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Standard => Self::Standard(Standard::default()),
            Kind::Fifo => Self::Fifo(Fifo::default()),
            Kind::Asynchronous => Self::Retries(Retries::default()),
        }
    }

    fn ready(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Standard(queue) => queue.ready(now),
            Self::Fifo(queue) => queue.ready(now),
            Self::Retries(queue) => queue.ready(now),
        }
    }

    fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Standard(queue) => queue.next_visible(now),
            Self::Fifo(queue) => queue.next_visible(now),
            Self::Retries(queue) => queue.next_visible(now),
        }
    }

    fn waiting(&self) -> usize {
        match self {
            Self::Standard(queue) => queue.waiting(),
            Self::Fifo(queue) => queue.waiting(),
            Self::Retries(queue) => queue.waiting(),
        }
    }

    fn left_mut(&mut self) -> &mut Left {
        match self {
            Self::Standard(queue) => &mut queue.left,
            Self::Fifo(queue) => &mut queue.left,
            Self::Retries(queue) => &mut queue.left,
        }
    }

    fn left(&self) -> &Left {
        match self {
            Self::Standard(queue) => &queue.left,
            Self::Fifo(queue) => &queue.left,
            Self::Retries(queue) => &queue.left,
        }
    }
}

/// How many messages a queue has of each kind that SQS counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// They can be received.
    pub visible: usize,
    /// They have been received, and are not yet seen again.
    pub in_flight: usize,
    /// They are to be seen later.
    pub delayed: usize,
}

/// All queues.
#[derive(Default)]
pub struct Queues {
    queues: HashMap<&'static str, Queue>,
    number: u64,
}

impl Queues {
    /// Puts a message on its queue; the id by which it is known there.
    pub fn send(&mut self, message: &Message) -> Uuid {
        (0..message.copies).fold(message.id, |_, _| self.put(message.clone()))
    }

    fn put(&mut self, mut message: Message) -> Uuid {
        self.number += 1;
        message.place.number = self.number;
        message.place.visible = gathered(message.queue, message.place.visible);
        let id = message.id;
        match self.queue(message.queue) {
            Queue::Standard(queue) => queue.put(message),
            Queue::Fifo(queue) => return queue.put(message),
            Queue::Retries(queue) => queue.put(message),
        }
        id
    }

    fn queue(&mut self, of: &EventSource) -> &mut Queue {
        self.queues.entry(of.name).or_insert_with(|| Queue::of(of.kind))
    }

    /// Receives what can be received now, and hides it; what was received too often becomes a dead letter.
    pub fn take(&mut self, from: &EventSource, now: DateTime<Utc>, order: Order) -> Vec<Message> {
        let mut number = self.number;
        let batch = match self.queue(from) {
            Queue::Standard(queue) => queue.take(from.batch, now, order, &mut number),
            Queue::Fifo(queue) => queue.take(from.batch, now, &mut number),
            Queue::Retries(queue) => queue.take(now),
        };
        self.number = number;
        batch
    }

    /// A message has been worked off, or failed. What failed is received again after its visibility timeout.
    pub fn finish(&mut self, message: &Message, is_done: bool, now: DateTime<Utc>) {
        match self.queue(message.queue) {
            Queue::Retries(queue) => queue.finish(message, is_done, now),
            Queue::Standard(queue) if is_done => queue.delete(message, now),
            Queue::Fifo(queue) if is_done => queue.delete(message),
            Queue::Standard(_) | Queue::Fifo(_) => {}
        }
    }

    /// Whether something can be received now.
    pub fn ready(&self, from: &EventSource, now: DateTime<Utc>) -> bool {
        self.queues.get(from.name).is_some_and(|queue| queue.ready(now))
    }

    /// When the next message can be received, of those that cannot be now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.queues.values().filter_map(|queue| queue.next_visible(now)).min()
    }

    /// How many messages a queue has; of those whose kinds are not told apart, all can be received.
    pub fn depth(&self, name: &str, now: DateTime<Utc>) -> Depth {
        match self.queues.get(name) {
            None => Depth::default(),
            Some(Queue::Standard(queue)) => queue.depth(now),
            Some(queue) => Depth { visible: queue.waiting(), ..Depth::default() },
        }
    }

    /// Receives dead letters of a queue, ten at most, and hides them for a while.
    pub fn take_dead(&mut self, of: &EventSource, seen: Seen) -> Vec<Message> {
        let mut number = self.number;
        let taken = self.queue(of).left_mut().take_dead(10, seen, &mut number);
        self.number = number;
        taken
    }

    /// Shows a dead letter again; false where there is none with this receipt.
    pub fn show_dead(&mut self, of: &EventSource, receipt: u64, at: DateTime<Utc>) -> bool {
        self.queue(of).left_mut().show_dead(receipt, at)
    }

    /// Deletes a dead letter; false where there is none with this receipt.
    pub fn delete_dead(&mut self, of: &EventSource, receipt: u64) -> bool {
        self.queue(of).left_mut().delete_dead(receipt)
    }

    /// How many dead letters a queue has.
    pub fn dead(&self, of: &EventSource) -> usize {
        self.queues.get(of.name).map_or(0, |queue| queue.left().dead())
    }

    /// How many messages of a queue wait (to be received, or to be seen again) and how many are given up; where
    /// some were dropped for their age, how many.
    pub fn counts(&self, name: &str) -> Value {
        let Some(queue) = self.queues.get(name) else { return json!({"waiting": 0, "dead": 0}) };
        let mut counts = json!({"waiting": queue.waiting(), "dead": queue.left().dead()});
        if queue.left().expired() > 0 {
            counts["expired"] = queue.left().expired().into();
        }
        counts
    }
}

/// When a message is received that can be from then on: together with those that come in the same window.
fn gathered(queue: &EventSource, visible: DateTime<Utc>) -> DateTime<Utc> {
    let window = TimeDelta::seconds(queue.window.into());
    let begun = visible.duration_trunc(window).unwrap_or(visible);
    if begun < visible { begun + window } else { visible }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::event_sources::named;

    /// A FIFO queue for tests.
    pub static FIFO: EventSource = EventSource {
        name: "shards.fifo",
        function: "schedule",
        kind: Kind::Fifo,
        batch: 10,
        window: 0,
        concurrency: 10,
        visibility: 60,
        receives: 5,
        retention: 14 * 24 * 60 * 60,
        dead_letters: "shards-dead.fifo",
    };

    /// A time of tests.
    pub fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    struct Mailbox {
        queues: Queues,
        queue: &'static EventSource,
    }

    impl Mailbox {
        fn with(bodies: &[&str], delay: i64) -> Self {
            let mut mailbox = Self { queues: Queues::default(), queue: named("reports").unwrap() };
            for body in bodies {
                mailbox.send(body, None, delay);
            }
            mailbox
        }

        fn send(&mut self, body: &str, group: Option<&str>, delay: i64) {
            let message = Message::new(self.queue, at(0), TimeDelta::seconds(delay), body.into());
            self.queues.send(&Message { group: group.map(Into::into), ..message });
        }

        fn take(&mut self, seconds: i64) -> Vec<Message> {
            self.queues.take(self.queue, at(seconds), Order::Usual)
        }

        fn delete(&mut self, message: &Message, seconds: i64) {
            self.queues.finish(message, true, at(seconds));
        }

        fn counts(&self) -> Value {
            self.queues.counts(self.queue.name)
        }
    }

    fn bodies(batch: &[Message]) -> Vec<&str> {
        batch.iter().map(|message| message.body.as_str()).collect()
    }

    #[test]
    fn a_delayed_message_is_not_seen_a_second_early() {
        let mut mailbox = Mailbox::with(&["a"], 10);
        assert!(mailbox.take(9).is_empty());
        assert_eq!(mailbox.queues.next_visible(at(9)), Some(at(10)));
        assert!(!mailbox.queues.ready(mailbox.queue, at(9)));
        assert!(mailbox.queues.ready(mailbox.queue, at(10)));
        assert_eq!(mailbox.take(10)[0].body, "a");
        assert!(!mailbox.queues.ready(mailbox.queue, at(10)), "it is hidden");
    }

    #[test]
    fn only_what_failed_comes_back_and_only_after_its_timeout() {
        let mut mailbox = Mailbox::with(&["good", "bad"], 0);
        let batch = mailbox.take(0);
        mailbox.delete(&batch[0], 0);
        assert!(mailbox.take(59).is_empty());
        let again = mailbox.take(60);
        assert_eq!(again.len(), 1);
        assert_eq!((again[0].body.as_str(), again[0].receives), ("bad", 2));
    }

    #[test]
    fn the_fifth_failure_is_the_last() {
        let mut mailbox = Mailbox::with(&["bad"], 0);
        for attempt in 0..5 {
            assert_eq!(mailbox.take(attempt * 60).len(), 1);
        }
        assert!(mailbox.take(300).is_empty());
        assert_eq!(mailbox.counts(), json!({"waiting": 0, "dead": 1}));
    }

    #[test]
    fn batches_hold_ten() {
        let mut mailbox = Mailbox::with(&["x"; 11], 0);
        assert_eq!(mailbox.take(0).len(), 10);
        assert_eq!(mailbox.take(0).len(), 1);
    }

    #[test]
    fn a_late_consumer_can_still_delete_unless_another_has_received_it() {
        let mut mailbox = Mailbox::with(&["a", "b"], 0);
        let first = mailbox.take(0);
        mailbox.delete(&first[1], 61);
        let second = mailbox.take(60);
        assert_eq!(second.len(), 1);
        mailbox.delete(&first[0], 61);
        assert_eq!(mailbox.counts()["waiting"], 1, "it belongs to the second one now");
        mailbox.delete(&second[0], 61);
        assert_eq!(mailbox.counts()["waiting"], 0);
    }

    #[test]
    fn copies_are_the_same_message_in_two_batches() {
        let mut mailbox = Mailbox::with(&[], 0);
        let message = Message::new(mailbox.queue, at(0), TimeDelta::zero(), "a".into());
        mailbox.queues.send(&Message { copies: 2, ..message });
        let (first, second) = (mailbox.take(0), mailbox.take(0));
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_eq!(first[0].id, second[0].id);
        mailbox.delete(&first[0], 0);
        mailbox.delete(&second[0], 0);
        assert_eq!(mailbox.counts(), json!({"waiting": 0, "dead": 0}));
    }

    #[test]
    fn a_queue_may_hand_out_in_reverse() {
        let mut mailbox = Mailbox::with(&["1", "2", "3"], 0);
        let batch = mailbox.queues.take(mailbox.queue, at(0), Order::Reverse);
        assert_eq!(bodies(&batch), ["3", "2", "1"]);
    }

    #[test]
    fn a_message_that_is_older_than_the_retention_is_dropped_and_counted() {
        let mut mailbox = Mailbox::with(&["a"], 0);
        let fortnight = mailbox.queue.retention;
        assert!(mailbox.take(fortnight + 1).is_empty());
        assert_eq!(mailbox.counts(), json!({"waiting": 0, "dead": 0, "expired": 1}));
        let mut kept = Mailbox::with(&["a"], 0);
        assert_eq!(kept.take(fortnight).len(), 1);
    }

    #[test]
    fn a_quiet_group_goes_before_a_noisy_one_with_an_older_backlog() {
        let mut mailbox = Mailbox::with(&[], 0);
        (0..100).for_each(|_| mailbox.send("noise", Some("noisy"), 0));
        // A batch that is worked on for a second makes the group noisy by its time.
        let first = mailbox.take(0);
        mailbox.send("quiet", Some("quiet"), 1);
        assert_eq!(bodies(&mailbox.take(1))[0], "quiet");
        for message in &first {
            mailbox.delete(message, 1);
        }
        assert_eq!(bodies(&mailbox.take(1)), ["noise"; 10], "with nobody else there it is served as usual");
    }

    #[test]
    fn of_noisy_groups_the_one_with_fewer_messages_in_flight_goes_first() {
        let mut mailbox = Mailbox::with(&[], 0);
        (0..15).for_each(|_| mailbox.send("first", Some("first"), 0));
        mailbox.take(0);
        (0..15).for_each(|_| mailbox.send("second", Some("second"), 0));
        // Ten of the first are in flight; with one second on the clock both become noisy as they are received.
        let batch = mailbox.take(1);
        let of_second = batch.iter().filter(|message| message.body == "second").count();
        assert_eq!((batch.len(), of_second), (10, 10));
    }
}
