//! Headers as their secret holds them: read when the function starts, again every few minutes, and at once after a
//! register has refused a call. Who puts new ones into the secret need not deploy anything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use reqwest::header::HeaderMap;
use tokio::sync::Mutex;
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;
use varsling_function::trouble::Trouble;
use varsling_secrets::Secrets;

use super::{Headers, InvalidHeaders};

/// The variable that names the secret.
pub const VARIABLE: &str = "REGISTER_HEADERS_SECRET";
/// How long headers are used before they are read again.
const FRESH: Duration = Duration::from_mins(5);

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
    /// When they were read; never, where they must be read again.
    read: Option<Instant>,
}

impl RenewedHeaders {
    /// What the secret holds now. A function does not start with headers that cannot be sent.
    pub async fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, StartError> {
        let secrets = Secrets::open(configuration);
        let headers = secrets.parsed(environment, VARIABLE, str::parse).await?;
        let held = Arc::new(Mutex::new(Held { headers, read: Some(Instant::now()) }));
        Ok(Self { secrets, secret: environment.required(VARIABLE)?.into(), held })
    }

    /// What a register gets now. Where the secret cannot be read again, it gets what it got before.
    pub async fn of(&self, register: &str) -> HeaderMap {
        let mut held = self.held.lock().await;
        if held.read.is_none_or(|read| read.elapsed() > FRESH) {
            self.renew(&mut held).await;
        }
        held.headers.of(register)
    }

    /// A register has refused a call, perhaps for its headers: the next call reads them anew.
    pub async fn refused(&self) {
        self.held.lock().await.read = None;
    }

    async fn renew(&self, held: &mut Held) {
        let text = match self.secrets.read(&self.secret).await {
            Ok(text) => text,
            Err(error) => return error.trouble().log("secrets", &SUBJECT, &error),
        };
        match text.parse() {
            Ok(headers) => *held = Held { headers, read: Some(Instant::now()) },
            Err(error) => Trouble::Ours.log("secrets", &SUBJECT, &(error as InvalidHeaders)),
        }
    }
}
