//! What is held, and what becomes of what was under way when the table was lost.

use reqwest::Method;
use serde_json::{Value, json};
use varsling_domain::deployment::Scope;

use super::would;
use crate::api::Request;
use crate::arguments::{Rule, Settle};
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// What is held.
pub async fn show(context: &Context) -> Result<Report, OpsError> {
    Ok(Report::of_answer(known(context).await?))
}

/// Holds a scope.
pub async fn hold(context: &Context, scope: &Scope, reason: &str) -> Result<Report, OpsError> {
    if context.is_dry_run {
        return Ok(would(&format!("hold {scope}"), &known(context).await?));
    }
    let (path, body) = (format!("/holds/{scope}"), json!({"reason": reason}));
    let request = Request::of(Method::PUT, &path).with_body(&body);
    Ok(Report::of_answer(context.api.ask(request).await?))
}

/// Releases a scope.
pub async fn release(context: &Context, scope: &Scope) -> Result<Report, OpsError> {
    let now = known(context).await?;
    if !is_held(&now, scope) {
        return Err(OpsError::usage(format!("{scope} is not held; `varsling-ops holds` shows what is")));
    }
    if context.is_dry_run {
        return Ok(would(&format!("release {scope}"), &now));
    }
    let path = format!("/holds/{scope}");
    Ok(Report::of_answer(context.api.ask(Request::of(Method::DELETE, &path)).await?))
}

/// Settles what was under way.
pub async fn settle(context: &Context, settle: &Settle) -> Result<Report, OpsError> {
    let body = settlement(settle);
    if context.is_dry_run {
        return Ok(would(&format!("settle as {body}"), &known(context).await?));
    }
    let request = Request::of(Method::PUT, "/settlement").with_body(&body);
    Ok(Report::of_answer(context.api.ask(request).await?))
}

async fn known(context: &Context) -> Result<Value, OpsError> {
    context.api.ask(Request::get("/holds")).await
}

fn is_held(deployment: &Value, scope: &Scope) -> bool {
    let holds = deployment["holds"].as_array().into_iter().flatten();
    holds.into_iter().any(|hold| hold["scope"] == scope.to_string())
}

fn settlement(settle: &Settle) -> Value {
    let rules: Vec<_> = settle.rules.iter().map(written).collect();
    let mut body = json!({"rules": rules, "otherwise": settle.otherwise.name()});
    if let Some(until) = settle.until {
        body["until"] = json!(until);
    }
    body
}

fn written(rule: &Rule) -> Value {
    json!({
        "owner": rule.owner.as_str(),
        "plannedBefore": rule.planned_before,
        "decision": rule.decision.name(),
    })
}
