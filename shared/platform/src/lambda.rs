//! What makes a function a function: it starts once, from its environment, and then handles events.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::environment::ConfigError;
use crate::surroundings::Surroundings;
use crate::telemetry;

/// One Lambda function.
pub trait Function: Sized + Send + Sync + 'static {
    /// The name of its folder, binary and deployed function.
    const NAME: &'static str;
    /// The environment variables that it cannot start without.
    const VARIABLES: &'static [&'static str];
    /// What it is invoked with.
    type Event: DeserializeOwned + Send;
    /// What it answers.
    type Answer: Serialize + Send;

    /// Builds everything that outlives one invocation.
    fn start(surroundings: &Surroundings) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Opens the connections that the first invocation would otherwise wait for.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Handles one invocation. Running it twice with the same event does what running it once does.
    fn handler(
        &self,
        event: Self::Event,
    ) -> impl Future<Output = Result<Self::Answer, lambda_runtime::Error>> + Send;
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An HTTP client could not be built.
    #[error("the HTTP client could not be built: {0}")]
    Http(#[from] reqwest::Error),
}

/// Starts a function that can read no variables but those it declares.
pub async fn start<F: Function>(surroundings: &Surroundings) -> Result<F, StartError> {
    F::start(&surroundings.limited_to(F::VARIABLES)).await
}

/// Runs a function under the Lambda runtime until the process ends.
pub async fn run<F: Function>() -> Result<(), lambda_runtime::Error> {
    let surroundings = Surroundings::of_process();
    telemetry::start(&surroundings.environment);
    let function = start::<F>(&surroundings).await?;
    function.warm().await;
    let function = &function;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<F::Event>| function.handler(event.payload))).await
}
