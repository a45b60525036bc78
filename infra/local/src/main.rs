//! Starts the local system; what it can be told is in [`varsling_local::cli`].

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    varsling_local::cli::run().await
}
