//! Headers as their secret holds them: read when the function starts, again every few minutes, and soon after a register
//! has refused a call. Who puts new ones into the secret need not deploy anything. While they are read again, or cannot
//! be, registers get what they got before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use reqwest::header::HeaderMap;
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;
use varsling_function::trouble::Trouble;
use varsling_secrets::{SecretError, Secrets};

use super::{Headers, InvalidHeaders};

/// The variable that names the secret.
pub const VARIABLE: &str = "REGISTER_HEADERS_SECRET";
/// How long headers are used before they are read again.
const FRESH: Duration = Duration::from_mins(5);
/// How long after a reading another one may follow, whatever it found: a register may refuse for other reasons.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a call waits for the reading: a fraction of what it has.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits where they cannot be read, for the log.
const SUBJECT: &str = "the headers for registers";

/// What registers get beside a token.
#[derive(Clone)]
pub struct RenewedHeaders {
    secrets: Secrets,
    secret: Arc<str>,
    held: Arc<Mutex<Held>>,
}

struct Held {
    headers: Headers,
    /// When somebody began to read them last.
    tried: Instant,
    /// A register has refused them since.
    refused: bool,
}

impl Held {
    fn of(headers: Headers) -> Self {
        Self { headers, tried: Instant::now(), refused: false }
    }

    /// Whether the caller is to read them again now. Of several callers at the same time one is.
    fn begin_reading(&mut self) -> bool {
        let since = self.tried.elapsed();
        let reads = since > FRESH || self.refused && since > PAUSE;
        if reads {
            self.tried = Instant::now();
        }
        reads
    }
}

impl RenewedHeaders {
    /// What the secret holds now. A function does not start with headers that cannot be sent.
    pub async fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, StartError> {
        let secrets = Secrets::open(configuration);
        let headers = secrets.parsed(environment, VARIABLE, str::parse).await?;
        let secret = environment.required(VARIABLE)?.into();
        Ok(Self { secrets, secret, held: Arc::new(Mutex::new(Held::of(headers))) })
    }

    /// What a register gets now.
    pub async fn of(&self, register: &str) -> HeaderMap {
        let reads = self.held().begin_reading();
        if reads {
            self.renew().await;
        }
        self.held().headers.of(register)
    }

    /// A register has refused a call, perhaps for its headers.
    pub fn refused(&self) {
        self.held().refused = true;
    }

    async fn renew(&self) {
        let read = tokio::time::timeout(PATIENCE, self.secrets.read(&self.secret)).await;
        let text = match read.unwrap_or_else(|_| Err(SecretError::Unavailable("timed out".to_owned()))) {
            Ok(text) => text,
            Err(error) => return error.trouble().log("secrets", &SUBJECT, &error),
        };
        match text.parse() {
            Ok(headers) => *self.held() = Held::of(headers),
            Err(error) => Trouble::Ours.log("secrets", &SUBJECT, &(error as InvalidHeaders)),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, as if they had been read so long ago.
    #[cfg(test)]
    pub fn aged(self, by: Duration) -> Self {
        let mut held = self.held();
        held.tried = held.tried.checked_sub(by).unwrap_or(held.tried);
        drop(held);
        self
    }
}
