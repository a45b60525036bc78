//! Disasters by seed: orders of all kinds while some of everything that is called goes wrong, until nothing happens any
//! more; and then what became of each of them.
//!
//! The seed alone decides what happens, down to the order of what happens at the same moment. A seed that fails therefore
//! fails again, in the same way.

mod agreement;
mod judge;
mod limits;
mod order;
mod owner;
mod play;
mod privacy;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use futures::StreamExt;

use crate::AnyError;
use crate::system::{Options, System};
use varsling_domain::channel::PerChannel;

use play::Played;
pub use privacy::log_lines;

/// How many seeds are played at the same time.
const AT_A_TIME: usize = 2;

/// Progress is printed after so many seeds.
const PROGRESS: u64 = 250;

/// How long a seed may take, of our time.
const LONGEST: Duration = Duration::from_mins(5);

/// When a seed begins: at ten on a working day, before a weekend, in it, at night, before Easter, and before the clocks
/// change in spring and in autumn.
const STARTS: [&str; 8] = [
    "2026-12-07T10:00:00+01:00",
    "2026-12-08T16:40:00+01:00",
    "2026-12-11T15:30:00+01:00",
    "2026-12-12T12:00:00+01:00",
    "2026-12-14T03:00:00+01:00",
    "2027-03-24T15:00:00+01:00",
    "2027-03-27T23:30:00+01:00",
    "2027-10-30T23:00:00+02:00",
];

/// What the command line says.
pub struct Seeds {
    /// How many.
    pub count: u64,
    /// The first one.
    pub from: u64,
    /// After how many minutes of ours no further one begins.
    pub minutes: Option<u64>,
}

/// What was seen, of one seed or of all.
#[derive(Default)]
pub struct Seen {
    /// Orders that were accepted.
    pub orders: usize,
    /// Notices that were sent.
    pub sent: usize,
    /// Notices that were sent twice, as their orders prefer where nobody knows whether they were.
    pub sent_again: usize,
    /// Notices of which nobody knows what came of them.
    pub unknown: usize,
    /// What went wrong by itself, and how often.
    pub faults: BTreeMap<String, usize>,
    /// The checksum of a seed's course; of several seeds, the sum of theirs.
    pub course: u64,
    /// What must not be.
    pub violations: Vec<String>,
}

impl Seen {
    /// An error if anything must not be, with which the command ends.
    fn verdict(&self) -> Result<(), AnyError> {
        match self.violations.len() {
            0 => Ok(()),
            count => Err(format!("{count} things must not be").into()),
        }
    }

    /// Says of each violation how its seed is played again.
    fn name_seed(&mut self, seed: u64) {
        for violation in &mut self.violations {
            *violation = format!("seed {seed}: {violation} (replay: chaos --seeds 1 --from {seed})");
        }
    }

    fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.sent += other.sent;
        self.sent_again += other.sent_again;
        self.unknown += other.unknown;
        self.course = self.course.wrapping_add(other.course);
        for (what, times) in other.faults {
            *self.faults.entry(what).or_default() += times;
        }
        self.violations.extend(other.violations);
    }
}

/// Plays the seeds, and prints what was seen; an error if anything must not be.
pub async fn run(seeds: Seeds) -> Result<(), AnyError> {
    let (begun, limit) = (Instant::now(), seeds.minutes.map(Duration::from_mins));
    let all = seeds.from..seeds.from.saturating_add(seeds.count);
    let all = all.take_while(|_| limit.is_none_or(|limit| begun.elapsed() < limit));
    let mut played = futures::stream::iter(all.map(play_seed)).buffer_unordered(AT_A_TIME);
    let (mut seen, mut count) = (Seen::default(), 0);
    while let Some(one) = played.next().await {
        count += 1;
        one.violations.iter().for_each(|violation| println!("{violation}"));
        seen.add(one);
        if count % PROGRESS == 0 {
            eprintln!("{count} seeds, {} violations", seen.violations.len());
        }
    }
    for line in privacy::personal_log_lines() {
        println!("personal data in a log line: {line}");
        seen.violations.push(line);
    }
    println!("{count} seeds from {}", seeds.from);
    println!("{:8} orders", seen.orders);
    println!("{:8} notices sent", seen.sent);
    println!("{:8} of them twice, as their orders prefer", seen.sent_again);
    println!("{:8} of which nobody knows whether they were sent", seen.unknown);
    println!("{:8} faults of {} kinds", seen.faults.values().sum::<usize>(), seen.faults.len());
    println!("course {:016x}, which a replay has as well", seen.course);
    seen.verdict()
}

/// Plays one; what cannot be played is a violation, too. Each seed has a thread and a runtime of its own, so that only
/// what happens in it decides what is next.
async fn play_seed(seed: u64) -> Seen {
    let played = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime
            .block_on(async { tokio::time::timeout(LONGEST, try_seed(seed)).await.map_err(|_| "it hangs")? })
    });
    let played: Result<Seen, AnyError> = played.await.unwrap_or_else(|error| Err(error.into()));
    let mut result = played.unwrap_or_else(|error| Seen {
        violations: vec![format!("it could not be played: {error}")],
        ..Seen::default()
    });
    result.name_seed(seed);
    result
}

async fn try_seed(seed: u64) -> Result<Seen, AnyError> {
    let (system, played) = until_its_end(seed).await?;
    let judged = judge::judge(&system, &played).await?;
    let (faults, course) = (system.simulator.faults.happened(), system.simulator.faults.course());
    system.stop().await;
    Ok(Seen { faults, course, ..judged })
}

/// Plays a seed until everything is over.
async fn until_its_end(seed: u64) -> Result<(System, Played), AnyError> {
    let mut rng = Rng::with_seed(seed);
    let start: DateTime<Utc> = rng.choice(STARTS).ok_or("no start")?.parse()?;
    let rates = PerChannel::by(|_| limits::RATE);
    let options =
        Options { start: Some(start), speed: 0.0, seed, chaos: Some(seed), rates, ..Options::default() };
    let system = System::start(options).await?;
    let played = play::play(&system, &mut rng).await?;
    Ok((system, played))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::outbox::Entry;
    use crate::simulator::stamp;

    #[tokio::test]
    async fn a_seed_happens_again_as_it_did() {
        let (one, again, other) = (play_seed(5).await, play_seed(5).await, play_seed(6).await);
        assert_eq!((one.course, &one.violations), (again.course, &vec![]));
        assert_eq!((one.orders, one.sent, &one.faults), (again.orders, again.sent, &again.faults));
        assert_ne!(one.course, other.course);
    }

    /// What is found where the providers took something else than they were handed.
    async fn found(change: impl FnOnce(&mut Vec<Entry>)) -> Seen {
        let (system, played) = until_its_end(5).await.unwrap();
        system.simulator.outbox.change(change);
        let mut seen = judge::judge(&system, &played).await.unwrap();
        seen.name_seed(5);
        system.stop().await;
        seen
    }

    fn doubled(entries: &mut Vec<Entry>) {
        let again = entries.clone();
        entries.extend(again.iter().cloned().chain(again.clone()));
    }

    fn before_its_time(entries: &mut Vec<Entry>) {
        for entry in entries {
            let at: DateTime<Utc> = entry.at.parse().unwrap();
            entry.at = stamp(at - TimeDelta::days(400));
        }
    }

    #[tokio::test]
    async fn a_seed_in_which_something_must_not_be_fails_and_says_how_it_is_played_again() {
        found(|_| ()).await.verdict().unwrap();
        for change in [Vec::clear, doubled, before_its_time] {
            let seen = found(change).await;
            seen.verdict().unwrap_err();
            let first = &seen.violations[0];
            assert!(first.ends_with("(replay: chaos --seeds 1 --from 5)"), "{first}");
        }
    }
}
