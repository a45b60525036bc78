//! A list of recipients: they are looked up together, in as few calls as the registers allow, and each becomes a
//! chain of its own. Whoever has one is not looked up again, so a repeat only takes up those who are left.

use chrono::{DateTime, Utc};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::{Chain, Found, OwnLine, StepMessage, Task};
use varsling_domain::order::{Recipient, RecipientList, Recipients};
use varsling_platform::registers::RegisterError;
use varsling_platform::store::{Created, StoreError};

use super::look_up::Asking;
use super::{ResolveRecipients, herd, start, warn_of_many};

/// How many recipients are looked up together: the largest batch that a register takes. What is found of them
/// is written before the next are looked up, so that a long list comes further with every attempt.
const TOGETHER: usize = 1_000;
/// How many chains are written at the same time.
const CONCURRENCY: usize = 32;

/// What is to be resolved, with what it takes.
pub struct Listed<'a> {
    pub recipients: &'a Recipients,
    pub list: &'a RecipientList,
    pub asking: &'a Asking<'a>,
    pub now: DateTime<Utc>,
}

/// A recipient, and its place in the list.
type Place = (u16, Recipient);

impl ResolveRecipients {
    /// Gives every listed recipient a chain. Those about whom a register gave no answer keep the step waiting.
    pub async fn resolve_list(
        &self,
        chain: Chain,
        message: StepMessage,
        listed: &Listed<'_>,
    ) -> Result<(), StoreError> {
        let (places, mut unanswered) = (self.left(&chain, message, listed.list).await?, None);
        for places in places.chunks(TOGETHER) {
            let (found, error) = self.look_all_up(places, listed).await;
            self.write_all(&chain, message, found, listed).await?;
            unanswered = unanswered.or(error);
        }
        if let Some(error) = unanswered {
            return self.wait(chain, message, error, self.clock.now()).await;
        }
        let now = self.clock.now();
        let hand_on = |chain: &mut Chain| chain.hand_on(message.step, now);
        self.while_claimed(chain, message, listed.now, hand_on).await.map(drop)
    }

    /// Those who have no chain yet; at the first attempt, nobody has.
    async fn left(
        &self,
        chain: &Chain,
        message: StepMessage,
        list: &RecipientList,
    ) -> Result<Vec<Place>, StoreError> {
        let is_first = chain.step(message.step).is_some_and(|step| step.retries == 0 && step.losses == 0);
        if is_first {
            return Ok(list.recipients().collect());
        }
        let written = self.store.load_chains(chain.listed()).await?;
        let is_left = |(ordinal, _): &Place| written.get(usize::from(*ordinal)).is_none_or(Option::is_none);
        Ok(list.recipients().filter(is_left).collect())
    }

    async fn look_all_up<'a>(
        &self,
        places: &'a [Place],
        listed: &Listed<'_>,
    ) -> (Vec<(&'a Place, Found)>, Option<RegisterError>) {
        let look_up = places.iter().map(|(_, who)| self.look_up.find(who, listed.asking));
        let (mut all, mut unanswered) = (vec![], None);
        for (place, found) in places.iter().zip(join_all(look_up).await) {
            match found {
                Ok(found) => all.push((place, found)),
                Err(error) => unanswered = Some(error),
            }
        }
        (all, unanswered)
    }

    /// Writes a chain for each that was found, and queues what may go now. What no queue takes comes back when
    /// its lease ends.
    async fn write_all(
        &self,
        chain: &Chain,
        message: StepMessage,
        found: Vec<(&Place, Found)>,
        listed: &Listed<'_>,
    ) -> Result<(), StoreError> {
        let (places, mut found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let from = start(chain, message, listed.now);
        let mut lines = self.herd.lines(&self.store, chain, (listed.recipients, &found), from).await?;
        for one in &mut found {
            warn_of_many(message.chain, one);
            one.lines.clone_from(&lines);
            OwnLine::pass(&mut lines, herd::channels(one));
        }
        let window = &self.herd.window;
        let resolve = |((ordinal, recipient), found): (&Place, &Found)| {
            chain.of_listed(*ordinal, recipient, found, window, listed.now)
        };
        let resolved: Vec<_> = places.into_iter().zip(&found).map(resolve).collect();
        let write = resolved.into_iter().map(|(listed, tasks)| self.write(listed, tasks));
        let tasks = stream::iter(write).buffer_unordered(CONCURRENCY).try_concat().await?;
        if let Err(error) = self.queues.dispatch(&tasks, &chain.owner, listed.now).await {
            tracing::error!(chain = %chain.id, %error, "left until their leases end");
        }
        Ok(())
    }

    async fn write(&self, mut listed: Chain, tasks: Vec<Task>) -> Result<Vec<Task>, StoreError> {
        Ok(match self.store.create_chain(&mut listed).await? {
            Created::New => tasks,
            // Whoever wrote it queued it, or its lease brings it back.
            Created::Existing(_) => vec![],
        })
    }
}
