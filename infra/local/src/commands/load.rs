//! The benchmark: orders as fast as they are accepted, until all are handed over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use varsling_domain::channel::PerChannel;

use super::client::Client;
use super::cpu::{cpu, peak_memory};
use super::figures::as_float;
use crate::AnyError;
use crate::system::{Options, System};

/// An order that was accepted.
struct Accepted {
    to: String,
    placed: Instant,
    /// How long it took until it was accepted.
    took: Duration,
}

/// Measures and prints.
pub async fn run(orders: usize, clients: u16, shared: Options) -> Result<(), AnyError> {
    // No faster than the machine: what is measured is not the providers' rate.
    let rates = PerChannel::by(|_| 1_000_000);
    let system = System::start(Options { rates, ..shared }).await?;
    let client = Client::new(&system.url).await?;
    // A folder may hold the orders of another run.
    let run = system.simulator.now().timestamp_millis();
    let (start, began) = (Instant::now(), cpu());
    let accepted = place_all(&client, run, orders, usize::from(clients)).await?;
    let accepting = start.elapsed();
    let handed_over = handed_over(&system, orders).await;
    let sending = start.elapsed();

    println!("{orders} orders, {clients} clients");
    println!(
        "accepted     {:8.0}/s   {}",
        rate(orders, accepting),
        percentiles(accepted.iter().map(|order| order.took))
    );
    let latencies = accepted.iter().filter_map(|order| Some(*handed_over.get(&order.to)? - order.placed));
    println!("handed over  {:8.0}/s   {}", rate(orders, sending), percentiles(latencies));
    system.simulator.until_idle().await;
    // Until everything is recorded and published; the clients and the stand-ins share the process.
    println!("CPU          {:8.2} ms for each order", 1000.0 * (cpu() - began) / as_float(orders));
    println!("calls        {:8.2} for each order", as_float(system.costs().total().calls) / as_float(orders));
    println!("peak memory  {}", peak_memory().as_deref().unwrap_or("unknown"));
    system.stop().await;
    Ok(())
}

async fn place_all(
    client: &Client,
    run: i64,
    orders: usize,
    clients: usize,
) -> Result<Vec<Accepted>, AnyError> {
    let mut tasks = Vec::new();
    for first in 0..clients {
        let client = client.clone();
        tasks.push(tokio::spawn(async move {
            let mut accepted = Vec::new();
            for number in (first..orders).step_by(clients) {
                accepted.push(place(&client, run, number).await?);
            }
            Ok::<_, AnyError>(accepted)
        }));
    }
    let mut accepted = Vec::new();
    for task in tasks {
        accepted.extend(task.await??);
    }
    Ok(accepted)
}

async fn place(client: &Client, run: i64, number: usize) -> Result<Accepted, AnyError> {
    let to = format!("mottaker-{run}-{number}@example.no");
    let order = json!({
        "idempotencyId": format!("load-{run}-{number}"),
        "recipient": {"recipientEmail": {"emailAddress": to, "emailSettings": {
            "subject": "Ny melding", "body": "Logg inn for å lese den.", "sendingTimePolicy": "Anytime",
        }}},
    });
    let placed = Instant::now();
    client.order(&order).await?.accepted()?;
    Ok(Accepted { to, placed, took: placed.elapsed() })
}

/// Waits until everything is in the outbox; when each e-mail came there, by address.
async fn handed_over(system: &System, orders: usize) -> HashMap<String, Instant> {
    let simulator = Arc::clone(&system.simulator);
    let mut changes = simulator.runtime.changes();
    while simulator.outbox.len() < orders {
        changes.next().await;
    }
    simulator.outbox.entries().into_iter().map(|entry| (entry.to, entry.handed_over)).collect()
}

fn rate(number: usize, time: Duration) -> f64 {
    as_float(number) / time.as_secs_f64()
}

pub fn percentiles(durations: impl Iterator<Item = Duration>) -> String {
    let mut sorted: Vec<_> = durations.collect();
    sorted.sort_unstable();
    let [p50, p95, p99, max] = [50, 95, 99, 100].map(|percent| percentile(&sorted, percent));
    format!("p50 {p50:.1} ms  p95 {p95:.1} ms  p99 {p99:.1} ms  max {max:.1} ms")
}

/// A percentile by the nearest rank, in milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let durations = (1..=100).rev().map(Duration::from_millis);
        assert_eq!(percentiles(durations), "p50 50.0 ms  p95 95.0 ms  p99 99.0 ms  max 100.0 ms");
        assert_eq!(percentiles(std::iter::empty()), "p50 0.0 ms  p95 0.0 ms  p99 0.0 ms  max 0.0 ms");
    }
}
