//! Secrets of a deployment, from AWS Secrets Manager. A function's configuration holds where they are, never what they
//! are: many may read a configuration.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use varsling_domain::ids::IdKey;
use varsling_function::aws;
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;
use varsling_function::trouble::Trouble;

/// The variable that says where the key is that ids are derived with.
pub const ID_KEY: &str = "ID_SECRET_ARN";

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

impl SecretError {
    /// Who has to do something before it can be read.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Unavailable(why) => Trouble::of_aws(why),
            Self::NotText => Trouble::Ours,
        }
    }
}

impl Secrets {
    /// The secrets of the function's account.
    pub fn open(configuration: &SdkConfig) -> Self {
        Self(Client::new(configuration))
    }

    /// The current text of a secret, by its name or ARN.
    pub async fn read(&self, id: &str) -> Result<String, SecretError> {
        // Boxed, since the call is a small part of the starts that it stands in.
        let answer = Box::pin(self.0.get_secret_value().secret_id(id).send()).await;
        let answer = answer.map_err(|error| SecretError::Unavailable(aws::reason(&error)))?;
        answer.secret_string.ok_or(SecretError::NotText)
    }

    /// What the secret holds that a variable names, for a function that cannot start without it.
    pub async fn parsed<T, E: std::fmt::Display>(
        &self,
        environment: &Environment,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StartError> {
        let text = self.read(&environment.required(variable)?).await;
        let text = text.map_err(|error| unusable(variable, &error))?;
        parse(&text).map_err(|error| unusable(variable, &error))
    }

    /// The key that ids are derived with. It is never rotated, so that it is read once.
    pub async fn id_key(&self, environment: &Environment) -> Result<IdKey, StartError> {
        self.parsed(environment, ID_KEY, |secret| IdKey::new(secret.as_bytes())).await
    }
}

fn unusable(variable: &'static str, why: &dyn std::fmt::Display) -> StartError {
    StartError::Secret { variable, why: why.to_string() }
}
