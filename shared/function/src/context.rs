//! What a function does not decide itself: its environment, the time, and jitter.

use std::sync::Arc;

use crate::aws::Transport;
use crate::clock::{Clock, SystemClock};
use crate::environment::{Environment, Variables};
use crate::jitter::{Jitter, SystemJitter};

/// Everything that is injected into a function when it starts.
#[derive(Clone)]
pub struct FunctionContext {
    /// The environment variables.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for jitter.
    pub jitter: Arc<dyn Jitter>,
    /// What the AWS clients call through, where it is not the network.
    pub transport: Option<Transport>,
}

impl FunctionContext {
    /// The process's own environment, the system's clock and real jitter.
    pub fn of_process() -> Self {
        Self::of(Environment::of_process())
    }

    /// A given environment, the system's clock and real jitter.
    pub fn of(environment: Environment) -> Self {
        Self { environment, clock: Arc::new(SystemClock), jitter: Arc::new(SystemJitter), transport: None }
    }

    /// The same, with an environment in which only the named required variables can be read.
    #[must_use]
    pub fn limited_to(&self, names: Variables) -> Self {
        Self { environment: self.environment.limited_to(names), ..self.clone() }
    }
}
