//! What Lambda's pollers and the scheduler do: hand over what is due, when it is due.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::functions::{ACCOUNT, REGION};
use crate::queues::{Batch, Message, QUEUES, Spec};
use crate::world::{World, stamp};

/// How many batches of one queue are worked on at a time.
const CONCURRENCY: usize = 10;

/// Hands over messages for as long as the system lives.
pub async fn deliver(world: Arc<World>) {
    let slots: Vec<_> = QUEUES.iter().map(|_| Arc::new(Semaphore::new(CONCURRENCY))).collect();
    let mut changes = world.work.changes();
    loop {
        // Seen before looking, so that nothing that changes in between is missed.
        changes.mark_unchanged();
        for (spec, slots) in QUEUES.iter().zip(&slots) {
            deliver_from(&world, spec, slots);
        }
        let next = world.work.look(|state| state.queues.next_visible(world.now()));
        tokio::select! {
            _ = changes.changed() => {}
            () = world.clock.reach(next) => {}
        }
    }
}

fn deliver_from(world: &Arc<World>, spec: &'static Spec, slots: &Arc<Semaphore>) {
    while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        let now = world.now();
        // Looked at first: a change that changes nothing would wake this very loop for ever.
        if world.work.look(|state| state.stopped() || !state.queues.ready(spec, now)) {
            return;
        }
        let Some(batch) = world.work.change(|state| state.queues.take(spec, now)) else {
            continue;
        };
        let world = Arc::clone(world);
        tokio::spawn(async move {
            work_off(&world, spec, &batch).await;
            drop(slot);
            world.work.change(|_| ());
        });
    }
}

async fn work_off(world: &World, spec: &Spec, batch: &Batch) {
    let event = match batch.messages.as_slice() {
        [message] if spec.direct => serde_json::from_str(&message.body).unwrap_or_default(),
        messages => json!({"Records": messages.iter().map(|m| record(spec, m)).collect::<Vec<_>>()}),
    };
    let answer = world.invoker.invoke(spec.function, event, Some(batch.clone())).await;
    let failed = failures(&answer, batch);
    let messages = batch.messages.len();
    match answer {
        Ok(_) if failed.is_empty() => tracing::info!(function = spec.function, messages, "invoked"),
        Ok(_) => tracing::warn!(function = spec.function, messages, failed = failed.len(), "partly failed"),
        Err(error) => tracing::warn!(function = spec.function, messages, %error, "failed"),
    }
    world.work.change(|state| state.queues.finish(batch, |m| failed.contains(&m.id.to_string())));
}

/// Which messages of a batch failed. As in Lambda, an answer that names a message which is not in the
/// batch fails it as a whole.
fn failures(answer: &Result<Value, String>, batch: &Batch) -> HashSet<String> {
    let all = || batch.messages.iter().map(|message| message.id.to_string()).collect::<HashSet<_>>();
    let Ok(answer) = answer else { return all() };
    let named = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named: Option<HashSet<_>> =
        named.iter().map(|failure| failure["itemIdentifier"].as_str().map(String::from)).collect();
    named.filter(|named| named.is_subset(&all())).unwrap_or_else(all)
}

fn record(spec: &Spec, message: &Message) -> Value {
    let mut attributes = json!({
        "ApproximateReceiveCount": message.receives.to_string(),
        "SentTimestamp": message.sent.timestamp_millis().to_string(),
        "SenderId": ACCOUNT,
        "ApproximateFirstReceiveTimestamp": message.sent.timestamp_millis().to_string(),
    });
    if let Some(group) = &message.group {
        attributes["MessageGroupId"] = group.as_str().into();
    }
    json!({
        "messageId": message.id,
        "receiptHandle": format!("{}#{}", message.id, message.receives),
        "body": message.body,
        "md5OfBody": crate::aws::md5(message.body.as_bytes()),
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", spec.name),
        "awsRegion": REGION,
    })
}

/// Runs the sweeps at every whole minute for as long as the system lives.
pub async fn tick(world: Arc<World>) {
    loop {
        let last = *world.minute.lock().await;
        world.clock.reach(Some(last + TimeDelta::minutes(1))).await;
        let mut minute = world.minute.lock().await;
        let now = floor(world.now());
        // Somebody may have moved the clock meanwhile and run the sweeps on the way.
        if now > *minute {
            *minute = now;
            if next_due(&world).is_some_and(|due| due <= now) {
                sweep(&world, now);
            }
        }
    }
}

/// Moves the clock forward: from one due moment to the next, in order, and each time until all is quiet.
pub async fn advance(world: &World, to: DateTime<Utc>) {
    let mut minute = world.minute.lock().await;
    let _held = world.clock.hold();
    world.settle().await;
    while let Some(next) = next_moment(world, *minute).filter(|next| *next <= to) {
        reach(world, next);
        let now = floor(world.now());
        if now > *minute && next_due(world).is_some_and(|due| due <= now) {
            *minute = now;
            sweep(world, now);
        }
        world.settle().await;
    }
    reach(world, to);
    *minute = floor(world.now()).max(*minute);
    world.settle().await;
}

/// Where time runs by itself it may have come this far already.
fn reach(world: &World, moment: DateTime<Utc>) {
    if let Err(error) = world.clock.set(moment) {
        tracing::debug!(%error, "no need to move the clock");
    }
}

/// When something happens next: a message can be received, or a sweep finds something. The minutes at
/// which the sweeps would find nothing are skipped, which nobody can see: the table changes in
/// invocations only, none runs while all is quiet, and a sweep that finds nothing writes nothing.
fn next_moment(world: &World, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let message = world.work.look(|state| state.queues.next_visible(world.now()));
    let minute = next_due(world).map(|due| ceiling(due).max(last + TimeDelta::minutes(1)));
    message.into_iter().chain(minute).min()
}

fn next_due(world: &World) -> Option<DateTime<Utc>> {
    let due = world.database.next_due();
    due.inspect_err(|error| tracing::error!(%error, "what is due is not known")).ok().flatten()
}

fn sweep(world: &World, minute: DateTime<Utc>) {
    let event = |function| {
        json!({
            "version": "0",
            "id": uuid::Uuid::new_v4(),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT,
            "time": stamp(minute),
            "region": REGION,
            "resources": [format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{function}")],
            "detail": "{}",
        })
    };
    for function in ["schedule", "fire-reminder"] {
        // Begun here and now, but not waited for: one that hangs must not hold up time.
        let swept = world.invoker.invoke(function, event(function), None);
        tokio::spawn(async move {
            match swept.await {
                Ok(_) => tracing::info!(function, "swept"),
                Err(error) => tracing::warn!(function, %error, "the sweep failed"),
            }
        });
    }
}

/// The whole minute that a time is in.
pub fn floor(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

fn ceiling(time: DateTime<Utc>) -> DateTime<Utc> {
    let floor = floor(time);
    if floor == time { time } else { floor + TimeDelta::minutes(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queues::{Queues, spec};

    fn batch() -> Batch {
        let mut queues = Queues::default();
        let now = Utc::now();
        for body in ["a", "b"] {
            queues.send(
                spec("email").unwrap(),
                now,
                TimeDelta::zero(),
                (body.into(), Some("991825827".into())),
            );
        }
        queues.take(spec("email").unwrap(), now).unwrap()
    }

    #[test]
    fn the_named_messages_failed_or_all_of_them() {
        let batch = batch();
        let first = batch.messages[0].id.to_string();
        let named = |id: &str| Ok(json!({"batchItemFailures": [{"itemIdentifier": id}]}));
        assert_eq!(failures(&named(&first), &batch), HashSet::from([first]));
        assert!(failures(&Ok(json!({"batchItemFailures": []})), &batch).is_empty());
        assert!(failures(&Ok(json!(null)), &batch).is_empty());
        assert_eq!(failures(&named("unknown"), &batch).len(), 2);
        assert_eq!(failures(&Err("no".into()), &batch).len(), 2);
    }

    #[test]
    fn a_record_is_what_the_functions_read() {
        let event = json!({"Records": [record(spec("email").unwrap(), &batch().messages[0])]});
        let event: aws_lambda_events::sqs::SqsEvent = serde_json::from_value(event).unwrap();
        assert_eq!(event.records[0].body.as_deref(), Some("a"));
        assert_eq!(event.records[0].attributes["MessageGroupId"], "991825827");
    }

    #[test]
    fn minutes_are_whole() {
        let time = DateTime::from_timestamp(90, 5).unwrap();
        assert_eq!(floor(time).timestamp(), 60);
        assert_eq!(ceiling(time).timestamp(), 120);
        assert_eq!(ceiling(floor(time)).timestamp(), 60);
    }
}
