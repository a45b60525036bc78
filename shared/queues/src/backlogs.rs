//! How long the queues of the channels take to empty: what leases are measured by. Looked up once a minute, and only
//! where something is to be queued.

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
    backlog: TimeDelta,
}

impl BacklogReader {
    /// Of queues that empty at these rates.
    pub fn new(queues: Queues, rates: Rates) -> Self {
        Self { queues, rates, last: Arc::default() }
    }

    /// How long the queues of all channels take to empty.
    pub async fn all(&self, now: DateTime<Utc>) -> Backlogs {
        let (normal, urgent) = futures::join!(
            self.of_class(PriorityClass::Normal, now),
            self.of_class(PriorityClass::Urgent, now)
        );
        Backlogs { normal, urgent }
    }

    /// How long the queues of one class take to empty; the others count as empty.
    pub async fn of(&self, class: PriorityClass, now: DateTime<Utc>) -> Backlogs {
        let times = self.of_class(class, now).await;
        match class {
            PriorityClass::Normal | PriorityClass::Bulk => Backlogs { normal: times, ..Backlogs::default() },
            PriorityClass::Urgent => Backlogs { urgent: times, ..Backlogs::default() },
        }
    }

    async fn of_class(&self, class: PriorityClass, now: DateTime<Utc>) -> PerChannel<TimeDelta> {
        let reads = Channel::ALL.map(|channel| self.on(channel, class, now));
        let times = futures::future::join_all(reads).await;
        let found = Channel::ALL.into_iter().zip(times).collect::<Vec<_>>();
        PerChannel::by(|channel| {
            found.iter().find(|(one, _)| *one == channel).map_or(TimeDelta::zero(), |(_, time)| *time)
        })
    }

    /// A queue whose length is not known counts as empty: leases end sooner then, and copies are harmless.
    async fn on(&self, channel: Channel, class: PriorityClass, now: DateTime<Utc>) -> TimeDelta {
        let queue = QueueName::of(channel, class);
        if let Some(read) = self.last(queue).filter(|read| now < read.at + FRESH) {
            return read.backlog;
        }
        let depth = self.queues.depth(queue).await;
        let depth =
            depth.inspect_err(|error| error.log_waiting(&"the length of a queue")).unwrap_or_default();
        let backlog = time_to_send(depth, self.rates.of(channel));
        self.remembered().insert(queue, Read { at: now, backlog });
        backlog
    }

    fn last(&self, queue: QueueName) -> Option<Read> {
        self.remembered().get(&queue).copied()
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<QueueName, Read>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
