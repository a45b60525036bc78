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

/// The algorithms that a key may be used with: those of its kind, and only the one that it names, if any. None for a
/// shared secret: anybody who can check a signature with it can sign with it.
fn algorithms(jwk: &Jwk) -> Vec<Algorithm> {
    let kind: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => {
            &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256]
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        _ => &[],
    };
    kind.iter().copied().filter(|algorithm| permits(jwk, *algorithm)).collect()
}

fn permits(jwk: &Jwk, algorithm: Algorithm) -> bool {
    jwk.common.key_algorithm.is_none_or(|only| only == KeyAlgorithm::from(algorithm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::keys::{ec_key, rsa_key};
    use serde_json::json;

    fn algorithms_of(jwk: Value) -> Option<Vec<Algorithm>> {
        of_jwk(jwk).map(|(_, key)| key.algorithms.clone())
    }

    fn rsa_algorithms_with(name: &str, value: &str) -> Option<Vec<Algorithm>> {
        let mut jwk = rsa_key().jwk("a");
        jwk[name] = value.into();
        algorithms_of(jwk)
    }

    #[test]
    fn only_keys_that_check_signatures_count() {
        assert_eq!(algorithms_of(ec_key().jwk("a")), Some(vec![Algorithm::ES256]));
        assert_eq!(rsa_algorithms_with("use", "sig").map(|algorithms| algorithms.len()), Some(4));
        assert_eq!(rsa_algorithms_with("alg", "RS512"), Some(vec![Algorithm::RS512]));
        assert_eq!(rsa_algorithms_with("alg", "HS256"), None);
        assert_eq!(rsa_algorithms_with("use", "enc"), None);
        assert_eq!(algorithms_of(json!({"kid": "a", "kty": "oct", "k": "c2VjcmV0"})), None);
        assert_eq!(algorithms_of(json!({"kid": "a", "kty": "new"})), None);
        assert_eq!(algorithms_of(json!("a")), None);
    }
}
