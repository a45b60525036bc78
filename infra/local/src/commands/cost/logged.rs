//! How many bytes the functions log. Nothing of it is kept.

use std::io::{Result, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_subscriber::util::SubscriberInitExt;
use varsling_function::telemetry;

static BYTES: AtomicU64 = AtomicU64::new(0);

/// Counts what is written.
struct Counter;

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        BYTES.fetch_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Logs as a deployment does from now on, without what the local system says itself.
pub fn count_log_lines() {
    telemetry::subscriber("info,varsling_local=off,dynoxide=off", || Counter).init();
}

/// How many bytes there were.
pub fn bytes() -> u64 {
    BYTES.load(Ordering::Relaxed)
}
