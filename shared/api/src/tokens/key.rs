//! A key of an issuer, and which signatures it may check.

use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// A key that signatures are checked with.
pub struct Key {
    decoding: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl Key {
    /// The key as the library takes it.
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The algorithms that it may be used with.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }
}

/// A key with its name, if it is one that signatures are checked with. Others may stand beside it.
pub fn of_jwk(value: Value) -> Option<(String, Arc<Key>)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithms = algorithms(&jwk);
    let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    if algorithms.is_empty() || !signs {
        return None;
    }
    let key = Key { decoding: DecodingKey::from_jwk(&jwk).ok()?, algorithms };
    Some((jwk.common.key_id?, Arc::new(key)))
}

/// What a key is good for: by its kind, and by what it says itself. A shared secret is good for nothing:
/// whoever can check with it can sign with it.
fn algorithms(jwk: &Jwk) -> Vec<Algorithm> {
    let kind: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => {
            &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256]
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        _ => &[],
    };
    let says = jwk.common.key_algorithm;
    let permits = |algorithm: &Algorithm| says.is_none_or(|only| only == KeyAlgorithm::from(*algorithm));
    kind.iter().copied().filter(permits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::keys::{ec_key, rsa_key};
    use serde_json::json;

    #[test]
    fn only_keys_that_check_signatures_count() {
        let good_for = |jwk: &Value| of_jwk(jwk.clone()).map(|(_, key)| key.algorithms.clone());
        let with = |name: &str, value: &str| {
            let mut jwk = rsa_key().jwk("a");
            jwk[name] = value.into();
            good_for(&jwk)
        };
        assert_eq!(good_for(&ec_key().jwk("a")), Some(vec![Algorithm::ES256]));
        assert_eq!(with("use", "sig").map(|algorithms| algorithms.len()), Some(4));
        assert_eq!(with("alg", "RS512"), Some(vec![Algorithm::RS512]));
        assert_eq!(with("alg", "HS256"), None);
        assert_eq!(with("use", "enc"), None);
        assert_eq!(good_for(&json!({"kid": "a", "kty": "oct", "k": "c2VjcmV0"})), None);
        assert_eq!(good_for(&json!({"kid": "a", "kty": "new"})), None);
        assert_eq!(good_for(&json!("a")), None);
    }
}
