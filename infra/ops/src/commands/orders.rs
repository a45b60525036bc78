//! Orders of an owner.

use aws_sdk_sqs::Client;
use reqwest::Method;
use serde_json::{Value, json};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;

use super::would;
use crate::api::Request;
use crate::arguments::{OneOrder, OrderCommand};
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Carries out a command.
pub async fn run(context: &Context, command: OrderCommand) -> Result<Report, OpsError> {
    match command {
        OrderCommand::Find { reference, owner } => find(context, &reference, &owner).await,
        OrderCommand::Show(one) => Ok(Report::of_answer(ask(context, &one, "").await?)),
        OrderCommand::Timeline(one) => Ok(timeline(ask(context, &one, "/timeline").await?)),
        OrderCommand::Evidence(one) => Ok(Report::of_answer(ask(context, &one, "/evidence").await?)),
        OrderCommand::Cancel(one) => cancel(context, &one).await,
        OrderCommand::SendAgain(one) => send_again(context, &one).await,
        OrderCommand::TellAnew { id } => tell_anew(context, id).await,
    }
}

async fn find(context: &Context, reference: &str, owner: &Owner) -> Result<Report, OpsError> {
    let (mut orders, mut cursor) = (vec![], None);
    loop {
        let mut request =
            Request::get("/future/orders").with("sendersReference", &reference).with("owner", &owner);
        if let Some(cursor) = cursor.take() {
            request = request.with("cursor", &cursor);
        }
        let mut page = context.api.ask(request).await?;
        orders.extend(page["orders"].as_array_mut().map(std::mem::take).unwrap_or_default());
        cursor = page["cursor"].as_str().map(String::from);
        if cursor.is_none() {
            break;
        }
    }
    if orders.is_empty() {
        return Err(OpsError::usage(format!(
            "{owner} has no order with exactly this reference, or its order is over for longer than orders are kept"
        )));
    }
    Ok(Report::of_answer(json!({"orders": orders})))
}

async fn ask(context: &Context, one: &OneOrder, of: &str) -> Result<Value, OpsError> {
    let owner = owner(context, one).await?;
    let path = format!("/future/orders/{}{of}", id(one.id));
    let answer = context.api.find(Request::get(&path).with("owner", &owner)).await?;
    answer.ok_or_else(|| {
        OpsError::usage(format!(
            "{owner} has no order {}: is it another owner's, or over for long?",
            id(one.id)
        ))
    })
}

/// As it is said, or as the table has it.
async fn owner(context: &Context, one: &OneOrder) -> Result<Owner, OpsError> {
    if let Some(owner) = &one.owner {
        return Ok(owner.clone());
    }
    let store = context.store()?;
    if let Some(chain) = store.load_chain(one.id).await? {
        return Ok(chain.owner);
    }
    let evidence = context.evidence(&store)?.load(one.id, context.now().await?).await?;
    let evidence = evidence.ok_or_else(|| OpsError::usage(format!("there is no order {}", id(one.id))))?;
    Ok(evidence.owner)
}

fn id(order: ChainId) -> String {
    order.to_string()
}

fn timeline(answer: Value) -> Report {
    let fields = ["at", "event", "reason", "notificationId"];
    let events = answer["events"].as_array().cloned().unwrap_or_default();
    let cells =
        |event: &Value| fields.map(|field| event[field].as_str().unwrap_or_default().to_owned()).to_vec();
    let rows: Vec<_> = events.iter().map(cells).collect();
    Report::table(answer, &["when", "what", "why", "which notification"], &rows)
}

async fn cancel(context: &Context, one: &OneOrder) -> Result<Report, OpsError> {
    let (owner, id) = (owner(context, one).await?, id(one.id));
    if context.is_dry_run {
        let now = ask(context, one, "").await?;
        return Ok(would(
            &format!("take back the order {id} of {owner}, as far as it was not handed over"),
            &now,
        ));
    }
    let path = format!("/future/orders/{id}/cancel");
    let answer = context.api.ask(Request::of(Method::PUT, &path).with("owner", &owner)).await?;
    Ok(Report::of_answer(answer))
}

async fn send_again(context: &Context, one: &OneOrder) -> Result<Report, OpsError> {
    let path = format!("/future/orders/{}/send-again", id(one.id));
    let owner = owner(context, one).await?;
    let request = Request::of(Method::POST, &path).with("owner", &owner);
    Ok(Report::of_answer(context.api.ask(request.with("dryRun", &context.is_dry_run)).await?))
}

/// Puts an order on the queue of what was not told.
async fn tell_anew(context: &Context, order: ChainId) -> Result<Report, OpsError> {
    let store = context.store()?;
    if store.load_chain(order).await?.is_none() {
        return Err(OpsError::usage(format!(
            "there is no order {order}, or it is over for longer than orders are kept"
        )));
    }
    let what = format!("tell anew all of the order {order}");
    if context.is_dry_run {
        return Ok(would(&what, &Value::Null));
    }
    let queue: Client = context.sqs();
    let request = queue.send_message().queue_url(context.deployment.output("UntoldQueueUrl")?);
    let sent = request.message_body(json!({"chain": order}).to_string()).send().await;
    sent.map_err(|error| OpsError::aws("queueing", &error))?;
    Ok(Report::new(json!({"queued": order}), vec![format!("queued: {what}")]))
}
