//! The operator's tool: what is wrong with a deployment, what it has to do, and the changes that an administrator makes.
//!
//! Orders, holds and settings go through the API, with an administrator's token, so that the API's rules and records hold.
//! Queues, the due index and the account's settings are asked of AWS.

mod api;
mod arguments;
mod commands;
mod context;
mod deployment;
mod error;
mod parsing;
mod progress;
mod report;

use std::ffi::OsStr;
use std::io::Read;
use std::process::ExitCode;

use clap::Parser;

pub use arguments::Cli;
use context::Context;
pub use error::OpsError;
pub use report::Report;

/// What an operator writes, as on standard input.
pub type Input<'a> = &'a mut (dyn Read + Send);

/// Carries out what the command line says, and prints what came of it.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_json = cli.target.json;
    match run(cli, &mut std::io::stdin()).await {
        Ok(report) => report.print(is_json),
        Err(error) => {
            eprintln!("{error}");
            error.exit_code()
        }
    }
}

/// What a command line says; how it is said right where it says nothing that there is.
pub fn parse<T: AsRef<OsStr>>(arguments: impl IntoIterator<Item = T>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments.into_iter().map(|argument| argument.as_ref().to_owned()))
}

/// Carries out a command. What must not stand on a command line is read from the input.
pub async fn run(cli: Cli, input: Input<'_>) -> Result<Report, OpsError> {
    let context = Context::open(&cli.target).await?;
    commands::run(&context, cli.command, input).await
}
