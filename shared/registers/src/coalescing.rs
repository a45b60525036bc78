//! Questions about single recipients share calls: whoever asks while one is under way is in the next, so that ten
//! messages make two calls at most, and a list of thousands as few as the register allows. Nothing is remembered.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Duration, Instant};

use super::{RegisterError, Unanswered};

/// How many calls are made at most to find out whom of a batch the register answers nonsense about.
const SEARCH: usize = 48;
/// How long the search may begin another call: a function has half a minute for everything.
const PATIENCE: Duration = Duration::from_secs(6);

/// A register that can be asked about many at once.
pub trait Batched: Clone + Send + Sync {
    /// Whom it is asked about.
    type Key: Clone + Eq + Hash + Send + Sync;
    /// What it knows of them.
    type Value: Clone + Send;

    /// How many it is asked about in one call.
    const BATCH: usize;

    /// What it knows of each; whom it does not mention is not in the map.
    fn look_up(
        &self,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, RegisterError>> + Send;
}

type Answer<R> = Result<Option<<R as Batched>::Value>, RegisterError>;

type Waiting<R> = Vec<(<R as Batched>::Key, oneshot::Sender<Answer<R>>)>;

/// Who waits for the next call of the register, and whose turn it is to make it.
pub struct Coalesced<R: Batched> {
    register: R,
    waiting: Mutex<Waiting<R>>,
    turn: tokio::sync::Mutex<()>,
}

impl<R: Batched> Coalesced<R> {
    /// For those who ask a register at the same time.
    pub fn new(register: &R) -> Self {
        Self { register: register.clone(), waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    fn join(&self, key: &R::Key) -> oneshot::Receiver<Answer<R>> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((key.clone(), sender));
        receiver
    }

    fn next(&self) -> Waiting<R> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(R::BATCH);
        waiting.drain(..count).collect()
    }

    /// What the register knows of one; none if it does not mention it.
    pub async fn find(&self, key: &R::Key) -> Answer<R> {
        let mut answer = self.join(key);
        // Those who ask in the same breath are all in the first call.
        tokio::task::yield_now().await;
        loop {
            tokio::select! {
                biased;
                answered = &mut answer => match answered {
                    Ok(answer) => return answer,
                    // Whoever was asking for all has been stopped.
                    Err(_) => answer = self.join(key),
                },
                _turn = self.turn.lock() => self.ask_for_all().await,
            }
        }
    }

    async fn ask_for_all(&self) {
        let asking = self.next();
        if asking.is_empty() {
            return;
        }
        let keys: Vec<_> = asking.iter().map(|(key, _)| key.clone()).collect();
        let mut found = self.search(&keys).await;
        for (key, sender) in asking {
            let answer = found.remove(&key).unwrap_or(Ok(None));
            // Somebody may be asked about twice.
            found.insert(key, answer.clone());
            // An error means that nobody waits for it any longer.
            let _ = sender.send(answer);
        }
    }

    /// What the register answers about each. Nonsense about one is no reason for another to wait: the batch is
    /// halved until it is found.
    async fn search(&self, keys: &[R::Key]) -> HashMap<R::Key, Answer<R>> {
        let (mut answers, mut left, mut calls) = (HashMap::new(), vec![keys], 0);
        let end = Instant::now() + PATIENCE;
        while let Some(part) = left.pop() {
            calls += 1;
            match self.register.look_up(part).await {
                Ok(found) => answers.extend(found.into_iter().map(|(key, value)| (key, Ok(Some(value))))),
                Err(error)
                    if part.len() > 1 && is_nonsense(error) && calls < SEARCH && Instant::now() < end =>
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

    fn together(server: &TinyServer) -> Coalesced<Krr> {
        Coalesced::new(&krr(server))
    }

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_share_a_call() {
        let server = TinyServer::answering(everybody).await;
        let (together, numbers) = (together(&server), NUMBERS.map(number));
        let twice = numbers.iter().chain(&numbers);
        let found = join_all(twice.map(|number| together.find(number))).await;
        assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))));
        assert_eq!(server.requests().len(), 1);
        together.find(&numbers[0]).await.unwrap();
        assert_eq!(server.requests().len(), 2, "nothing is remembered");
    }

    #[tokio::test]
    async fn a_failure_is_everybodys_who_shared_it() {
        let server = TinyServer::replying(Reply::status(403)).await;
        let (together, numbers) = (together(&server), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        assert!(found.iter().all(Result::is_err));
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn who_is_not_mentioned_is_not_known() {
        let server = TinyServer::replying(Reply::ok(r#"{"personer": []}"#)).await;
        assert_eq!(together(&server).find(&number(NUMBERS[0])).await, Ok(None));
    }

    #[tokio::test]
    async fn nonsense_about_one_keeps_nobody_else_waiting() {
        let server = TinyServer::answering(|request| {
            if request.body.contains(NUMBERS[1]) { Reply::ok("nonsense") } else { everybody(request) }
        });
        let server = server.await;
        let (together, numbers) = (together(&server), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        let answered: Vec<_> = found.iter().map(Result::is_ok).collect();
        assert_eq!(answered, [true, false, true, true]);
    }

    #[tokio::test]
    async fn a_register_that_talks_nonsense_is_not_asked_for_ever() {
        let server = TinyServer::replying(Reply::ok("nonsense")).await;
        let together = together(&server);
        let numbers: Vec<_> = (0..3).flat_map(|_| NUMBERS.map(number)).collect();
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        assert!(found.iter().all(Result::is_err));
        assert!(server.requests().len() <= SEARCH + numbers.len());
    }

    #[tokio::test]
    async fn who_waits_for_somebody_that_is_stopped_asks_anew() {
        let server = TinyServer::answering(everybody).await;
        let (together, number) = (together(&server), number(NUMBERS[0]));
        let orphan = together.join(&number);
        drop(together.next());
        assert!(orphan.await.is_err());
        assert!(together.find(&number).await.is_ok());
    }
}
