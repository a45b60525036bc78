//! One register: where it is, what its calls carry, and what is done when they fail.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use varsling_function::clock::Clock;
use varsling_function::jitter::Jitter;
use varsling_function::metrics::{MetricName, Metrics};
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
    pub(super) metrics: Metrics,
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
            self.count(MetricName::RegisterLeftAlone);
            return Err(self.unavailable(Unanswered::LeftAlone));
        }
        let answered = tokio::time::timeout(TIMEOUT, self.post_with_retries(question)).await;
        let answered = answered.unwrap_or(Err(Unanswered::TimedOut));
        let failed = answered.as_ref().err().is_some_and(|why| why.is_trouble());
        self.breaker.note(failed, self.http.clock.now());
        if failed {
            self.count(MetricName::RegisterFailed);
        }
        answered.map_err(|why| self.unavailable(why))
    }

    fn count(&self, metric: MetricName) {
        self.http.metrics.count(metric, 1, &[("Register", self.name)]);
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
            self.note_refusal(&answered);
            return answered;
        };
        let token = tokens.token().await.map_err(|_| Unanswered::NoToken)?;
        let answered = outgoing_http::ask(request.bearer_auth(token.as_str()), self.limit).await;
        if matches!(answered, Err(Unanswered::Status(401))) {
            tokens.refused(&token);
        }
        self.note_refusal(&answered);
        answered
    }

    async fn headers(&self) -> HeaderMap {
        match &self.endpoint.headers {
            Some(own) => own.all.of(&own.register).await,
            None => HeaderMap::new(),
        }
    }

    /// A register that says no to who asks may do so for headers that have expired.
    fn note_refusal<T>(&self, answered: &Result<T, Unanswered>) {
        if let (Some(own), Err(Unanswered::Status(401 | 403))) = (&self.endpoint.headers, answered) {
            own.all.refused();
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

    /// Headers as they were read so long ago from a secret that has changed since; answers what it is asked then by a
    /// rule.
    async fn headers(age: Duration, then: impl Fn() -> Reply + Send + Sync + 'static) -> OwnHeaders {
        let count = AtomicUsize::new(0);
        let secrets = TinyServer::answering(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => secret("before"),
            _ => then(),
        });
        let variables = [("AWS_ENDPOINT_URL", secrets.await.url()), ("AWS_REGION", "eu-north-1".into())];
        let named = [(crate::headers::VARIABLE, "headers".to_owned())];
        let values = variables.into_iter().chain(named).map(|(name, value)| (name.to_owned(), value));
        let context = FunctionContext::of(Environment::of(values.collect()));
        let configuration = aws::configuration(&context).await;
        let all = RenewedHeaders::open(&configuration, &context.environment).await.unwrap().aged(age);
        OwnHeaders { all, register: "names".into() }
    }

    fn secret(key: &str) -> Reply {
        Reply::json(&json!({"SecretString": json!({"names": {"x-key": key}}).to_string()}))
    }

    /// The keys that a register is shown in three questions, the first of which it answers with a status.
    async fn shown(headers: OwnHeaders, first: u16) -> Vec<String> {
        let count = AtomicUsize::new(0);
        let asking = TinyServer::answering(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::ok("1").with_status(first),
            _ => Reply::ok("1"),
        });
        let server = asking.await;
        let endpoint = Endpoint { headers: Some(headers), ..Endpoint::open(server.url()) };
        let register = Register::new("test", endpoint, &http(), 1_000);
        while server.requests().len() < 3 {
            // The first one may be refused, and may be asked again at once.
            let _answered = register.post::<u64>(&json!({})).await;
        }
        assert_eq!(server.connections(), 1);
        server.requests().iter().filter_map(|request| request.header("x-key")).collect()
    }

    #[tokio::test]
    async fn one_connection_serves_many_questions_and_carries_the_registers_headers() {
        assert_eq!(shown(headers(Duration::ZERO, || secret("renewed")).await, 200).await, ["before"; 3]);
    }

    #[tokio::test]
    async fn headers_are_read_again_when_they_are_old_or_were_refused() {
        let seconds = Duration::from_secs;
        for (age, first, expected) in [
            (seconds(301), 200, ["renewed", "renewed", "renewed"]),
            (seconds(11), 401, ["before", "renewed", "renewed"]),
            (seconds(11), 403, ["before", "renewed", "renewed"]),
            // They were read just before.
            (seconds(1), 403, ["before", "before", "before"]),
        ] {
            assert_eq!(
                shown(headers(age, || secret("renewed")).await, first).await,
                expected,
                "{age:?} {first}"
            );
        }
    }

    #[tokio::test]
    async fn headers_that_cannot_be_read_again_stay_as_they_were() {
        let old = Duration::from_mins(6);
        assert_eq!(shown(headers(old, || Reply::ok("nonsense")).await, 200).await, ["before"; 3]);
        let wrong = || Reply::json(&json!({"SecretString": "{"}));
        assert_eq!(shown(headers(old, wrong).await, 200).await, ["before"; 3]);
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
