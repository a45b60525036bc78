//! One register: where it is, what its calls carry, and what is done when they fail.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use varsling_function::clock::Clock;
use varsling_function::jitter::Jitter;
use varsling_outgoing_http::{self as outgoing_http, Unanswered};

use super::RegisterError;
use super::breaker::Breaker;
use crate::headers::RenewedHeaders;
use crate::maskinporten::Tokens;

/// How often a call with a transient failure is retried at once. A shipment for which it still fails waits
/// minutes, not milliseconds.
const RETRIES: u32 = 2;
/// The pause before the first retry; it doubles.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a call may take with its token, its pauses and its retries. A step that asks a condition and
/// then four registers, each as slow as this, still ends within its function's thirty seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the calls of all registers share: connections, time and jitter.
#[derive(Clone)]
pub struct HttpContext {
    pub(super) client: Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) jitter: Arc<dyn Jitter>,
}

/// Where a register is and which tokens its calls carry; none where it is open.
#[derive(Clone)]
pub struct Endpoint {
    /// The URL of its look-up.
    pub url: String,
    /// The tokens.
    pub tokens: Option<Tokens>,
    /// What else they carry; nothing where there is none.
    pub headers: Option<OwnHeaders>,
}

/// The headers of one register, among those of all.
#[derive(Clone)]
pub struct OwnHeaders {
    /// Of all.
    pub all: RenewedHeaders,
    /// The register's name.
    pub register: String,
}

impl Endpoint {
    /// A register that is open to all.
    pub fn open(url: String) -> Self {
        Self { url, tokens: None, headers: None }
    }
}

/// One register.
#[derive(Clone)]
pub(super) struct Register {
    name: &'static str,
    endpoint: Endpoint,
    http: HttpContext,
    /// The most bytes that an answer may have.
    limit: usize,
    breaker: Arc<Breaker>,
}

impl Register {
    pub fn new(name: &'static str, endpoint: Endpoint, http: &HttpContext, limit: usize) -> Self {
        Self { name, endpoint, http: http.clone(), limit, breaker: Arc::default() }
    }

    /// Posts a question within the time limit, and retries transient failures. No call is made while the breaker is open.
    pub async fn post<T: DeserializeOwned>(&self, question: &impl Serialize) -> Result<T, RegisterError> {
        if !self.breaker.admits(self.http.clock.now()) {
            return Err(self.unavailable(Unanswered::LeftAlone));
        }
        let answered = tokio::time::timeout(TIMEOUT, self.post_with_retries(question)).await;
        let answered = answered.unwrap_or(Err(Unanswered::TimedOut));
        let failed = answered.as_ref().err().is_some_and(|why| why.is_trouble());
        self.breaker.note(failed, self.http.clock.now());
        answered.map_err(|why| self.unavailable(why))
    }

    /// Fetches a token, so that the first call need not wait for it.
    pub async fn warm(&self) {
        if let Some(tokens) = &self.endpoint.tokens {
            // Why there is none has been logged; the next call tries again.
            let _ = tokens.token().await;
        }
    }

    async fn post_with_retries<T: DeserializeOwned>(
        &self,
        question: &impl Serialize,
    ) -> Result<T, Unanswered> {
        // A register whose last call failed gets no retries.
        let most = if self.breaker.trusts() { RETRIES } else { 0 };
        let mut retries = 0;
        loop {
            match self.post_once(question).await {
                Err(why) if why.is_passing() && retries < most => {
                    tokio::time::sleep(self.pause(retries)).await;
                    retries += 1;
                }
                answered => return answered,
            }
        }
    }

    async fn post_once<T: DeserializeOwned>(&self, question: &impl Serialize) -> Result<T, Unanswered> {
        let request = self.http.client.post(&self.endpoint.url).headers(self.headers().await).json(question);
        let Some(tokens) = &self.endpoint.tokens else {
            let answered = outgoing_http::ask(request, self.limit).await;
            self.note_refusal(&answered).await;
            return answered;
        };
        let token = tokens.token().await.map_err(|_| Unanswered::NoToken)?;
        let answered = outgoing_http::ask(request.bearer_auth(token.as_str()), self.limit).await;
        if matches!(answered, Err(Unanswered::Status(401))) {
            tokens.refused(&token);
        }
        self.note_refusal(&answered).await;
        answered
    }

    async fn headers(&self) -> HeaderMap {
        match &self.endpoint.headers {
            Some(own) => own.all.of(&own.register).await,
            None => HeaderMap::new(),
        }
    }

    /// A register that says no to who asks may do so for headers that have expired.
    async fn note_refusal<T>(&self, answered: &Result<T, Unanswered>) {
        if let (Some(own), Err(Unanswered::Status(401 | 403))) = (&self.endpoint.headers, answered) {
            own.all.refused().await;
        }
    }

    /// The pause before the next retry, with jitter, so that concurrent callers do not retry at the same time.
    fn pause(&self, retries: u32) -> Duration {
        PAUSE * 2_u32.pow(retries) + PAUSE.mul_f64(self.http.jitter.fraction())
    }

    pub fn unavailable(&self, why: Unanswered) -> RegisterError {
        RegisterError::Unavailable { register: self.name, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::http;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use varsling_function::aws;
    use varsling_function::context::FunctionContext;
    use varsling_function::environment::Environment;
    use varsling_test_server::{Reply, TinyServer};

    fn register(url: String) -> Register {
        Register::new("test", Endpoint::open(url), &http(), 1_000)
    }

    /// Headers as a secret holds them, which is changed after it was read once.
    async fn headers(first: &'static str, then: &'static str) -> OwnHeaders {
        let count = AtomicUsize::new(0);
        let secrets = TinyServer::answering(move |_| {
            let key = if count.fetch_add(1, Ordering::SeqCst) == 0 { first } else { then };
            Reply::json(&json!({"SecretString": json!({"names": {"x-key": key}}).to_string()}))
        });
        let variables = [("AWS_ENDPOINT_URL", secrets.await.url()), ("AWS_REGION", "eu-north-1".into())];
        let named = [(crate::headers::VARIABLE, "headers".to_owned())];
        let values = variables.into_iter().chain(named).map(|(name, value)| (name.to_owned(), value));
        let context = FunctionContext::of(Environment::of(values.collect()));
        let configuration = aws::configuration(&context).await;
        let all = RenewedHeaders::open(&configuration, &context.environment).await.unwrap();
        OwnHeaders { all, register: "names".into() }
    }

    #[tokio::test]
    async fn one_connection_serves_many_questions_and_carries_the_registers_headers() {
        let server = TinyServer::replying(Reply::ok("1")).await;
        let endpoint = Endpoint { headers: Some(headers("a", "b").await), ..Endpoint::open(server.url()) };
        let register = Register::new("test", endpoint, &http(), 1_000);
        for _ in 0..3 {
            register.post::<u64>(&json!({})).await.unwrap();
        }
        assert_eq!((server.requests().len(), server.connections()), (3, 1));
        assert!(server.requests().iter().all(|request| request.head.contains("x-key: a")));
    }

    #[tokio::test]
    async fn headers_that_were_refused_are_read_again() {
        for refusal in [401, 403] {
            let asking = TinyServer::answering(move |request| match request.header("x-key").as_deref() {
                Some("renewed") => Reply::ok("1"),
                _ => Reply::status(refusal),
            });
            let server = asking.await;
            let endpoint = Endpoint {
                headers: Some(headers("expired", "renewed").await),
                ..Endpoint::open(server.url())
            };
            let register = Register::new("test", endpoint, &http(), 1_000);
            // Whether the first question is asked again at once is another matter.
            let answers = [register.post::<u64>(&json!({})).await, register.post::<u64>(&json!({})).await];
            assert_eq!(answers[1], Ok(1));
            let keys = server.requests().into_iter().filter_map(|request| request.header("x-key"));
            assert_eq!(keys.take(2).collect::<Vec<_>>(), ["expired", "renewed"]);
        }
    }

    fn why(error: RegisterError) -> Unanswered {
        match error {
            RegisterError::Unavailable { why, .. } => why,
            error @ (RegisterError::Missing(_) | RegisterError::OutOfTime) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn transient_failures_are_retried() {
        let count = AtomicUsize::new(0);
        let starting = TinyServer::answering(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::status(503),
            1 => Reply::status(429),
            _ => Reply::ok("1"),
        });
        let server = starting.await;
        assert_eq!(register(server.url()).post::<Value>(&json!(1)).await.unwrap(), json!(1));
        assert_eq!(server.requests().len(), 3);
    }

    #[tokio::test]
    async fn a_register_whose_last_call_failed_gets_no_retries() {
        let server = TinyServer::replying(Reply::status(503)).await;
        let register = register(server.url());
        for asked in [3, 4, 5] {
            assert!(register.post::<Value>(&json!(1)).await.is_err());
            assert_eq!(server.requests().len(), asked);
        }
    }

    #[tokio::test]
    async fn permanent_failures_are_not_retried() {
        for reply in [Reply::status(400), Reply::status(404), Reply::ok("<html>")] {
            let server = TinyServer::replying(reply).await;
            assert!(register(server.url()).post::<Value>(&json!(1)).await.is_err());
            assert_eq!(server.requests().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_call_that_times_out_is_not_retried() {
        // Connections are accepted and never read.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let client = outgoing_http::builder(Duration::from_millis(50)).build().unwrap();
        let short_timeout = HttpContext { client, ..http() };
        let register = Register::new("test", Endpoint::open(url), &short_timeout, 1_000);
        assert_eq!(why(register.post::<Value>(&json!(1)).await.unwrap_err()), Unanswered::TimedOut);
    }

    #[tokio::test]
    async fn a_register_that_keeps_failing_is_left_alone() {
        let server = TinyServer::replying(Reply::status(503)).await;
        let register = register(server.url());
        for _ in 0..5 {
            assert_eq!(why(register.post::<Value>(&json!(1)).await.unwrap_err()), Unanswered::Status(503));
        }
        let asked = server.requests().len();
        assert_eq!(why(register.post::<Value>(&json!(1)).await.unwrap_err()), Unanswered::LeftAlone);
        assert_eq!(server.requests().len(), asked);
    }
}
