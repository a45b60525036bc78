//! The trait of a Lambda function: it starts once, from its environment, and then handles events.

use std::any;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{self, Either, FutureExt};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::context::FunctionContext;
use crate::decisions;
use crate::environment::{self, ConfigError, Variables};
use crate::telemetry;

/// How long a start may spend on opening connections. Lambda gives it ten seconds in all.
const WARMING: Duration = Duration::from_secs(2);

/// One Lambda function.
pub trait Function: Sized + Send + Sync + 'static {
    /// The name of its folder, binary and deployed function.
    const NAME: &'static str;
    /// The environment variables that it cannot start without.
    const VARIABLES: Variables;
    /// What it is invoked with.
    type Event: DeserializeOwned + Send;
    /// What it answers.
    type Answer: Serialize + Send;

    /// Builds everything that outlives one invocation.
    fn start(context: &FunctionContext) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Opens the connections that the first invocation would otherwise wait for, all at the same time.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Handles one invocation, before its deadline. Running it twice with the same event does what running it once
    /// does.
    fn handler(
        &self,
        event: Self::Event,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Answer, HandlerError>> + Send;
}

/// When an invocation must be done; what it calls must be done by then, too. After it the invocation is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(DateTime<Utc>);

impl Deadline {
    /// That time.
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(time)
    }

    /// The same with some time to spare.
    #[must_use]
    pub fn minus(self, spare: TimeDelta) -> Self {
        Self(self.0 - spare)
    }

    /// The time.
    pub fn time(self) -> DateTime<Utc> {
        self.0
    }

    /// Whether it leaves so much time.
    pub fn leaves(self, time: TimeDelta, now: DateTime<Utc>) -> bool {
        now + time <= self.0
    }

    /// That of an invocation by Lambda, which gives it in whole milliseconds.
    fn of(context: &lambda_runtime::Context) -> Self {
        let millis = i64::try_from(context.deadline).unwrap_or(i64::MAX);
        Self(DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// An invocation that failed: what Lambda's log and a dead letter say of it. It is made of any error, and remembers
/// which type that was.
#[derive(Debug)]
pub struct HandlerError {
    kind: &'static str,
    message: String,
}

impl<E: std::error::Error> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let path = any::type_name::<E>();
        Self { kind: path.rsplit("::").next().unwrap_or(path), message: error.to_string() }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self { error_type: error.kind.to_owned(), error_message: error.message }
    }
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret cannot be read, or is not what it must be.
    #[error(
        "the secret that the environment variable {variable} (parameter or output {}) names cannot be used: {why}",
        environment::parameter(variable)
    )]
    Secret {
        /// The variable that names it.
        variable: &'static str,
        /// What is wrong; never what is in it.
        why: String,
    },
    /// An HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    HttpClient(String),
}

/// Starts a function that can read no variables but those it declares.
pub async fn start<F: Function>(context: &FunctionContext) -> Result<F, StartError> {
    F::start(&context.limited_to(F::VARIABLES)).await
}

/// Opens a function's connections, and goes on without those that take too long: the first invocation opens them.
pub async fn warm<F: Function>(function: &F) {
    warm_until(function, tokio::time::sleep(WARMING)).await;
}

async fn warm_until<F: Function>(function: &F, end: impl Future<Output = ()>) {
    if let Either::Right(_) = future::select(Box::pin(function.warm()), pin!(end)).await {
        tracing::info!(function = F::NAME, "starting before every connection is open");
    }
}

/// Runs a function under the Lambda runtime until the process ends.
pub async fn run<F: Function>() -> Result<(), lambda_runtime::Error> {
    let context = FunctionContext::of_process();
    telemetry::start(&context.environment);
    let started = start::<F>(&context).await;
    let function = started.inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    warm(&function).await;
    let (function, metrics) = (&function, &context.metrics);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<F::Event>| {
        let deadline = Deadline::of(&event.context);
        let span = tracing::error_span!("invocation", request_id = event.context.request_id);
        let invocation = decisions::logged(function.handler(event.payload, deadline));
        Box::pin(invocation.instrument(span).inspect(|_| metrics.flush()))
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{ConfigError, Variables};

    /// Its dependencies never answer.
    struct Cold;

    impl Function for Cold {
        const NAME: &'static str = "cold";
        const VARIABLES: Variables = &[];
        type Event = ();
        type Answer = ();

        async fn start(_: &FunctionContext) -> Result<Self, StartError> {
            Ok(Self)
        }

        async fn warm(&self) {
            future::pending::<()>().await;
        }

        async fn handler(&self, (): (), _: Deadline) -> Result<(), HandlerError> {
            Err(ConfigError::Missing("A"))?
        }
    }

    #[tokio::test]
    async fn a_function_starts_without_those_who_do_not_answer() {
        warm_until(&Cold, future::ready(())).await;
    }

    #[tokio::test]
    async fn a_failure_is_told_by_the_name_of_its_type() {
        let diagnostic =
            Diagnostic::from(Cold.handler((), Deadline::at(DateTime::UNIX_EPOCH)).await.unwrap_err());
        assert_eq!(diagnostic.error_type, "ConfigError");
        assert_eq!(diagnostic.error_message, "the environment variable A is not set");
    }
}
