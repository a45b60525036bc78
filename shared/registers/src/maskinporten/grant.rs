//! The grant: a JWT that says who asks for which scope, good once and for less than two minutes.
//! Source: docs.digdir.no, Maskinporten, JWT grants.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde::{Deserialize, Serialize};

use super::TokenError;

/// Seconds that a grant is good for; 120 is the most that is taken.
const LIVES: u64 = 60;

/// The key that grants are signed with, as it stands in its secret.
#[derive(Deserialize)]
pub struct SigningKey {
    kid: String,
    pem: String,
}

/// What a token is asked for.
pub struct Wanted {
    /// The scope.
    pub scope: String,
    /// Where the token counts, which becomes its audience; anywhere that takes the scope where there is none.
    pub resource: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    iat: u64,
    exp: u64,
    jti: uuid::Uuid,
}

impl SigningKey {
    /// Reads the secret's text.
    pub fn parse(secret: &str) -> Result<Self, TokenError> {
        // The parser's own words could repeat the key.
        serde_json::from_str(secret).map_err(|_| TokenError::Key)
    }

    /// A grant for one token.
    pub fn grant(&self, issuer: &str, client_id: &str, wanted: &Wanted) -> Result<String, TokenError> {
        let now = get_current_timestamp();
        let Wanted { scope, resource } = wanted;
        let claims = Claims {
            aud: issuer,
            iss: client_id,
            scope,
            resource: resource.as_deref(),
            iat: now,
            exp: now + LIVES,
            jti: uuid::Uuid::new_v4(),
        };
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
    use serde_json::{Value, json};

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

        let anywhere = Wanted { scope: "krr:a krr:b".into(), resource: None };
        let grant = key.grant("https://maskinporten.example/", "us", &anywhere).unwrap();
        assert_eq!(decode_header(&grant).unwrap().kid.as_deref(), Some("k1"));
        let claims = read(&grant, &public, &validation);
        assert_eq!((&claims["iss"], &claims["scope"]), (&json!("us"), &json!("krr:a krr:b")));
        assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 120);
        assert!(claims.get("resource").is_none(), "{claims}");
        let at_host = Wanted { resource: Some("https://api.example.no".into()), ..anywhere };
        let other = key.grant("https://maskinporten.example/", "us", &at_host).unwrap();
        let other = read(&other, &public, &validation);
        assert_ne!(claims["jti"], other["jti"]);
        assert_eq!(other["resource"], "https://api.example.no");
    }

    #[test]
    fn an_invalid_key_is_an_error_that_does_not_repeat_it() {
        assert!(SigningKey::parse("hemmelig").is_err());
        let key = SigningKey::parse(r#"{"kid":"a","pem":"hemmelig"}"#).unwrap();
        let error = key.grant("a", "b", &Wanted { scope: "c".into(), resource: None }).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hemmelig"));
    }
}
