//! The local system as an operator's tool sees it: what the outputs and parameters of its stack would be.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use varsling_domain::channel::{Channel, PerChannel};

use crate::control::Shared;
use crate::database;
use crate::event_sources::{EventSource, QUEUES};
use crate::functions::{ACCOUNT, REGION, STACK};
use crate::simulator::Simulator;

/// The name under which a tool calls, in place of a function's.
const CALLER: &str = "operator";

/// Where everything is.
#[derive(Clone, Serialize)]
pub struct LocalDeployment {
    stack: &'static str,
    region: &'static str,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<&'static str, String>,
    endpoints: BTreeMap<&'static str, String>,
}

/// The addresses of the servers.
pub struct Addresses<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The stand-ins.
    pub aws: &'a str,
    /// The database.
    pub dynamodb: &'a str,
}

impl LocalDeployment {
    /// The system at these addresses.
    pub fn of(addresses: &Addresses<'_>, rates: PerChannel<u32>) -> Self {
        let Addresses { gateway, aws, dynamodb } = addresses;
        let queues = QUEUES.iter().filter(|source| source.is_queue());
        let mut outputs: BTreeMap<_, _> = queues.flat_map(|source| of_queue(source, aws)).collect();
        outputs.insert("ApiUrl".into(), format!("{gateway}/notifications/api/v1"));
        outputs.insert("TableName".into(), database::TABLE.into());
        outputs.insert("EvidenceTableName".into(), database::EVIDENCE_TABLE.into());
        let parameters = [
            ("EmailIdentity", "example.no".into()),
            ("SmsSenderId", "Varsling".into()),
            ("EmailRate", rates.of(Channel::Email).to_string()),
            ("SmsRate", rates.of(Channel::Sms).to_string()),
        ];
        let endpoints = [("aws", format!("{aws}/{CALLER}")), ("dynamodb", (*dynamodb).to_owned())];
        let (parameters, endpoints) = (parameters.into(), endpoints.into());
        Self { stack: STACK, region: REGION, outputs, parameters, endpoints }
    }
}

/// The outputs of a queue and of its dead letters, named as in the template.
fn of_queue(source: &EventSource, aws: &str) -> [(String, String); 2] {
    let name = source.name.trim_end_matches(".fifo").split('-').map(capitalized).collect::<String>();
    [
        (format!("{name}QueueUrl"), format!("{aws}/{ACCOUNT}/{}", source.name)),
        (format!("{name}DeadQueueUrl"), format!("{aws}/{ACCOUNT}/{}", source.dead_letters)),
    ]
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

/// The route that a tool asks first.
pub fn routes(deployment: LocalDeployment) -> Router<Arc<Simulator>> {
    Router::new().route("/local/deployment", get(show)).layer(Extension(deployment))
}

async fn show(State(simulator): Shared, Extension(deployment): Extension<LocalDeployment>) -> Json<Value> {
    let mut shown = json!(deployment);
    shown["now"] = simulator.stamp().into();
    Json(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_sources::named;

    #[test]
    fn a_queue_has_the_outputs_of_the_template() {
        let [queue, dead] = of_queue(named("email-urgent").unwrap(), "http://x");
        assert_eq!(queue, ("EmailUrgentQueueUrl".into(), "http://x/000000000000/email-urgent".into()));
        assert_eq!(
            dead,
            ("EmailUrgentDeadQueueUrl".into(), "http://x/000000000000/email-urgent-dead".into())
        );
        assert_eq!(of_queue(named("shards.fifo").unwrap(), "http://x")[0].0, "ShardsQueueUrl");
    }
}
