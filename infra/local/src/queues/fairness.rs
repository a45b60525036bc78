//! Which message groups of a standard queue are noisy, by the two measures of fair queues.
//!
//! A group is noisy when it has more than a tenth of the messages in flight and at least thirty, or more than a
//! tenth of the time that consumers have spent lately.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::Message;

/// From how many messages in flight on a group can be noisy by their share.
const LEAST_IN_FLIGHT: usize = 30;
/// How long spent time counts.
const LATELY: TimeDelta = TimeDelta::minutes(5);

/// Time that was spent on a message.
struct Spent {
    until: DateTime<Utc>,
    group: Option<String>,
    millis: i64,
}

/// Some of the messages in flight, and the time spent on them.
#[derive(Clone, Copy, Default)]
struct Share {
    in_flight: usize,
    /// The sum of when each of them was received, in milliseconds.
    received: i64,
    /// What was spent lately on those that are done.
    spent: i64,
}

impl Share {
    fn time(&self, now: DateTime<Utc>) -> i64 {
        let count = i64::try_from(self.in_flight).unwrap_or(i64::MAX);
        self.spent + now.timestamp_millis() * count - self.received
    }

    fn add(&mut self, message: &Message) {
        self.in_flight += 1;
        self.received += message.received.timestamp_millis();
    }

    fn remove(&mut self, message: &Message) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.received -= message.received.timestamp_millis();
    }
}

/// Keeps count of what is in flight and what was spent.
#[derive(Default)]
pub struct Fairness {
    all: Share,
    groups: HashMap<String, Share>,
    spent: VecDeque<Spent>,
}

impl Fairness {
    /// A message was received.
    pub fn received(&mut self, message: &Message) {
        self.all.add(message);
        if let Some(group) = &message.group {
            self.groups.entry(group.clone()).or_default().add(message);
        }
    }

    /// A message is in flight no longer: it was deleted, or can be received again.
    pub fn returned(&mut self, message: &Message, now: DateTime<Utc>) {
        let millis = (now - message.received).num_milliseconds();
        self.all.remove(message);
        self.all.spent += millis;
        if let Some(share) = message.group.as_ref().and_then(|group| self.groups.get_mut(group)) {
            share.remove(message);
            share.spent += millis;
        }
        self.spent.push_back(Spent { until: now, group: message.group.clone(), millis });
    }

    /// Forgets what was spent long ago.
    pub fn forget(&mut self, now: DateTime<Utc>) {
        while let Some(old) = self.spent.pop_front_if(|spent| spent.until < now - LATELY) {
            self.all.spent -= old.millis;
            if let Some(share) = old.group.as_ref().and_then(|group| self.groups.get_mut(group)) {
                share.spent -= old.millis;
            }
        }
        self.groups.retain(|_, share| share.in_flight > 0 || share.spent > 0);
    }

    /// How many messages of a group are in flight.
    pub fn in_flight(&self, group: &str) -> usize {
        self.groups.get(group).map_or(0, |share| share.in_flight)
    }

    /// Whether messages of other groups go first.
    pub fn is_noisy(&self, group: &str, now: DateTime<Utc>) -> bool {
        let Some(share) = self.groups.get(group) else { return false };
        let by_count = share.in_flight >= LEAST_IN_FLIGHT && share.in_flight * 10 > self.all.in_flight;
        let by_time = share.time(now) * 10 > self.all.time(now);
        by_count || by_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn message(group: &str, received: i64) -> Message {
        let message = Message::new(named("email").unwrap(), at(received), TimeDelta::zero(), "x".into());
        Message { group: Some(group.into()), received: at(received), ..message }
    }

    #[test]
    fn thirty_in_flight_and_more_than_a_tenth_of_all_are_noisy() {
        let mut fairness = Fairness::default();
        (0..29).for_each(|_| fairness.received(&message("a", 0)));
        assert!(!fairness.is_noisy("a", at(0)), "it has all, but too few");
        fairness.received(&message("a", 0));
        assert!(fairness.is_noisy("a", at(0)));
        (0..269).for_each(|_| fairness.received(&message("b", 0)));
        assert!(fairness.is_noisy("a", at(0)), "30 of 299");
        fairness.received(&message("c", 0));
        assert!(!fairness.is_noisy("a", at(0)), "30 of 300");
    }

    #[test]
    fn more_than_a_tenth_of_the_time_is_noisy_until_five_minutes_later() {
        let mut fairness = Fairness::default();
        let slow = message("slow", 0);
        fairness.received(&slow);
        assert!(!fairness.is_noisy("slow", at(0)), "nothing was spent yet");
        assert!(fairness.is_noisy("slow", at(1)), "time in flight counts");
        fairness.returned(&slow, at(2));
        for _ in 0..9 {
            let other = message("other", 2);
            fairness.received(&other);
            fairness.returned(&other, at(4));
        }
        assert!(!fairness.is_noisy("slow", at(4)), "2 of 20 seconds");
        fairness.forget(at(4 + 300));
        assert!(fairness.is_noisy("other", at(4 + 300)));
        fairness.forget(at(5 + 300));
        assert!(!fairness.is_noisy("other", at(5 + 300)));
    }
}
