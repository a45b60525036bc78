//! Tokens that each count at one host: what is shown to one owner's endpoint is of no use at another's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Tokens;

/// Of how many hosts tokens are kept at most.
const MOST: usize = 1_000;

/// Tokens for one scope, apart for each host.
#[derive(Clone)]
pub struct HostTokens {
    open: Arc<dyn Fn(&str) -> Tokens + Send + Sync>,
    known: Arc<Mutex<HashMap<String, Tokens>>>,
}

impl HostTokens {
    /// With what opens the tokens of a host.
    pub(crate) fn from(open: impl Fn(&str) -> Tokens + Send + Sync + 'static) -> Self {
        Self { open: Arc::new(open), known: Arc::default() }
    }

    /// The tokens that count at a host.
    pub fn at(&self, host: &str) -> Tokens {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(host) {
            known.clear();
        }
        known.entry(host.to_owned()).or_insert_with(|| (self.open)(host)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn each_host_has_tokens_of_its_own_which_are_opened_once() {
        let count = Arc::new(AtomicUsize::new(0));
        let opened = Arc::clone(&count);
        let tokens = HostTokens::from(move |_| {
            opened.fetch_add(1, Ordering::SeqCst);
            Tokens::failing()
        });
        for host in ["a.example.no", "b.example.no", "a.example.no"] {
            tokens.at(host);
        }
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
