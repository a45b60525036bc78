//! Starts and stops the whole system. Several can live in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use varsling_domain::window::HouseRule;
use varsling_platform::clock::Clock;

use crate::bus::Bus;
use crate::clock::LocalClock;
use crate::database::{Database, DatabaseError};
use crate::functions::{self, Places};
use crate::invoker::Invoker;
use crate::issuer::Issuer;
use crate::registers::maskinporten::Maskinporten;
use crate::registers::people::People;
use crate::work::Work;
use crate::world::World;
use crate::{aws, control, driver, front};

/// How a system is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The front's port; any free one where there is none (or 0).
    pub port: Option<u16>,
    /// How fast its time runs: 1 like ours, 0 not at all unless moved.
    pub speed: f64,
    /// The folder in which it keeps its database and its time; in memory where there is none.
    pub data: Option<PathBuf>,
    /// The house rule for orders that do not say when they may go.
    pub window: HouseRule,
}

/// Why a system does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken, or a folder cannot be written to.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The database does not open.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A function does not start.
    #[error("{0} does not start: {1}")]
    Function(&'static str, varsling_platform::lambda::StartError),
    /// No key for signing tokens.
    #[error("no key for signing tokens could be made")]
    Key,
    /// No HTTP client.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// A system that runs, until it is stopped or dropped.
pub struct System {
    world: Arc<World>,
    url: String,
    dynamodb: String,
    down: watch::Sender<bool>,
    database: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl System {
    /// Starts a system.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let front = TcpListener::bind(("127.0.0.1", options.port.unwrap_or_default())).await?;
        let stand_ins = TcpListener::bind(("127.0.0.1", 0)).await?;
        let dynamodb = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = place(&front)?;
        let places =
            Places { aws: place(&stand_ins)?, dynamodb: place(&dynamodb)?, window: options.window.name() };

        let world = world(&options)?;
        let (down, going_down) = watch::channel(false);
        let database = world.database.clone().serve(dynamodb, gone(going_down.clone()));
        let database = tokio::spawn(database);
        let stand_ins = serve(stand_ins, Router::new().fallback(aws::handle), &world, &going_down);
        // From here on a failure drops the system, and with it what was started.
        let tasks = vec![stand_ins];
        let mut system = Self { world, url, dynamodb: places.dynamodb.clone(), down, database, tasks };

        let functions = functions::start(&places, system.world.clock.clone()).await?;
        let world = &system.world;
        world.invoker.install(functions);
        system.tasks.push(tokio::spawn(driver::deliver(Arc::clone(world))));
        system.tasks.push(tokio::spawn(driver::tick(Arc::clone(world))));
        let routes = control::routes().merge(front::routes());
        system.tasks.push(serve(front, routes, world, &going_down));
        Ok(system)
    }

    /// Where its front is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its database is, for the real SDK or a test that looks at what is stored.
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb
    }

    /// What it is made of.
    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Stops it, as if the machine had been switched off; what is not in the database is gone.
    pub async fn stop(mut self) {
        self.halt();
        // Whoever opens the same folder next must find nobody in it.
        if tokio::time::timeout(Duration::from_secs(5), &mut self.database).await.is_err() {
            tracing::warn!("the database still answers somebody");
        }
    }

    fn halt(&self) {
        self.world.work.stop();
        self.world.invoker.kill(None);
        self.tasks.iter().for_each(JoinHandle::abort);
        self.down.send_replace(true);
        self.world.clock.keep();
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.halt();
        self.database.abort();
    }
}

fn world(options: &Options) -> Result<Arc<World>, StartError> {
    if let Some(folder) = &options.data {
        std::fs::create_dir_all(folder)?;
    }
    let file = options.data.as_ref().map(|folder| folder.join("clock.json"));
    let clock = Arc::new(LocalClock::start(options.speed, file));
    let work = Work::new();
    let no_redirects = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(no_redirects).timeout(Duration::from_secs(5));
    Ok(Arc::new(World {
        minute: tokio::sync::Mutex::new(driver::floor(clock.now())),
        invoker: Invoker::new(&work),
        database: Database::open(options.data.as_deref())?,
        bus: Bus::default(),
        faults: crate::faults::Faults::default(),
        outbox: crate::outbox::Outbox::default(),
        people: People::made_up(clock.now()),
        issuer: Issuer::new()?,
        maskinporten: Maskinporten::new()?,
        http: http.build()?,
        clock,
        work,
    }))
}

fn place(listener: &TcpListener) -> Result<String, StartError> {
    Ok(format!("http://{}", listener.local_addr()?))
}

fn serve(
    listener: TcpListener,
    routes: Router<Arc<World>>,
    world: &Arc<World>,
    going_down: &watch::Receiver<bool>,
) -> JoinHandle<()> {
    let service = routes.with_state(Arc::clone(world)).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(gone(going_down.clone()));
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a server stopped");
        }
    })
}

/// Resolves when the system goes down, in whatever way.
async fn gone(mut going_down: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the system.
    let _ = going_down.wait_for(|down| *down).await;
}
