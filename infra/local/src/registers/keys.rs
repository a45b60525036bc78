//! The RSA key that everything local signs with. Making one takes long, so a process has one.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Both halves of a key, as PEM.
pub struct Keys {
    pub private: String,
    pub public: String,
}

/// The process's keys.
pub fn keys() -> Result<&'static Keys, Unspecified> {
    static KEYS: LazyLock<Result<Keys, Unspecified>> = LazyLock::new(make);
    KEYS.as_ref().map_err(|error| *error)
}

fn make() -> Result<Keys, Unspecified> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der<'_> = pair.as_der()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    Ok(Keys { private: pem("PRIVATE KEY", private.as_ref()), public: pem("PUBLIC KEY", public.as_ref()) })
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}
