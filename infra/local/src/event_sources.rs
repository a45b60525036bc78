//! The event sources of the functions: every queue with its function and its settings, as data.

use varsling_domain::channel::Channel;

/// What kind of source it is, which decides how it orders, retries and gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A standard SQS queue: delivers at least once, in any order.
    Standard,
    /// A FIFO SQS queue: delivers in order within a message group.
    Fifo,
    /// The queue that Lambda keeps for asynchronous invocations of a function: one event is one invocation.
    Asynchronous,
}

/// One event source and the function that it invokes.
#[derive(Debug)]
pub struct EventSource {
    /// The queue's name.
    pub name: &'static str,
    /// The function that is invoked with its messages.
    pub function: &'static str,
    /// What kind of source it is.
    pub kind: Kind,
    /// How many messages one invocation gets at most.
    pub batch: usize,
    /// For how many seconds a batch is gathered (`MaximumBatchingWindowInSeconds`).
    pub window: u32,
    /// How many invocations it has under way at most (`MaximumConcurrency`).
    pub concurrency: usize,
    /// How long a received message stays hidden, in seconds.
    pub visibility: i64,
    /// How often a message is received before it becomes a dead letter.
    pub receives: u32,
    /// How long a message is kept, in seconds; an older one is dropped.
    pub retention: i64,
    /// Where its dead letters go.
    pub dead_letters: &'static str,
}

/// The longest that SQS keeps a message: 14 days.
const LONGEST_RETENTION: i64 = 14 * 24 * 60 * 60;
/// How long Lambda keeps the event of an asynchronous invocation: six hours.
const EVENT_AGE: i64 = 6 * 60 * 60;
/// A standard queue with the settings that most have.
const fn standard(name: &'static str, function: &'static str, dead_letters: &'static str) -> EventSource {
    EventSource {
        name,
        function,
        kind: Kind::Standard,
        batch: 10,
        window: 0,
        concurrency: 10,
        visibility: 60,
        receives: 5,
        retention: LONGEST_RETENTION,
        dead_letters,
    }
}

/// The asynchronous invocations of a function: one try and two retries.
const fn asynchronous(name: &'static str, function: &'static str, dead_letters: &'static str) -> EventSource {
    EventSource {
        kind: Kind::Asynchronous,
        batch: 1,
        receives: 3,
        retention: EVENT_AGE,
        ..standard(name, function, dead_letters)
    }
}

/// A queue of deliveries: few workers, which send at the channel's rate.
const fn of_channel(
    name: &'static str,
    function: &'static str,
    batch: usize,
    dead_letters: &'static str,
) -> EventSource {
    EventSource { batch, concurrency: 2, visibility: 180, ..standard(name, function, dead_letters) }
}

/// Every event source there is.
pub const QUEUES: [EventSource; 9 + 2 * Channel::COUNT] = [
    EventSource { visibility: 180, ..standard("steps", "resolve-recipients", "steps-dead") },
    of_channel("email", "send-email", 10, "email-dead"),
    of_channel("email-urgent", "send-email-urgent", 2, "email-urgent-dead"),
    of_channel("sms", "send-sms", 10, "sms-dead"),
    of_channel("sms-urgent", "send-sms-urgent", 2, "sms-urgent-dead"),
    EventSource { window: 1, ..standard("reports", "record-delivery", "reports-dead") },
    EventSource {
        kind: Kind::Fifo,
        batch: 1,
        concurrency: 8,
        visibility: 150,
        receives: 1,
        ..standard("shards.fifo", "sweep-shard", "shards-dead.fifo")
    },
    // A webhook that is down keeps its events at the heads of their groups for a day.
    EventSource {
        kind: Kind::Fifo,
        concurrency: 4,
        visibility: 300,
        receives: 400,
        ..standard("webhooks.fifo", "deliver-webhooks", "webhooks-dead.fifo")
    },
    EventSource { visibility: 180, concurrency: 2, ..standard("untold", "publish-changes", "untold-dead") },
    // A pass through the table: its start, which a schedule or an operator gives, and its segments.
    asynchronous("reconcile-start", "reconcile", "reconcile-dead"),
    EventSource {
        batch: 1,
        concurrency: 4,
        visibility: 720,
        ..standard("reconcile", "reconcile", "reconcile-dead")
    },
    asynchronous("opened", "record-opened", "opened-dead"),
    EventSource { retention: 60 * 60, ..asynchronous("sms-log", "record-delivery", "sms-log-dead") },
];

/// The event source of this name.
pub fn named(name: &str) -> Option<&'static EventSource> {
    QUEUES.iter().find(|source| source.name == name)
}

/// The event sources whose dead letters go to a queue of this name.
pub fn with_dead_letters(name: &str) -> Vec<&'static EventSource> {
    QUEUES.iter().filter(|source| source.dead_letters == name).collect()
}

impl EventSource {
    /// Whether it is a queue of SQS, which functions can send to.
    pub fn is_queue(&self) -> bool {
        matches!(self.kind, Kind::Standard | Kind::Fifo)
    }
}
