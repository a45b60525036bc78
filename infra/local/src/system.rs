//! Starts and stops the whole system. Several can live in one process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use varsling_domain::capabilities::Capabilities;
use varsling_domain::window::HouseRule;
use varsling_platform::clock::Clock;

use crate::clock::LocalClock;
use crate::database::{Database, SHARDS};
use crate::registers::issuer::Issuer;
use crate::registers::maskinporten::Maskinporten;
use crate::registers::people::People;
use crate::runtime::State;
use crate::simulator::Simulator;
use crate::{AnyError, aws, control, event_loop, functions, gateway, registers};

/// How a system is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The gateway's port; any free one where there is none (or 0).
    pub port: Option<u16>,
    /// How fast its time runs: 1 like ours, 0 not at all unless moved.
    pub speed: f64,
    /// The folder in which it keeps its database and its time; in memory where there is none.
    pub data: Option<PathBuf>,
    /// The house rule for orders that do not say when they may go.
    pub window: HouseRule,
    /// Which registers it has, and whether it sends SMS.
    pub capabilities: Capabilities,
}

/// With everything, on any port, in memory, at our pace, on working days.
impl Default for Options {
    fn default() -> Self {
        let (window, capabilities) = (HouseRule::WorkingDays, Capabilities::all());
        Self { port: None, speed: 1.0, data: None, window, capabilities }
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
    /// Whoever has the other end sees when this is dropped.
    up: watch::Sender<()>,
    database: JoinHandle<()>,
    tasks: JoinSet<()>,
}

impl System {
    /// Starts a system.
    pub async fn start(options: Options) -> Result<Self, AnyError> {
        let listen = |port| TcpListener::bind(("127.0.0.1", port));
        let (gateway, stand_ins) = (listen(options.port.unwrap_or_default()).await?, listen(0).await?);
        let database = listen(0).await?;
        let (url, aws, dynamodb_url) = (place(&gateway)?, place(&stand_ins)?, place(&database)?);
        let (simulator, up) = (simulator(&options)?, watch::Sender::new(()));
        let database = simulator.database.clone().serve(database, gone(up.subscribe()));
        let (database, mut tasks) = (tokio::spawn(database), JoinSet::new());
        tasks.spawn(serve(stand_ins, aws::routes(), &simulator, &up));

        let capabilities = options.capabilities.to_string();
        let places = [
            ("{aws}", &*aws),
            ("{dynamodb}", &dynamodb_url),
            ("{window}", options.window.name()),
            ("{capabilities}", &capabilities),
            ("{shards}", &SHARDS.to_string()),
        ];
        let functions = functions::start(&places, simulator.clock.clone()).await?;
        // Set here and nowhere else.
        let _ = simulator.runtime.functions.set(functions);
        tasks.spawn(event_loop::deliver(Arc::clone(&simulator)));
        tasks.spawn(event_loop::tick(Arc::clone(&simulator)));
        let routes = control::routes().merge(registers::control::routes()).merge(gateway::routes());
        tasks.spawn(serve(gateway, routes, &simulator, &up));
        Ok(Self { simulator, url, dynamodb_url, up, database, tasks })
    }

    /// Stops it, as if the machine had been switched off; what is not in the database is gone.
    pub async fn stop(mut self) {
        self.simulator.runtime.change(State::stop);
        self.simulator.clock.keep();
        self.tasks.abort_all();
        drop(self.up);
        // Whoever opens the same folder next must find nobody in it.
        if tokio::time::timeout(Duration::from_secs(5), self.database).await.is_err() {
            tracing::warn!("the database still answers somebody");
        }
    }
}

/// Everything that a system is made of; nothing runs yet.
pub(crate) fn simulator(options: &Options) -> Result<Arc<Simulator>, AnyError> {
    if let Some(folder) = &options.data {
        std::fs::create_dir_all(folder)?;
    }
    let file = options.data.as_ref().map(|folder| folder.join("clock"));
    let clock = Arc::new(LocalClock::start(options.speed, file));
    let no_redirects = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(no_redirects).timeout(Duration::from_secs(5));
    Ok(Arc::new(Simulator {
        minute: tokio::sync::Mutex::new(event_loop::floor(clock.now())),
        database: Database::open(options.data.as_deref())?,
        published: Mutex::default(),
        faults: crate::faults::Faults::default(),
        outbox: crate::outbox::Outbox::default(),
        people: People::made_up(clock.now()),
        issuer: Issuer::new()?,
        maskinporten: Maskinporten::new()?,
        http: http.build()?,
        clock,
        runtime: Arc::default(),
    }))
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
