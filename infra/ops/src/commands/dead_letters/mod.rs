//! Messages that could not be worked off: how many, what they are, and sending them back.

mod explained;
mod letters;

use std::collections::HashSet;

use serde_json::{Value, json};
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};

use self::letters::{Letter, Letters};
use super::would;
use crate::arguments::DeadLetters;
use crate::context::Context;
use crate::deployment::Queue;
use crate::error::OpsError;
use crate::progress;
use crate::report::Report;

/// How many messages are shown at most.
const MOST_SHOWN: usize = 50;

/// Carries out a command.
pub async fn run(context: &Context, command: DeadLetters) -> Result<Report, OpsError> {
    match command {
        DeadLetters::List => list(context).await,
        DeadLetters::Explain { queue } => explain(context, &context.deployment.queue(&queue)?).await,
        DeadLetters::SendBack { queue, only } => {
            send_back(context, &context.deployment.queue(&queue)?, only.as_deref()).await
        }
    }
}

async fn list(context: &Context) -> Result<Report, OpsError> {
    let (mut rows, mut json, mut all) = (vec![], vec![], 0);
    for queue in context.deployment.queues() {
        let count = Letters::of(context, &queue).count().await?;
        all += count;
        rows.push(vec![queue.name.clone(), count.to_string()]);
        json.push(json!({"queue": queue.name, "deadLetters": count}));
    }
    Ok(Report::table(json!({"queues": json}), &["queue", "dead letters"], &rows).alarming_if(all > 0))
}

async fn explain(context: &Context, queue: &Queue) -> Result<Report, OpsError> {
    let letters = Letters::of(context, queue);
    let shown = letters.receive(MOST_SHOWN).await?;
    letters.show_again(&shown).await?;
    let json = json!({
        "queue": queue.name,
        "whatTheyAre": explained::what(&queue.name),
        "whatToDo": explained::what_to_do(&queue.name),
        "messages": shown.iter().map(Letter::written).collect::<Vec<_>>(),
    });
    Ok(Report::of_answer(json).alarming_if(!shown.is_empty()))
}

/// Each is sent before it is deleted, so that none is lost. One that is sent twice does what it does once.
async fn send_back(context: &Context, queue: &Queue, only: Option<&str>) -> Result<Report, OpsError> {
    let to = queue.url.as_deref().ok_or_else(|| {
        OpsError::usage(format!(
            "{} has no queue of its own: {}",
            queue.name,
            explained::what_to_do(&queue.name)
        ))
    })?;
    let letters = Letters::of(context, queue);
    let count = letters.count().await?;
    let what = format!("send {} back", only.map_or_else(|| format!("{count} messages"), String::from));
    if context.is_dry_run {
        return Ok(would(&format!("{what} to {}", queue.name), &json!({"deadLetters": count})));
    }
    record(context, queue, count).await?;
    let bar = progress::bar(count, "sent back");
    let (mut sent, mut seen, mut staying) = (0, HashSet::new(), vec![]);
    loop {
        let some = letters.receive(letters::BATCH).await?;
        let is_seen_before = some.iter().any(|letter| !seen.insert(letter.id.clone()));
        // A letter that is received twice has become visible again, or has failed again: the queue was gone through.
        if some.is_empty() || is_seen_before {
            staying.extend(some);
            break;
        }
        let (wanted, others): (Vec<_>, Vec<_>) =
            some.into_iter().partition(|letter| only.is_none_or(|only| letter.id == only));
        letters.send_to(to, &wanted).await?;
        sent += wanted.len();
        bar.inc(u64::try_from(wanted.len()).unwrap_or_default());
        staying.extend(others);
        if only.is_some() && sent > 0 {
            break;
        }
    }
    letters.show_again(&staying).await?;
    bar.finish();
    if sent == 0 {
        return Err(OpsError::usage(format!("{} has no such dead letter", queue.name)));
    }
    Ok(Report::new(
        json!({"queue": queue.name, "sentBack": sent}),
        vec![format!("{sent} messages are sent back")],
    ))
}

/// Writes down who sends back what, before it is done.
async fn record(context: &Context, queue: &Queue, count: u64) -> Result<(), OpsError> {
    let by = context.principal().await?;
    let before: Value = json!({"deadLetters": count});
    let change = AdministratorChange {
        by: Administrator::Principal(&by),
        action: AdministratorAction::SendBack,
        about: &queue.name,
        before: Some(&before),
        after: None,
        at: context.now().await?,
    };
    Ok(context.store()?.put_administrator_change(&change).await?)
}
