//! The AWS clients' shared configuration, built once at start-up.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::context::FunctionContext;
use crate::environment::Environment;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one attempt of a call may take. Shorter than any lease, far longer than any service's tail.
const ATTEMPT: Duration = Duration::from_secs(5);

/// The authorities that sign for AWS's endpoints: Amazon's own four and the one before them (Amazon Trust Services, "Root CAs").
/// Reading and parsing all those that the machine trusts, for each client anew, takes longer than the rest of a start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

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
    let loader = loader(&context.environment);
    let loader = match &context.transport {
        Some(transport) => transport.carry(loader),
        None => loader.http_client(https()),
    };
    loader.load().await
}

/// The same for a tool on somebody's machine, which may reach AWS through a proxy that signs for it: whom the machine
/// trusts is trusted.
pub async fn configuration_of_tool(environment: &Environment) -> SdkConfig {
    loader(environment).load().await
}

fn loader(environment: &Environment) -> ConfigLoader {
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
    loader
}

/// One HTTP client for the clients of all services, which share its connections and the authorities that it trusts.
fn https() -> SharedHttpClient {
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    // It fails for names that it is not given; the authorities of the machine would do as well.
    client.tls_context(context.unwrap_or_default()).build_https()
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

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// A certificate that cannot be read would end the process at its first call.
    #[test]
    fn the_authorities_are_five_that_mozilla_trusts_too() {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(AMAZON_ROOTS) {
            store.add(certificate.unwrap()).unwrap();
        }
        assert_eq!(store.len(), 5);
        for root in &store.roots {
            let same = |known: &&rustls::pki_types::TrustAnchor<'_>| {
                known.subject == root.subject && known.subject_public_key_info == root.subject_public_key_info
            };
            assert!(webpki_roots::TLS_SERVER_ROOTS.iter().any(|known| same(&known)), "{root:?}");
        }
    }
}
