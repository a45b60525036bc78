//! Who is calling: verifies bearer tokens, and knows from them which organisation orders.
//!
//! Tokens expire by the computer's clock, which their issuer uses as well, and not by the injected clock, which a
//! simulation may have moved.

mod claims;
mod issuers;
mod jwks;
mod key;
mod person;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{TokenData, Validation, decode};
use serde::Deserialize;
use varsling_domain::identity::Owner;
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;
use varsling_outgoing_http as outgoing_http;

use claims::Claims;
use jwks::{Jwks, NoKey};
use key::Key;

pub use issuers::{InvalidTokenIssuers, TokenIssuers};
pub use person::PersonVerifier;

/// The scope that orders and looks at orders.
pub const CREATE_SCOPE: &str = "altinn:serviceowner/notifications.create";
/// The scope that orders e-mails with files.
pub const COMPOSED_SCOPE: &str = "altinn:serviceowner/notifications.composedemail.create";
/// The scope that looks at what anybody was notified of.
pub const SUPPORT_SCOPE: &str = "altinn:notifications.support.admin";
/// The scope that writes owners' settings.
pub const ADMIN_SCOPE: &str = "altinn:notifications.admin";
/// Seconds by which the issuer's clock and ours may differ.
const LEEWAY: u64 = 10;
/// The most bytes that a token may have; API Gateway takes no larger headers either.
const LIMIT: usize = 16 * 1024;

/// Why a call is refused. The reasons are for the caller to read, and never repeat its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not known who calls.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// It is known, and may not.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The issuer's keys cannot be fetched, so the token cannot be verified.
    #[error("The keys of the token's issuer cannot be fetched.")]
    KeysUnavailable,
}

/// Verifies tokens.
pub struct Verifier {
    issuers: HashMap<String, Jwks>,
    audience: Option<String>,
}

/// What must be known before anything can be verified.
#[derive(Deserialize)]
struct Unverified {
    iss: String,
}

impl Verifier {
    /// With the issuers and the audience that the environment names; an empty audience is none.
    pub fn open(environment: &Environment) -> Result<Self, StartError> {
        let issuers = environment.parsed("TOKEN_ISSUERS", TokenIssuers::parse)?;
        let audience = environment.required("TOKEN_AUDIENCE")?;
        Self::new(issuers, Some(audience).filter(|audience| !audience.is_empty()))
    }

    /// With the issuers whose tokens count, and the audience that tokens must be for, if any.
    pub fn new(issuers: TokenIssuers, audience: Option<String>) -> Result<Self, StartError> {
        let client = outgoing_http::client()?;
        let issuers = issuers.into_iter().map(|(issuer, url)| (issuer, Jwks::new(url, client.clone())));
        Ok(Self { issuers: issuers.collect(), audience })
    }

    /// Fetches every issuer's keys, so that the first caller need not wait for them.
    pub async fn warm(&self) {
        join_all(self.issuers.values().map(Jwks::warm)).await;
    }

    /// The organisation that calls, if its token is good and has the scope.
    pub async fn verify(&self, authorization: Option<&str>, scope: &str) -> Result<Owner, Refusal> {
        let verified = self.judge(authorization, scope).await;
        verified.inspect_err(|why| tracing::info!(%why, "a caller is turned away"))
    }

    async fn judge(&self, authorization: Option<&str>, scope: &str) -> Result<Owner, Refusal> {
        let claims = self.verified(authorization).await?;
        if !claims.has_scope(scope) {
            return Err(Refusal::Forbidden("The token lacks the scope that this needs."));
        }
        claims.owner().map_err(Refusal::Forbidden)
    }

    /// What a good token says.
    async fn verified(&self, authorization: Option<&str>) -> Result<Claims, Refusal> {
        let token = bearer(authorization)?;
        let key = self.key(token).await?;
        self.claims(token, &key)
    }

    /// The key that the token says it is signed with. No key is fetched for an issuer that does not count.
    async fn key(&self, token: &str) -> Result<Arc<Key>, Refusal> {
        let TokenData { header, claims } = insecure_decode::<Unverified>(token)
            .map_err(|_| Refusal::Unauthenticated("The token cannot be read."))?;
        // The library does not look at these. A verifier that does not understand them must refuse the token.
        if header.crit.is_some() {
            return Err(Refusal::Unauthenticated("The token has critical headers that are not understood."));
        }
        let issuer = self.issuers.get(&claims.iss);
        let issuer = issuer.ok_or(Refusal::Unauthenticated("The token's issuer does not count here."))?;
        let id = header.kid.ok_or(Refusal::Unauthenticated("The token does not name its key."))?;
        issuer.find(&id).await.map_err(|none| match none {
            NoKey::Unknown => Refusal::Unauthenticated("The token's issuer has no such key."),
            NoKey::Unavailable => Refusal::KeysUnavailable,
        })
    }

    fn claims(&self, token: &str, key: &Key) -> Result<Claims, Refusal> {
        let validation = self.validation(key);
        let claims = decode::<Claims>(token, key.decoding(), &validation).map(|token| token.claims);
        let claims = claims.map_err(|error| Refusal::Unauthenticated(reason(&error)))?;
        if claims.is_issued_in_future(LEEWAY) {
            return Err(Refusal::Unauthenticated("The token is not valid yet."));
        }
        Ok(claims)
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation {
            algorithms: key.algorithms().to_vec(),
            leeway: LEEWAY,
            validate_nbf: true,
            validate_aud: self.audience.is_some(),
            ..Validation::default()
        };
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            validation.required_spec_claims.insert("aud".into());
        }
        validation
    }
}

fn bearer(authorization: Option<&str>) -> Result<&str, Refusal> {
    let header = authorization.ok_or(Refusal::Unauthenticated("A bearer token is needed."))?;
    let (scheme, token) = header.trim().split_once(' ').unwrap_or_default();
    let token = token.trim_start();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > LIMIT {
        return Err(Refusal::Unauthenticated("A bearer token is needed."));
    }
    Ok(token)
}

fn reason(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::ExpiredSignature => "The token has expired.",
        ErrorKind::ImmatureSignature => "The token is not valid yet.",
        ErrorKind::InvalidAudience => "The token is for another audience.",
        ErrorKind::InvalidSignature => "The token's signature is wrong.",
        ErrorKind::InvalidAlgorithm => "The token is signed with an algorithm that does not count here.",
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => "The token has no audience.",
        ErrorKind::MissingRequiredClaim(_) => "The token has no time of expiry.",
        _ => "The token is not valid.",
    }
}
