//! The providers that carry notices: SES for e-mail, SNS for SMS.
//!
//! One claim is one call: the clients never retry by themselves, and a call that had no answer is
//! neither repeated nor taken for a failure.

pub mod email;
pub mod sms;

use std::error::Error;
use std::io;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sesv2::config::http::HttpResponse;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use varsling_domain::status::Failure;

/// Why a notification was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// The provider will never take it.
    #[error("refused for good ({why})")]
    Refused {
        /// What the owner reads.
        failure: Failure,
        /// The provider's error code.
        why: String,
    },
    /// The provider has certainly not taken it, and may later.
    #[error("refused for now ({why})")]
    RefusedForNow {
        /// The provider's error code.
        why: String,
    },
    /// Nobody knows whether the provider has taken it.
    #[error("outcome uncertain ({why})")]
    Uncertain {
        /// What kept the answer away.
        why: String,
    },
}

impl HandOverError {
    /// The stored text is not one for this channel; it never will be.
    pub fn wrong_channel() -> Self {
        Self::Refused { failure: Failure::Unspecified, why: "the text is for another channel".to_owned() }
    }
}

/// What a provider's error code means.
enum Verdict {
    Refused(Failure),
    ForNow,
    Uncertain,
}

fn without_retries(configuration: &SdkConfig) -> SdkConfig {
    configuration.clone().into_builder().retry_config(RetryConfig::disabled()).build()
}

fn hand_over_error<E>(
    error: &SdkError<E, HttpResponse>,
    verdict: impl Fn(Option<&str>, u16) -> Verdict,
) -> HandOverError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let why = crate::aws::reason(error);
    let verdict = match error {
        SdkError::ServiceError(service) => verdict(service.err().code(), service.raw().status().as_u16()),
        SdkError::ConstructionFailure(_) => Verdict::ForNow,
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(|error| never_connected(error)) =>
        {
            Verdict::ForNow
        }
        _ => Verdict::Uncertain,
    };
    match verdict {
        Verdict::Refused(failure) => HandOverError::Refused { failure, why },
        Verdict::ForNow => HandOverError::RefusedForNow { why },
        Verdict::Uncertain => HandOverError::Uncertain { why },
    }
}

/// A connection that was refused carried nothing; any other may have.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let mut io_errors = causes.filter_map(|error| error.downcast_ref::<io::Error>());
    io_errors.any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
