//! How soon each function is there, how long its events take, and how large it is: each as a process of its own,
//! beside two functions that do nothing. What they call is in this process.

mod binaries;
mod process;
mod runtime_api;
mod scenario;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;
use varsling_domain::channel::PerChannel;

use self::binaries::Binary;
use self::process::{Process, Taken};
use crate::functions::{Elsewhere, NAMES};
use crate::runtime::environments::{Handler, Request};
use crate::system::{Options, System};
use crate::{AnyError, lock};

/// The functions that do nothing: without anything, and with one read of a table.
const YARDSTICKS: [&str; 2] = ["yardstick-bare", "yardstick-table"];
/// How many rounds of events a process gets: the first one finds it cold.
const ROUNDS: usize = 4;

/// The head of the table.
const HEAD: &str = "| function | start, ms | ratio | first event, ms | warm event, ms | first / warm | memory, MiB | \
    binary, MB | zipped, MB |";

/// What was measured of a function.
struct Measured {
    name: &'static str,
    binary: Binary,
    processes: Vec<Taken>,
}

/// Builds the functions, or the one that is asked for, measures each so many times, and prints a table.
pub async fn run(times: usize, only: Option<&str>) -> Result<(), AnyError> {
    let names: Vec<_> = NAMES.into_iter().filter(|name| only.is_none_or(|only| only == *name)).collect();
    let mut packages: Vec<_> = names.iter().map(|name| package(name)).collect();
    packages.dedup();
    packages.push("yardsticks");
    binaries::build(&packages).await?;
    let mut all = vec![];
    for name in YARDSTICKS {
        all.push(Measured::of_yardstick(name, times).await?);
    }
    for name in names {
        all.push(Measured::of_function(name, times).await?);
    }
    print(&all, times);
    match all.iter().find(|one| !one.got_events()) {
        Some(idle) => Err(format!("{} got no event", idle.name).into()),
        None => Ok(()),
    }
}

/// The package of a function; urgent notices are sent by the same binary.
fn package(function: &'static str) -> &'static str {
    function.strip_suffix("-urgent").unwrap_or(function)
}

impl Measured {
    async fn of_yardstick(name: &'static str, times: usize) -> Result<Self, AnyError> {
        let binary = Binary::open(name)?;
        let system = System::start(Options::default()).await?;
        let mut processes = vec![];
        for _ in 0..times {
            let variables = [
                ("AWS_REGION", "eu-north-1"),
                ("TABLE_NAME", "varsling"),
                ("AWS_ENDPOINT_URL_DYNAMODB", &system.dynamodb_url),
            ];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let process = Process::start(&binary.path, variables.into()).await?;
            for _ in 0..ROUNDS {
                process.invoke(request()).await?;
            }
            processes.push(process.end()?);
        }
        system.stop().await;
        Ok(Self { name, binary, processes })
    }

    async fn of_function(name: &'static str, times: usize) -> Result<Self, AnyError> {
        let binary = Binary::open(package(name))?;
        let mut processes = vec![];
        for _ in 0..times {
            processes.extend(measure_once(name, &binary.path).await?);
        }
        Ok(Self { name, binary, processes })
    }

    fn got_events(&self) -> bool {
        self.processes.iter().any(|process| !process.events.is_empty())
    }

    fn median(&self, of: impl Fn(&Taken) -> Option<Duration>) -> f64 {
        median(self.processes.iter().filter_map(of).map(|time| time.as_secs_f64() * 1000.0).collect())
    }

    fn start(&self) -> f64 {
        self.median(|process| Some(process.start))
    }

    fn first(&self) -> f64 {
        self.median(|process| process.events.first().copied())
    }

    /// Of an event that is not the first one.
    fn warm(&self) -> f64 {
        let warm = self.processes.iter().flat_map(|process| process.events.iter().skip(1));
        median(warm.map(|time| time.as_secs_f64() * 1000.0).collect())
    }

    fn memory(&self) -> f64 {
        let kibibytes =
            self.processes.iter().map(|process| u32::try_from(process.memory).unwrap_or(u32::MAX));
        median(kibibytes.map(|memory| f64::from(memory) / 1024.0).collect())
    }
}

/// The processes that a function has started in a system of its own.
type Started = Arc<Mutex<Vec<Arc<Process>>>>;

/// Plays the scenario in a system in which the function is a process.
async fn measure_once(name: &'static str, binary: &Path) -> Result<Vec<Taken>, AnyError> {
    let started = Started::default();
    let elsewhere = Elsewhere { function: name, start: starting(binary.into(), Arc::clone(&started)) };
    // No faster than the machine: what is measured is not the providers' rate.
    let rates = PerChannel::by(|_| 1_000_000);
    let system = System::start_with(Options { rates, ..Options::default() }, Some(elsewhere)).await?;
    for round in 0..ROUNDS {
        scenario::play(&system, round).await?;
    }
    let processes: Vec<_> = lock(&started).clone();
    let taken = processes.iter().map(|process| process.end()).collect();
    system.stop().await;
    taken
}

/// How an instance starts as a process.
fn starting(binary: Arc<Path>, started: Started) -> crate::functions::StartElsewhere {
    Arc::new(move |variables: BTreeMap<String, String>| {
        let (binary, started) = (Arc::clone(&binary), Arc::clone(&started));
        Box::pin(async move {
            let process = Process::start(&binary, variables).await.map_err(|error| error.to_string())?;
            let process = Arc::new(process);
            lock(&started).push(Arc::clone(&process));
            let handler: Handler = Arc::new(move |request| {
                let process = Arc::clone(&process);
                Box::pin(async move { process.invoke(request).await })
            });
            Ok(handler)
        })
    })
}

fn request() -> Request {
    Request { id: Uuid::new_v4(), event: json!({}), deadline: Utc::now() + TimeDelta::seconds(10) }
}

/// The one in the middle; of an even number the upper one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn print(all: &[Measured], times: usize) {
    let table = all.iter().find(|one| one.name == YARDSTICKS[1]).map_or(f64::NAN, Measured::start);
    println!("medians of {times} processes each; ratios against yardstick-table");
    println!();
    println!("{HEAD}");
    println!("| --- | {}", "---: | ".repeat(8).trim_end());
    for one in all {
        let Measured { name, binary, .. } = one;
        println!(
            "| `{name}` | {:.1} | {:.2} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} |",
            one.start(),
            one.start() / table,
            one.first(),
            one.warm(),
            one.first() / one.warm(),
            one.memory(),
            megabytes(binary.size),
            megabytes(binary.zipped),
        );
    }
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn urgent_notices_are_sent_by_the_same_binary() {
        assert_eq!(["send-sms-urgent", "send-sms"].map(package), ["send-sms", "send-sms"]);
    }
}
