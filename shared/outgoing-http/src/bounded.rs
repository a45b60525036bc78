//! Asking for JSON over HTTP, with a bound on what is read: a stranger's answer must not fill the memory.

use std::error::Error;

use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use varsling_domain::order::condition::NotPermitted;
use varsling_function::trouble::Trouble;

/// Why a request came to nothing. It never says what was asked or what was answered: both are personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The URL, or where its name leads, is not one that may be asked.
    #[error("not permitted: {0}")]
    NotPermitted(NotPermitted),
    /// It took too long.
    #[error("timed out")]
    TimedOut,
    /// There was no connection.
    #[error("not reached")]
    NotReached,
    /// The connection was lost on the way.
    #[error("broken off")]
    BrokenOff,
    /// A status other than success.
    #[error("answered with status {0}")]
    Status(u16),
    /// The body is larger than the limit.
    #[error("answered with too many bytes")]
    TooLarge,
    /// The body is not the JSON that was expected.
    #[error("answered with nonsense")]
    Nonsense,
    /// An answer that leaves the question open.
    #[error("has not decided")]
    Undecided,
    /// There was no access token.
    #[error("not asked: no access token")]
    NoToken,
    /// It was not called: the circuit breaker is open.
    #[error("not asked: left alone for a while")]
    LeftAlone,
}

impl Unanswered {
    /// Whether the failure is transient, so that a retry at once is worth while. A timeout is not: it has used up the time.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::NotReached | Self::BrokenOff | Self::Status(401 | 429 | 500 | 502..=504))
    }

    /// Whether anybody must do something before the same question is answered: a register that does not answer
    /// will, one that does not take our question (or gives an answer that we cannot read) will not by itself.
    pub fn trouble(self) -> Trouble {
        match self {
            // Why there is no token has been logged, as what it is.
            Self::TimedOut
            | Self::NotReached
            | Self::BrokenOff
            | Self::Undecided
            | Self::NoToken
            | Self::LeftAlone
            | Self::Status(408 | 429 | 500..) => Trouble::Passing,
            Self::NotPermitted(_) | Self::Status(_) | Self::TooLarge | Self::Nonsense => Trouble::Ours,
        }
    }

    /// Whether it shows that the register is failing, rather than that it refuses this question.
    pub fn is_trouble(self) -> bool {
        self == Self::TimedOut || self == Self::NoToken || self.is_passing()
    }
}

impl From<reqwest::Error> for Unanswered {
    fn from(error: reqwest::Error) -> Self {
        match refusal(&error) {
            Some(refused) => Self::NotPermitted(refused),
            None if error.is_timeout() => Self::TimedOut,
            None if error.is_connect() => Self::NotReached,
            None => Self::BrokenOff,
        }
    }
}

/// The guard's refusal during name resolution, if that is what failed.
fn refusal(error: &reqwest::Error) -> Option<NotPermitted> {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref::<NotPermitted>().copied())
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered<T> {
    /// The JSON of the answer.
    Value(T),
    /// Another place to ask, which nobody has asked yet.
    Redirect {
        /// The status that says so.
        status: u16,
        /// The place, as it was written.
        location: String,
    },
}

/// Sends a request and reads the JSON of its answer. A redirect is no answer.
pub async fn ask<T: DeserializeOwned>(request: RequestBuilder, limit: usize) -> Result<T, Unanswered> {
    match ask_or_redirect(request, limit).await? {
        Answered::Value(value) => Ok(value),
        Answered::Redirect { status, .. } => Err(Unanswered::Status(status)),
    }
}

/// Sends a request and reads whatever it is answered with. A redirect is no answer.
pub async fn fetch(request: RequestBuilder, limit: usize) -> Result<Vec<u8>, Unanswered> {
    let response = request.send().await?;
    if !response.status().is_success() {
        return Err(Unanswered::Status(response.status().as_u16()));
    }
    let limit_in_header = response.content_length().is_some_and(|length| length > limit as u64);
    if limit_in_header { Err(Unanswered::TooLarge) } else { read(response, limit).await }
}

/// The same for who decides about redirects.
pub async fn ask_or_redirect<T: DeserializeOwned>(
    request: RequestBuilder,
    limit: usize,
) -> Result<Answered<T>, Unanswered> {
    let response = request.header(ACCEPT, "application/json").send().await?;
    let status = response.status();
    if status.is_success() {
        return Ok(Answered::Value(parsed(&read(response, limit).await?)?));
    }
    match response.headers().get(LOCATION).and_then(|location| location.to_str().ok()) {
        Some(location) if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) => {
            Ok(Answered::Redirect { status: status.as_u16(), location: location.to_owned() })
        }
        _ => Err(Unanswered::Status(status.as_u16())),
    }
}

/// What a body says, with or without a byte order mark before it.
fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unanswered> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    // The parser's message would repeat the value that it could not read.
    serde_json::from_slice(body).map_err(|_| Unanswered::Nonsense)
}

/// Reads a body of at most so many bytes, and stops reading there.
async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Unanswered> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Err(Unanswered::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_before_an_answer_is_passed_over() {
        assert_eq!(parsed::<bool>("\u{feff}false".as_bytes()), Ok(false));
        assert_eq!(parsed::<bool>(b"false"), Ok(false));
        assert_eq!(parsed::<bool>("\u{feff}\u{feff}false".as_bytes()), Err(Unanswered::Nonsense));
    }

    #[test]
    fn a_register_that_is_down_is_waited_for_and_one_that_refuses_us_is_ours_to_mend() {
        use Unanswered::{BrokenOff, LeftAlone, NoToken, Nonsense, NotReached, Status, TimedOut, TooLarge};
        for why in
            [TimedOut, NotReached, BrokenOff, NoToken, LeftAlone, Status(429), Status(500), Status(503)]
        {
            assert_eq!(why.trouble(), Trouble::Passing, "{why}");
        }
        for why in [Status(400), Status(401), Status(403), Status(404), Status(302), Nonsense, TooLarge] {
            assert_eq!(why.trouble(), Trouble::Ours, "{why}");
        }
    }
    use varsling_test_server::{Reply, TinyServer};

    async fn asked(reply: Reply, limit: usize) -> Result<Vec<u8>, Unanswered> {
        let server = TinyServer::replying(reply).await;
        ask(crate::client().unwrap().get(server.url()), limit).await
    }

    #[tokio::test]
    async fn an_answer_may_have_as_many_bytes_as_the_limit_and_no_more() {
        assert_eq!(asked(Reply::ok("[1,2]"), 5).await, Ok(vec![1, 2]));
        assert_eq!(asked(Reply::ok("[1,2]"), 4).await, Err(Unanswered::TooLarge));
    }

    #[tokio::test]
    async fn an_answer_of_unknown_length_is_bounded_too() {
        assert_eq!(asked(Reply::ok("[1,2]").without_length(), 5).await, Ok(vec![1, 2]));
        assert_eq!(asked(Reply::ok("[1,2]").without_length(), 4).await, Err(Unanswered::TooLarge));
    }

    #[tokio::test]
    async fn anything_but_success_is_no_answer() {
        for status in [302, 400, 401, 404, 429, 500, 503] {
            assert_eq!(asked(Reply::status(status), 5).await, Err(Unanswered::Status(status)));
        }
    }

    #[tokio::test]
    async fn nonsense_and_what_breaks_off_are_no_answers() {
        assert_eq!(asked(Reply::ok("<html>"), 100).await, Err(Unanswered::Nonsense));
        assert_eq!(asked(Reply::ok(""), 100).await, Err(Unanswered::Nonsense));
        assert_eq!(asked(Reply::ok("[1").promising(100), 100).await, Err(Unanswered::BrokenOff));
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_not_reached() {
        let request = crate::client().unwrap().get(TinyServer::gone().await);
        assert_eq!(ask::<Vec<u8>>(request, 5).await, Err(Unanswered::NotReached));
    }
}
