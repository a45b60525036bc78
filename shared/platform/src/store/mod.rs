//! The table: the truth about every order. One file for each kind of item, and the due index.

mod chains;
mod due;
mod evidence;
mod herd;
mod markers;
mod orders;
mod owners;
pub mod schema;
mod sms_references;
mod templates;
mod texts;
mod turns;

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};

use crate::environment::{ConfigError, Environment};
use crate::trouble::{Trouble, Waiting};

pub use chains::{Change, Created};
pub use due::due_key;
pub use templates::StoredTemplate;

/// How long evidence is kept after the rest of its order: ten years, unless a deployment says otherwise.
const EVIDENCE_DAYS: i64 = 3_653;

/// An item as DynamoDB takes it.
type Item = HashMap<String, AttributeValue>;

/// Why the table did not do what was asked. Whatever it is, the caller may try again later.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The service failed or could not be reached.
    #[error("{operation} failed: {why}")]
    Service {
        /// The operation.
        operation: &'static str,
        /// The service's error code, or what kept it from answering.
        why: String,
    },
    /// What is stored cannot be read.
    #[error("an item of kind {kind} cannot be read: {why}")]
    Unreadable {
        /// The kind of item.
        kind: &'static str,
        /// What is wrong with it (the field, never its value).
        why: String,
    },
    /// What must be stored is not.
    #[error("an item of kind {0} is missing")]
    Missing(&'static str),
    /// Others wrote the same chain again and again.
    #[error("a chain is written by too many at once")]
    Contended,
}

impl Waiting for StoreError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Service { why, .. } => Trouble::of_aws(why),
            Self::Contended => Trouble::Passing,
            Self::Unreadable { .. } | Self::Missing(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        "table"
    }
}

/// The table.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    texts: texts::TextCache,
    turns: turns::Turns,
    evidence_days: i64,
    shards: u8,
}

impl Store {
    /// The table that `TABLE_NAME` names.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let client = crate::aws::dynamodb(configuration, environment);
        let evidence_days =
            environment.optional("EVIDENCE_DAYS").map_or(Ok(EVIDENCE_DAYS), |days| days.parse());
        let evidence_days = evidence_days.map_err(|_| ConfigError::Invalid {
            name: "EVIDENCE_DAYS",
            why: "not a number of days".into(),
        })?;
        let shards = environment.optional("DUE_SHARDS").map_or(Ok(due::SHARDS), |text| text.parse());
        let shards = shards.ok().filter(|shards| *shards > 0).ok_or_else(|| ConfigError::Invalid {
            name: "DUE_SHARDS",
            why: "not a number from 1 to 255".into(),
        })?;
        let table = environment.required("TABLE_NAME")?;
        Ok(Self {
            client,
            table,
            texts: texts::TextCache::default(),
            turns: turns::Turns::default(),
            evidence_days,
            shards,
        })
    }

    /// Opens the connection by reading an item that does not exist.
    pub async fn warm(&self) {
        if let Err(error) = self.get("warm", "warm").await {
            tracing::warn!(%error, "the table does not answer yet");
        }
    }

    async fn get(&self, kind: &'static str, key: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = request.key(schema::PARTITION_KEY, string(key)).send().await;
        Ok(answer.map_err(|error| service(kind, &error))?.item)
    }

    /// Writes an item whatever was there before.
    async fn put(&self, kind: &'static str, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        request.send().await.map(drop).map_err(|error| service(kind, &error))
    }
}

fn string(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// The time at which DynamoDB may delete an item.
fn ttl(at: DateTime<Utc>) -> (String, AttributeValue) {
    (schema::TTL.to_owned(), number(at.timestamp()))
}

/// What serde says is passed on where it names a field; anything else may repeat a value.
fn unreadable(kind: &'static str) -> impl Fn(serde_dynamo::Error) -> StoreError {
    move |error| {
        let why = error.to_string();
        let names_a_field = why.starts_with("missing field") || why.starts_with("duplicate field");
        StoreError::Unreadable { kind, why: if names_a_field { why } else { "a field is wrong".into() } }
    }
}

/// Whether a write was refused because of its condition.
fn is_refused<R>(error: &SdkError<PutItemError, R>) -> bool {
    error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception)
}

fn service<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> StoreError {
    StoreError::Service { operation, why: crate::aws::reason(error) }
}
