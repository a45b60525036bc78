//! The keys of one issuer: fetched when they are needed, kept for a day, and shared by all callers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, RwLock};
use tokio::time::Instant;
use varsling_outgoing_http::{self as outgoing_http, Unanswered};

use super::key::{self, Key};

/// How long keys are used before they are fetched again.
const KEPT: Duration = Duration::from_hours(24);
/// How soon after a fetch an unknown key causes another: anybody can make up the name of a key.
const BETWEEN: Duration = Duration::from_mins(1);
/// The most bytes that an issuer's keys may have.
const LIMIT: usize = 256 * 1024;

/// Why there is no key.
#[derive(Debug, PartialEq, Eq)]
pub enum NoKey {
    /// The issuer has none of that name.
    Unknown,
    /// The issuer does not answer.
    Unavailable,
}

/// One issuer's keys.
pub struct Jwks {
    url: String,
    client: Client,
    kept: Duration,
    between: Duration,
    /// Never locked during a fetch, so that no caller with a known key waits for one.
    keys: RwLock<Option<Arc<Fetched>>>,
    /// Locked while fetching, so that all waiting callers share one fetch.
    last: Mutex<Option<Attempt>>,
}

struct Fetched {
    at: Instant,
    keys: HashMap<String, Arc<Key>>,
}

#[derive(Clone, Copy)]
struct Attempt {
    ended: Instant,
    succeeded: bool,
}

#[derive(Deserialize)]
struct Answer {
    keys: Vec<Value>,
}

impl Jwks {
    /// The keys at a URL.
    pub fn new(url: String, client: Client) -> Self {
        let (keys, last) = (RwLock::new(None), Mutex::new(None));
        Self { url, client, kept: KEPT, between: BETWEEN, keys, last }
    }

    /// Fetches the keys if there are none yet.
    pub async fn warm(&self) {
        if self.fetched().await.is_none() {
            self.refresh().await;
        }
    }

    /// The key of a name. Old keys stay in use while new ones cannot be fetched.
    pub async fn find(&self, id: &str) -> Result<Arc<Key>, NoKey> {
        if let Some(fetched) = self.fetched().await.filter(|fetched| fetched.at.elapsed() < self.kept)
            && let Some(key) = fetched.keys.get(id)
        {
            return Ok(Arc::clone(key));
        }
        let is_current = self.refresh().await;
        let key = self.fetched().await.and_then(|fetched| fetched.keys.get(id).cloned());
        key.ok_or(if is_current { NoKey::Unknown } else { NoKey::Unavailable })
    }

    async fn fetched(&self) -> Option<Arc<Fetched>> {
        self.keys.read().await.clone()
    }

    /// Fetches the keys unless that was just done, and returns whether the last fetch succeeded.
    async fn refresh(&self) -> bool {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if self.is_due(*last, asked).await {
            let succeeded = self.fetch().await;
            *last = Some(Attempt { ended: Instant::now(), succeeded });
        }
        last.is_some_and(|attempt| attempt.succeeded)
    }

    async fn is_due(&self, last: Option<Attempt>, asked: Instant) -> bool {
        let Some(last) = last else { return true };
        // It ended while this caller waited: its result is recent enough.
        if last.ended > asked {
            return false;
        }
        last.ended.elapsed() >= self.between || self.fetched().await.is_none()
    }

    async fn fetch(&self) -> bool {
        let answer: Result<Answer, Unanswered> = outgoing_http::ask(self.client.get(&self.url), LIMIT).await;
        match answer {
            Ok(answer) => {
                let keys = answer.keys.into_iter().filter_map(key::of_jwk).collect();
                *self.keys.write().await = Some(Arc::new(Fetched { at: Instant::now(), keys }));
                true
            }
            Err(why) => {
                why.trouble().log("token issuer", &self.url, &why);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::keys::rsa_key;
    use futures::future::join_all;
    use serde_json::json;
    use std::sync::atomic::{AtomicBool, Ordering};
    use varsling_outgoing_http::client;
    use varsling_test_server::{Reply, TinyServer};

    fn jwks(server: &TinyServer) -> Jwks {
        Jwks::new(server.url(), client().unwrap())
    }

    fn set(ids: &[&str]) -> Reply {
        let keys: Vec<_> = ids.iter().map(|id| rsa_key().jwk(id)).collect();
        Reply::json(&json!({ "keys": keys }))
    }

    /// How many fetches four callers at the same time cause, and whether they find their key.
    async fn four_at_once(reply: Reply) -> (usize, bool) {
        let server = TinyServer::replying(reply).await;
        let jwks = Jwks { between: Duration::ZERO, ..jwks(&server) };
        let found = join_all(["a", "b", "a", "b"].map(|id| jwks.find(id))).await;
        (server.requests().len(), found.iter().all(Result::is_ok))
    }

    #[tokio::test]
    async fn all_waiting_callers_share_one_fetch() {
        assert_eq!(four_at_once(set(&["a", "b"])).await, (1, true));
        assert_eq!(four_at_once(Reply::status(503)).await, (1, false));
    }

    #[tokio::test]
    async fn keys_are_not_fetched_again_while_they_are_known() {
        let server = TinyServer::replying(set(&["a"])).await;
        let jwks = Jwks { between: Duration::ZERO, ..jwks(&server) };
        jwks.warm().await;
        jwks.warm().await;
        assert!(jwks.find("a").await.is_ok());
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn made_up_names_cause_no_fetch_after_a_fetch() {
        let server = TinyServer::replying(set(&["a"])).await;
        let jwks = jwks(&server);
        for _ in 0..3 {
            assert_eq!(jwks.find("made up").await.err(), Some(NoKey::Unknown));
        }
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_new_key_is_found_when_it_is_time_to_look_again() {
        let rotated = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&rotated);
        let server =
            TinyServer::answering(move |_| set(if flag.load(Ordering::SeqCst) { &["b"] } else { &["a"] }))
                .await;
        let jwks = Jwks { between: Duration::ZERO, ..jwks(&server) };
        assert!(jwks.find("a").await.is_ok());
        rotated.store(true, Ordering::SeqCst);
        assert!(jwks.find("b").await.is_ok());
        assert_eq!(jwks.find("a").await.err(), Some(NoKey::Unknown));
    }

    #[tokio::test]
    async fn old_keys_serve_on_while_the_issuer_is_down() {
        let down = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&down);
        let server =
            TinyServer::answering(
                move |_| {
                    if flag.load(Ordering::SeqCst) { Reply::status(503) } else { set(&["a"]) }
                },
            )
            .await;
        let jwks = Jwks { kept: Duration::ZERO, between: Duration::ZERO, ..jwks(&server) };
        assert!(jwks.find("a").await.is_ok());
        down.store(true, Ordering::SeqCst);
        assert!(jwks.find("a").await.is_ok());
        assert_eq!(jwks.find("b").await.err(), Some(NoKey::Unavailable));
        assert_eq!(server.requests().len(), 3);
    }

    #[tokio::test]
    async fn without_any_keys_every_caller_tries_again() {
        let replies = [Reply::status(503), Reply::ok("<html>"), set(&["a"])];
        let count = Arc::new(Mutex::new(replies.into_iter()));
        let server =
            TinyServer::answering(move |_| count.try_lock().unwrap().next().unwrap_or(Reply::status(500)))
                .await;
        let jwks = jwks(&server);
        assert_eq!(jwks.find("a").await.err(), Some(NoKey::Unavailable));
        assert_eq!(jwks.find("a").await.err(), Some(NoKey::Unavailable));
        assert!(jwks.find("a").await.is_ok());
    }

    #[tokio::test]
    async fn an_endless_set_is_not_read() {
        let padding = "x".repeat(LIMIT);
        let server = TinyServer::replying(Reply::json(&json!({"keys": [], "padding": padding}))).await;
        assert_eq!(jwks(&server).find("a").await.err(), Some(NoKey::Unavailable));
    }
}
