//! Maskinporten as our own client meets it: `POST /token` takes a signed grant, once, and issues a token for
//! its scope. The client's key is what the stand-in for Secrets Manager keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::json;

use super::keys::keys;
use crate::AnyError;
use crate::lock;
use crate::registers::issuer::{ISSUER, Issuer};

/// What KRR wants to see.
pub const KRR_SCOPE: &str = "krr:global/kontaktinformasjon.read";
/// The client's name.
pub const CLIENT: &str = "varsling-local";
/// The organisation that the client belongs to.
const CONSUMER: &str = "991825827";
/// Seconds that a grant may be good for.
const LONGEST_GRANT: u64 = 120;
/// Seconds that a token is good for.
const LIVES: u64 = 599;

/// The client's key, the grants that were used, and the tokens that were issued with their scopes.
pub struct Maskinporten {
    secret: String,
    key: DecodingKey,
    grants: Mutex<BTreeSet<String>>,
    issued: Mutex<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Grant {
    iss: String,
    scope: String,
    iat: u64,
    exp: u64,
    jti: String,
}

impl Maskinporten {
    /// Nothing issued yet.
    pub fn new() -> Result<Self, AnyError> {
        let keys = keys()?;
        Ok(Self {
            secret: json!({"kid": "local", "pem": keys.private}).to_string(),
            key: DecodingKey::from_rsa_pem(keys.public.as_bytes())?,
            grants: Mutex::default(),
            issued: Mutex::default(),
        })
    }

    /// The secret's text.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether a request shows a token that was issued for a scope.
    pub fn knows(&self, headers: &HeaderMap, scope: &str) -> bool {
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| lock(&self.issued).get(token).is_some_and(|issued| issued == scope))
    }

    /// Answers a request for a token.
    pub fn token(&self, issuer: &Issuer, body: &[u8]) -> Response {
        let form = serde_urlencoded::from_bytes::<BTreeMap<String, String>>(body).unwrap_or_default();
        let is_grant =
            form.get("grant_type").is_some_and(|kind| kind == "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let grant = form.get("assertion").filter(|_| is_grant).and_then(|assertion| self.grant(assertion));
        let token = grant.and_then(|grant| Some((issuer.token(CONSUMER, &grant.scope)?, grant.scope)));
        let Some((token, scope)) = token else {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
        };
        lock(&self.issued).insert(token.clone(), scope.clone());
        let answer =
            json!({"access_token": token, "token_type": "Bearer", "expires_in": LIVES, "scope": scope});
        Json(answer).into_response()
    }

    /// A grant that is ours, fresh and unused.
    fn grant(&self, assertion: &str) -> Option<Grant> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[ISSUER]);
        let grant = decode::<Grant>(assertion, &self.key, &validation).ok()?.claims;
        let is_good = grant.iss == CLIENT && grant.exp.saturating_sub(grant.iat) <= LONGEST_GRANT;
        (is_good && lock(&self.grants).insert(grant.jti.clone())).then_some(grant)
    }
}
