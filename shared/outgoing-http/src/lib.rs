//! HTTP requests to others: the client for those who are trusted, answers that are bounded, and the guard for addresses
//! that a caller chose.

mod bounded;
pub mod guard;
mod roots;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use varsling_function::lambda::StartError;

pub use bounded::{Answered, Unanswered, ask, ask_or_redirect, fetch};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one call may take, from connecting to the last byte of the answer.
const TOTAL: Duration = Duration::from_secs(4);
/// How long an unused connection is kept: shorter than the registers' own idle timeouts, so that a look-up is
/// not sent on a connection that has just been closed.
const IDLE: Duration = Duration::from_secs(30);

/// The HTTP client for all who are asked and trusted, whose connections they share.
pub fn client() -> Result<Client, StartError> {
    build(builder(TOTAL))
}

/// Builds a client, or says that the function cannot start without it.
pub fn build(builder: ClientBuilder) -> Result<Client, StartError> {
    let tls = roots::tls().map_err(|error| StartError::HttpClient(error.to_string()))?;
    let client = builder.tls_backend_preconfigured(tls).build();
    client.map_err(|error| StartError::HttpClient(error.to_string()))
}

/// What all outgoing requests have in common. A redirect would take personal data, or a question, where
/// nobody has said that it may go.
pub fn builder(total: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent("varsling")
        .connect_timeout(CONNECT)
        .timeout(total)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .no_proxy()
}
