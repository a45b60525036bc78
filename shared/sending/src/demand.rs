//! Which share of a channel's rate a worker has: urgent deliveries have a guaranteed share, which ordinary ones use
//! while it is idle.
//!
//! Only workers that have a backlog look: a worker of ordinary deliveries reads the channel's demand at most every two seconds,
//! a worker of urgent ones writes it at most every two seconds, and looks every second whether the ordinary queue is
//! empty, whose share it may use then.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::channel::Channel;
use varsling_domain::priority::PriorityClass;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Waiting;
use varsling_queues::rates;
use varsling_queues::{QueueName, Queues};
use varsling_store::{Demand, Store};

/// How often demand is noted and looked at.
const EVERY: TimeDelta = TimeDelta::seconds(2);

/// How often a worker of urgent deliveries looks whether the ordinary queue is empty.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(1);

/// The part of a channel's rate that instant notices can take: half of it.
const MOST_FOR_INSTANT: f64 = 0.5;

/// How long a note of demand counts: until the next one has had its time.
const COUNTS_FOR: TimeDelta = TimeDelta::seconds(5);

/// The shares of one worker.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    channel: Channel,
    class: PriorityClass,
    rate: NonZeroU32,
    workers: NonZeroU32,
    urgent_percent: u8,
    instant_percent: u8,
}

/// What a worker knows of the others' demand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    looked_at: Option<DateTime<Utc>>,
    /// Whether those of the other class want their share.
    others_want: bool,
    /// How many instant notices a second are sent; none where there are none.
    instant: Option<u32>,
}

impl Shares {
    /// As `PRIORITY_CLASS` (Normal or Urgent), `WORKERS` (how many there are of this kind), `URGENT_SHARE` and
    /// `INSTANT_SHARE` (in percent) and the channel's rate say. A `BATCH_SIZE` of more than a worker sends in three seconds is worth a warning: what
    /// waits too long goes back to the queue, for two requests each time.
    pub fn open(channel: Channel, environment: &Environment) -> Result<Self, ConfigError> {
        let shares = Self {
            channel,
            class: environment.parsed("PRIORITY_CLASS", class)?,
            rate: rates::of(channel, environment)?,
            workers: environment.parsed("WORKERS", str::parse)?,
            urgent_percent: environment.parsed("URGENT_SHARE", percent)?,
            instant_percent: environment.parsed("INSTANT_SHARE", percent)?,
        };
        let batch_size = environment.parsed("BATCH_SIZE", str::parse::<NonZeroU32>)?;
        if !shares.fits(batch_size) {
            tracing::warn!(batch_size, "a batch is more than a worker sends in three seconds");
        }
        Ok(shares)
    }

    /// Whether a worker sends a batch in three seconds.
    fn fits(&self, batch_size: NonZeroU32) -> bool {
        f64::from(batch_size.get()) <= (self.guaranteed() * 3.0).max(1.0)
    }

    fn part_of_all(&self) -> f64 {
        let percent = f64::from(self.urgent_percent) / 100.0;
        match self.class {
            PriorityClass::Urgent => percent,
            PriorityClass::Normal | PriorityClass::Bulk => 1.0 - percent,
        }
    }

    /// The worker's part of what its class has in any case, in messages a second.
    pub fn guaranteed(&self) -> f64 {
        f64::from(self.rate.get()) * self.part_of_all() / f64::from(self.workers.get())
    }

    /// The worker's part of the whole rate.
    fn whole(&self) -> f64 {
        f64::from(self.rate.get()) / f64::from(self.workers.get())
    }

    /// How many messages a second the worker may send now.
    pub fn now(&self, known: &Known) -> f64 {
        let others_are_quiet = match self.class {
            PriorityClass::Urgent => known.looked_at.is_some() && !known.others_want,
            PriorityClass::Normal | PriorityClass::Bulk => !known.others_want,
        };
        let own = if others_are_quiet { self.whole() } else { self.guaranteed() };
        own * (1.0 - self.taken_by_instant(known))
    }

    /// Which part of the rate instant notices have: their share as long as there are any, and more where they take it.
    fn taken_by_instant(&self, known: &Known) -> f64 {
        let Some(in_a_second) = known.instant else { return 0.0 };
        let used = f64::from(in_a_second) / f64::from(self.rate.get());
        used.max(f64::from(self.instant_percent) / 100.0).min(MOST_FOR_INSTANT)
    }

    /// Looks at what the others want, if it is time, for a worker that has a backlog or has none.
    pub async fn look(
        &self,
        known: Known,
        has_backlog: bool,
        outside: Outside<'_>,
        now: DateTime<Utc>,
    ) -> Known {
        match self.class {
            PriorityClass::Normal | PriorityClass::Bulk if !has_backlog => known.still(now),
            PriorityClass::Normal | PriorityClass::Bulk if known.is_fresh(EVERY, now) => known,
            PriorityClass::Normal | PriorityClass::Bulk => {
                let demand = outside.store.demand(self.channel).await;
                let demand = demand.inspect_err(|error| error.log_waiting(&"demand")).unwrap_or_default();
                let others_want = demand.urgent_at.is_some_and(|at| at + COUNTS_FOR > now);
                Known { looked_at: Some(now), others_want, instant: instant(&demand, now) }
            }
            PriorityClass::Urgent if !has_backlog => Known::default(),
            PriorityClass::Urgent if known.is_fresh(LOOK_EVERY, now) => known,
            PriorityClass::Urgent => {
                let instant = self.note(&known, outside, now).await;
                let depth = outside.queues.depth(QueueName::of(self.channel, PriorityClass::Normal)).await;
                let is_empty =
                    depth.inspect_err(|error| error.log_waiting(&"demand")).is_ok_and(|depth| depth == 0);
                Known { looked_at: Some(now), others_want: !is_empty, instant }
            }
        }
    }

    /// Notes that there is an urgent backlog; how many instant notices a second are sent beside it.
    async fn note(&self, known: &Known, outside: Outside<'_>, now: DateTime<Utc>) -> Option<u32> {
        if known.is_fresh(EVERY - LOOK_EVERY, now) {
            return known.instant;
        }
        let demand = outside.store.note_urgent_demand(self.channel, now).await;
        instant(&demand.inspect_err(|error| error.log_waiting(&"demand")).unwrap_or_default(), now)
    }
}

/// How many instant notices a second are sent, while there are any.
fn instant(demand: &Demand, now: DateTime<Utc>) -> Option<u32> {
    demand.instant_at.filter(|at| *at + COUNTS_FOR > now).map(|_| demand.instant_in_a_second)
}

/// Where demand is noted, and where the queues are.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// The table.
    pub store: &'a Store,
    /// The queues.
    pub queues: &'a Queues,
}

impl Known {
    fn is_fresh(&self, for_time: TimeDelta, now: DateTime<Utc>) -> bool {
        self.looked_at.is_some_and(|at| now < at + for_time)
    }

    /// What is known, while it is fresh enough to count; after that, no known demand.
    fn still(self, now: DateTime<Utc>) -> Self {
        if self.is_fresh(COUNTS_FOR, now) { self } else { Self::default() }
    }
}

fn class(text: &str) -> Result<PriorityClass, &'static str> {
    match text {
        "Normal" => Ok(PriorityClass::Normal),
        "Urgent" => Ok(PriorityClass::Urgent),
        _ => Err("must be Normal or Urgent"),
    }
}

fn percent(text: &str) -> Result<u8, &'static str> {
    let percent = text.parse().ok().filter(|percent| (1..=50).contains(percent));
    percent.ok_or("must be from 1 to 50 percent")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(class: &str, batch: &str) -> Result<Shares, ConfigError> {
        let values = [
            ("PRIORITY_CLASS", class),
            ("WORKERS", "2"),
            ("BATCH_SIZE", batch),
            ("URGENT_SHARE", "10"),
            ("INSTANT_SHARE", "10"),
            ("EMAIL_RATE", "14"),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Shares::open(Channel::Email, &Environment::of(values.into()))
    }

    fn fits(class: &str, size: u32) -> bool {
        shares(class, "1").unwrap().fits(NonZeroU32::new(size).unwrap())
    }

    fn rounded(rate: f64) -> i64 {
        format!("{:.0}", rate * 100.0).parse().unwrap()
    }

    #[test]
    fn ordinary_workers_have_the_whole_rate_unless_the_urgent_want_their_share() {
        let normal = shares("Normal", "10").unwrap();
        assert_eq!(rounded(normal.now(&Known::default())), 700);
        assert_eq!(rounded(normal.now(&Known { others_want: true, ..Known::default() })), 630);
    }

    #[test]
    fn urgent_workers_have_their_share_and_the_whole_rate_where_nobody_else_waits() {
        let urgent = shares("Urgent", "2").unwrap();
        assert_eq!(rounded(urgent.now(&Known::default())), 70);
        let looked_at = Some(DateTime::UNIX_EPOCH);
        assert_eq!(rounded(urgent.now(&Known { looked_at, others_want: true, instant: None })), 70);
        assert_eq!(rounded(urgent.now(&Known { looked_at, others_want: false, instant: None })), 700);
    }

    #[test]
    fn instant_notices_have_their_share_while_there_are_any_and_half_of_the_rate_at_most() {
        let normal = shares("Normal", "10").unwrap();
        for (in_a_second, left) in [(1, 630), (4, 500), (7, 350), (30, 350)] {
            let known = Known { instant: Some(in_a_second), ..Known::default() };
            assert_eq!(rounded(normal.now(&known)), left, "{in_a_second}");
        }
        let urgent = shares("Urgent", "2").unwrap();
        let known = Known { others_want: true, instant: Some(1), looked_at: Some(DateTime::UNIX_EPOCH) };
        assert_eq!(rounded(urgent.now(&known)), 63);
    }

    #[test]
    fn a_batch_should_take_three_seconds_at_most() {
        assert!(fits("Normal", 18) && !fits("Normal", 19));
        assert!(fits("Urgent", 2) && !fits("Urgent", 3));
        assert!(shares("Bulk", "1").is_err());
    }
}
