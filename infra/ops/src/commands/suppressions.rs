//! Addresses that nothing is sent to any more.

use reqwest::Method;
use serde_json::json;

use super::{read, would};
use crate::Input;
use crate::api::Request;
use crate::arguments::{AddressKind, Suppressions};
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Carries out a command.
pub async fn run(context: &Context, command: Suppressions, input: Input<'_>) -> Result<Report, OpsError> {
    match command {
        Suppressions::List => list(context).await,
        Suppressions::Explain { kind } => explain(context, kind, &read(input, "the address")?).await,
        Suppressions::Lift { id } => lift(context, &id).await,
    }
}

async fn list(context: &Context) -> Result<Report, OpsError> {
    let answer = context.api.ask(Request::get("/suppressions")).await?;
    let fields = ["id", "channel", "reason", "since", "until", "notificationId"];
    let all = answer["suppressions"].as_array().cloned().unwrap_or_default();
    let rows: Vec<_> = all
        .iter()
        .map(|one| fields.map(|field| one[field].as_str().unwrap_or("for ever").to_owned()).to_vec())
        .collect();
    Ok(Report::table(answer, &["id", "channel", "reason", "since", "until", "reported of"], &rows))
}

async fn explain(context: &Context, kind: AddressKind, address: &str) -> Result<Report, OpsError> {
    let field = match kind {
        AddressKind::Email => "emailAddress",
        AddressKind::Sms => "mobileNumber",
    };
    let body = json!({field: address});
    let request = Request::of(Method::POST, "/suppressions/find").with_body(&body);
    let answer = context.api.ask(request).await?;
    let why = match answer["suppression"]["reason"].as_str() {
        None => "It is not suppressed: what is ordered goes out.",
        Some("Bounced") => {
            "The mailbox did not exist. SES suspends accounts that go on sending to such; it is tried again \
            by itself when `until` is over. Lift it if its owner says that it works now."
        }
        Some("Complaint") => "Somebody marked an e-mail as spam. Lift it only if that person asks for it.",
        Some(_) => {
            "SES had the address on the account's own list, which lifting it here does not change: \
            aws sesv2 delete-suppressed-destination."
        }
    };
    let mut report = Report::of_answer(answer);
    report.text.push(why.to_owned());
    Ok(report)
}

async fn lift(context: &Context, id: &str) -> Result<Report, OpsError> {
    if context.is_dry_run {
        return Ok(would(&format!("lift {id}"), &json!(null)));
    }
    let path = format!("/suppressions/{id}");
    context.api.ask(Request::of(Method::DELETE, &path)).await?;
    Ok(Report::new(
        json!({"lifted": id}),
        vec![format!("{id} is lifted; SES's own list is not changed by that")],
    ))
}
