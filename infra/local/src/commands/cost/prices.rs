//! The price list, and how long a call of AWS is taken to last.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

const LIST: &str = include_str!("../../../prices.json");

/// The price list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prices {
    /// The region that they are of.
    pub region: String,
    /// The day that they are of.
    pub as_of: String,
    /// What each thing costs.
    pub dollars: Dollars,
    /// How long a call of a service takes, in milliseconds: in the local system none leaves the process.
    assumed_milliseconds: BTreeMap<String, u64>,
}

/// Prices in dollars.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dollars {
    pub million_write_units: f64,
    pub million_read_units: f64,
    /// Of the class for infrequent access.
    pub million_write_units_of_evidence: f64,
    pub million_read_units_of_evidence: f64,
    pub gigabyte_month_of_table: f64,
    /// Of the same class, without backups, which are off unless a deployment asks for them.
    pub gigabyte_month_of_evidence: f64,
    pub gigabyte_month_of_backup: f64,
    pub million_queue_requests: f64,
    pub million_invocations: f64,
    pub gigabyte_second: f64,
    pub million_events: f64,
    pub million_api_requests: f64,
    pub gigabyte_logged: f64,
}

impl Prices {
    /// The list that is checked in.
    pub fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(LIST)
    }

    /// How long each service's calls are taken to last.
    pub fn latencies(&self) -> impl Iterator<Item = (&str, Duration)> {
        self.assumed_milliseconds
            .iter()
            .map(|(service, taken)| (service.as_str(), Duration::from_millis(*taken)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service::Service;

    /// A service that the list does not name would answer at once, and so would one that it misspells.
    #[test]
    fn every_service_takes_its_time() {
        let prices = Prices::read().unwrap();
        let named: Vec<_> =
            prices.latencies().filter(|(_, taken)| !taken.is_zero()).map(|(name, _)| name).collect();
        let all = [
            Service::DynamoDb,
            Service::EventBridge,
            Service::Lambda,
            Service::SecretsManager,
            Service::Ses,
            Service::Sns,
            Service::Sqs,
        ];
        assert_eq!(named, all.map(Service::name));
    }
}
