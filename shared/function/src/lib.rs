//! What every function needs: its environment, time and jitter, its logs, its deadline,
//! the AWS clients' configuration, batches of messages, and how it says that it has to wait.

pub mod aws;
pub mod clock;
pub mod consume;
pub mod context;
pub mod decisions;
pub mod environment;
pub mod jitter;
pub mod lambda;
pub mod metrics;
pub mod telemetry;
pub mod trouble;
