//! How long the queues of the channels take to empty: what leases are measured by. Looked up once a minute, and only
//! where something is to be queued. SQS counts with a delay, so that what this process has queued of late is added.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Backlogs, time_to_send};
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::priority::PriorityClass;
use varsling_function::trouble::Waiting;

use crate::rates::Rates;
use crate::{QueueName, Queues};

/// How long what was looked up counts.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// Looks up how long the queues are.
#[derive(Clone)]
pub struct BacklogReader {
    queues: Queues,
    rates: Rates,
    last: Arc<Mutex<HashMap<QueueName, Read>>>,
}

#[derive(Clone, Copy)]
struct Read {
    at: DateTime<Utc>,
    depth: u64,
    /// How many messages this process had put on the queue by then.
    sent: u64,
    /// How many it had put there by the read before, if that was a moment ago: those since may not be counted yet.
    sent_before: u64,
}

impl Read {
    /// How many messages the queue holds at most, when so many have been put on it.
    fn depth_after(&self, sent: u64) -> u64 {
        self.depth + (sent - self.sent_before)
    }
}

impl BacklogReader {
    /// Of queues that empty at these rates.
    pub fn new(queues: Queues, rates: Rates) -> Self {
        Self { queues, rates, last: Arc::default() }
    }

    /// How long the queues of all channels take to empty.
    pub async fn all(&self, now: DateTime<Utc>) -> Backlogs {
        let (normal, urgent) = futures::join!(
            self.of_class(PriorityClass::Normal, Channel::ALL, now),
            self.of_class(PriorityClass::Urgent, Channel::ALL, now)
        );
        Backlogs { normal, urgent }
    }

    /// How long the queues of some channels take to empty, of one class; the others count as empty.
    pub async fn of(&self, class: PriorityClass, channels: &[Channel], now: DateTime<Utc>) -> Backlogs {
        let times = self.of_class(class, channels, now).await;
        match class {
            PriorityClass::Normal | PriorityClass::Bulk => Backlogs { normal: times, ..Backlogs::default() },
            PriorityClass::Urgent => Backlogs { urgent: times, ..Backlogs::default() },
        }
    }

    async fn of_class(
        &self,
        class: PriorityClass,
        channels: &[Channel],
        now: DateTime<Utc>,
    ) -> PerChannel<TimeDelta> {
        let reads = channels.iter().map(|channel| self.on(*channel, class, now));
        let times = futures::future::join_all(reads).await;
        let found: HashMap<_, _> = channels.iter().copied().zip(times).collect();
        PerChannel::by(|channel| found.get(&channel).copied().unwrap_or_default())
    }

    async fn on(&self, channel: Channel, class: PriorityClass, now: DateTime<Utc>) -> TimeDelta {
        let queue = QueueName::of(channel, class);
        let read = match self.last(queue).filter(|read| now < read.at + FRESH) {
            Some(read) => read,
            None => self.look_up(queue, now).await,
        };
        time_to_send(read.depth_after(self.queues.sent_to(queue)), self.rates.of(channel))
    }

    /// A queue whose length is not known counts as empty: leases end sooner then, and copies are harmless.
    async fn look_up(&self, queue: QueueName, now: DateTime<Utc>) -> Read {
        let sent = self.queues.sent_to(queue);
        let depth = self.queues.depth(queue).await;
        let depth =
            depth.inspect_err(|error| error.log_waiting(&"the length of a queue")).unwrap_or_default();
        let before = self.last(queue).filter(|read| now < read.at + FRESH * 2);
        let read = Read { at: now, depth, sent, sent_before: before.map_or(sent, |read| read.sent) };
        self.remembered().insert(queue, read);
        read
    }

    fn last(&self, queue: QueueName) -> Option<Read> {
        self.remembered().get(&queue).copied()
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<QueueName, Read>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
