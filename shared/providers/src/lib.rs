//! The port of the providers that carry notices, and how their errors are read.
//!
//! One claim is one call: the clients never retry by themselves, and a call that had no answer is
//! neither repeated nor taken for a failure.

pub mod meaning;
mod ready;
pub mod report;

use std::error::Error;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use varsling_domain::status::Failure;
use varsling_function::trouble::Trouble;

use meaning::{Answered, Meaning, ProviderError, Reading};

pub use ready::Ready;

/// Why a delivery was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// The provider will never take it, because of this recipient or this text.
    #[error("refused for good ({why})")]
    Refused {
        /// What the owner reads.
        failure: Failure,
        /// The provider's error code, and what it stands for.
        why: String,
    },
    /// The provider has certainly not taken it, and may later.
    #[error("not taken for now ({why})")]
    Waits {
        /// Whether somebody must do something first.
        trouble: Trouble,
        /// The provider's error code, and what it stands for.
        why: String,
    },
    /// The provider gets more than its rate, and has certainly not taken it.
    #[error("more than the rate ({why})")]
    Throttled {
        /// The provider's error code, and what it stands for.
        why: String,
    },
    /// A quota is used up, and the provider has certainly not taken it.
    #[error("a quota is used up ({why})")]
    QuotaUsedUp {
        /// The provider's error code, and what it stands for.
        why: String,
    },
    /// It is not known whether the provider has taken it.
    #[error("outcome uncertain ({why})")]
    Uncertain {
        /// What kept the answer away.
        why: String,
    },
}

impl HandOverError {
    /// A mistake of ours, found before the call.
    pub fn ours(why: impl Into<String>) -> Self {
        Self::Waits { trouble: Trouble::Ours, why: why.into() }
    }

    /// The address is one that nothing is sent to any more: no provider is called.
    pub fn suppressed() -> Self {
        Self::Refused { failure: Failure::SuppressedRecipient, why: "it is on our own list".to_owned() }
    }

    /// Its recipient has barred such messages.
    pub fn barred() -> Self {
        Self::Refused {
            failure: Failure::BarredReceiver,
            why: "its recipient has barred such messages".to_owned(),
        }
    }

    /// The stored text is not one for this channel.
    pub fn wrong_channel() -> Self {
        Self::ours("the text is for another channel")
    }
}

/// What carries the deliveries of one channel.
pub trait Provider: Send + Sync {
    /// A delivery as it is handed over.
    type Message: Send + Sync;

    /// Its name in logs and alarms.
    const NAME: &'static str;

    /// Makes of a delivery what is handed over, and fetches what belongs to it: everything that can be wrong with it is
    /// found here, before it is claimed.
    fn render(&self, delivery: &Ready) -> impl Future<Output = Result<Self::Message, HandOverError>> + Send;

    /// Hands it over: one call, never repeated.
    fn hand_over(&self, message: &Self::Message) -> impl Future<Output = Result<(), HandOverError>> + Send;

    /// Opens the connection.
    fn warm(&self) -> impl Future<Output = ()> + Send;
}

/// The clients' configuration without retries: one claim is one call.
pub fn without_retries(configuration: &SdkConfig) -> SdkConfig {
    configuration.clone().into_builder().retry_config(RetryConfig::disabled()).build()
}

/// What a failed call means for the delivery, by the provider's table.
pub fn hand_over_error<E>(error: &SdkError<E, Response>, table: &[ProviderError]) -> HandOverError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let Reading { meaning, because } = read(error, table);
    let why = format!("{}: {because}", varsling_function::aws::reason(error));
    match meaning {
        Meaning::Final(failure) => HandOverError::Refused { failure, why },
        Meaning::Waits(trouble) => HandOverError::Waits { trouble, why },
        Meaning::Throttled => HandOverError::Throttled { why },
        Meaning::QuotaUsedUp => HandOverError::QuotaUsedUp { why },
        Meaning::Uncertain | Meaning::ByText { .. } => HandOverError::Uncertain { why },
    }
}

fn waits(trouble: Trouble, because: &'static str) -> Reading {
    Reading { meaning: Meaning::Waits(trouble), because }
}

fn read<E>(error: &SdkError<E, Response>, table: &[ProviderError]) -> Reading
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let (status, error) = (service.raw().status().as_u16(), service.err());
            meaning::read(table, &Answered { code: error.code(), text: error.message(), status })
        }
        SdkError::ConstructionFailure(_) => waits(Trouble::Ours, "the request could not be made"),
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(|error| never_connected(error)) =>
        {
            waits(Trouble::Passing, "there was no connection")
        }
        _ => Reading { meaning: Meaning::Uncertain, because: "there was no answer" },
    }
}

/// Whether no connection was made (the name cannot be resolved, connecting timed out, the handshake failed), so that
/// nothing was sent. A connection that breaks later may have carried the request.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let mut clients = causes.filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>());
    clients.any(hyper_util::client::legacy::Error::is_connect)
}
