//! What everything in the local system shares.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;
use varsling_domain::channel::PerChannel;
use varsling_domain::window::SendingWindow;
use varsling_function::clock::Clock;

use crate::aws::account::Account;
use crate::clock::LocalClock;
use crate::console::order_book::OrderBook;
use crate::costs::Costs;
use crate::database::Database;
use crate::event_sources::{self, EventSource};
use crate::faults::Faults;
use crate::ids::Ids;
use crate::metrics::LocalMetrics;
use crate::outbox::Outbox;
use crate::queues::Message;
use crate::registers::issuer::Issuer;
use crate::registers::maskinporten::Maskinporten;
use crate::registers::people::People;
use crate::registers::platform_token::PlatformToken;
use crate::runtime::{Caller, Runtime};
use crate::traces::Traces;

/// What everything in the local system shares.
pub struct Simulator {
    pub clock: Arc<LocalClock>,
    pub runtime: Arc<Runtime>,
    pub database: Database,
    /// What functions have put on the bus.
    pub published: Mutex<Vec<Value>>,
    /// What was sent, against the limits of the providers.
    pub account: Account,
    /// What the functions' calls cost.
    pub costs: Costs,
    pub faults: Faults,
    /// Ids of requests, events and provider messages.
    pub ids: Ids,
    pub outbox: Outbox,
    /// The orders that the console lists.
    pub orders: Arc<OrderBook>,
    /// The sending window, and how many messages a second leave on a channel: what the functions are told, too.
    pub window: SendingWindow,
    pub rates: PerChannel<u32>,
    /// What functions count and measure.
    pub metrics: Arc<LocalMetrics>,
    pub people: People,
    /// The messages that were queued, kept for the judge of chaos.
    pub traces: Traces,
    pub issuer: Issuer,
    pub maskinporten: Maskinporten,
    /// What the register of names wants to see.
    pub platform_token: PlatformToken,
    /// Who asks condition endpoints: redirects are not its business.
    pub http: reqwest::Client,
    /// The minute for which the sweeps ran last; held while time is moved.
    pub minute: tokio::sync::Mutex<DateTime<Utc>>,
}

impl Simulator {
    /// The local time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The local time, as text.
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }

    /// Lets the stream see every change of the table. One that nobody wants wakes nobody.
    pub fn watch_changes(&self) {
        let (runtime, orders) = (Arc::clone(&self.runtime), Arc::clone(&self.orders));
        self.database.tell(move |changes, now| {
            orders.note(changes);
            if runtime.look(|state| changes.iter().any(|change| state.streams.wants(change))) {
                runtime.change(|state| {
                    for change in changes {
                        state.streams.take_change(change, now);
                    }
                });
            }
        });
    }

    /// Puts a message on its queue; the id by which it is known there.
    pub fn send(&self, message: Message) -> Uuid {
        let message = self.doubled(message);
        self.runtime.change(|state| state.queues.send(&message))
    }

    /// A text as a message for a queue, to be seen at once.
    pub fn message(&self, queue: &'static EventSource, body: String) -> Message {
        Message::new(queue, self.now(), TimeDelta::zero(), body)
    }

    /// Puts what a provider reports on a queue, after its answer to the function that asked.
    pub fn report(&self, caller: Caller<'_>, queue: &str, report: &Value) {
        if let Some(queue) = event_sources::named(queue) {
            let message = self.doubled(self.message(queue, report.to_string()));
            self.runtime.change(|state| state.send_after(caller, message));
        }
    }

    fn doubled(&self, message: Message) -> Message {
        self.traces.note(&message);
        let copies = if self.faults.doubles(message.queue.name) { 2 } else { 1 };
        Message { copies, ..message }
    }

    /// Waits until nothing happens and nothing will before time passes.
    pub async fn until_idle(&self) {
        let mut changes = self.runtime.changes();
        while !self.runtime.look(|state| state.is_idle(self.now())) {
            changes.next().await;
        }
    }
}

/// A time, as text.
pub fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
