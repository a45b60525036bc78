//! The commands, a file for each kind.

mod changes;
mod dead_letters;
mod doctor;
mod drain;
mod erase;
mod export;
mod holds;
mod notices;
mod orders;
mod owners;
mod quarantine;
mod suppressions;

use serde_json::{Value, json};

use crate::Input;
use crate::arguments::Command;
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Carries out a command.
pub async fn run(context: &Context, command: Command, input: Input<'_>) -> Result<Report, OpsError> {
    match command {
        Command::Doctor => Box::pin(doctor::run(context)).await,
        Command::Drain { watch } => drain::run(context, watch).await,
        Command::DeadLetters(command) => dead_letters::run(context, command).await,
        Command::Order(command) => orders::run(context, command).await,
        Command::Suppressions(command) => suppressions::run(context, command, input).await,
        Command::Holds => holds::show(context).await,
        Command::Hold { scope, reason } => holds::hold(context, &scope, &reason).await,
        Command::Release { scope } => holds::release(context, &scope).await,
        Command::Settle(settle) => holds::settle(context, &settle).await,
        Command::Owner(command) => owners::run(context, command).await,
        Command::Notices { whose, from } => {
            notices::run(context, whose, &read(input, "the number")?, from).await
        }
        Command::Erase { whose } => erase::run(context, whose, &read(input, "the number")?).await,
        Command::Export { owner, to, after } => {
            export::run(context, &export::Export { owner, path: to, after }).await
        }
        Command::Quarantine(command) => quarantine::run(context, command).await,
        Command::Changes { from } => changes::run(context, from).await,
    }
}

/// What a dry run says in place of a change.
fn would(what: &str, now: &Value) -> Report {
    let text = vec![format!("would {what}; nothing is changed")];
    Report::new(json!({"dryRun": true, "would": what, "now": now}), text)
}

/// What is written on standard input, without the spaces around it.
fn read(input: Input<'_>, what: &str) -> Result<String, OpsError> {
    let mut text = String::new();
    let read = input.read_to_string(&mut text);
    read.map_err(|error| OpsError::File { path: "standard input".to_owned(), why: error.to_string() })?;
    let text = text.trim().to_owned();
    if text.is_empty() { Err(OpsError::usage(format!("write {what} to standard input"))) } else { Ok(text) }
}
