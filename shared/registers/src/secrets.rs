//! Secrets that are not in the environment, from AWS Secrets Manager.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use varsling_function::aws;

/// Reads secrets.
#[derive(Clone)]
pub struct Secrets(Client);

/// A secret could not be read. It says why, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The service said no, or nothing.
    #[error("a secret could not be read: {0}")]
    Unavailable(String),
    /// It is kept as bytes.
    #[error("a secret is not text")]
    NotText,
}

impl Secrets {
    /// The secrets of the function's account.
    pub fn open(configuration: &SdkConfig) -> Self {
        Self(Client::new(configuration))
    }

    /// The current text of a secret, by its name or ARN.
    pub async fn read(&self, id: &str) -> Result<String, SecretError> {
        let answer = self.0.get_secret_value().secret_id(id).send().await;
        let answer = answer.map_err(|error| SecretError::Unavailable(aws::reason(&error)))?;
        answer.secret_string.ok_or(SecretError::NotText)
    }
}
