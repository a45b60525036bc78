//! What a function does not decide itself: its environment, the time, jitter, and who is told of metrics.

use std::sync::Arc;

use crate::aws::Transport;
use crate::clock::{Clock, SystemClock};
use crate::environment::{Environment, Variables};
use crate::jitter::{Jitter, SystemJitter};
use crate::metrics::{EmbeddedMetrics, Metrics};

/// Everything that is injected into a function when it starts.
#[derive(Clone)]
pub struct FunctionContext {
    /// The environment variables.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for jitter.
    pub jitter: Arc<dyn Jitter>,
    /// Who is told what was counted and measured.
    pub metrics: Metrics,
    /// What the AWS clients call through, where it is not the network.
    pub transport: Option<Transport>,
}

impl FunctionContext {
    /// The process's own environment, the system's clock and real jitter; metrics go where `STACK_NAME` says.
    pub fn of_process() -> Self {
        let context = Self::of(Environment::of_process());
        let stack = context.environment.optional("STACK_NAME");
        let sink = stack.and_then(|stack| EmbeddedMetrics::start(format!("Varsling/{stack}")));
        let metrics = sink.map_or_else(Metrics::discarded, |sink| Metrics::to(Arc::new(sink)));
        Self { metrics, ..context }
    }

    /// A given environment, the system's clock and real jitter; nobody is told of metrics.
    pub fn of(environment: Environment) -> Self {
        Self {
            environment,
            clock: Arc::new(SystemClock),
            jitter: Arc::new(SystemJitter),
            metrics: Metrics::discarded(),
            transport: None,
        }
    }

    /// The same, with an environment in which only the named required variables can be read.
    #[must_use]
    pub fn limited_to(&self, names: Variables) -> Self {
        Self { environment: self.environment.limited_to(names), ..self.clone() }
    }
}
