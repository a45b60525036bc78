//! Erasing what is held about a person or an organisation.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Request;
use crate::arguments::Whose;
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Erases what is held about the one with a number. The API tries it only in a dry run.
pub async fn run(context: &Context, whose: Whose, number: &str) -> Result<Report, OpsError> {
    let member = match whose {
        Whose::Person => "nationalIdentityNumber",
        Whose::Organization => "organizationNumber",
    };
    let body = json!({member: number});
    let request = Request::of(Method::POST, "/recipients/erase").with("dryRun", &context.is_dry_run);
    let answer = context.api.ask(request.with_body(&body)).await?;
    let done = if context.is_dry_run { "would be erased" } else { "are erased" };
    let mut text =
        vec![format!("{} orders {done}, {} stay", count(&answer["erased"]), count(&answer["left"]))];
    text.extend(answer["left"].as_array().into_iter().flatten().map(why));
    Ok(Report::new(answer, text))
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn why(left: &Value) -> String {
    let [id, owner, why, until] = ["notificationOrderId", "owner", "why", "keptUntil"]
        .map(|field| left[field].as_str().unwrap_or_default());
    let why = match why {
        "UnderWay" => "is not over: take it back first (order cancel), or wait",
        "InList" => "lists others as well, and is kept for them",
        _ => "was changed at that moment: try again",
    };
    format!("{id} of {owner} {why}; it is kept until {until}")
}
