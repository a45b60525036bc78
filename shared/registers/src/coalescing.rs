//! Request coalescing: lookups of single recipients share calls of a register. Lookups that start while a call is under
//! way go into the next call, so that ten messages make two calls at most, and a list of thousands as few as the register
//! allows. Nothing is cached.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Duration, Instant};

use super::{RegisterError, Unanswered};

/// How many calls are made at most to find the keys of a batch that the register gives an unusable answer about.
const MOST_CALLS: usize = 48;
/// How long after its start the search may begin another call: a function has half a minute for everything.
const SEARCH_TIME: Duration = Duration::from_secs(6);

/// A register that takes many keys in one call.
pub trait Batched: Clone + Send + Sync {
    /// What an entry is looked up by.
    type Key: Clone + Eq + Hash + Send + Sync;
    /// What an entry holds.
    type Value: Clone + Send;

    /// How many keys one call takes.
    const BATCH: usize;

    /// The entry of each key; a key without one is not in the map.
    fn look_up(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, RegisterError>> + Send;
}

type Answer<R> = Result<Option<<R as Batched>::Value>, RegisterError>;

type Waiting<R> = Vec<(<R as Batched>::Key, oneshot::Sender<Answer<R>>)>;

/// Coalesces the concurrent lookups of one register. A waiting lookup that gets the call lock makes the next call for
/// all that wait.
pub struct Coalesced<R: Batched> {
    register: R,
    waiting: Mutex<Waiting<R>>,
    call_lock: tokio::sync::Mutex<()>,
}

impl<R: Batched> Coalesced<R> {
    /// With nothing waiting yet.
    pub fn new(register: &R) -> Self {
        Self {
            register: register.clone(),
            waiting: Mutex::default(),
            call_lock: tokio::sync::Mutex::default(),
        }
    }

    fn enqueue(&self, key: &R::Key) -> oneshot::Receiver<Answer<R>> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((key.clone(), sender));
        receiver
    }

    fn take_batch(&self) -> Waiting<R> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(R::BATCH);
        waiting.drain(..count).collect()
    }

    /// The entry of one key; none if the register has none.
    pub async fn find(&self, key: &R::Key) -> Answer<R> {
        let mut answer = self.enqueue(key);
        // Lookups that start at the same time are queued during this yield, and share the first call.
        tokio::task::yield_now().await;
        loop {
            tokio::select! {
                biased;
                answered = &mut answer => match answered {
                    Ok(answer) => return answer,
                    // The lookup that made the call was cancelled.
                    Err(_) => answer = self.enqueue(key),
                },
                _locked = self.call_lock.lock() => self.call_for_all().await,
            }
        }
    }

    async fn call_for_all(&self) {
        let batch = self.take_batch();
        if batch.is_empty() {
            return;
        }
        let keys: Vec<_> = batch.iter().map(|(key, _)| key.clone()).collect();
        let mut found = self.search(&keys).await;
        for (key, sender) in batch {
            let answer = found.remove(&key).unwrap_or(Ok(None));
            // A batch may contain a key twice.
            found.insert(key, answer.clone());
            // An error means that the lookup was cancelled.
            let _ = sender.send(answer);
        }
    }

    /// The answer for each key. An unusable answer fails only the keys that cause it: the batch is halved until they
    /// are found.
    async fn search(&self, keys: &[R::Key]) -> HashMap<R::Key, Answer<R>> {
        let (mut answers, mut left, mut calls) = (HashMap::new(), vec![keys], 0);
        let end = Instant::now() + SEARCH_TIME;
        while let Some(part) = left.pop() {
            calls += 1;
            match self.register.look_up(part).await {
                Ok(found) => answers.extend(found.into_iter().map(|(key, value)| (key, Ok(Some(value))))),
                Err(error)
                    if part.len() > 1 && is_nonsense(error) && calls < MOST_CALLS && Instant::now() < end =>
                {
                    let (first, second) = part.split_at(part.len() / 2);
                    left.extend([second, first]);
                }
                Err(error) => answers.extend(part.iter().map(|key| (key.clone(), Err(error)))),
            }
        }
        answers
    }
}

fn is_nonsense(error: RegisterError) -> bool {
    matches!(error, RegisterError::Unavailable { why: Unanswered::Nonsense, .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krr::Krr;
    use crate::krr::tests::{everybody, krr, number};
    use futures::future::join_all;
    use varsling_test_server::{Reply, TinyServer};

    const NUMBERS: [&str; 4] = ["20914695016", "11876995923", "08867597396", "10915596784"];

    fn coalesced(server: &TinyServer) -> Coalesced<Krr> {
        Coalesced::new(&krr(server))
    }

    #[tokio::test]
    async fn concurrent_lookups_share_a_call() {
        let server = TinyServer::answering(everybody).await;
        let (coalesced, numbers) = (coalesced(&server), NUMBERS.map(number));
        let twice = numbers.iter().chain(&numbers);
        let found = join_all(twice.map(|number| coalesced.find(number))).await;
        assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))));
        assert_eq!(server.requests().len(), 1);
        coalesced.find(&numbers[0]).await.unwrap();
        assert_eq!(server.requests().len(), 2, "nothing is remembered");
    }

    #[tokio::test]
    async fn a_failed_call_fails_every_lookup_that_shared_it() {
        let server = TinyServer::replying(Reply::status(403)).await;
        let (coalesced, numbers) = (coalesced(&server), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| coalesced.find(number))).await;
        assert!(found.iter().all(Result::is_err));
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_key_without_an_entry_is_not_known() {
        let server = TinyServer::replying(Reply::ok(r#"{"personer": []}"#)).await;
        assert_eq!(coalesced(&server).find(&number(NUMBERS[0])).await, Ok(None));
    }

    #[tokio::test]
    async fn an_unusable_answer_about_one_key_does_not_fail_the_others() {
        let starting = TinyServer::answering(|request| {
            if request.body.contains(NUMBERS[1]) { Reply::ok("nonsense") } else { everybody(request) }
        });
        let server = starting.await;
        let (coalesced, numbers) = (coalesced(&server), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| coalesced.find(number))).await;
        let answered: Vec<_> = found.iter().map(Result::is_ok).collect();
        assert_eq!(answered, [true, false, true, true]);
    }

    #[tokio::test]
    async fn the_search_ends_when_every_answer_is_unusable() {
        let server = TinyServer::replying(Reply::ok("nonsense")).await;
        let coalesced = coalesced(&server);
        let numbers: Vec<_> = (0..3).flat_map(|_| NUMBERS.map(number)).collect();
        let found = join_all(numbers.iter().map(|number| coalesced.find(number))).await;
        assert!(found.iter().all(Result::is_err));
        assert!(server.requests().len() <= MOST_CALLS + numbers.len());
    }

    #[tokio::test]
    async fn a_lookup_whose_call_is_cancelled_is_queued_again() {
        let server = TinyServer::answering(everybody).await;
        let (coalesced, number) = (coalesced(&server), number(NUMBERS[0]));
        let orphan = coalesced.enqueue(&number);
        drop(coalesced.take_batch());
        assert!(orphan.await.is_err());
        assert!(coalesced.find(&number).await.is_ok());
    }
}
