//! Keys that tests sign with. Making an RSA key takes a while, so there is one for all.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// A key pair.
pub struct Signer {
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Signer {
    /// The public half, as an issuer publishes it.
    pub fn jwk(&self, id: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = id.into();
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    }

    /// A token with a header and claims.
    pub fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).unwrap()
    }

    /// The header of a token that names its key.
    pub fn header(&self, id: &str) -> Header {
        Header { kid: Some(id.into()), ..Header::new(self.algorithm) }
    }
}

/// The RSA key.
pub fn rsa_key() -> &'static Signer {
    static KEY: LazyLock<Signer> = LazyLock::new(new_rsa_key);
    &KEY
}

/// A key that no issuer publishes.
pub fn other_rsa_key() -> &'static Signer {
    static KEY: LazyLock<Signer> = LazyLock::new(new_rsa_key);
    &KEY
}

/// The key on an elliptic curve.
pub fn ec_key() -> &'static Signer {
    static KEY: LazyLock<Signer> = LazyLock::new(|| {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Signer { key: EncodingKey::from_ec_der(pkcs8.unwrap().as_ref()), algorithm: Algorithm::ES256 }
    });
    &KEY
}

fn new_rsa_key() -> Signer {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // The PKCS#1 key, which the library signs with, is wrapped in 26 bytes.
    Signer { key: EncodingKey::from_rsa_der(&der.as_ref()[26..]), algorithm: Algorithm::RS256 }
}

/// The parts of a token, joined without a signature that means anything.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.", encoded(header), encoded(claims))
}

fn encoded(part: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Claims of a good token, and what is different about them; null takes a claim away.
pub fn claims(changes: &Value) -> Value {
    let now = jsonwebtoken::get_current_timestamp();
    let mut claims = json!({
        "iss": super::ISSUER,
        "iat": now,
        "exp": now + 600,
        "scope": "other altinn:serviceowner/notifications.create",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:991825827"},
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let claims = claims.as_object_mut().unwrap();
    claims.retain(|_, value| !value.is_null());
    claims.clone().into()
}
