//! Events to the project's bus, for those who subscribe.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::Value;

use crate::environment::{ConfigError, Environment};

/// What this service calls itself in events.
const SOURCE: &str = "varsling";

/// An event did not get onto the bus.
#[derive(Debug, thiserror::Error)]
#[error("the bus did not take an event: {0}")]
pub struct EventError(String);

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

    /// Puts one event on the bus. The detail carries ids and statuses, nothing personal.
    pub async fn publish(&self, detail_type: &str, detail: &Value) -> Result<(), EventError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(detail_type)
            .detail(detail.to_string())
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| EventError(crate::aws::reason(&error)))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(EventError(code.to_owned())),
            None => Ok(()),
        }
    }
}
