//! A standard queue: delays, visibility timeouts and receive counts, and turns for the message groups of a fair
//! queue.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::fairness::Fairness;
use super::left::Left;
use super::{Depth, Message, Order, Place};

type Messages = BTreeMap<Place, Message>;

/// A standard queue.
#[derive(Default)]
pub struct Standard {
    /// Messages that cannot be received yet: delayed, or received and not yet seen again.
    hidden: Messages,
    /// Messages that can be received, and have no group.
    single: Messages,
    /// Messages that can be received, by their groups.
    groups: BTreeMap<String, Messages>,
    fairness: Fairness,
    pub left: Left,
}

/// A message that could be received next.
struct Candidate<'a> {
    group: Option<&'a String>,
    place: Place,
    is_noisy: bool,
    in_flight: usize,
}

impl Standard {
    /// Puts a message on the queue.
    pub fn put(&mut self, message: Message) {
        self.hidden.insert(message.place, message);
    }

    /// Receives what can be received now, and hides it.
    pub fn take(&mut self, most: usize, now: DateTime<Utc>, order: Order, number: &mut u64) -> Vec<Message> {
        self.show(now);
        let mut batch: Vec<Message> = Vec::new();
        while batch.len() < most {
            let Some(message) = self.next(&batch, now, order) else { break };
            let Some(message) = self.left.sift(message, now) else { continue };
            *number += 1;
            let message = message.received(now, *number);
            self.fairness.received(&message);
            self.hidden.insert(message.place, message.clone());
            batch.push(message);
        }
        batch
    }

    /// What has been hidden until now can be received.
    fn show(&mut self, now: DateTime<Utc>) {
        self.fairness.forget(now);
        while let Some(next) = self.hidden.first_entry().filter(|next| next.key().visible <= now) {
            let message = next.remove();
            if message.receives > 0 {
                self.fairness.returned(&message, now);
            }
            let messages = match &message.group {
                Some(group) => self.groups.entry(group.clone()).or_default(),
                None => &mut self.single,
            };
            messages.insert(message.place, message);
        }
    }

    /// Takes the message that is received next: of the quiet groups the oldest, or else one of the noisy group
    /// with the fewest in flight. Two copies of a message are two deliveries.
    fn next(&mut self, batch: &[Message], now: DateTime<Utc>, order: Order) -> Option<Message> {
        let chosen = self.candidates(batch, now, order).min_by_key(|candidate| {
            let noise = if candidate.is_noisy { candidate.in_flight } else { 0 };
            (candidate.is_noisy, noise, order.rank(candidate.place))
        })?;
        let (group, place) = (chosen.group.cloned(), chosen.place);
        let Some(group) = group else { return self.single.remove(&place) };
        let messages = self.groups.get_mut(&group)?;
        let message = messages.remove(&place);
        if messages.is_empty() {
            self.groups.remove(&group);
        }
        message
    }

    fn candidates<'a>(
        &'a self,
        batch: &'a [Message],
        now: DateTime<Utc>,
        order: Order,
    ) -> impl Iterator<Item = Candidate<'a>> {
        let single = first(&self.single, batch, order);
        let single = single.map(|place| Candidate { group: None, place, is_noisy: false, in_flight: 0 });
        let grouped = self.groups.iter().filter_map(move |(group, messages)| {
            let place = first(messages, batch, order)?;
            let (is_noisy, in_flight) = (self.fairness.is_noisy(group, now), self.fairness.in_flight(group));
            Some(Candidate { group: Some(group), place, is_noisy, in_flight })
        });
        single.into_iter().chain(grouped)
    }

    /// How many messages there are of each kind that SQS counts.
    pub fn depth(&self, now: DateTime<Utc>) -> Depth {
        let hidden = self.hidden.values().filter(|message| message.place.visible > now);
        let (in_flight, delayed): (Vec<_>, Vec<_>) = hidden.partition(|message| message.receives > 0);
        let (in_flight, delayed) = (in_flight.len(), delayed.len());
        Depth { visible: self.waiting() - in_flight - delayed, in_flight, delayed }
    }

    /// A message has been worked off: it is gone, unless somebody else has received it meanwhile.
    pub fn delete(&mut self, message: &Message, now: DateTime<Utc>) {
        if let Some(deleted) = self.hidden.remove(&message.place) {
            self.fairness.returned(&deleted, now);
            return;
        }
        // Its time was over, but nobody has received it since.
        let messages = match &message.group {
            Some(group) => self.groups.get_mut(group),
            None => Some(&mut self.single),
        };
        messages.and_then(|messages| messages.remove(&message.place));
        self.groups.retain(|_, messages| !messages.is_empty());
    }

    /// Whether something can be received now.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        let shows = self.hidden.keys().next().is_some_and(|place| place.visible <= now);
        shows || !self.single.is_empty() || !self.groups.is_empty()
    }

    /// When the next message can be received, of those that cannot be now.
    pub fn next_visible(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let after = Place { visible: now, number: u64::MAX };
        self.hidden.range(after..).next().map(|(place, _)| place.visible)
    }

    /// How many messages there are.
    pub fn waiting(&self) -> usize {
        self.hidden.len() + self.single.len() + self.groups.values().map(BTreeMap::len).sum::<usize>()
    }
}

fn first(messages: &Messages, batch: &[Message], order: Order) -> Option<Place> {
    let found = match order {
        Order::Usual => messages.values().find(|message| is_new(message, batch)),
        Order::Reverse => messages.values().rev().find(|message| is_new(message, batch)),
    };
    found.map(|message| message.place)
}

/// Whether no copy of a message is in a batch.
fn is_new(message: &Message, batch: &[Message]) -> bool {
    batch.iter().all(|taken| taken.id != message.id)
}
