//! Starts the local system; what it can be told is in [`varsling_local::commands`].

use std::process::ExitCode;

/// A fifth of a load test's time went into the system's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    varsling_local::commands::run().await
}
