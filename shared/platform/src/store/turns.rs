//! Writes of one chain in one process take turns: ten notifications of one order that are sent at the same
//! time would otherwise refuse each other's writes again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;
use varsling_domain::ids::ChainId;

/// How many chains are remembered before those that nobody waits for are forgotten.
const MANY: usize = 1_000;

type Turn = tokio::sync::Mutex<()>;

/// Who is writing which chain.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<ChainId, Weak<Turn>>>>);

impl Turns {
    /// Waits until nobody else in this process writes the chain; nobody does while the answer lives.
    pub async fn wait(&self, chain: ChainId) -> OwnedMutexGuard<()> {
        self.of(chain).lock_owned().await
    }

    fn of(&self, chain: ChainId) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&chain).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= MANY {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::default());
        turns.insert(chain, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use varsling_domain::ids::{IdKey, OrderKind};

    fn chain(number: usize) -> ChainId {
        let key = IdKey::new(b"a secret that is long enough for this").unwrap();
        ChainId::derive(&key, OrderKind::Chain, &"991825827".parse().unwrap(), &number.to_string())
    }

    #[tokio::test]
    async fn one_chain_is_written_by_one_at_a_time_and_others_meanwhile() {
        let turns = Turns::default();
        let (one, other) = (chain(1), chain(2));
        let first = turns.wait(one).await;
        assert!(turns.of(one).try_lock().is_err());
        drop(turns.wait(other).await);
        drop(first);
        drop(turns.wait(one).await);
    }

    #[test]
    fn chains_that_nobody_writes_are_forgotten() {
        let turns = Turns::default();
        for number in 0..=MANY {
            turns.of(chain(number));
        }
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
