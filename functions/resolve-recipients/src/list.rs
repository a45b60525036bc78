//! A list of recipients: they are looked up together, in as few calls as the registers allow, and each becomes a
//! chain of its own. Whoever has one is not looked up again, so a repeat only takes up those who are left.

use chrono::{DateTime, Utc};
use futures::future::join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::{Duration, Instant};
use varsling_domain::chain::{Chain, Found, OwnLine, StepMessage, Task};
use varsling_domain::order::{Named, Recipient, RecipientList, Recipients};
use varsling_domain::recipients::Resolution;
use varsling_platform::registers::RegisterError;
use varsling_platform::store::{Created, StoreError};
use varsling_platform::trouble::Waiting;

use super::herd::Lines;
use super::look_up::Asking;
use super::{ResolveRecipients, herd, start, warn_of_many};

/// How many recipients are looked up together: the largest batch that a register takes. What is found of them
/// is written before the next are looked up, so that a long list comes further with every attempt.
const TOGETHER: usize = 1_000;
/// How many where each takes questions of its own: who acts for an organisation.
const APART: usize = 100;
/// How long a worker begins with more of them: half of what its function has.
const TIME: Duration = Duration::from_secs(12);
/// How many chains are written at the same time.
const CONCURRENCY: usize = 32;

/// What is to be resolved, with what it takes.
pub struct Listed<'a> {
    pub recipients: &'a Recipients,
    pub list: &'a RecipientList,
    pub asking: &'a Asking<'a>,
    pub now: DateTime<Utc>,
}

fn together(list: &RecipientList) -> usize {
    let asks_apart = |named: &Named| matches!(named, Named::Organization(_));
    if list.resource.is_some() && list.named.iter().any(asks_apart) { APART } else { TOGETHER }
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
        let end = Instant::now() + TIME;
        let (places, mut unanswered, mut lines) =
            (self.left(&chain, message, listed.list).await?, None, vec![]);
        for places in places.chunks(together(listed.list)) {
            if Instant::now() > end {
                let now = self.clock.now();
                let go_on = |chain: &mut Chain| chain.go_on(message.step, now);
                return self.while_claimed(chain, message, listed.now, go_on).await.map(drop);
            }
            let (found, error) = self.look_all_up(places, listed).await;
            lines = self.write_all(&chain, message, found, (listed, &lines)).await?;
            unanswered = unanswered.or(error);
        }
        let now = self.clock.now();
        if let Some(error) = unanswered {
            let begin = |chain: &mut Chain| chain.begin(message.step);
            let (chain, _) = self.while_claimed(chain, message, listed.now, begin).await?;
            return self.wait(chain, message, error, now).await;
        }
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
        let is_first =
            chain.step(message.step).is_some_and(|step| !step.begun && step.retries == 0 && step.losses == 0);
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
        let look_up = places.iter().map(|place| self.look_one_up(place, listed));
        let (mut all, mut unanswered) = (vec![], None);
        for (place, found) in places.iter().zip(join_all(look_up).await) {
            match found {
                Ok(found) => all.push((place, found)),
                Err(error) => unanswered = Some(error),
            }
        }
        (all, unanswered)
    }

    async fn look_one_up(&self, place: &Place, listed: &Listed<'_>) -> Result<Found, RegisterError> {
        let (ordinal, recipient) = place;
        if listed.list.unsupported.contains(ordinal) {
            return Ok(Found::nobody(Resolution::NotSupported, None));
        }
        self.look_up.find(recipient, listed.asking).await
    }

    /// Writes a chain for each that was found, and queues what may go now. What no queue takes comes back when
    /// its lease ends.
    async fn write_all(
        &self,
        chain: &Chain,
        message: StepMessage,
        found: Vec<(&Place, Found)>,
        (listed, gone): (&Listed<'_>, &Lines),
    ) -> Result<Lines, StoreError> {
        let (places, mut found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let from = start(chain, message, listed.now);
        let waiting = (listed.recipients, &found[..]);
        let mut lines = self.herd.lines(&self.store, chain, waiting, (from, gone)).await?;
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
            error.log_waiting(&chain.id);
        }
        Ok(lines)
    }

    async fn write(&self, mut listed: Chain, tasks: Vec<Task>) -> Result<Vec<Task>, StoreError> {
        Ok(match self.store.create_chain(&mut listed).await? {
            Created::New => tasks,
            // Whoever wrote it queued it, or its lease brings it back.
            Created::Existing(_) => vec![],
        })
    }
}
