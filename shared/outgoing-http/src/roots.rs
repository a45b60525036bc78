//! Whom requests to others trust: the public authorities that Mozilla trusts, built in. Reading and parsing the machine's own
//! for each client takes longer than everything else that a function does as it starts.

use std::sync::{Arc, LazyLock};

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

static ROOTS: LazyLock<Arc<RootCertStore>> =
    LazyLock::new(|| Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }));

/// The TLS settings of a client, which share their roots with those of all others.
pub fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(Arc::clone(&ROOTS)).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_are_there_and_shared() {
        assert!(ROOTS.len() > 50);
        assert!(tls().is_ok());
        assert!(Arc::strong_count(&ROOTS) >= 1);
    }
}
