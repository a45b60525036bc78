//! What Lambda's pollers and the scheduler do: hand over what is due, when it is due.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::aws::sqs;
use crate::invoker::Answer;
use crate::queues::{Message, QUEUES, Spec};
use crate::work::State;
use crate::world::{World, stamp};

/// How many invocations of one function work on queues at a time.
const CONCURRENCY: usize = 10;

/// Hands over messages for as long as the system lives.
pub async fn deliver(world: Arc<World>) {
    let mut changes = world.work.changes();
    loop {
        // Seen before looking, so that nothing that changes in between is missed.
        changes.mark_unchanged();
        for spec in &QUEUES {
            while deliver_from(&world, spec) {}
        }
        let next = world.work.look(|state| state.queues.next_visible(world.now()));
        tokio::select! {
            _ = changes.changed() => {}
            () = world.clock.reach(next) => {}
        }
    }
}

/// Hands over one batch, if there is one.
fn deliver_from(world: &World, spec: &'static Spec) -> bool {
    let now = world.now();
    let can = |state: &State| state.queues.ready(spec, now) && state.may_begin(spec.function, CONCURRENCY);
    // Looked at first: a change that changes nothing would wake the loop for ever.
    if !world.work.look(can) {
        return false;
    }
    let (batch, begun) =
        world.work.change(|state| (state.queues.take(spec, now), state.begin(spec.function)));
    let event = match batch.as_slice() {
        [message] if spec.direct => serde_json::from_str(&message.body).unwrap_or_default(),
        messages => json!({"Records": messages.iter().map(record).collect::<Vec<_>>()}),
    };
    drop(world.work.run(begun, event, move |state, answer| finish(state, spec, &batch, answer)));
    true
}

/// What was worked off is deleted; the rest will be seen again.
fn finish(state: &mut State, spec: &Spec, batch: &[Message], answer: &Answer) {
    let failed = failures(answer, batch);
    let (function, messages) = (spec.function, batch.len());
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
pub async fn tick(world: Arc<World>) {
    loop {
        let last = *world.minute.lock().await;
        world.clock.reach(Some(last + TimeDelta::minutes(1))).await;
        // Somebody may have moved the clock meanwhile and run the sweeps on the way.
        let mut minute = world.minute.lock().await;
        sweep_at(&world, &mut minute);
    }
}

/// Moves the clock forward: from one due moment to the next, in order, and each time until all is quiet.
pub async fn advance(world: &World, to: DateTime<Utc>) {
    let mut minute = world.minute.lock().await;
    let _held = world.clock.hold();
    world.settle().await;
    while let Some(next) = next_moment(world, *minute).filter(|next| *next <= to) {
        world.clock.set(next);
        sweep_at(world, &mut minute);
        world.settle().await;
    }
    world.clock.set(to);
    *minute = floor(world.now()).max(*minute);
    world.settle().await;
}

/// When something happens next: a message can be received, or a sweep finds something. The minutes at
/// which the sweeps would find nothing are skipped, which nobody can see: the table changes in
/// invocations only, none runs while all is quiet, and a sweep that finds nothing writes nothing.
fn next_moment(world: &World, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let work = world.work.look(|state| state.next(world.now()));
    let minute = next_due(world).map(|due| ceiling(due).max(last + TimeDelta::minutes(1)));
    work.into_iter().chain(minute).min()
}

fn next_due(world: &World) -> Option<DateTime<Utc>> {
    let due = world.database.next_due();
    due.inspect_err(|error| tracing::error!(%error, "what is due is not known")).ok().flatten()
}

/// Runs the sweeps if this is another minute than the last one and there is something for them.
fn sweep_at(world: &World, last: &mut DateTime<Utc>) {
    let minute = floor(world.now());
    if minute <= *last {
        return;
    }
    *last = minute;
    if next_due(world).is_none_or(|due| due > minute) {
        return;
    }
    for function in ["schedule", "fire-reminder"] {
        let (at, kind) = (stamp(minute), "Scheduled Event");
        let event = json!({"source": "aws.scheduler", "detail-type": kind, "time": at, "detail": "{}"});
        // Begun here and now, but not waited for: one that hangs must not hold up time.
        let begun = world.work.change(|state| state.begin(function));
        drop(world.work.run(begun, event, move |_, answer| match answer {
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
    use crate::queues::{Queues, spec};

    fn batch() -> Vec<Message> {
        let mut queues = Queues::default();
        let (email, now) = (spec("email").unwrap(), Utc::now());
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
