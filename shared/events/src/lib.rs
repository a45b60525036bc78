//! Events to the project's bus, for those who subscribe.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde::Serialize;
use varsling_domain::budget::BudgetEvent;
use varsling_domain::status_events::StatusEvent;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::{Trouble, Waiting};

/// What this service calls itself in events.
const SOURCE: &str = "varsling";

/// How many events EventBridge takes in one request (`PutEvents`: Amazon EventBridge API reference).
const BATCH: usize = 10;

/// An event did not get onto the bus.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the bus did not take an event: {0}")]
pub struct EventError(String);

impl Waiting for EventError {
    fn trouble(&self) -> Trouble {
        Trouble::of_aws(&self.0)
    }

    fn waits_for(&self) -> &'static str {
        "event bus"
    }
}

/// An event that the bus did not take.
#[derive(Debug)]
pub struct NotPublished {
    /// Its place among those that were to be published.
    pub place: usize,
    /// Why.
    pub error: EventError,
}

/// What is told on the bus.
pub trait BusEvent: Serialize {
    /// What kind of event it is.
    fn detail_type(&self) -> &'static str;
}

impl BusEvent for StatusEvent {
    fn detail_type(&self) -> &'static str {
        self.detail_type()
    }
}

impl BusEvent for BudgetEvent {
    fn detail_type(&self) -> &'static str {
        self.detail_type()
    }
}

/// The project's bus.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus that `EVENT_BUS_NAME` names.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { client: Client::new(configuration), name: environment.required("EVENT_BUS_NAME")? })
    }

    /// Puts events on the bus, ten at a time and in their order; those that it did not take.
    pub async fn publish<T: BusEvent>(&self, events: &[T]) -> Vec<NotPublished> {
        let mut failed = vec![];
        for (batch, some) in events.chunks(BATCH).enumerate() {
            let first = batch * BATCH;
            match self.publish_some(some).await {
                Ok(refused) => failed
                    .extend(refused.into_iter().map(|one| NotPublished { place: first + one.place, ..one })),
                Err(error) => {
                    let all =
                        (first..first + some.len()).map(|place| NotPublished { place, error: error.clone() });
                    failed.extend(all);
                }
            }
        }
        failed
    }

    async fn publish_some<T: BusEvent>(&self, events: &[T]) -> Result<Vec<NotPublished>, EventError> {
        let entries = events.iter().map(|event| self.entry(event)).collect::<Result<Vec<_>, _>>()?;
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| EventError(varsling_function::aws::reason(&error)))?;
        let refused = answer.entries().iter().enumerate().filter_map(|(place, entry)| {
            let error = EventError(entry.error_code()?.to_owned());
            Some(NotPublished { place, error })
        });
        Ok(refused.collect())
    }

    fn entry<T: BusEvent>(&self, event: &T) -> Result<PutEventsRequestEntry, EventError> {
        let detail = serde_json::to_string(event).map_err(|error| EventError(error.to_string()))?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(event.detail_type())
            .detail(detail);
        Ok(entry.build())
    }
}
