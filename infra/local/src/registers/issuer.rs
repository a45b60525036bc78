//! Issues tokens as Maskinporten does, in real time: moving the clock logs nobody out.

use chrono::{TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::keys::keys;
use crate::AnyError;

/// The name of the issuer of persons' tokens.
const LOGIN_ISSUER: &str = "https://login.varsling.local/";
/// The issuer's name.
pub const ISSUER: &str = "https://issuer.varsling.local/";
/// The scope that a token has unless another is asked for.
pub const SCOPE: &str = "altinn:serviceowner/notifications.create";
/// The key's name.
const KEY_ID: &str = "local";

/// Signs tokens.
pub struct Issuer {
    key: EncodingKey,
    /// The key that tokens can be checked with.
    pub jwks: Value,
}

impl Issuer {
    /// Signs with the process's key.
    pub fn new() -> Result<Self, AnyError> {
        let key = EncodingKey::from_rsa_pem(keys()?.private.as_bytes())?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256)?;
        jwk.common.key_id = Some(KEY_ID.into());
        Ok(Self { key, jwks: json!({"keys": [jwk]}) })
    }

    /// The token of a person who has logged in.
    pub fn token_of_person(&self, number: &str) -> Option<String> {
        let now = Utc::now();
        let claims = json!({
            "iss": LOGIN_ISSUER,
            "iat": now.timestamp(),
            "exp": (now + TimeDelta::hours(1)).timestamp(),
            "jti": uuid::Uuid::new_v4(),
            "acr": "idporten-loa-high",
            "pid": number,
        });
        self.signed(&claims)
    }

    fn signed(&self, claims: &Value) -> Option<String> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(KEY_ID.into());
        encode(&header, claims, &self.key).ok()
    }

    /// A token for an organisation.
    pub fn token(&self, organization: &str, scope: &str) -> Option<String> {
        let now = Utc::now();
        let claims = json!({
            "iss": ISSUER,
            "iat": now.timestamp(),
            "exp": (now + TimeDelta::hours(1)).timestamp(),
            "jti": uuid::Uuid::new_v4(),
            "token_type": "Bearer",
            "client_amr": "private_key_jwt",
            "client_id": "local",
            "scope": scope,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{organization}")},
            "urn:altinn:orgNumber": organization,
        });
        self.signed(&claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, decode};

    #[test]
    fn a_token_is_good_by_the_published_key() {
        let issuer = Issuer::new().unwrap();
        let key: Jwk = serde_json::from_value(issuer.jwks["keys"][0].clone()).unwrap();
        let token = issuer.token("991825827", SCOPE).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[ISSUER]);
        let token = decode::<Value>(&token, &DecodingKey::from_jwk(&key).unwrap(), &validation).unwrap();
        assert_eq!(token.claims["consumer"]["ID"], "0192:991825827");
    }
}
