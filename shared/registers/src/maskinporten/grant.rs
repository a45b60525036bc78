//! The grant: a JWT that says who asks for which scope, good once and for less than two minutes.
//! Source: docs.digdir.no, Maskinporten, JWT grants.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde::Deserialize;
use serde_json::json;

use super::TokenError;

/// Seconds that a grant is good for; 120 is the most that is taken.
const LIVES: u64 = 60;

/// The key that grants are signed with, as it stands in its secret.
#[derive(Deserialize)]
pub struct SigningKey {
    kid: String,
    pem: String,
}

impl SigningKey {
    /// Reads the secret's text.
    pub fn parse(secret: &str) -> Result<Self, TokenError> {
        // The parser's own words could repeat the key.
        serde_json::from_str(secret).map_err(|_| TokenError::Key)
    }

    /// A grant for one token.
    pub fn grant(&self, issuer: &str, client_id: &str, scope: &str) -> Result<String, TokenError> {
        let now = get_current_timestamp();
        let claims = json!({
            "aud": issuer,
            "iss": client_id,
            "scope": scope,
            "iat": now,
            "exp": now + LIVES,
            "jti": uuid::Uuid::new_v4(),
        });
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_pem(self.pem.as_bytes()).map_err(|_| TokenError::Key)?;
        encode(&header, &claims, &key).map_err(|_| TokenError::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use base64::{Engine, engine::general_purpose::STANDARD};
    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    fn read(grant: &str, public: &DecodingKey, validation: &Validation) -> Value {
        decode(grant, public, validation).unwrap().claims
    }

    #[test]
    fn a_grant_is_signed_short_lived_and_used_once() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        let key = SigningKey::parse(&json!({"kid": "k1", "pem": pem}).to_string()).unwrap();
        let jwk =
            Jwk::from_encoding_key(&EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), Algorithm::RS256);
        let public = DecodingKey::from_jwk(&jwk.unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&["https://maskinporten.example/"]);

        let grant = key.grant("https://maskinporten.example/", "us", "krr:a krr:b").unwrap();
        assert_eq!(decode_header(&grant).unwrap().kid.as_deref(), Some("k1"));
        let claims = read(&grant, &public, &validation);
        assert_eq!((&claims["iss"], &claims["scope"]), (&json!("us"), &json!("krr:a krr:b")));
        assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 120);
        let other = key.grant("https://maskinporten.example/", "us", "krr:a krr:b").unwrap();
        assert_ne!(claims["jti"], read(&other, &public, &validation)["jti"]);
    }

    #[test]
    fn an_invalid_key_is_an_error_that_does_not_repeat_it() {
        assert!(SigningKey::parse("hemmelig").is_err());
        let key = SigningKey::parse(r#"{"kid":"a","pem":"hemmelig"}"#).unwrap();
        let error = key.grant("a", "b", "c").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hemmelig"));
    }
}
