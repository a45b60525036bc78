//! The registers that recipients are looked up in, and the endpoints that conditions are asked at.

mod breaker;
mod coalescing;
pub mod condition;
pub mod decisions;
pub mod external;
mod headers;
pub mod krr;
pub mod look_up;
pub mod maskinporten;
pub mod names;
pub mod organizations;
pub mod personal;
mod profile;
mod register;

use reqwest::Client;
use varsling_domain::capabilities::Capability;
use varsling_function::lambda::StartError;
use varsling_outgoing_http::Unanswered;

pub use coalescing::{Batched, Coalesced};
pub use register::{Endpoint, HttpContext};

use varsling_function::context::FunctionContext;
use varsling_function::trouble::{Trouble, Waiting};

/// A register gave no usable answer. Whatever the reason (missing access, which is ours to repair, or an unusable
/// answer, which is theirs), the shipment waits and the register is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// No usable answer came.
    #[error("the {register} register is unavailable: {why}")]
    Unavailable {
        /// The register.
        register: &'static str,
        /// What came instead.
        why: Unanswered,
    },
    /// The invocation has no more time to wait for an answer.
    #[error("no register answered before the invocation's deadline")]
    OutOfTime,
    /// The deployment has no such register any more.
    #[error("{0}")]
    Missing(Capability),
}

impl Waiting for RegisterError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Unavailable { why, .. } => why.trouble(),
            Self::OutOfTime => Trouble::Passing,
            Self::Missing(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Unavailable { register, .. } => register,
            Self::OutOfTime => "registers",
            Self::Missing(_) => "configuration",
        }
    }
}

impl HttpContext {
    /// New connections, and the function's own time and jitter.
    pub fn open(context: &FunctionContext) -> Result<Self, StartError> {
        let client = varsling_outgoing_http::client()?;
        Ok(Self {
            client,
            clock: context.clock.clone(),
            jitter: context.jitter.clone(),
            metrics: context.metrics.clone(),
        })
    }

    /// The client that all share.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::Arc;
    use varsling_function::environment::Environment;

    /// What registers under test are called by.
    pub fn http() -> HttpContext {
        let environment = Environment::of(std::collections::BTreeMap::new());
        let jitter = Arc::new(|| 0.0);
        HttpContext::open(&FunctionContext { jitter, ..FunctionContext::of(environment) }).unwrap()
    }

    /// An open register.
    pub fn endpoint(url: String) -> Endpoint {
        Endpoint::open(url)
    }
}
