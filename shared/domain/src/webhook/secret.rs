//! What posts are signed with (Standard Webhooks specification, "Signature scheme").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a secret is written with.
const PREFIX: &str = "whsec_";

/// A secret that an owner knows, too: `whsec_` and base 64 of 32 bytes. It does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Secret([u8; 32]);

/// Not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of a webhook")]
pub struct InvalidSecret;

impl Secret {
    /// Of random bytes.
    pub fn of(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// As its owner reads it, once.
    pub fn written(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// Signs a post: `v1,` and base 64 of the HMAC-SHA256 of id, time and body.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        // HMAC takes a key of any length, so that this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl TryFrom<String> for Secret {
    type Error = InvalidSecret;

    fn try_from(text: String) -> Result<Self, InvalidSecret> {
        let bytes = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(InvalidSecret)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.written()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_and_read_and_does_not_print() {
        let secret = Secret::of([9; 32]);
        assert_eq!(Secret::try_from(secret.written()), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "…");
        for text in ["", "whsec_", "whsec_AAAA", "AAAA"] {
            assert_eq!(Secret::try_from(text.to_owned()), Err(InvalidSecret), "{text}");
        }
    }

    /// Computed with another implementation: Python's hmac and base64.
    #[test]
    fn a_signature_is_the_specifications() {
        let secret = Secret::of(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(secret.sign("msg_1", 1_614_265_330, "{\"test\": 2432232314}"), EXPECTED);
    }

    const EXPECTED: &str = "v1,aTF4+pE6A/FmvKM0YSVBBUfRhLIlBiaBUR+EjGls6Mc=";
}
