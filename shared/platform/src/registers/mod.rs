//! The registers that recipients are looked up in, and the endpoints that conditions are asked at.

pub(crate) mod bounded;
pub mod condition;
pub mod guard;
pub mod krr;
pub mod names;
pub mod organizations;
#[cfg(test)]
pub(crate) mod tiny_server;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use bounded::Unanswered;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a look-up may take, from connecting to the last byte of the answer.
const TOTAL: Duration = Duration::from_secs(5);
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
}

/// The HTTP client for all registers, whose connections they share.
pub fn client() -> Result<Client, reqwest::Error> {
    builder().build()
}

/// What all outgoing requests have in common. A redirect would take personal data, or a question, where
/// nobody has said that it may go.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent("varsling")
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .no_proxy()
}

/// Where one register is, and how it is asked.
#[derive(Clone)]
struct Register {
    name: &'static str,
    url: String,
    client: Client,
    /// The most bytes that an answer may have.
    limit: usize,
}

impl Register {
    async fn post<T: DeserializeOwned>(&self, question: &impl Serialize) -> Result<T, RegisterError> {
        let request = self.client.post(&self.url).json(question);
        bounded::ask(request, self.limit).await.map_err(|why| self.unavailable(why))
    }

    fn unavailable(&self, why: Unanswered) -> RegisterError {
        RegisterError::Unavailable { register: self.name, why }
    }
}
