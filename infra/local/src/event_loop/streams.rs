//! What Lambda's pollers do with the stream: hand over batches, and note how far each shard has come.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_function::clock::Clock;

use crate::event_sources::named;
use crate::faults::Effect;
use crate::queues::Message;
use crate::runtime::State;
use crate::runtime::invoker::Answer;
use crate::simulator::Simulator;
use crate::streams::{Batch, GivenUp, Outcome, letter};

/// Hands over one batch, if there is one.
pub fn deliver_from_stream(simulator: &Simulator) -> bool {
    let (runtime, now) = (&simulator.runtime, simulator.now());
    if !runtime.look(|state| state.may_stream(now)) {
        return false;
    }
    let taken = runtime.change(|state| {
        let expired = state.streams.expire(now);
        for given_up in &expired {
            give_up(state, given_up, now);
        }
        let batch = state.streams.take(now)?;
        Some((state.begin(runtime, batch.source.function, Some(batch.source.name)), batch))
    });
    let Some((begun, batch)) = taken else { return true };
    let fault = simulator.faults.of_stream(batch.source.name);
    let records: Vec<&Value> = batch.records.iter().map(|record| &record.event).collect();
    let event = json!({ "Records": records });
    if fault == Some(Effect::Fail) {
        // The poller does not get through to the function.
        runtime.change(|state| {
            finish(state, &batch, Outcome::Failed, simulator.now());
            state.end(begun.id, begun.environment, simulator.now());
        });
    } else {
        let clock = Arc::clone(&simulator.clock);
        drop(runtime.run(begun, event, move |state, answer| {
            finish(state, &batch, outcome(&batch, answer, fault), clock.now());
        }));
    }
    true
}

fn finish(state: &mut State, batch: &Batch, outcome: Outcome, now: DateTime<Utc>) {
    let (source, records) = (batch.source.name, batch.records.len());
    tracing::info!(source, records, shard = batch.shard, ?outcome, "streamed");
    if let Some(given_up) = state.streams.finish(batch, outcome, now) {
        give_up(state, &given_up, now);
    }
}

/// Tells the destination of what was given up, if that is a queue with a consumer.
fn give_up(state: &mut State, given_up: &GivenUp, now: DateTime<Utc>) {
    tracing::warn!(source = given_up.source.name, records = given_up.discarded.records.len(), "given up");
    if let Some(queue) = given_up.source.dead_letters.and_then(named) {
        state.queues.send(&Message::new(queue, now, TimeDelta::zero(), letter(given_up).to_string()));
    }
}

/// What an answer says of a batch. As in Lambda, an answer that names a record which is not in the batch fails it
/// as a whole.
fn outcome(batch: &Batch, answer: &Answer, fault: Option<Effect>) -> Outcome {
    let Ok(answer) = answer else { return Outcome::Failed };
    let named = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    if named.is_empty() || !batch.source.reports_failures {
        return if fault == Some(Effect::Twice) { Outcome::Forgotten } else { Outcome::Done };
    }
    let places: Option<Vec<usize>> = named.iter().map(|failure| place(batch, failure)).collect();
    // From the first record that has failed, all are tried again.
    places.and_then(|places| places.into_iter().min()).map_or(Outcome::Failed, Outcome::FailedAfter)
}

/// Which record of a batch has failed.
fn place(batch: &Batch, failure: &Value) -> Option<usize> {
    batch.records.iter().position(|record| failure["itemIdentifier"] == record.number())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Change;
    use crate::streams::Streams;
    use crate::streams::tests::SOURCES;

    fn batch(source: usize) -> Batch {
        let now = Utc::now();
        let mut streams = Streams::open(&SOURCES[source..=source], None, now).unwrap();
        for word in ["1", "2", "3"] {
            let item = json!({"pk": {"S": "a"}, "tell": {"S": word}});
            let key = serde_json::from_value(json!({"pk": {"S": "a"}})).unwrap();
            let new = serde_json::from_value(item).unwrap();
            streams.take_change(&Change { key, old: None, new: Some(new) }, now);
        }
        streams.take(now).unwrap()
    }

    fn failures(numbers: &[String]) -> Value {
        let named: Vec<_> = numbers.iter().map(|number| json!({"itemIdentifier": number})).collect();
        json!({"batchItemFailures": named})
    }

    #[test]
    fn the_first_failure_is_the_checkpoint() {
        let batch = batch(0);
        let answer = Ok(failures(&[2, 1].map(|index: usize| batch.records[index].number())));
        assert_eq!(outcome(&batch, &answer, None), Outcome::FailedAfter(1));
        assert_eq!(outcome(&batch, &Ok(failures(&["7".into()])), None), Outcome::Failed, "not in the batch");
        assert_eq!(outcome(&batch, &Ok(failures(&[])), None), Outcome::Done);
        assert_eq!(outcome(&batch, &Ok(json!(null)), None), Outcome::Done);
        assert_eq!(outcome(&batch, &Err("no".into()), None), Outcome::Failed);
        assert_eq!(outcome(&batch, &Ok(failures(&[])), Some(Effect::Twice)), Outcome::Forgotten);
    }

    #[test]
    fn a_source_that_does_not_report_failures_has_none() {
        let batch = batch(1);
        let answer = Ok(failures(&[batch.records[0].number()]));
        assert_eq!(outcome(&batch, &answer, None), Outcome::Done);
    }
}
