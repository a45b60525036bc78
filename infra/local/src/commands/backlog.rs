//! The benchmark of a backlog: many notices fall due at one opening of the window. It fails when anything was lost or
//! doubled, or when the provider's rate was passed.

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use varsling_domain::channel::PerChannel;

use super::client::Client;
use super::cpu::cpu;
use super::figures::as_float;
use crate::AnyError;
use crate::aws::limits::ProviderLimits;
use crate::system::{Options, System};

/// A Saturday; the window opens on Monday at nine.
const SATURDAY: &str = "2026-12-05T12:00:00+01:00";
const OPENING: &str = "2026-12-07T09:00:00+01:00";
/// How many recipients a list has at most here.
const LISTED: usize = 2_000;
/// The owner of single notices, which has no lists.
const OTHER: &str = "991825827";
/// The first owner of lists.
const FIRST: u32 = 910_000_000;
/// How long after the opening the single notices are ordered: while the backlog leaves.
const LATER: TimeDelta = TimeDelta::seconds(5);

/// The single notices that are ordered while the backlog leaves, by whom each goes to.
const OF_OTHER: &str = "enslig";
const URGENT: &str = "haster";
const OF_SAME: &str = "egen";

/// What is to be measured.
#[derive(Clone, Copy)]
pub struct Backlog {
    pub notices: usize,
    pub owners: u16,
    pub rate: u32,
}

/// What was measured.
struct Measured {
    /// How long it took in the system's own time until all were on their queue, from when the sweeps began.
    queued_in: TimeDelta,
    /// The same in seconds of the processors.
    queued_cpu: f64,
    /// When each message left, the single notices among them.
    times: Vec<DateTime<Utc>>,
    /// How many of the backlog left in a second.
    rate: f64,
    of_other: TimeDelta,
    of_same: TimeDelta,
    urgent: TimeDelta,
    lost: usize,
    doubled: usize,
}

/// Measures and prints.
pub async fn run(backlog: Backlog, shared: Options) -> Result<(), AnyError> {
    let system = System::start(options(backlog, shared)).await?;
    let client = Client::new(&system.url).await?;
    client.to(SATURDAY).await?;
    println!("{} notices of {} owners, {} e-mails a second", backlog.notices, backlog.owners, backlog.rate);
    let began = cpu();
    place(&system, backlog).await?;
    println!("ordered and resolved  {:8.1} s of CPU", cpu() - began);
    system.costs().reset();
    let measured = leave(&system, &client, backlog).await?;
    report(&system, backlog, &measured);
    system.stop().await;
    measured.judge(backlog)
}

fn options(Backlog { rate, .. }: Backlog, shared: Options) -> Options {
    let limits = ProviderLimits {
        emails_per_second: rate,
        emails_per_day: usize::MAX,
        sms_per_second: 20,
        sms_per_month: usize::MAX,
    };
    let rates = PerChannel::by(|_| rate);
    Options { speed: 0.0, rates, provider_limits: Some(limits), ..shared }
}

/// Orders everything while the window is closed, and lets it be resolved.
async fn place(system: &System, backlog: Backlog) -> Result<(), AnyError> {
    let mut placed = 0;
    let mut list = 0;
    while placed < backlog.notices {
        let count = LISTED.min(backlog.notices - placed);
        let owner = owner(list % u32::from(backlog.owners));
        let client = Client::of(&system.url, &owner).await?;
        let recipients: Vec<_> =
            (placed..placed + count).map(|n| json!({"emailAddress": address(n)})).collect();
        let order = json!({"subject": "Emne", "body": "Tekst", "recipients": recipients});
        client.list(&order).await?.accepted()?;
        system.simulator.until_idle().await;
        (placed, list) = (placed + count, list + 1);
    }
    Ok(())
}

/// An owner of lists.
fn owner(number: u32) -> String {
    (FIRST + number).to_string()
}

fn address(number: usize) -> String {
    format!("mottaker{number}@example.no")
}

async fn leave(system: &System, client: &Client, backlog: Backlog) -> Result<Measured, AnyError> {
    let opening: DateTime<Utc> = OPENING.parse()?;
    let sweeps = opening - TimeDelta::minutes(3);
    client.to(&(sweeps - TimeDelta::seconds(1)).to_rfc3339()).await?;
    let began = cpu();
    while on_their_way(system) < backlog.notices && system.simulator.now() < opening + TimeDelta::hours(1) {
        client.advance(1).await?;
    }
    let (queued_in, queued_cpu) = (system.simulator.now() - sweeps, cpu() - began);
    client.to(&(opening + LATER).to_rfc3339()).await?;
    let (other, same) = (Client::of(&system.url, OTHER).await?, Client::of(&system.url, &owner(0)).await?);
    other.order(&order(OF_OTHER, "Normal")).await?.accepted()?;
    other.order(&order(URGENT, "Urgent")).await?.accepted()?;
    same.order(&order(OF_SAME, "Normal")).await?.accepted()?;
    let ordered = system.simulator.now();
    let all = backlog.notices + 3;
    let mut last = Instant::now();
    while system.simulator.outbox.len() < all && system.simulator.now() < opening + TimeDelta::days(2) {
        client.advance(10).await?;
        if last.elapsed().as_secs() >= 60 {
            println!("  {} have left", system.simulator.outbox.len());
            last = Instant::now();
        }
    }
    Ok(Measured::of(system, backlog, Queued { queued_in, queued_cpu }, ordered))
}

#[derive(Clone, Copy)]
struct Queued {
    queued_in: TimeDelta,
    queued_cpu: f64,
}

/// How many are on their queue or have left it.
fn on_their_way(system: &System) -> usize {
    let now = system.simulator.now();
    let depth = system.simulator.runtime.look(|state| state.queues.depth("email", now));
    depth.visible + depth.in_flight + depth.delayed + system.simulator.outbox.len()
}

fn order(to: &str, priority: &str) -> Value {
    let settings = json!({"subject": "Emne", "body": "Tekst"});
    json!({"idempotencyId": to, "priority": priority,
        "recipient": {"recipientEmail": {"emailAddress": format!("{to}@example.no"), "emailSettings": settings}}})
}

impl Measured {
    fn of(system: &System, backlog: Backlog, queued: Queued, ordered: DateTime<Utc>) -> Self {
        let mut sent = Sent::new();
        for entry in system.simulator.outbox.entries() {
            let at = entry.at.parse().unwrap_or(DateTime::<Utc>::MAX_UTC);
            sent.entry(entry.to).or_default().push(at);
        }
        let mut times: Vec<_> = sent.values().flatten().copied().collect();
        times.sort_unstable();
        let addresses = (0..backlog.notices).map(address);
        let of_backlog: Vec<_> = addresses.filter_map(|address| sent.get(&address)).flatten().collect();
        Self {
            queued_in: queued.queued_in,
            queued_cpu: queued.queued_cpu,
            rate: rate(&of_backlog),
            of_other: first_after(ordered, &sent, OF_OTHER),
            of_same: first_after(ordered, &sent, OF_SAME),
            urgent: first_after(ordered, &sent, URGENT),
            lost: (0..backlog.notices).filter(|number| !sent.contains_key(&address(*number))).count(),
            doubled: sent.values().filter(|times| times.len() > 1).count(),
            times,
        }
    }

    /// The most in any time of this length.
    fn most_within(&self, length: TimeDelta) -> usize {
        let ends = self
            .times
            .iter()
            .enumerate()
            .map(|(first, at)| self.times.partition_point(|other| *other < *at + length) - first);
        ends.max().unwrap_or_default()
    }

    fn judge(&self, backlog: Backlog) -> Result<(), AnyError> {
        let rate = usize::try_from(backlog.rate)?;
        if self.lost > 0 || self.doubled > 0 {
            return Err(format!("{} were lost and {} doubled", self.lost, self.doubled).into());
        }
        let (second, ten) =
            (self.most_within(TimeDelta::seconds(1)), self.most_within(TimeDelta::seconds(10)));
        if second > 2 * rate || ten > 11 * rate {
            return Err(format!("the rate was passed: {second} in a second, {ten} in ten").into());
        }
        Ok(())
    }
}

/// How many left in a second, from the first to the last.
fn rate(times: &[&DateTime<Utc>]) -> f64 {
    let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else { return 0.0 };
    as_float(times.len()) / (**last - **first).as_seconds_f64().max(1.0)
}

/// When the messages to each address were sent.
type Sent = HashMap<String, Vec<DateTime<Utc>>>;

/// How long after it was ordered a single notice was sent.
fn first_after(ordered: DateTime<Utc>, sent: &Sent, to: &str) -> TimeDelta {
    sent.get(&format!("{to}@example.no")).map_or(TimeDelta::MAX, |times| times[0] - ordered)
}

fn report(system: &System, backlog: Backlog, measured: &Measured) {
    let (rate, costs) = (measured.rate, system.costs().total());
    let notices = as_float(backlog.notices);
    println!(
        "queued                {:8.0} s of its own time, {:.1} s of CPU",
        measured.queued_in.as_seconds_f64(),
        measured.queued_cpu
    );
    println!(
        "left                  {rate:8.1}/s, {:.1} % of the rate",
        100.0 * rate / f64::from(backlog.rate)
    );
    println!("most in a second      {:8}", measured.most_within(TimeDelta::seconds(1)));
    println!("most in ten seconds   {:8}", measured.most_within(TimeDelta::seconds(10)));
    println!("another's single one  {:8.1} s", measured.of_other.as_seconds_f64());
    println!("the owner's single    {:8.1} s", measured.of_same.as_seconds_f64());
    println!("an urgent one         {:8.1} s", measured.urgent.as_seconds_f64());
    println!("lost, doubled         {:8} {}", measured.lost, measured.doubled);
    println!("write units each      {:8.2}", costs.write_units / notices);
    println!("read units each       {:8.2}", costs.read_units / notices);
    let calls = as_float(costs.calls);
    println!("calls each            {:8.2}", calls / notices);
}
