//! Handling a batch of queue messages one by one: what fails comes back alone.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use futures::future::join_all;
use serde::de::DeserializeOwned;

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
}

/// Handles the messages of a batch at the same time and names those that failed, so that only they are
/// delivered again. A message that cannot be read fails until the queue moves it to its dead letters.
pub async fn each<M, E, F>(event: SqsEvent, given_up: GivenUp, handle: impl Fn(M) -> F) -> SqsBatchResponse
where
    M: DeserializeOwned,
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let failures = join_all(event.records.iter().map(|record| one(record, given_up, &handle))).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.into_iter().flatten().collect();
    response
}

async fn one<M, E, F>(
    record: &SqsMessage,
    given_up: GivenUp,
    handle: &impl Fn(M) -> F,
) -> Option<BatchItemFailure>
where
    M: DeserializeOwned,
    E: Waiting,
    F: Future<Output = Result<(), E>>,
{
    let message_id = record.message_id.clone().unwrap_or_default();
    let body = record.body.as_deref().unwrap_or_default();
    let Ok(message) = serde_json::from_str::<M>(body) else {
        tracing::error!(%message_id, "a message cannot be understood");
        return Some(failure(message_id));
    };
    // A panic costs the message that it is about, and none of its neighbours.
    let Ok(handled) = AssertUnwindSafe(handle(message)).catch_unwind().await else {
        tracing::error!(%message_id, "a message made the function panic");
        return is_left(record, given_up).then(|| failure(message_id));
    };
    let error = handled.err()?;
    error.log_waiting(&message_id);
    is_left(record, given_up).then(|| failure(message_id))
}

/// Whether a message that failed stays on its queue.
fn is_left(record: &SqsMessage, given_up: GivenUp) -> bool {
    given_up == GivenUp::ToDeadLetters || receives(record) < MOST_RECEIVES
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
    use super::*;
    use crate::store::StoreError;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn what_fails_comes_back_alone() {
        let records: Vec<Value> = ["1", "no JSON", "2", "3"]
            .iter()
            .enumerate()
            .map(|(i, body)| json!({"messageId": format!("m{i}"), "body": body}))
            .collect();
        let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
        assert_eq!(failed(event, GivenUp::ToLease).await, ["m1", "m2"]);
    }

    async fn failed(event: SqsEvent, given_up: GivenUp) -> Vec<String> {
        let handle = async |number: u32| if number == 2 { Err(StoreError::Contended) } else { Ok(()) };
        let response = each(event, given_up, handle).await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn a_panic_costs_one_message() {
        let records = ["1", "2", "3"].map(|body| json!({"messageId": body, "body": body}));
        let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
        let handle = async |number: u32| {
            assert_ne!(number, 2, "this one panics");
            Ok::<(), StoreError>(())
        };
        let response = each(event, GivenUp::ToLease, handle).await;
        let failed = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
        assert_eq!(failed.collect::<Vec<_>>(), ["2"]);
    }

    #[tokio::test]
    async fn what_is_understood_is_left_to_its_lease_before_it_becomes_a_dead_letter() {
        for (receives, given_up, fails) in
            [(3, GivenUp::ToLease, true), (4, GivenUp::ToLease, false), (5, GivenUp::ToDeadLetters, true)]
        {
            let attributes = json!({"ApproximateReceiveCount": receives.to_string()});
            let record = json!({"messageId": "m", "body": "2", "attributes": attributes});
            let event = serde_json::from_value(json!({ "Records": [record] })).unwrap();
            assert_eq!(!failed(event, given_up).await.is_empty(), fails, "{receives} {given_up:?}");
        }
    }
}
