//! The queues: delays, visibility timeouts, receive counts and dead letters, all in local time.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// How long a received message stays hidden, in seconds.
const VISIBILITY: i64 = 60;

/// One queue and the function that works it off.
pub struct Spec {
    /// Its name; its dead-letter queue has `-dead` after it.
    pub name: &'static str,
    /// The function that is invoked with its messages.
    pub function: &'static str,
    /// How many messages one invocation gets at most.
    pub batch: usize,
    /// How often a message is received before it becomes a dead letter.
    pub receives: u32,
    /// Whether a message is itself the function's event. That is how the retries of asynchronous
    /// invocations are kept here; in the cloud Lambda keeps them.
    pub direct: bool,
}

const fn sqs(name: &'static str, function: &'static str) -> Spec {
    Spec { name, function, batch: 10, receives: 5, direct: false }
}

const fn asynchronous(name: &'static str, function: &'static str) -> Spec {
    Spec { name, function, batch: 1, receives: 3, direct: true }
}

/// Every queue there is.
pub const QUEUES: [Spec; 6] = [
    sqs("steps", "resolve-recipients"),
    sqs("email", "send-email"),
    sqs("sms", "send-sms"),
    sqs("reports", "record-delivery"),
    asynchronous("opened", "record-opened"),
    asynchronous("sms-log", "record-delivery"),
];

/// The queue of this name.
pub fn spec(name: &str) -> Option<&'static Spec> {
    QUEUES.iter().find(|spec| spec.name == name)
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Uuid,
    pub body: String,
    pub group: Option<String>,
    pub sent: DateTime<Utc>,
    pub receives: u32,
}

/// Messages that were received together.
#[derive(Clone, Debug)]
pub struct Batch {
    pub messages: Vec<Message>,
    queue: &'static str,
    receipt: u64,
    hidden_until: DateTime<Utc>,
}

/// How many messages are where.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Now or later.
    pub waiting: usize,
    pub in_flight: usize,
    pub dead: usize,
}

#[derive(Default)]
struct Queue {
    /// By the time from which they can be received.
    waiting: BTreeMap<(DateTime<Utc>, u64), Message>,
    /// What running invocations hold, by receipt.
    taken: HashMap<u64, usize>,
    dead: Vec<Message>,
    /// How many of the next messages are delivered twice.
    twice: usize,
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
    /// Puts a message on a queue, to be seen after a delay.
    pub fn send(
        &mut self,
        to: &Spec,
        now: DateTime<Utc>,
        delay: TimeDelta,
        message: (String, Option<String>),
    ) -> Uuid {
        let (body, group) = message;
        let message = Message { id: Uuid::new_v4(), body, group, sent: now, receives: 0 };
        let id = message.id;
        self.wait(to.name, now + delay, message);
        id
    }

    fn wait(&mut self, queue: &'static str, visible: DateTime<Utc>, message: Message) {
        self.count += 1;
        self.queues.entry(queue).or_default().waiting.insert((visible, self.count), message);
    }

    /// Receives what can be received now; what was received too often becomes a dead letter.
    pub fn take(&mut self, from: &Spec, now: DateTime<Utc>) -> Option<Batch> {
        let queue = self.queues.entry(from.name).or_default();
        let mut messages = Vec::new();
        while messages.len() < from.batch {
            let Some(first) = queue.waiting.first_entry().filter(|first| first.key().0 <= now) else {
                break;
            };
            let mut message = first.remove();
            if message.receives >= from.receives {
                tracing::warn!(queue = from.name, id = %message.id, "dead letter");
                queue.dead.push(message);
            } else {
                message.receives += 1;
                messages.push(message);
            }
        }
        let again = messages.len().min(queue.twice);
        queue.twice -= again;
        for message in &messages[..again] {
            self.wait(from.name, now, message.clone());
        }
        let queue = self.queues.entry(from.name).or_default();
        self.count += 1;
        let hidden_until = now + TimeDelta::seconds(VISIBILITY);
        (!messages.is_empty()).then(|| {
            queue.taken.insert(self.count, messages.len());
            Batch { messages, queue: from.name, receipt: self.count, hidden_until }
        })
    }

    /// The invocation with a batch is over: what failed is hidden until its timeout ends, the rest is gone.
    pub fn finish(&mut self, batch: &Batch, failed: impl Fn(&Message) -> bool) {
        let Some(queue) = self.queues.get_mut(batch.queue) else {
            return;
        };
        if queue.taken.remove(&batch.receipt).is_none() {
            // It was frozen: its messages have been given back. Deleting one still counts unless
            // somebody else holds it now.
            let done = |message: &Message| batch.messages.iter().any(|m| m.id == message.id && !failed(m));
            queue.waiting.retain(|_, message| !done(message));
            return;
        }
        for message in batch.messages.iter().filter(|message| failed(message)) {
            self.wait(batch.queue, batch.hidden_until, message.clone());
        }
    }

    /// The invocation with a batch hangs: its messages will be seen again when their timeout ends.
    pub fn give_back(&mut self, batch: &Batch) {
        self.finish(batch, |_| true);
    }

    /// Whether something can be received now.
    pub fn ready(&self, from: &Spec, now: DateTime<Utc>) -> bool {
        self.queues.get(from.name).is_some_and(|queue| queue.ready(now))
    }

    /// Whether nothing is being worked on and nothing can be received now.
    pub fn idle(&self, now: DateTime<Utc>) -> bool {
        self.queues.values().all(|queue| queue.taken.is_empty() && !queue.ready(now))
    }

    /// When the next message can be received, of those that cannot be now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = |queue: &Queue| queue.waiting.range((now, u64::MAX)..).next().map(|((at, _), _)| *at);
        self.queues.values().filter_map(after).min()
    }

    /// Has the next messages of a queue delivered twice.
    pub fn deliver_twice(&mut self, from: &Spec, times: usize) {
        self.queues.entry(from.name).or_default().twice += times;
    }

    /// How many messages a queue has where.
    pub fn counts(&self, name: &str) -> Counts {
        let queue = self.queues.get(name);
        Counts {
            waiting: queue.map_or(0, |queue| queue.waiting.len()),
            in_flight: queue.map_or(0, |queue| queue.taken.values().sum()),
            dead: queue.map_or(0, |queue| queue.dead.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    fn with(bodies: &[&str], delay: i64) -> (Queues, &'static Spec) {
        let mut queues = Queues::default();
        let spec = spec("email").unwrap();
        for body in bodies {
            queues.send(spec, at(0), TimeDelta::seconds(delay), ((*body).into(), None));
        }
        (queues, spec)
    }

    #[test]
    fn a_delayed_message_is_not_seen_a_second_early() {
        let (mut queues, spec) = with(&["a"], 10);
        assert!(queues.take(spec, at(9)).is_none());
        assert_eq!(queues.next_visible(at(9)), Some(at(10)));
        assert!(queues.idle(at(9)) && !queues.idle(at(10)));
        assert_eq!(queues.take(spec, at(10)).unwrap().messages[0].body, "a");
        assert!(!queues.idle(at(10)), "a message that is worked on is not at rest");
    }

    #[test]
    fn only_what_failed_comes_back_and_only_after_its_timeout() {
        let (mut queues, spec) = with(&["good", "bad"], 0);
        let batch = queues.take(spec, at(0)).unwrap();
        queues.finish(&batch, |message| message.body == "bad");
        assert!(queues.take(spec, at(59)).is_none());
        let again = queues.take(spec, at(60)).unwrap();
        assert_eq!(again.messages.len(), 1);
        assert_eq!((again.messages[0].body.as_str(), again.messages[0].receives), ("bad", 2));
    }

    #[test]
    fn the_fifth_failure_is_the_last() {
        let (mut queues, spec) = with(&["bad"], 0);
        for attempt in 0..5 {
            let batch = queues.take(spec, at(attempt * 60)).unwrap();
            queues.finish(&batch, |_| true);
        }
        assert!(queues.take(spec, at(300)).is_none());
        assert_eq!(queues.counts("email"), Counts { waiting: 0, in_flight: 0, dead: 1 });
    }

    #[test]
    fn batches_hold_ten() {
        let (mut queues, spec) = with(&["x"; 11], 0);
        assert_eq!(queues.take(spec, at(0)).unwrap().messages.len(), 10);
        assert_eq!(queues.take(spec, at(0)).unwrap().messages.len(), 1);
        assert_eq!(queues.counts("email").in_flight, 11);
    }

    #[test]
    fn what_a_frozen_invocation_held_is_seen_again_unless_it_ends_first() {
        let (mut queues, spec) = with(&["a"], 0);
        let first = queues.take(spec, at(0)).unwrap();
        queues.give_back(&first);
        assert!(queues.idle(at(59)));
        let second = queues.take(spec, at(60)).unwrap();
        queues.finish(&first, |_| false);
        assert_eq!(queues.counts("email").in_flight, 1, "it belongs to the second invocation now");
        queues.give_back(&second);
        queues.finish(&second, |_| false);
        assert_eq!(queues.counts("email").waiting, 0);
    }

    #[test]
    fn what_is_delivered_twice_is_the_same_message_in_two_batches() {
        let (mut queues, spec) = with(&["a", "b"], 0);
        queues.deliver_twice(spec, 1);
        let first = queues.take(spec, at(0)).unwrap();
        let second = queues.take(spec, at(0)).unwrap();
        assert_eq!((first.messages.len(), second.messages.len()), (2, 1));
        assert_eq!(first.messages[0].id, second.messages[0].id);
        queues.finish(&first, |_| false);
        queues.finish(&second, |_| false);
        assert_eq!(queues.counts("email"), Counts { waiting: 0, in_flight: 0, dead: 0 });
    }
}
