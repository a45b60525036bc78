//! One start of a function's binary as a process of its own, and what it has taken.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::runtime_api::RuntimeApi;
use crate::runtime::environments::Request;
use crate::runtime::invoker::Answer;
use crate::{AnyError, lock};

/// The longest that a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process that runs.
pub struct Process {
    api: RuntimeApi,
    child: Mutex<Child>,
    /// From its start to its first request for an event.
    pub start: Duration,
    events: Mutex<Vec<Duration>>,
}

/// What one process has taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// From its start to its first request for an event.
    pub start: Duration,
    /// Each event that it handled, in their order.
    pub events: Vec<Duration>,
    /// The most memory that it has had, in KiB.
    pub memory: u64,
}

impl Process {
    /// Starts a binary with these environment variables and no others.
    pub async fn start(binary: &Path, variables: BTreeMap<String, String>) -> Result<Self, AnyError> {
        let api = RuntimeApi::serve().await?;
        let began = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .envs(variables)
            .envs(of_lambda(&api.host))
            .kill_on_drop(true)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))?;
        let asked = tokio::time::timeout(PATIENCE, api.first_next()).await;
        let asked = asked.map_err(|_| format!("{} asks for no event", binary.display()))??;
        let start = asked.duration_since(began);
        Ok(Self { api, child: Mutex::new(child), start, events: Mutex::default() })
    }

    /// Has it handle an event.
    pub async fn invoke(&self, request: Request) -> Answer {
        let taken = self.api.invoke(request).await?;
        lock(&self.events).push(taken.took);
        serde_json::from_slice::<Value>(&taken.body?).map_err(|error| error.to_string())
    }

    /// Ends it; what it has taken.
    pub fn end(&self) -> Result<Taken, AnyError> {
        let mut child = lock(&self.child);
        let id = child.id().ok_or("a process has ended by itself")?;
        let memory = peak_memory(id)?;
        child.start_kill()?;
        Ok(Taken { start: self.start, events: lock(&self.events).clone(), memory })
    }
}

/// What Lambda tells every function.
fn of_lambda(api: &str) -> [(&'static str, &str); 9] {
    [
        ("AWS_LAMBDA_RUNTIME_API", api),
        ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "measured"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
        // Signed with, and checked by nobody.
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("LOG_LEVEL", "info"),
    ]
}

fn peak_memory(process: u32) -> Result<u64, AnyError> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("the kernel tells no memory")?;
    Ok(line.split_whitespace().nth(1).unwrap_or_default().parse()?)
}
