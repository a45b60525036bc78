//! Handling a batch of queue messages: the messages of one chain in order, chains concurrently. Only the messages that
//! fail are delivered again.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use futures::future::join_all;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::trouble::Waiting;

/// How often a message that is understood may fail before its lease takes over. One less than the queues'
/// `maxReceiveCount`: their dead letters only ever hold what could not be understood.
const MOST_RECEIVES: u32 = 4;

/// What becomes of a message that is understood but fails every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// It is dropped: the chain's lease ends, and the sweep queues the work anew.
    ToLease,
    /// It ends among the queue's dead letters, because nothing else would bring it back.
    ToDeadLetters,
    /// It is dropped as soon as it fails: its sender sends it again.
    AtOnce,
}

/// A message of a batch.
#[derive(Debug)]
pub struct Received<M> {
    /// Which; what fails is named by it.
    pub id: String,
    /// What it says.
    pub message: M,
    /// Whether it stays on its queue when it fails.
    is_left: bool,
}

/// The messages of a batch, read.
#[derive(Debug)]
pub struct Batch<M> {
    /// Those that can be read.
    pub received: Vec<Received<M>>,
    /// Those that cannot be: they fail until the queue moves them to its dead letters.
    unreadable: Vec<String>,
}

impl<M: DeserializeOwned> Batch<M> {
    /// Reads the messages of an event.
    pub fn read(event: SqsEvent, given_up: GivenUp) -> Self {
        let mut batch = Self { received: vec![], unreadable: vec![] };
        for record in event.records {
            let id = record.message_id.clone().unwrap_or_default();
            if let Ok(message) = serde_json::from_str(record.body.as_deref().unwrap_or_default()) {
                let is_left = is_left(&record, given_up);
                batch.received.push(Received { id, message, is_left });
            } else {
                tracing::error!(message_id = id, "a message cannot be understood");
                batch.unreadable.push(id);
            }
        }
        batch
    }
}

/// Handles the messages of a batch and names those that failed, so that only they are delivered again. Messages with
/// the same key are handled in the order in which they came, messages with different keys concurrently. A panic fails
/// only the message that caused it.
pub async fn each<M, K, E, F>(
    batch: Batch<M>,
    key: impl Fn(&M) -> K,
    handle: impl Fn(M) -> F,
) -> SqsBatchResponse
where
    K: PartialEq + Display,
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    handle_groups(batch, key, |messages| handle_in_order(messages, &handle)).await
}

/// Handles the messages of a batch like [`each`], but of those with the same key none after one that failed: it and they
/// are named, so that the queue keeps their order.
pub async fn each_until_one_fails<M, K, E, F>(
    batch: Batch<M>,
    key: impl Fn(&M) -> K,
    handle: impl Fn(M) -> F,
) -> SqsBatchResponse
where
    K: PartialEq + Display,
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    handle_groups(batch, key, |messages| handle_until_one_fails(messages, &handle)).await
}

/// Handles the messages of a batch that have the same key in one call, and names them all if that call fails.
pub async fn each_group<M, K, E, F>(
    batch: Batch<M>,
    key: impl Fn(&M) -> K,
    handle: impl Fn(Vec<M>) -> F,
) -> SqsBatchResponse
where
    K: PartialEq + Display,
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    handle_groups(batch, key, |messages| handle_in_one_call(messages, &handle)).await
}

/// Handles each group of messages with the same key, the groups concurrently, and names the messages that failed.
async fn handle_groups<M, K, F>(
    batch: Batch<M>,
    key: impl Fn(&M) -> K,
    handle: impl Fn(Vec<Received<M>>) -> F,
) -> SqsBatchResponse
where
    K: PartialEq + Display,
    F: Future<Output = Vec<BatchItemFailure>>,
{
    let mut failures: Vec<_> = batch.unreadable.into_iter().map(failure).collect();
    let groups = by_key(batch.received, key);
    let handled = groups.into_iter().map(|group| {
        // Every line about them says what they are about, so that one order can be followed through all logs.
        let span = tracing::error_span!("messages", subject = %group.key);
        span.in_scope(|| handle(group.messages)).instrument(span)
    });
    let failed = join_all(handled).await;
    failures.extend(failed.into_iter().flatten());
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    response
}

async fn handle_in_one_call<M, E, F>(
    received: Vec<Received<M>>,
    handle: &impl Fn(Vec<M>) -> F,
) -> Vec<BatchItemFailure>
where
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let left: Vec<_> = received.iter().filter(|one| one.is_left).map(|one| one.id.clone()).collect();
    let first = received.first().map(|one| one.id.clone()).unwrap_or_default();
    let messages = received.into_iter().map(|one| one.message).collect();
    let Ok(handled) = AssertUnwindSafe(async { handle(messages).await }).catch_unwind().await else {
        tracing::error!(message_id = first, "messages made the function panic");
        return left.into_iter().map(failure).collect();
    };
    match handled {
        Ok(()) => vec![],
        Err(error) => {
            error.log_waiting(&first);
            left.into_iter().map(failure).collect()
        }
    }
}

struct Group<M, K> {
    key: K,
    messages: Vec<Received<M>>,
}

fn by_key<M, K: PartialEq>(received: Vec<Received<M>>, key: impl Fn(&M) -> K) -> Vec<Group<M, K>> {
    let mut groups: Vec<Group<M, K>> = vec![];
    for message in received {
        let key = key(&message.message);
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.messages.push(message),
            None => groups.push(Group { key, messages: vec![message] }),
        }
    }
    groups
}

async fn handle_in_order<M, E, F>(
    received: Vec<Received<M>>,
    handle: &impl Fn(M) -> F,
) -> Vec<BatchItemFailure>
where
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let mut failures = vec![];
    for one in received {
        failures.extend(handle_one(one, handle).await);
    }
    failures
}

async fn handle_until_one_fails<M, E, F>(
    received: Vec<Received<M>>,
    handle: &impl Fn(M) -> F,
) -> Vec<BatchItemFailure>
where
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let mut received = received.into_iter();
    while let Some(one) = received.next() {
        if let Some(failed) = handle_one(one, handle).await {
            let not_handled = received.map(|one| failure(one.id));
            return std::iter::once(failed).chain(not_handled).collect();
        }
    }
    vec![]
}

async fn handle_one<M, E, F>(received: Received<M>, handle: &impl Fn(M) -> F) -> Option<BatchItemFailure>
where
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let Received { id, message, is_left } = received;
    let Ok(handled) = AssertUnwindSafe(async { handle(message).await }).catch_unwind().await else {
        tracing::error!(message_id = id, "a message made the function panic");
        return is_left.then(|| failure(id));
    };
    let error = handled.err()?;
    error.log_waiting(&id);
    is_left.then(|| failure(id))
}

/// Whether a message that failed stays on its queue.
fn is_left(record: &SqsMessage, given_up: GivenUp) -> bool {
    match given_up {
        GivenUp::ToDeadLetters => true,
        GivenUp::ToLease => receives(record) < MOST_RECEIVES,
        GivenUp::AtOnce => false,
    }
}

fn receives(record: &SqsMessage) -> u32 {
    let count = record.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn failure(message_id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message_id;
    failure
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use super::*;
    use crate::trouble::Trouble;
    use serde_json::{Value, json};

    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Refused;

    impl Waiting for Refused {
        fn trouble(&self) -> Trouble {
            Trouble::Passing
        }

        fn waits_for(&self) -> &'static str {
            "nothing"
        }
    }

    fn event(bodies: &[&str]) -> SqsEvent {
        let records: Vec<Value> =
            bodies.iter().map(|body| json!({"messageId": format!("m{body}"), "body": body})).collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn failed(response: SqsBatchResponse) -> Vec<String> {
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    async fn refuse_two(number: u32) -> Result<(), Refused> {
        if number == 2 { Err(Refused) } else { Ok(()) }
    }

    async fn panic_at_two(number: u32) -> Result<(), Refused> {
        assert_ne!(number, 2, "this one panics");
        Ok(())
    }

    /// Panics where a message with the same key is under way.
    async fn handle_alone(key: u32, under_way: &Mutex<HashSet<u32>>) -> Result<(), Refused> {
        assert!(under_way.lock().unwrap().insert(key), "another one is under way");
        tokio::task::yield_now().await;
        under_way.lock().unwrap().remove(&key);
        Ok(())
    }

    #[tokio::test]
    async fn only_failed_messages_are_delivered_again() {
        let batch = Batch::<u32>::read(event(&["1", "no JSON", "2", "3"]), GivenUp::ToLease);
        assert_eq!(failed(each(batch, |number| *number, refuse_two).await), ["mno JSON", "m2"]);
    }

    #[tokio::test]
    async fn a_panic_costs_one_message() {
        let batch = Batch::<u32>::read(event(&["1", "2", "3"]), GivenUp::ToLease);
        assert_eq!(failed(each(batch, |number| *number, panic_at_two).await), ["m2"]);
    }

    #[tokio::test]
    async fn messages_of_one_chain_come_one_after_the_other() {
        let batch = Batch::<u32>::read(event(&["1", "11", "21", "2"]), GivenUp::ToLease);
        let under_way = Mutex::new(HashSet::new());
        let response =
            each(batch, |number| number % 10, |number| handle_alone(number % 10, &under_way)).await;
        assert!(failed(response).is_empty());
    }

    #[tokio::test]
    async fn what_is_understood_is_left_to_its_lease_before_it_becomes_a_dead_letter() {
        for (receives, given_up, fails) in [
            (3, GivenUp::ToLease, true),
            (4, GivenUp::ToLease, false),
            (5, GivenUp::ToDeadLetters, true),
            (1, GivenUp::AtOnce, false),
        ] {
            let attributes = json!({"ApproximateReceiveCount": receives.to_string()});
            let record = json!({"messageId": "m", "body": "2", "attributes": attributes});
            let event = serde_json::from_value(json!({ "Records": [record] })).unwrap();
            let response = each(Batch::read(event, given_up), |number| *number, refuse_two).await;
            assert_eq!(!failed(response).is_empty(), fails, "{receives} {given_up:?}");
        }
    }
}
