//! What the command line can say, and the commands beside running the system: showing it and measuring it.

mod backlog;
mod chaos;
mod client;
mod coldstart;
mod cost;
mod cpu;
mod demo;
mod figures;
mod load;
mod probe;
mod stand_ins;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use varsling_domain::capabilities::Capabilities;
use varsling_domain::window::HouseRule;
use varsling_function::telemetry;

use self::backlog::Backlog;
use self::chaos::Seeds;
use self::probe::Probe;
use crate::AnyError;
use crate::control::MOST_SPEED;
use crate::functions::NAMES;
use crate::system::{Options, System};

/// The whole of Varsling in one process, with a clock that can be moved.
#[derive(Parser)]
struct Cli {
    /// The port to serve on: 3000 for the system and its stand-ins, any that is free for a demonstration or benchmark.
    #[arg(long, global = true)]
    port: Option<u16>,
    /// How fast time runs: 1 like ours, 0 not at all unless moved.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// The time at which it begins, such as 2026-12-07T10:00:00+01:00; now without one.
    #[arg(long)]
    start: Option<DateTime<Utc>>,
    /// A folder for the database and the time, so that a restart goes on; in memory without one.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// When orders go that do not say: on working days from 09 to 17, or as Altinn has it.
    #[arg(long, default_value = "WorkingDays", value_parser = window)]
    window: HouseRule,
    /// Which registers it has and whether it sends SMS, such as "sms persons"; all of them unless this says.
    #[arg(long, default_value_t = Capabilities::all(), value_parser = capabilities)]
    capabilities: Capabilities,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Send a real order through the whole system and show what happens.
    Demo {
        /// Play it in the console instead, at a pace at which it can be read, and open that in the browser.
        #[arg(long)]
        open_page: bool,
    },
    /// Serve the token issuer and the registers alone, for functions that run elsewhere on this machine.
    StandIns,
    /// Have a backlog fall due at one opening of the window, and measure how it leaves.
    Backlog {
        /// How many notices wait.
        #[arg(long, default_value_t = 20_000)]
        notices: usize,
        /// How many owners they are of.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
        owners: u16,
        /// How many e-mails a second the provider takes.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(14..))]
        rate: u32,
    },
    /// Measure how fast orders are accepted and handed over.
    Load {
        /// How many orders.
        #[arg(long, default_value_t = 2000)]
        orders: usize,
        /// How many clients place them at the same time.
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
        clients: u16,
    },
    /// Have some of everything go wrong, by seeds, and judge what becomes of each order.
    Chaos {
        /// How many seeds.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
        /// The first one.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// After how many minutes no further one begins.
        #[arg(long)]
        minutes: Option<u64>,
    },
    /// Measure how soon each function is there, as a process of its own, and how large it is.
    Coldstart {
        /// How many processes of each.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
        times: u16,
        /// One function alone, beside those that do nothing.
        #[arg(long, value_parser = NAMES)]
        function: Option<String>,
    },
    /// Measure what a notice of each kind uses of AWS, and what that costs by the price list.
    Cost {
        /// How many notices of each kind, where it depends on that.
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=2000))]
        notices: u16,
    },
    /// Measure how fast a system answers that runs in another process.
    Probe {
        /// Where it is.
        #[arg(long, default_value = "http://127.0.0.1:3000")]
        url: String,
        /// How many orders a second.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        rate: u32,
        /// How many orders.
        #[arg(long, default_value_t = 1000)]
        orders: usize,
    },
}

/// The port that is served on where none is named.
const PORT: u16 = 3000;

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().map_err(|_| "not a number".to_string())?;
    if (0.0..=MOST_SPEED).contains(&speed) { Ok(speed) } else { Err("must be from 0 to 1000000".into()) }
}

fn capabilities(text: &str) -> Result<Capabilities, String> {
    let all = Capabilities::all();
    text.parse().map_err(|why| format!("{why}: there are {all}"))
}

fn window(text: &str) -> Result<HouseRule, &'static str> {
    HouseRule::named(text).ok_or("must be WorkingDays or Altinn")
}

/// Does what the command line says.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => log("info"),
        // What goes wrong there is meant to. Its lines are looked through, unless somebody wants to read them.
        Some(Command::Chaos { .. }) if std::env::var_os("LOG_LEVEL").is_none() => look_through_log(),
        Some(Command::Cost { .. }) => cost::count_log_lines(),
        Some(_) => log("warn"),
    }
    // What every command can be told.
    let shared = Options { port: cli.port, data: cli.data, ..Options::default() };
    let done = match cli.command {
        None => {
            let Cli { speed, start, window, capabilities, .. } = cli;
            let port = shared.port.or(Some(PORT));
            serve(Options { port, speed, start, window, capabilities, ..shared }).await
        }
        Some(Command::Demo { open_page: false }) => demo::run(shared).await,
        Some(Command::Demo { open_page: true }) => demo::open_page(shared).await,
        Some(Command::StandIns) => stand_ins::run(shared.port.unwrap_or(PORT)).await,
        Some(Command::Backlog { notices, owners, rate }) => {
            backlog::run(Backlog { notices, owners, rate }, shared).await
        }
        Some(Command::Load { orders, clients }) => load::run(orders, clients, shared).await,
        Some(Command::Chaos { seeds, from, minutes }) => {
            chaos::run(Seeds { count: seeds, from, minutes }).await
        }
        Some(Command::Coldstart { times, function }) => {
            coldstart::run(usize::from(times), function.as_deref()).await
        }
        Some(Command::Cost { notices }) => cost::run(usize::from(notices)).await,
        Some(Command::Probe { url, rate, orders }) => probe::run(Probe { url, rate, orders }).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// One line for each thing that happens, at `LOG_LEVEL`; libraries are heard from `warn`, or not at all.
fn log(default: &str) {
    let filter = filter(&std::env::var("LOG_LEVEL").unwrap_or_else(|_| default.into()));
    let lines = fmt::layer().compact().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
}

/// The lines that a deployment would log go nowhere, and are looked through for what must not be in them.
fn look_through_log() {
    let lines = chaos::log_lines();
    let lines = fmt::layer().compact().with_writer(move || lines);
    tracing_subscriber::registry().with(filter("info")).with(lines).init();
}

fn filter(level: &str) -> Targets {
    // A directive counts for every target that begins with its name.
    let ours = NAMES.iter().chain(&["varsling"]);
    let ours: Vec<_> = ours.map(|name| format!("{}={level}", name.replace('-', "_"))).collect();
    let libraries = if level == "off" { "off" } else { "warn" };
    telemetry::filter(&format!("{libraries},{}", ours.join(",")))
}

async fn serve(options: Options) -> Result<(), AnyError> {
    let system = System::start(options).await?;
    let url = &system.url;
    println!("Varsling is at {url}");
    println!("  the console: {url}/");
    println!("  a token:    curl -s '{url}/local/token?org={}'", client::OWNER);
    println!("  the people: curl -s {url}/local/people");
    println!("  the outbox: curl -s {url}/local/outbox");
    println!("  a day on:   curl -s {url}/local/clock -d '{{\"advanceSeconds\": 86400}}'");
    tokio::signal::ctrl_c().await?;
    system.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_as_documented() {
        let cli = Cli::try_parse_from(["varsling-local"]).unwrap();
        assert_eq!((cli.port, cli.data), (None, None));
        let load = Cli::try_parse_from(["varsling-local", "load", "--orders", "3"]).unwrap();
        assert!(matches!(load.command, Some(Command::Load { orders: 3, clients: 8 })));
        let kept = Cli::try_parse_from(["varsling-local", "load", "--data", "kept", "--port", "1"]).unwrap();
        assert_eq!((kept.port, kept.data), (Some(1), Some("kept".into())));
        for wrong in [
            ["--speed", "-1"],
            ["--speed", "NaN"],
            ["--port", "x"],
            ["--window", "Nights"],
            ["--capabilities", "fax"],
        ] {
            assert!(Cli::try_parse_from(["varsling-local", wrong[0], wrong[1]]).is_err());
        }
    }
}
