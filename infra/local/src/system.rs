//! Starts and stops the whole system. Several can live in one process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use varsling_domain::capabilities::Capabilities;
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::window::{HouseRule, SendingWindow};
use varsling_function::clock::Clock;
use varsling_outgoing_http as outgoing_http;
use varsling_queues::variables;

use crate::aws::account::Account;
use crate::aws::limits::ProviderLimits;
use crate::clock::LocalClock;
use crate::costs::Costs;
use crate::database::{Database, SHARDS};
use crate::deployment::{Addresses, LocalDeployment};
use crate::functions::{Elsewhere, Places};
use crate::registers::issuer::Issuer;
use crate::registers::maskinporten::Maskinporten;
use crate::registers::people::People;
use crate::registers::platform_token::PlatformToken;
use crate::runtime::{Runtime, State};
use crate::simulator::Simulator;
use crate::streams::{STREAM_SOURCES, Streams};
use crate::{AnyError, aws, console, control, deployment, event_loop, functions, gateway, registers};

/// How a system is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway's port; any free one where there is none (or 0).
    pub port: Option<u16>,
    /// How fast its time runs: 1 like ours, 0 not at all unless moved.
    pub speed: f64,
    /// The time at which its clock starts; the real time where there is none.
    pub start: Option<DateTime<Utc>>,
    /// The folder in which it keeps its database and its time; in memory where there is none.
    pub data: Option<PathBuf>,
    /// The house rule for orders that do not say when they may go.
    pub window: HouseRule,
    /// Which registers it has, and whether it sends SMS.
    pub capabilities: Capabilities,
    /// How many messages a second the functions may send on each channel.
    pub rates: PerChannel<u32>,
    /// What everything that is left to jitter is drawn from.
    pub seed: u64,
    /// What the functions find in environment variables that are other than the local system's own.
    pub variables: BTreeMap<&'static str, String>,
    /// By which seed things go wrong by themselves, and traces are kept of what was queued; not at all without one.
    pub chaos: Option<u64>,
    /// What the providers let it send; everything where there are none.
    pub provider_limits: Option<ProviderLimits>,
}

/// With everything, on any port, in memory, at our pace, on working days.
impl Default for Options {
    fn default() -> Self {
        let (window, capabilities) = (HouseRule::WorkingDays, Capabilities::all());
        let rates = PerChannel::by(|channel| channel.spec().usual_rate);
        Self {
            port: None,
            speed: 1.0,
            start: None,
            data: None,
            window,
            capabilities,
            rates,
            seed: 0,
            variables: BTreeMap::new(),
            chaos: None,
            provider_limits: None,
        }
    }
}

/// A system that runs, until it is stopped or dropped.
pub struct System {
    /// What it is made of.
    pub(crate) simulator: Arc<Simulator>,
    /// Where its gateway is.
    pub url: String,
    /// Where its database is, for the real SDK or a test that looks at what is stored.
    pub dynamodb_url: String,
    /// The servers see when this is dropped, and end.
    up: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl System {
    /// Starts a system.
    pub async fn start(options: Options) -> Result<Self, AnyError> {
        Self::start_with(options, None).await
    }

    /// Starts a system of which one function may run elsewhere.
    pub(crate) async fn start_with(options: Options, elsewhere: Option<Elsewhere>) -> Result<Self, AnyError> {
        let gateway = listen(options.port.unwrap_or_default()).await?;
        let (stand_ins, database) = (listen(0).await?, listen(0).await?);
        let (url, aws, dynamodb_url) = (place(&gateway)?, place(&stand_ins)?, place(&database)?);
        let (simulator, up) = (simulator(&options)?, watch::Sender::new(()));
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(stand_ins, aws::routes(), &simulator, &up));
        tasks.spawn(serve(database, aws::database_routes(), &simulator, &up));
        let places = places(&options, &aws, &dynamodb_url);
        let streams = Streams::open(&STREAM_SOURCES, options.data.as_deref(), simulator.now())?;
        simulator.runtime.change(|state| state.streams = streams);
        simulator.orders.note_all(&simulator.database)?;
        simulator.watch_changes();
        let mut starters = functions::starters(&simulator, &places);
        if let Some(elsewhere) = elsewhere {
            starters.insert(elsewhere.function, elsewhere.starter(&places));
        }
        simulator.runtime.start(starters).await?;
        tasks.spawn(event_loop::deliver(Arc::clone(&simulator)));
        tasks.spawn(event_loop::tick(Arc::clone(&simulator)));
        let addresses = Addresses { gateway: &url, aws: &aws, dynamodb: &dynamodb_url };
        let seen = deployment::routes(LocalDeployment::of(&addresses, options.rates));
        let local =
            control::routes().merge(seen).merge(registers::control::routes()).merge(console::routes());
        let routes = local.merge(gateway::routes());
        tasks.spawn(serve(gateway, routes, &simulator, &up));
        Ok(Self { simulator, url, dynamodb_url, up, tasks })
    }

    /// What the functions' calls cost.
    pub fn costs(&self) -> &Costs {
        &self.simulator.costs
    }

    /// Stops it, as if the machine had been switched off; what is not in the database is gone.
    pub async fn stop(mut self) {
        self.simulator.runtime.change(State::stop);
        self.simulator.clock.keep();
        drop(self.up);
        // The next system with the same folder must find no call under way.
        self.tasks.shutdown().await;
    }
}

/// What stands for what in the functions' environment variables.
fn places(options: &Options, aws: &str, dynamodb: &str) -> Places {
    Places::from([
        ("{aws}", aws.to_owned()),
        ("{dynamodb}", dynamodb.to_owned()),
        ("{window}", options.window.name().to_owned()),
        ("{capabilities}", options.capabilities.to_string()),
        ("{shards}", SHARDS.to_string()),
        ("{rates}", rates(options)),
        ("{others}", others(&options.variables)),
    ])
}

/// A line for each variable that is other than the local system's own.
fn others(variables: &BTreeMap<&'static str, String>) -> String {
    let lines: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("\n")
}

/// The line of each channel's rate.
fn rates(options: &Options) -> String {
    let channels = Channel::ALL.iter();
    let lines =
        channels.map(|channel| format!("{}={}\n", variables::rate(*channel), options.rates.of(*channel)));
    lines.collect()
}

/// Everything that a system is made of; nothing runs yet.
pub(crate) fn simulator(options: &Options) -> Result<Arc<Simulator>, AnyError> {
    if let Some(folder) = &options.data {
        std::fs::create_dir_all(folder)?;
    }
    let file = options.data.as_ref().map(|folder| folder.join("clock"));
    let start = options.start.unwrap_or_else(Utc::now);
    let clock = Arc::new(LocalClock::start(start, options.speed, file));
    let http = outgoing_http::builder(Duration::from_secs(5));
    Ok(Arc::new(Simulator {
        minute: tokio::sync::Mutex::new(event_loop::floor(clock.now())),
        database: Database::open(options.data.as_deref(), options.seed)?,
        published: Mutex::default(),
        account: Account::new(options.provider_limits, clock.now()),
        costs: Costs::default(),
        faults: crate::faults::Faults::by_themselves(options.chaos),
        ids: crate::ids::Ids::drawn(options.chaos),
        traces: crate::traces::Traces::kept(options.chaos.is_some()),
        outbox: crate::outbox::Outbox::default(),
        orders: Arc::default(),
        window: SendingWindow::of(options.window),
        rates: options.rates,
        metrics: Arc::default(),
        people: People::made_up(clock.now()),
        issuer: Issuer::new()?,
        maskinporten: Maskinporten::new()?,
        platform_token: PlatformToken::default(),
        http: outgoing_http::build(http)?,
        runtime: Runtime::new(Arc::clone(&clock)),
        clock,
    }))
}

async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await
}

fn place(listener: &TcpListener) -> std::io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

fn serve(
    listener: TcpListener,
    routes: Router<Arc<Simulator>>,
    simulator: &Arc<Simulator>,
    up: &watch::Sender<()>,
) -> impl Future<Output = ()> + Send + use<> {
    let server = axum::serve(listener, routes.with_state(Arc::clone(simulator)));
    let server = server.with_graceful_shutdown(gone(up.subscribe()));
    async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a server stopped");
        }
    }
}

/// Resolves when the system is no longer up.
async fn gone(mut up: watch::Receiver<()>) {
    // Nothing is ever sent: the error that the sender is gone is what is waited for.
    let _ = up.changed().await;
}
