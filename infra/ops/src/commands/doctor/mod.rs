//! What is missing before going live, or has stopped being there.

mod facts;
mod findings;

use serde_json::json;

use self::facts::Facts;
use self::findings::{Finding, State, findings};
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Asks the account and the deployment, and says what is missing.
pub async fn run(context: &Context) -> Result<Report, OpsError> {
    let facts = Box::pin(Facts::gather(context)).await;
    let all = findings(&facts, &context.deployment);
    let rows: Vec<_> = all.iter().map(row).collect();
    let json: Vec<_> = all.iter().map(written).collect();
    let is_alarming = all.iter().any(|finding| finding.state == State::Missing);
    Ok(Report::table(json!({"findings": json}), &["", "what", "what to do"], &rows).alarming_if(is_alarming))
}

fn row(finding: &Finding) -> Vec<String> {
    vec![finding.state.name().to_owned(), finding.what.clone(), finding.todo.clone()]
}

fn written(finding: &Finding) -> serde_json::Value {
    json!({"state": finding.state.name(), "what": finding.what, "toDo": finding.todo})
}
