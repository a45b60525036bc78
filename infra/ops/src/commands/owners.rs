//! Owners and their settings.

use reqwest::Method;
use serde_json::Value;
use varsling_domain::identity::Owner;

use super::would;
use crate::api::Request;
use crate::arguments::OwnerCommand;
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Carries out a command.
pub async fn run(context: &Context, command: OwnerCommand) -> Result<Report, OpsError> {
    match command {
        OwnerCommand::Show(one) => Ok(Report::of_answer(settings(context, &one.owner).await?)),
        OwnerCommand::Block(one) => set_blocked(context, &one.owner, true).await,
        OwnerCommand::Unblock(one) => set_blocked(context, &one.owner, false).await,
        OwnerCommand::Usage { owner, from, to } => {
            let path = format!("/owners/{owner}/usage");
            let days = [("from", from), ("to", to)];
            let request = days.into_iter().filter_map(|(name, day)| Some((name, day?)));
            let request = request.fold(Request::get(&path), |request, (name, day)| request.with(name, &day));
            Ok(Report::of_answer(context.api.ask(request).await?))
        }
    }
}

async fn settings(context: &Context, owner: &Owner) -> Result<Value, OpsError> {
    context.api.ask(Request::get(&format!("/owners/{owner}"))).await
}

/// A PUT replaces all settings, so that they are read before.
async fn set_blocked(context: &Context, owner: &Owner, is_blocked: bool) -> Result<Report, OpsError> {
    let mut settings = settings(context, owner).await?;
    if settings["blocked"].as_bool().unwrap_or_default() == is_blocked {
        let state = if is_blocked { "blocked already" } else { "not blocked" };
        return Err(OpsError::usage(format!("{owner} is {state}")));
    }
    if context.is_dry_run {
        let what = if is_blocked { "block" } else { "unblock" };
        return Ok(would(&format!("{what} {owner}"), &settings));
    }
    settings["blocked"] = is_blocked.into();
    let path = format!("/owners/{owner}");
    let request = Request::of(Method::PUT, &path).with_body(&settings);
    Ok(Report::of_answer(context.api.ask(request).await?))
}
