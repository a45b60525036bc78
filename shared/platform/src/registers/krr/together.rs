//! Questions of one batch about single persons share calls: whoever asks while one is under way is in the next,
//! so that ten messages make two calls and not ten. Nothing is remembered.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use varsling_domain::identity::NationalIdentityNumber;
use varsling_domain::recipients::PersonContact;

use super::{BATCH, Krr, RegisterError};
use crate::registers::Unanswered;

type Answer = Result<PersonContact, RegisterError>;

/// Who waits for the next call of the register, and whose turn it is to make it.
pub struct Together {
    krr: Krr,
    waiting: Mutex<Vec<(NationalIdentityNumber, oneshot::Sender<Answer>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Krr {
    /// For those who ask at the same time.
    pub fn together(&self) -> Together {
        Together { krr: self.clone(), waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl Together {
    fn join(&self, number: &NationalIdentityNumber) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((number.clone(), sender));
        receiver
    }

    fn next(&self) -> Vec<(NationalIdentityNumber, oneshot::Sender<Answer>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(BATCH);
        waiting.drain(..count).collect()
    }

    /// What the register knows of one person. It is asked to mention those who are not registered, too, so one
    /// whom it does not mention has not been answered.
    pub async fn find(&self, number: &NationalIdentityNumber) -> Answer {
        let mut answer = self.join(number);
        loop {
            tokio::select! {
                biased;
                answered = &mut answer => match answered {
                    Ok(answer) => return answer,
                    // Whoever was asking for all has been stopped.
                    Err(_) => answer = self.join(number),
                },
                _turn = self.turn.lock() => self.ask_for_all().await,
            }
        }
    }

    async fn ask_for_all(&self) {
        let asking = self.next();
        let numbers: Vec<_> = asking.iter().map(|(number, _)| number.clone()).collect();
        let found = self.krr.look_up(&numbers).await;
        let is_nonsense =
            found.as_ref().is_err_and(|RegisterError::Unavailable { why, .. }| *why == Unanswered::Nonsense);
        for (number, sender) in asking {
            // Nonsense about one is no reason for another to wait.
            let answer = if is_nonsense && numbers.len() > 1 {
                self.krr.look_up(std::slice::from_ref(&number)).await
            } else {
                found.clone()
            };
            let missing = || self.krr.0.unavailable(Unanswered::Nonsense);
            let answer = answer.and_then(|found| found.get(&number).cloned().ok_or_else(missing));
            // An error means that nobody waits for it any longer.
            let _ = sender.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::registers::krr::tests::{everybody, krr, number};
    use crate::registers::tiny_server::{Reply, TinyServer};
    use futures::future::join_all;

    const NUMBERS: [&str; 4] = ["20914695016", "11876995923", "08867597396", "10915596784"];

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_make_two_calls() {
        let server = TinyServer::answering(everybody).await;
        let (together, numbers) = (krr(&server).together(), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        assert!(found.iter().all(Result::is_ok));
        assert_eq!(server.requests().len(), 2);
        together.find(&numbers[0]).await.unwrap();
        assert_eq!(server.requests().len(), 3, "nothing is remembered");
    }

    #[tokio::test]
    async fn a_failure_is_everybodys_who_shared_it() {
        let server = TinyServer::replying(Reply::status(403)).await;
        let (together, numbers) = (krr(&server).together(), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        assert!(found.iter().all(Result::is_err));
    }

    #[tokio::test]
    async fn who_is_not_mentioned_has_not_been_answered() {
        let server = TinyServer::replying(Reply::ok(r#"{"personer": []}"#)).await;
        assert!(krr(&server).together().find(&number(NUMBERS[0])).await.is_err());
    }

    #[tokio::test]
    async fn nonsense_about_one_keeps_nobody_else_waiting() {
        let server = TinyServer::answering(|request| {
            if request.body.contains(NUMBERS[1]) { Reply::ok("nonsense") } else { everybody(request) }
        });
        let server = server.await;
        let (together, numbers) = (krr(&server).together(), NUMBERS.map(number));
        let found = join_all(numbers.iter().map(|number| together.find(number))).await;
        let answered: Vec<_> = found.iter().map(Result::is_ok).collect();
        assert_eq!(answered, [true, false, true, true]);
    }

    #[tokio::test]
    async fn who_waits_for_somebody_that_is_stopped_asks_anew() {
        let server = TinyServer::answering(everybody).await;
        let (together, number) = (krr(&server).together(), number(NUMBERS[0]));
        let orphan = together.join(&number);
        drop(together.next());
        assert!(orphan.await.is_err());
        assert!(together.find(&number).await.is_ok());
    }
}
