//! Logs: one JSON line for each thing that happened, ids only.

use tracing_subscriber::EnvFilter;

use crate::environment::Environment;

/// Starts logging for a process. `LOG_LEVEL` is a filter such as `info` (the default) or
/// `warn,send_email=debug`; libraries are heard from `warn` unless it names them.
pub fn start(environment: &Environment) {
    let level = environment.optional("LOG_LEVEL").unwrap_or_else(|| "info".into());
    let quiet =
        "aws_config=warn,aws_smithy_runtime=warn,hyper=warn,hyper_util=warn,lambda_runtime=warn,reqwest=warn";
    let filter = EnvFilter::builder().parse_lossy(format!("{quiet},{level}"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .init();
}
