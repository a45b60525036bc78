//! The registers that recipients are looked up in, and the endpoints that conditions are asked at.

pub(crate) mod bounded;
mod breaker;
pub mod condition;
pub mod decisions;
pub mod external;
pub mod guard;
mod headers;
pub mod krr;
pub mod names;
pub mod organizations;
pub mod personal;
mod register;
#[cfg(test)]
pub(crate) mod tiny_server;
mod together;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use varsling_domain::capabilities::Capability;

pub use bounded::Unanswered;
pub use headers::Headers;
pub use register::{Line, Place};
pub use together::{Batched, Together};

use crate::surroundings::Surroundings;
use crate::trouble::{Trouble, Waiting};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one call may take, from connecting to the last byte of the answer.
const TOTAL: Duration = Duration::from_secs(4);
/// How long an unused connection is kept: shorter than the registers' own patience, so that a look-up is
/// not sent on a connection that has just been closed.
const IDLE: Duration = Duration::from_secs(30);

/// A register cannot tell. Whatever the reason (a missing access is ours to repair, an answer that makes
/// no sense is theirs), the notification waits and the register is asked again.
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

/// The HTTP client for all who are asked and trusted, whose connections they share.
pub fn client() -> Result<Client, reqwest::Error> {
    builder(TOTAL).build()
}

impl Line {
    /// New connections, and the function's own time and chance.
    pub fn open(surroundings: &Surroundings) -> Result<Self, reqwest::Error> {
        let client = client()?;
        Ok(Self { client, clock: surroundings.clock.clone(), chance: surroundings.chance.clone() })
    }

    /// The client that all share.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

/// What all outgoing requests have in common. A redirect would take personal data, or a question, where
/// nobody has said that it may go.
pub(crate) fn builder(total: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent("varsling")
        .connect_timeout(CONNECT)
        .timeout(total)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .no_proxy()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::environment::Environment;
    use std::sync::Arc;

    /// What registers under test are called by.
    pub fn line() -> Line {
        let environment = Environment::of(std::collections::BTreeMap::new());
        let chance = Arc::new(|| 0.0);
        Line::open(&Surroundings { chance, ..Surroundings::of(environment) }).unwrap()
    }

    /// An open register.
    pub fn place(url: String) -> Place {
        Place::open(url)
    }
}
