//! `varsling-ops`: see `varsling-ops help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    varsling_ops::main().await
}
