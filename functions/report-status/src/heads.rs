//! Which page of an owner's feed was the newest when it was last looked for: the search for the newest begins there.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use varsling_domain::feed::Epoch;
use varsling_domain::identity::Owner;

/// Of how many owners it is remembered at most.
const MOST: usize = 10_000;

/// The newest pages that were seen. There are more by now, and never fewer: no page is changed or taken away.
#[derive(Default)]
pub struct FeedHeads(Mutex<HashMap<Owner, u64>>);

impl FeedHeads {
    /// A page that there is in an epoch, or the number before its first.
    pub fn known(&self, owner: &Owner, epoch: Epoch) -> u64 {
        let heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.get(owner).copied().unwrap_or_default().max(epoch.start())
    }

    /// Remembers a page that there is.
    pub fn learn(&self, owner: &Owner, newest: u64) {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heads.len() >= MOST && !heads.contains_key(owner) {
            heads.clear();
        }
        let head = heads.entry(owner.clone()).or_default();
        *head = newest.max(*head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_page_that_was_seen_is_known_and_an_epoch_begins_before_all_of_it() {
        let (heads, owner) = (FeedHeads::default(), Owner::try_from("991825827").unwrap());
        let [first, second] = ["0", "1"].map(|epoch| epoch.parse::<Epoch>().unwrap());
        assert_eq!(heads.known(&owner, first), 0);
        heads.learn(&owner, 7);
        heads.learn(&owner, 5);
        assert_eq!(heads.known(&owner, first), 7);
        assert_eq!(heads.known(&owner, second), second.start());
    }
}
