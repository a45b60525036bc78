//! What a function does not decide itself: its environment, the time, and chance.

use std::sync::Arc;

use crate::aws::Transport;
use crate::chance::{Chance, SystemChance};
use crate::clock::{Clock, SystemClock};
use crate::environment::Environment;

/// Everything that is injected into a function when it starts.
#[derive(Clone)]
pub struct Surroundings {
    /// The environment variables.
    pub environment: Environment,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for jitter.
    pub chance: Arc<dyn Chance>,
    /// What the AWS clients call through, where it is not the network.
    pub transport: Option<Transport>,
}

impl Surroundings {
    /// The process's own environment, the system's clock and real chance.
    pub fn of_process() -> Self {
        Self::of(Environment::of_process())
    }

    /// A given environment, the system's clock and real chance.
    pub fn of(environment: Environment) -> Self {
        Self { environment, clock: Arc::new(SystemClock), chance: Arc::new(SystemChance), transport: None }
    }

    /// The same, with an environment in which only the named required variables can be read.
    #[must_use]
    pub fn limited_to(&self, names: &'static [&'static str]) -> Self {
        Self { environment: self.environment.limited_to(names), ..self.clone() }
    }
}
