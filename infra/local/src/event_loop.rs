//! What Lambda's pollers and the scheduler do: hand over what is due, when it is due.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::aws::sqs;
use crate::event_sources::{EventSource, Kind, QUEUES};
use crate::invoker::Answer;
use crate::queues::Message;
use crate::runtime::State;
use crate::simulator::{Simulator, stamp};

/// Hands over messages for as long as the system lives.
pub async fn deliver(simulator: Arc<Simulator>) {
    let mut changes = simulator.runtime.changes();
    loop {
        // Seen before looking, so that nothing that changes in between is missed.
        changes.mark_unchanged();
        for source in &QUEUES {
            while deliver_from(&simulator, source) {}
        }
        let next = simulator.runtime.look(|state| state.queues.next_visible(simulator.now()));
        tokio::select! {
            _ = changes.changed() => {}
            () = simulator.clock.reach(next) => {}
        }
    }
}

/// Hands over one batch, if there is one.
fn deliver_from(simulator: &Simulator, source: &'static EventSource) -> bool {
    let now = simulator.now();
    let can = |state: &State| {
        state.queues.ready(source, now) && state.may_begin(source.function, source.concurrency)
    };
    // Looked at first: a change that changes nothing would wake the loop for ever.
    if !simulator.runtime.look(can) {
        return false;
    }
    let (batch, begun) =
        simulator.runtime.change(|state| (state.queues.take(source, now), state.begin(source.function)));
    let event = match batch.as_slice() {
        [message] if source.kind == Kind::Asynchronous => {
            serde_json::from_str(&message.body).unwrap_or_default()
        }
        messages => json!({"Records": messages.iter().map(record).collect::<Vec<_>>()}),
    };
    drop(simulator.runtime.run(begun, event, move |state, answer| finish(state, source, &batch, answer)));
    true
}

/// What was worked off is deleted; the rest will be seen again.
fn finish(state: &mut State, source: &EventSource, batch: &[Message], answer: &Answer) {
    let failed = failures(answer, batch);
    let (function, messages) = (source.function, batch.len());
    match answer {
        Ok(_) => tracing::info!(function, messages, failed = failed.len(), "invoked"),
        Err(error) => tracing::warn!(function, messages, %error, "failed"),
    }
    let done = batch.iter().filter(|message| !failed.contains(&message.id.to_string()));
    done.for_each(|message| state.queues.delete(message));
}

/// Which messages of a batch failed. As in Lambda, an answer that names a message which is not in the
/// batch fails it as a whole.
fn failures(answer: &Answer, batch: &[Message]) -> HashSet<String> {
    let all = || batch.iter().map(|message| message.id.to_string()).collect::<HashSet<_>>();
    let Ok(answer) = answer else { return all() };
    let named = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Option<HashSet<_>> =
        named.iter().map(|failure| failure["itemIdentifier"].as_str().map(String::from)).collect();
    named.filter(|named| named.is_subset(&all())).unwrap_or_else(all)
}

fn record(message: &Message) -> Value {
    let mut attributes = json!({
        "ApproximateReceiveCount": message.receives.to_string(),
        "SentTimestamp": message.sent.timestamp_millis().to_string(),
    });
    if let Some(group) = &message.group {
        attributes["MessageGroupId"] = group.as_str().into();
    }
    json!({
        "messageId": message.id,
        "body": message.body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": sqs::arn(message.queue),
    })
}

/// Runs the sweeps at every whole minute for as long as the system lives.
pub async fn tick(simulator: Arc<Simulator>) {
    loop {
        let last = *simulator.minute.lock().await;
        simulator.clock.reach(Some(last + TimeDelta::minutes(1))).await;
        // Somebody may have moved the clock meanwhile and run the sweeps on the way.
        let mut minute = simulator.minute.lock().await;
        sweep_at(&simulator, &mut minute);
    }
}

/// Moves the clock forward: from one due moment to the next, in order, and each time until the system is idle.
pub async fn advance(simulator: &Simulator, to: DateTime<Utc>) {
    let mut minute = simulator.minute.lock().await;
    let _held = simulator.clock.hold();
    simulator.until_idle().await;
    while let Some(next) = next_moment(simulator, *minute).filter(|next| *next <= to) {
        simulator.clock.set(next);
        sweep_at(simulator, &mut minute);
        simulator.until_idle().await;
    }
    simulator.clock.set(to);
    *minute = floor(simulator.now()).max(*minute);
    simulator.until_idle().await;
}

/// When something happens next: a message can be received, or a sweep finds something. The minutes at
/// which the sweeps would find nothing are skipped, which nobody can see: the table changes in
/// invocations only, none runs while the system is idle, and a sweep that finds nothing writes nothing.
fn next_moment(simulator: &Simulator, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let work = simulator.runtime.look(|state| state.next(simulator.now()));
    let minute = next_due(simulator).map(|due| ceiling(due).max(last + TimeDelta::minutes(1)));
    work.into_iter().chain(minute).min()
}

fn next_due(simulator: &Simulator) -> Option<DateTime<Utc>> {
    let due = simulator.database.next_due();
    due.inspect_err(|error| tracing::error!(%error, "what is due is not known")).ok().flatten()
}

/// Runs the sweeps if this is another minute than the last one and there is something for them.
fn sweep_at(simulator: &Simulator, last: &mut DateTime<Utc>) {
    let minute = floor(simulator.now());
    if minute <= *last {
        return;
    }
    *last = minute;
    if next_due(simulator).is_none_or(|due| due > minute) {
        return;
    }
    for function in ["schedule", "fire-reminder"] {
        let (at, kind) = (stamp(minute), "Scheduled Event");
        let event = json!({"source": "aws.scheduler", "detail-type": kind, "time": at, "detail": "{}"});
        // Begun here and now, but not waited for: one that hangs must not hold up time.
        let begun = simulator.runtime.change(|state| state.begin(function));
        drop(simulator.runtime.run(begun, event, move |_, answer| match answer {
            Ok(_) => tracing::info!(function, "swept"),
            Err(error) => tracing::warn!(function, %error, "the sweep failed"),
        }));
    }
}

/// The whole minute that a time is in.
pub fn floor(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// The first whole minute that is not before a time (which is in whole milliseconds).
fn ceiling(time: DateTime<Utc>) -> DateTime<Utc> {
    floor(time + TimeDelta::minutes(1) - TimeDelta::milliseconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;
    use crate::queues::Queues;

    fn batch() -> Vec<Message> {
        let mut queues = Queues::default();
        let (email, now) = (named("email").unwrap(), Utc::now());
        for body in ["a", "b"] {
            let message = Message::new(email, now, TimeDelta::zero(), body.into());
            queues.send(&Message { group: Some("991825827".into()), ..message });
        }
        queues.take(email, now)
    }

    #[test]
    fn the_named_messages_failed_or_all_of_them() {
        let batch = batch();
        let first = batch[0].id.to_string();
        let named = |id: &str| Ok(json!({"batchItemFailures": [{"itemIdentifier": id}]}));
        assert_eq!(failures(&named(&first), &batch), HashSet::from([first]));
        assert!(failures(&Ok(json!({"batchItemFailures": []})), &batch).is_empty());
        assert!(failures(&Ok(json!(null)), &batch).is_empty());
        assert_eq!(failures(&named("unknown"), &batch).len(), 2);
        assert_eq!(failures(&Err("no".into()), &batch).len(), 2);
    }

    #[test]
    fn a_record_is_what_the_functions_read() {
        let event = json!({"Records": [record(&batch()[0])]});
        let event: aws_lambda_events::sqs::SqsEvent = serde_json::from_value(event).unwrap();
        assert_eq!(event.records[0].body.as_deref(), Some("a"));
        assert_eq!(event.records[0].attributes["MessageGroupId"], "991825827");
    }

    #[test]
    fn minutes_are_whole() {
        let time = DateTime::from_timestamp(90, 5_000_000).unwrap();
        assert_eq!(floor(time).timestamp(), 60);
        assert_eq!(ceiling(time).timestamp(), 120);
        assert_eq!(ceiling(floor(time)).timestamp(), 60);
    }
}
