//! The lines for an opening of the window: while it is open, whose turn it is gets the next moment that the
//! provider has, and is claimed for it. Nobody is read who would have to wait on.

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt};
use varsling_domain::chain::{Chain, LOOK_AHEAD, Lane, Space};
use varsling_domain::channel::Channel;
use varsling_domain::ids::ChainId;
use varsling_domain::window::SendingWindow;
use varsling_platform::environment::{ConfigError, Environment};
use varsling_platform::queues::Queues;
use varsling_platform::rates::Rates;
use varsling_platform::store::{Change, Store, StoreError};
use varsling_platform::sweep;

/// How many chains are read or written at the same time.
const CONCURRENCY: usize = 32;
/// How many leave with one sweep at most.
const MOST: usize = 30_000;
/// How often one sweep looks again because some had waited too long.
const ROUNDS: usize = 8;

/// When the lines may leave, and how fast.
pub struct Lines {
    window: SendingWindow,
    rates: Rates,
}

impl Lines {
    /// As `SENDING_WINDOW`, `SENDING_HOURS`, `EMAIL_RATE` and `SMS_RATE` say.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { window: environment.window()?, rates: Rates::open(environment)? })
    }

    /// The first chains that are urgent, and then those that stand in both lines, where one of these may leave.
    pub async fn both(&self, store: &Store, now: DateTime<Utc>) -> Result<Vec<(i64, ChainId)>, StoreError> {
        let room = [Channel::Email, Channel::Sms].map(|channel| {
            let time = self.window.line(channel, now, LOOK_AHEAD);
            self.rates.of(channel).moments(None, time, MOST).0.len()
        });
        match room.into_iter().max() {
            None | Some(0) => Ok(vec![]),
            Some(room) => {
                let most = store.per_shard(room);
                let read = |space| store.due_at_most(space, now, most);
                let (urgent, both) = futures::try_join!(read(Space::UrgentLine), read(Space::BothLines))?;
                Ok([urgent, both].concat())
            }
        }
    }

    /// Lets those leave who have their turn on a channel; says how many. Those who have waited too long are ended,
    /// and the next are looked at in their place.
    pub async fn leave(
        &self,
        stored: (&Store, &Queues),
        line: (Channel, &[(i64, ChainId)]),
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut left = 0;
        for _ in 0..ROUNDS {
            let (more, has_ended) = self.leave_some(stored, line, now).await?;
            left += more;
            if !has_ended {
                break;
            }
        }
        Ok(left)
    }

    async fn leave_some(
        &self,
        (store, queues): (&Store, &Queues),
        (channel, both): (Channel, &[(i64, ChainId)]),
        now: DateTime<Utc>,
    ) -> Result<(usize, bool), StoreError> {
        let time = self.window.line(channel, now, LOOK_AHEAD);
        if time.0 >= time.1 {
            return Ok((0, false));
        }
        let (pace, free) = (self.rates.of(channel), store.free_moment(channel).await?);
        let (room, _) = pace.moments(free, time, MOST);
        if room.is_empty() {
            return Ok((0, false));
        }
        let own = store.due_at_most(Space::Line(channel), now, store.per_shard(room.len())).await?;
        let mut found = [&own, both].concat();
        found.sort_unstable();
        let waiting = waiting(store, found, channel, now).await;
        let wanted = waiting.iter().map(|(_, count)| count).sum();
        let (moments, next) = pace.moments(free, time, wanted);
        // Whoever waits is found again by the next sweep.
        if waiting.is_empty() || (wanted > 0 && !store.take_moments(channel, free, next).await?) {
            return Ok((0, false));
        }
        let has_ended = waiting.iter().any(|(_, count)| *count == 0);
        let given = shared_out(waiting, &moments);
        let leave =
            given.into_iter().map(|(chain, moments)| claim((store, queues), chain, channel, moments, now));
        // All of them get their chance, whatever becomes of one.
        let left: Vec<_> = stream::iter(leave).buffer_unordered(CONCURRENCY).collect().await;
        Ok((left.into_iter().sum::<Result<_, _>>()?, has_ended))
    }
}

/// The chains with somebody in line whose turn it is, in the order of their turns, and how many that are.
async fn waiting(
    store: &Store,
    found: Vec<(i64, ChainId)>,
    channel: Channel,
    now: DateTime<Utc>,
) -> Vec<(Chain, usize)> {
    let load = found.into_iter().map(|(_, id)| store.load_chain(id));
    let chains: Vec<_> = stream::iter(load).buffered(CONCURRENCY).collect().await;
    let readable = chains.into_iter().filter_map(|chain| {
        // One that cannot be read is in nobody's way.
        chain.inspect_err(|error| tracing::error!(%error, "a chain in line cannot be read")).ok().flatten()
    });
    let counted = readable.filter(|chain| chain.has_turn(channel, now));
    let mut waiting: Vec<_> = counted.map(|chain| (chain.in_line(channel, now), chain)).collect();
    // Whatever turns an earlier opening left over.
    waiting.sort_by_key(|(_, chain)| chain.lane != Lane::Urgent);
    waiting.into_iter().map(|(count, chain)| (chain, count)).collect()
}

/// The first in line get the first moments. Who gets none is in the next sweep, or has waited too long.
fn shared_out(
    waiting: Vec<(Chain, usize)>,
    mut moments: &[DateTime<Utc>],
) -> Vec<(Chain, Vec<DateTime<Utc>>)> {
    let share = |(chain, count): (Chain, usize)| {
        let (mine, rest) = moments.split_at(count.min(moments.len()));
        moments = rest;
        (chain, mine.to_vec())
    };
    waiting.into_iter().map(share).collect()
}

async fn claim(
    (store, queues): (&Store, &Queues),
    chain: Chain,
    channel: Channel,
    moments: Vec<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let leave = |chain: &mut Chain| match chain.leave_line(channel, &moments, now) {
        Some(tasks) => Change::Write(tasks),
        None => Change::Keep(vec![]),
    };
    let (chain, tasks) = store.amend(chain, leave).await?;
    sweep::dispatch(store, queues, chain, &tasks, now).await?;
    Ok(tasks.len())
}
