//! `GET /local/changes`: tells of each change, as server-sent events, so that a page need not ask again and again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use serde::Serialize;

use crate::control::Shared;
use crate::lock;
use crate::simulator::Simulator;

/// How long after a change at least the next one is told: a page cannot draw more often.
const PAUSE: Duration = Duration::from_millis(250);

/// What there is: a page looks again at what has changed of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Seen {
    /// Grows with each write of an order.
    orders: u64,
    /// How many messages were handed over.
    messages: usize,
    /// How many events there were.
    events: usize,
    /// Grows whenever the clock is moved, stopped or set going.
    moves: u64,
}

impl Seen {
    fn of(simulator: &Simulator) -> Self {
        Self {
            orders: simulator.orders.writes(),
            messages: simulator.outbox.len(),
            events: lock(&simulator.published).len(),
            moves: simulator.clock.move_count(),
        }
    }
}

/// Follows the changes until the connection ends. The first event comes at once.
pub async fn follow(State(simulator): Shared) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold((simulator, None), |(simulator, last)| async move {
        let seen = next(&simulator, last.as_ref()).await;
        let event = Event::default().json_data(&seen).unwrap_or_default();
        Some((Ok(event), (simulator, Some(seen))))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// What there is once it is something else than what was told last.
async fn next(simulator: &Arc<Simulator>, last: Option<&Seen>) -> Seen {
    if last.is_some() {
        tokio::time::sleep(PAUSE).await;
    }
    loop {
        let (mut changes, mut moves) = (simulator.runtime.changes(), simulator.clock.moves());
        let seen = Seen::of(simulator);
        if last != Some(&seen) {
            return seen;
        }
        tokio::select! {
            () = changes.next() => {}
            () = moves.next() => {}
        }
    }
}
