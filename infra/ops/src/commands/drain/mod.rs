//! How much is due and queued, how old it is, and when it will have left.

mod forecast;

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures::{StreamExt, TryStreamExt, stream};
use varsling_domain::chain::Space;
use varsling_store::{Overdue, Shard};

use self::forecast::{Backlog, OnQueue, Rates};
use crate::context::Context;
use crate::deployment::Queue;
use crate::error::OpsError;
use crate::progress;
use crate::report::Report;

/// How many questions are asked at the same time.
const CONCURRENCY: usize = 16;

/// Looks once, or again and again until nothing is left.
pub async fn run(context: &Context, watch: Option<u64>) -> Result<Report, OpsError> {
    let first = look(context).await?;
    let Some(seconds) = watch else { return Ok(first.report(&rates(context))) };
    let bar = progress::bar(first.all(), "left");
    let mut now = first;
    while now.all() > 0 {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            stopped = tokio::signal::ctrl_c() => {
                stopped.map_err(|error| OpsError::usage(error.to_string()))?;
                break;
            }
        }
        let next = look(context).await?;
        bar.set_length(bar.length().unwrap_or_default().max(next.all()));
        bar.set_position(bar.length().unwrap_or_default() - next.all());
        bar.println(next.since(&now));
        now = next;
    }
    bar.finish();
    Ok(now.report(&rates(context)))
}

fn rates(context: &Context) -> Rates {
    Rates { email: rate(context, "EmailRate"), sms: rate(context, "SmsRate") }
}

fn rate(context: &Context, parameter: &str) -> Option<u64> {
    context.deployment.parameter(parameter)?.parse().ok()
}

async fn look(context: &Context) -> Result<Backlog, OpsError> {
    let (store, now) = (context.store()?, context.now().await?);
    let shards = Space::ALL.into_iter().flat_map(|space| store.shards(space)).collect::<Vec<Shard>>();
    let overdue = stream::iter(shards.into_iter().map(|shard| store.overdue(shard, now)));
    let overdue: Vec<Overdue> = overdue.buffer_unordered(CONCURRENCY).try_collect().await?;
    let queues = context.deployment.queues().into_iter().filter(|queue| queue.url.is_some());
    let queues = stream::iter(queues.map(|queue| depth(context, queue)));
    let mut queues: Vec<_> = queues.buffer_unordered(CONCURRENCY).try_collect().await?;
    queues.sort();
    Ok(Backlog {
        due: overdue.iter().map(|one| one.chains).sum(),
        since: overdue.iter().filter_map(|one| one.since).min(),
        queues,
        at: now,
    })
}

async fn depth(context: &Context, queue: Queue) -> Result<OnQueue, OpsError> {
    let names = [
        Attribute::ApproximateNumberOfMessages,
        Attribute::ApproximateNumberOfMessagesNotVisible,
        Attribute::ApproximateNumberOfMessagesDelayed,
    ];
    let client = context.sqs();
    let request = client.get_queue_attributes().set_queue_url(queue.url);
    let answer = request.set_attribute_names(Some(names.to_vec())).send().await;
    let answer = answer.map_err(|error| OpsError::aws("asking how long a queue is", &error))?;
    let [waiting, under_way, delayed] = names.map(|name| {
        let count = answer.attributes().and_then(|all| all.get(&name));
        count.and_then(|count| count.parse().ok()).unwrap_or_default()
    });
    Ok(OnQueue { name: queue.name, waiting, under_way, delayed })
}
