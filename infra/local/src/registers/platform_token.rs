//! The token of its platform that the register of names wants, and the one that is in the deployment's secret. They are
//! the same until a test lets one expire.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

/// The header that carries it.
const HEADER: &str = "PlatformAccessToken";

/// Both tokens.
pub struct PlatformToken(Mutex<Both>);

struct Both {
    wanted: String,
    held: String,
}

/// What becomes of them; what is not given stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What the register wants from now on.
    wanted: Option<String>,
    /// What the secret holds from now on.
    held: Option<String>,
}

impl Default for PlatformToken {
    fn default() -> Self {
        Self(Mutex::new(Both { wanted: "local".into(), held: "local".into() }))
    }
}

impl PlatformToken {
    /// Whether a request shows the token that is wanted.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        headers.get(HEADER).is_some_and(|token| token.as_bytes() == self.both().wanted.as_bytes())
    }

    /// The headers for registers, as the secret holds them.
    pub fn secret(&self) -> String {
        json!({"names": {HEADER: self.both().held}}).to_string()
    }

    /// Changes them.
    pub fn change(&self, change: Change) {
        let mut both = self.both();
        let Both { wanted, held } = &mut *both;
        *wanted = change.wanted.unwrap_or_else(|| std::mem::take(wanted));
        *held = change.held.unwrap_or_else(|| std::mem::take(held));
    }

    fn both(&self) -> MutexGuard<'_, Both> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
