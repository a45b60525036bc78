//! Calling another function of the deployment with an HTTP request, and waiting for its answer.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use varsling_function::aws;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::{Trouble, Waiting};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a function may take that answers a request, and a little more.
const ATTEMPT: Duration = Duration::from_secs(26);

/// The functions of this deployment.
#[derive(Clone)]
pub struct Functions {
    client: Client,
    stack: String,
}

/// A function did not answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// Lambda did not call it, or was not reached.
    #[error("the function {function} was not called: {why}")]
    NotCalled {
        /// The function.
        function: &'static str,
        /// The service's error code, or what kept it from answering.
        why: String,
    },
    /// It was called and failed; its own log says why.
    #[error("the function {0} failed")]
    Failed(&'static str),
    /// A request or an answer is no JSON.
    #[error("what is said to the function {0} or by it is not understood")]
    NotUnderstood(&'static str),
}

impl Waiting for InvokeError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::NotCalled { why, .. } => Trouble::of_aws(why),
            Self::Failed(_) => Trouble::Passing,
            Self::NotUnderstood(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        "function"
    }
}

impl Functions {
    /// Those whose names begin with `STACK_NAME`.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT);
        let client = Builder::from(configuration).timeout_config(timeouts.build()).build();
        Ok(Self { client: Client::from_conf(client), stack: environment.required("STACK_NAME")? })
    }

    /// What a function answers a request. It may be called again where an answer does not come in time, which is as
    /// if the caller had sent the same request again.
    pub async fn call(
        &self,
        function: &'static str,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ApiGatewayV2httpResponse, InvokeError> {
        let payload = serde_json::to_vec(request).map_err(|_| InvokeError::NotUnderstood(function))?;
        let call = self.client.invoke().function_name(format!("{}-{function}", self.stack));
        let answer = call.payload(Blob::new(payload)).send().await;
        let answer = answer.map_err(|error| InvokeError::NotCalled { function, why: aws::reason(&error) })?;
        read(function, &answer)
    }
}

fn read(function: &'static str, answer: &InvokeOutput) -> Result<ApiGatewayV2httpResponse, InvokeError> {
    if answer.function_error().is_some() {
        return Err(InvokeError::Failed(function));
    }
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    serde_json::from_slice(payload).map_err(|_| InvokeError::NotUnderstood(function))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(payload: &str, error: Option<&str>) -> InvokeOutput {
        let payload = Blob::new(payload.as_bytes());
        InvokeOutput::builder().payload(payload).set_function_error(error.map(str::to_owned)).build()
    }

    #[test]
    fn an_answer_is_read_or_says_why_not() {
        let good = r#"{"statusCode":201,"headers":{},"multiValueHeaders":{},"body":"a","isBase64Encoded":false,"cookies":[]}"#;
        assert_eq!(read("accept-order", &output(good, None)).unwrap().status_code, 201);
        let failed = read("accept-order", &output(good, Some("Unhandled")));
        assert!(matches!(failed, Err(InvokeError::Failed("accept-order"))));
        assert!(matches!(read("a", &output("null", None)), Err(InvokeError::NotUnderstood("a"))));
    }
}
