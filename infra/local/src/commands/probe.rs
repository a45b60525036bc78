//! Measures how fast a system answers that runs in another process: orders at a steady rate, and then what became of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::client::Client;
use super::load::percentiles;
use crate::AnyError;

/// How often a page of the feed, and a shipment, is read.
const READS: usize = 200;

/// How many e-mails are sent at once, and with which pause: the local system sends seven a second.
const INSTANT: usize = 50;
const INSTANT_PAUSE: Duration = Duration::from_millis(200);

/// For a second each, which part of the rate comes first, unmeasured: here all environments start on one machine.
const RAMP: [u32; 4] = [16, 8, 4, 2];

/// What is measured.
pub struct Probe {
    /// Where the system is.
    pub url: String,
    /// How many orders a second.
    pub rate: u32,
    /// How many orders.
    pub orders: usize,
}

/// Measures and prints, once the execution environments are warm.
pub async fn run(Probe { url, rate, orders }: Probe) -> Result<(), AnyError> {
    let client = Client::new(&url).await?;
    let run = chrono::Utc::now().timestamp_millis();
    for part in RAMP {
        let rate = (rate / part).max(1);
        place(&client, rate, &format!("warm-{run}-{part}"), usize::try_from(rate)?).await?;
    }
    let placed = place(&client, rate, &format!("probe-{run}"), orders).await?;
    println!("POST /future/orders at {rate}/s   {}", percentiles(placed.iter().map(|one| one.took)));
    let shipments = placed.iter().map(|one| one.shipment.as_str()).cycle().take(READS);
    let took = read_all(&client, shipments.map(|id| format!("future/shipment/{id}"))).await?;
    println!("GET /future/shipment/{{id}}       {}", percentiles(took.into_iter()));
    let pages = std::iter::repeat_n("future/shipment/feed?orderBy=desc".to_owned(), READS);
    let took = read_all(&client, pages).await?;
    println!("GET /future/shipment/feed       {}", percentiles(took.into_iter()));
    let took = send_all(&client, run).await?;
    println!("POST …/instant/email            {}", percentiles(took.into_iter()));
    Ok(())
}

/// Places orders at a steady rate: each when it is its time, whether or not earlier ones are answered.
async fn place(client: &Client, rate: u32, name: &str, orders: usize) -> Result<Vec<Placed>, AnyError> {
    let mut clock = interval(Duration::from_secs(1) / rate);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = Vec::with_capacity(orders);
    for number in 0..orders {
        let due = clock.tick().await;
        let (client, order) = (client.clone(), order(&format!("{name}-{number}")));
        tasks.push(tokio::spawn(async move {
            let placed = client.order(&order).await?.accepted()?;
            Ok::<_, AnyError>(Placed { shipment: id_of(&placed), took: due.elapsed() })
        }));
    }
    let mut placed = vec![];
    for task in tasks {
        placed.push(task.await??);
    }
    Ok(placed)
}

/// An order of an e-mail that goes whatever the hour.
fn order(id: &str) -> Value {
    json!({"idempotencyId": id, "recipient": {"recipientEmail": recipient(id)}})
}

fn recipient(id: &str) -> Value {
    json!({"emailAddress": format!("{id}@example.no"), "emailSettings": {
        "subject": "Ny melding", "body": "Logg inn for å lese den.", "sendingTimePolicy": "Anytime"}})
}

fn id_of(placed: &Value) -> String {
    placed["notification"]["shipmentId"].as_str().unwrap_or_default().to_owned()
}

/// Sends e-mails at once, one after the other and far below the channel's rate; how long each took.
async fn send_all(client: &Client, run: i64) -> Result<Vec<Duration>, AnyError> {
    let (mut took, mut clock) = (vec![], interval(INSTANT_PAUSE));
    for number in 0..INSTANT {
        clock.tick().await;
        let id = format!("instant-{run}-{number}");
        let (start, body) = (Instant::now(), json!({"idempotencyId": id, "recipientEmail": recipient(&id)}));
        client.instant(&body).await?.accepted()?;
        took.push(start.elapsed());
    }
    Ok(took)
}

/// An order that was accepted.
struct Placed {
    shipment: String,
    /// From when it was due until it was accepted.
    took: Duration,
}

/// Reads one path after the other; how long each took.
async fn read_all(client: &Client, paths: impl Iterator<Item = String>) -> Result<Vec<Duration>, AnyError> {
    let mut took = vec![];
    for path in paths {
        let start = Instant::now();
        let _: Value = client.read(&path).await?;
        took.push(start.elapsed());
    }
    Ok(took)
}
