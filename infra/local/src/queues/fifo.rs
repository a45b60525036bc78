//! A FIFO queue: order within a message group, one batch of a group in flight at a time, and no message twice
//! within five minutes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Message;
use super::left::Left;

/// How long a FIFO queue remembers what was sent.
const REMEMBERS: TimeDelta = TimeDelta::minutes(5);

/// What was sent under a deduplication id.
struct Sent {
    id: Uuid,
    at: DateTime<Utc>,
}

/// A FIFO queue.
#[derive(Default)]
pub struct Fifo {
    /// The messages of each group in their order, those in flight among them.
    groups: BTreeMap<String, VecDeque<Message>>,
    sent: HashMap<String, Sent>,
    pub left: Left,
}

impl Fifo {
    /// Puts a message on the queue, unless the same was sent lately; the id of what was sent.
    pub fn put(&mut self, message: Message) -> Uuid {
        self.sent.retain(|_, sent| message.sent - sent.at < REMEMBERS);
        let deduplication = message.deduplication.clone().unwrap_or_else(|| message.id.to_string());
        if let Some(sent) = self.sent.get(&deduplication) {
            return sent.id;
        }
        let id = message.id;
        self.sent.insert(deduplication, Sent { id, at: message.sent });
        self.groups.entry(message.group.clone().unwrap_or_default()).or_default().push_back(message);
        id
    }

    /// Receives what can be received now: as much as there is of the group whose turn it is, then of the next.
    pub fn take(&mut self, most: usize, now: DateTime<Utc>, number: &mut u64) -> Vec<Message> {
        let mut free: Vec<_> = self.groups.iter().filter(|(_, messages)| is_free(messages, now)).collect();
        free.sort_by_key(|(_, messages)| messages.front().map(|message| message.place));
        let free: Vec<String> = free.into_iter().map(|(group, _)| group.clone()).collect();
        let mut batch = Vec::new();
        for group in free {
            let more = self.take_group(&group, most - batch.len(), now, number);
            batch.extend(more);
        }
        batch
    }

    fn take_group(&mut self, group: &str, most: usize, now: DateTime<Utc>, number: &mut u64) -> Vec<Message> {
        let Some(messages) = self.groups.get_mut(group) else { return vec![] };
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(message) = messages.pop_front()
        {
            let Some(message) = self.left.sift(message, now) else { continue };
            *number += 1;
            taken.push(message.received(now, *number));
        }
        taken.iter().rev().for_each(|message| messages.push_front(message.clone()));
        if messages.is_empty() {
            self.groups.remove(group);
        }
        taken
    }

    /// A message has been worked off: it is gone, unless it was received again meanwhile.
    pub fn delete(&mut self, message: &Message) {
        let group = message.group.clone().unwrap_or_default();
        let Some(messages) = self.groups.get_mut(&group) else { return };
        messages.retain(|other| other.place != message.place);
        if messages.is_empty() {
            self.groups.remove(&group);
        }
    }

    /// Whether something can be received now.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        self.groups.values().any(|messages| is_free(messages, now))
    }

    /// When the next group is free, of those that are not now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let locked = self.groups.values().filter(|messages| !is_free(messages, now));
        locked.filter_map(|messages| messages.iter().map(|message| message.place.visible).max()).min()
    }

    /// How many messages there are.
    pub fn waiting(&self) -> usize {
        self.groups.values().map(VecDeque::len).sum()
    }
}

/// Whether no message of a group is in flight.
fn is_free(messages: &VecDeque<Message>, now: DateTime<Utc>) -> bool {
    messages.iter().all(|message| message.place.visible <= now)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{FIFO, at};
    use super::*;

    fn message(group: &str, body: &str, seconds: i64) -> Message {
        let message = Message::new(&FIFO, at(seconds), TimeDelta::zero(), body.into());
        Message { group: Some(group.into()), deduplication: Some(body.into()), ..message }
    }

    fn with(messages: &[(&str, &str)]) -> Fifo {
        let mut queue = Fifo::default();
        for (group, body) in messages {
            queue.put(message(group, body, 0));
        }
        queue
    }

    fn take(queue: &mut Fifo, most: usize, seconds: i64) -> Vec<Message> {
        queue.take(most, at(seconds), &mut 100)
    }

    fn bodies(batch: &[Message]) -> Vec<&str> {
        batch.iter().map(|message| message.body.as_str()).collect()
    }

    #[test]
    fn a_group_comes_in_order_and_one_batch_at_a_time() {
        let mut queue = with(&[("a", "1"), ("a", "2"), ("a", "3"), ("b", "4")]);
        let first = take(&mut queue, 2, 0);
        assert_eq!(bodies(&first), ["1", "2"]);
        assert_eq!(bodies(&take(&mut queue, 2, 0)), ["4"], "the group a has a batch in flight");
        assert!(!queue.ready(at(0)));
        for message in &first {
            queue.delete(message);
        }
        assert_eq!(bodies(&take(&mut queue, 2, 0)), ["3"]);
    }

    #[test]
    fn what_failed_comes_again_before_what_is_behind_it() {
        let mut queue = with(&[("a", "1"), ("a", "2"), ("a", "3")]);
        let first = take(&mut queue, 2, 0);
        queue.delete(&first[0]);
        assert!(take(&mut queue, 2, 59).is_empty());
        assert_eq!(queue.next_visible(at(59)), Some(at(60)));
        let again = take(&mut queue, 2, 60);
        assert_eq!((bodies(&again), again[0].receives), (vec!["2", "3"], 2));
    }

    #[test]
    fn the_same_is_not_sent_twice_within_five_minutes() {
        let mut queue = Fifo::default();
        let first = queue.put(message("a", "1", 0));
        assert_eq!(queue.put(message("a", "1", 299)), first);
        assert_eq!(queue.waiting(), 1);
        assert_ne!(queue.put(message("a", "1", 300)), first);
        assert_eq!(queue.waiting(), 2);
    }
}
