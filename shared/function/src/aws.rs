//! The AWS clients' shared configuration, built once at start-up.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::context::FunctionContext;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one attempt of a call may take. Shorter than any lease, far longer than any service's tail.
const ATTEMPT: Duration = Duration::from_secs(5);

/// What the clients call through and measure their time limits with, in place of the network and the computer's
/// clock.
#[derive(Clone)]
pub struct Transport {
    /// Takes requests and answers them.
    pub http: SharedHttpClient,
    /// Measures how long an attempt may take.
    pub sleep: SharedAsyncSleep,
}

impl Transport {
    /// Retries come at once: a pause would relieve no service, and would pass in real time.
    fn carry(&self, loader: ConfigLoader) -> ConfigLoader {
        loader
            .http_client(self.http.clone())
            .sleep_impl(self.sleep.clone())
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::ZERO))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    }
}

/// Configuration for every client of one function. The endpoints are AWS's own unless
/// `AWS_ENDPOINT_URL` (all services) or `AWS_ENDPOINT_URL_DYNAMODB` say otherwise, which is how
/// the local system is reached.
pub async fn configuration(context: &FunctionContext) -> SdkConfig {
    let environment = &context.environment;
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    if let Some(region) = environment.optional("AWS_REGION") {
        loader = loader.region(Region::new(region));
    }
    if let Some(endpoint) = environment.optional("AWS_ENDPOINT_URL") {
        // Simulators on loopback do not check signatures, but the client needs credentials to sign with.
        loader = loader.endpoint_url(endpoint).credentials_provider(placeholder_credentials());
    }
    if let Some(transport) = &context.transport {
        loader = transport.carry(loader);
    }
    loader.load().await
}

fn placeholder_credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

/// Why a call failed, for the log: the service's error code, or what kept it from answering. Never the
/// service's message, which may repeat what it was sent.
pub fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown error code").to_owned(),
        SdkError::TimeoutError(_) => "timed out".to_owned(),
        SdkError::DispatchFailure(_) => "not reached".to_owned(),
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        _ => "not sent".to_owned(),
    }
}
