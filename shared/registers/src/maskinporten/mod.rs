//! Access tokens for the registers, from Maskinporten: a grant signed with our key buys a token for a scope.
//!
//! They expire by the computer's clock, not by the injected one.

mod grant;
mod hosts;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Trouble;
use varsling_outgoing_http::{self as outgoing_http, Unanswered};

use self::grant::{SigningKey, Wanted};
pub use self::hosts::HostTokens;
use varsling_secrets::{SecretError, Secrets};

/// The most bytes that an answer may have; it holds one token.
const LIMIT: usize = 64 * 1024;
/// A token is renewed so long before it expires: longer than any request that carries it takes.
const MARGIN: Duration = Duration::from_secs(30);

/// Why there is no token. It can be shared among all who wait for the same one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// The key could not be read.
    #[error(transparent)]
    Secret(Arc<SecretError>),
    /// The secret holds no usable key.
    #[error("the signing key is not JSON with a kid and an RSA key as PEM")]
    Key,
    /// Maskinporten gave none.
    #[error("Maskinporten {0}")]
    Unanswered(Unanswered),
}

impl TokenError {
    /// Whether anybody must do something first. A grant that is refused (400, 401) tells of a key, a client or a
    /// scope that Maskinporten does not know.
    fn trouble(&self) -> Trouble {
        match self {
            Self::Secret(_) | Self::Key => Trouble::Ours,
            Self::Unanswered(why) => why.trouble(),
        }
    }
}

/// Our client at Maskinporten.
pub struct Maskinporten {
    http: Client,
    secrets: Secrets,
    /// Maskinporten's own name, which is what grants are made out to.
    issuer: String,
    token_url: String,
    client_id: String,
    key_secret: String,
}

impl Maskinporten {
    /// The client that the environment describes; none where `MASKINPORTEN_CLIENT_ID` is empty, as where
    /// the registers are open. The key is `{"kid": …, "pem": …}` in the secret `MASKINPORTEN_KEY_SECRET`.
    pub fn open(
        configuration: &SdkConfig,
        environment: &Environment,
        http: Client,
    ) -> Result<Option<Arc<Self>>, ConfigError> {
        let client_id = environment.required("MASKINPORTEN_CLIENT_ID")?;
        let client = Self {
            http,
            secrets: Secrets::open(configuration),
            issuer: environment.required("MASKINPORTEN_ISSUER")?,
            token_url: environment.required("MASKINPORTEN_TOKEN_URL")?,
            key_secret: environment.required("MASKINPORTEN_KEY_SECRET")?,
            client_id,
        };
        Ok((!client.client_id.is_empty()).then(|| Arc::new(client)))
    }

    /// Tokens for one scope.
    pub fn tokens(self: &Arc<Self>, scope: impl Into<String>) -> Tokens {
        self.tokens_for(Wanted { scope: scope.into(), resource: None })
    }

    /// Tokens for one scope that each count at one host only.
    pub fn host_tokens(self: &Arc<Self>, scope: impl Into<String>) -> HostTokens {
        let (maskinporten, scope) = (Arc::clone(self), scope.into());
        HostTokens::from(move |host| {
            let resource = Some(format!("https://{host}"));
            maskinporten.tokens_for(Wanted { scope: scope.clone(), resource })
        })
    }

    fn tokens_for(self: &Arc<Self>, wanted: Wanted) -> Tokens {
        let (maskinporten, wanted) = (Arc::clone(self), Arc::new(wanted));
        Tokens::from(move || {
            let (maskinporten, wanted) = (Arc::clone(&maskinporten), Arc::clone(&wanted));
            async move { maskinporten.fetch(&wanted).await }.boxed()
        })
    }

    /// Fetches a token. The key is read each time, a few times an hour, so that a new one is in use as soon
    /// as it is in the secret.
    async fn fetch(&self, wanted: &Wanted) -> Result<Token, TokenError> {
        let asked = Instant::now();
        let secret = self.secrets.read(&self.key_secret).await;
        let secret = secret.map_err(|error| TokenError::Secret(Arc::new(error)))?;
        let grant = SigningKey::parse(&secret)?.grant(&self.issuer, &self.client_id, wanted)?;
        let form =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={grant}");
        let request = self.http.post(&self.token_url);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer: Answer = outgoing_http::ask(request, LIMIT).await.map_err(TokenError::Unanswered)?;
        Ok(Token {
            text: answer.access_token.into(),
            expires: asked + Duration::from_secs(answer.expires_in).min(LONGEST),
        })
    }
}

/// The longest lifetime that a token is given, whatever the answer says.
const LONGEST: Duration = Duration::from_hours(24);

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// Seconds.
    expires_in: u64,
}

/// An access token; it does not print.
#[derive(Clone)]
pub struct Token {
    text: Arc<str>,
    expires: Instant,
}

impl Token {
    /// As it goes into a request.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn is_fresh(&self) -> bool {
        Instant::now() + MARGIN < self.expires
    }
}

type Fetched = Result<Token, TokenError>;
type Fetching = Shared<BoxFuture<'static, Fetched>>;

/// The tokens for one scope: one at a time, fetched once for all calls that need it.
#[derive(Clone)]
pub struct Tokens {
    fetch: Arc<dyn Fn() -> BoxFuture<'static, Fetched> + Send + Sync>,
    latest: Arc<Mutex<Option<Fetching>>>,
}

impl Tokens {
    fn from(fetch: impl Fn() -> BoxFuture<'static, Fetched> + Send + Sync + 'static) -> Self {
        Self { fetch: Arc::new(fetch), latest: Arc::default() }
    }

    /// Every fetch fails.
    #[cfg(test)]
    pub fn failing() -> Self {
        Self::from(|| async { Err(TokenError::Key) }.boxed())
    }

    /// No fetch ever ends.
    #[cfg(test)]
    pub fn hanging() -> Self {
        Self::from(|| std::future::pending().boxed())
    }

    /// A fresh token. Calls made while a token is being fetched wait for that one.
    pub async fn token(&self) -> Fetched {
        let fetching = self.latest();
        let fetched = fetching.await;
        if let Err(error) = &fetched {
            error.trouble().log("maskinporten", &"an access token", error);
        }
        fetched
    }

    fn latest(&self) -> Fetching {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fetching) = latest.as_ref().filter(|fetching| is_usable(fetching)) {
            return fetching.clone();
        }
        latest.insert((self.fetch)().shared()).clone()
    }

    /// This token was refused: the next one is fetched anew.
    pub fn refused(&self, token: &Token) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.take_if(|fetching| has_fetched(fetching, token));
    }
}

/// Whether a fetch is under way or has brought a token that is fresh.
fn is_usable(fetching: &Fetching) -> bool {
    match fetching.peek() {
        None => true,
        Some(fetched) => fetched.as_ref().is_ok_and(Token::is_fresh),
    }
}

fn has_fetched(fetching: &Fetching, token: &Token) -> bool {
    match fetching.peek() {
        Some(Ok(fetched)) => Arc::ptr_eq(&fetched.text, &token.text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn counted(lives: u64) -> (Tokens, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&count);
        let tokens = Tokens::from(move || {
            let counting = Arc::clone(&counting);
            async move {
                tokio::task::yield_now().await;
                let number = counting.fetch_add(1, Ordering::SeqCst) + 1;
                let expires = Instant::now() + Duration::from_secs(lives);
                Ok(Token { text: format!("token {number}").into(), expires })
            }
            .boxed()
        });
        (tokens, count)
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_fetch_and_later_ones_its_token() {
        let (tokens, count) = counted(600);
        let (a, b) = tokio::join!(tokens.token(), tokens.token());
        assert_eq!((a.unwrap().as_str(), b.unwrap().as_str()), ("token 1", "token 1"));
        assert_eq!(tokens.token().await.unwrap().as_str(), "token 1");
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_token_that_is_about_to_expire_is_renewed() {
        let (tokens, _) = counted(MARGIN.as_secs());
        tokens.token().await.unwrap();
        assert_eq!(tokens.token().await.unwrap().as_str(), "token 2");
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let (tokens, count) = counted(600);
        let first = tokens.token().await.unwrap();
        tokens.refused(&first);
        assert_eq!(tokens.token().await.unwrap().as_str(), "token 2");
        tokens.refused(&first);
        assert_eq!(tokens.token().await.unwrap().as_str(), "token 2");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let tried = Arc::new(AtomicU64::new(0));
        let trying = Arc::clone(&tried);
        let tokens = Tokens::from(move || {
            let attempt = trying.fetch_add(1, Ordering::SeqCst);
            let expires = Instant::now() + Duration::from_mins(10);
            let fetched =
                if attempt == 0 { Err(TokenError::Key) } else { Ok(Token { text: "t".into(), expires }) };
            async move { fetched }.boxed()
        });
        assert!(tokens.token().await.is_err());
        assert!(tokens.token().await.is_ok());
    }
}
