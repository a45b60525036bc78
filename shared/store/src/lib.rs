//! The table: the state of every order. One file for each kind of item, and the due index.

pub mod administration;
pub mod audits;
mod budgets;
mod chains;
mod demand;
mod deployment;
mod due;
pub mod evidence;
mod feed;
mod feed_blocks;
mod finished;
mod markers;
mod operating;
mod orders;
mod owners;
pub mod pointers;
mod recent_owners;
mod resolved_sets;
mod retention;
pub mod schema;
mod sms_references;
mod suppressions;
mod templates;
mod texts;
mod webhooks;

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::{Trouble, Waiting};

pub use budgets::{Counted, Usage};
pub use chains::{Created, Stored, read_chain};
pub use demand::Demand;
pub use deployment::RecentDeployment;
pub use due::{DueEntry, DuePage, Partition, Shard, partitions};
pub use evidence::{EvidenceStore, Proof};
pub use finished::{FinishedChain, FinishedPage, Segment};
pub use operating::{ChangesPage, Overdue};
pub use recent_owners::RecentOwners;
pub use sms_references::SmsCall;
pub use suppressions::{InvalidPlace, Suppressed, SuppressedPage, SuppressedPlace};
pub use templates::StoredTemplate;
pub use webhooks::{RecentWebhooks, StoredWebhooks};

/// How long evidence is kept after the rest of its order: ten years, unless a deployment says otherwise.
const EVIDENCE_DAYS: i64 = 3_653;

/// How many items DynamoDB reads in one request (`BatchGetItem`: Amazon DynamoDB API reference).
const MOST_IN_ONE_READ: usize = 100;

/// How many such requests are made at the same time.
const CONCURRENT_READS: usize = 8;

/// An item as DynamoDB takes it.
pub type Item = HashMap<String, AttributeValue>;

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
    /// What is stored was written by a later release, and is not for this one to touch.
    #[error("an item of kind {kind} has the later format {format}")]
    LaterFormat {
        /// The kind of item.
        kind: &'static str,
        /// The number of its format.
        format: u32,
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
            Self::Contended | Self::LaterFormat { .. } => Trouble::Passing,
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
    evidence_days: i64,
    shards: u8,
}

/// How a read is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consistency {
    /// With what is stored now.
    Strong,
    /// With what was stored a moment ago, at half the price.
    Eventual,
}

/// The DynamoDB client, which may have an endpoint of its own.
fn client(configuration: &SdkConfig, environment: &Environment) -> Client {
    let mut builder = aws_sdk_dynamodb::config::Builder::from(configuration);
    if let Some(endpoint) = environment.optional("AWS_ENDPOINT_URL_DYNAMODB") {
        builder = builder.endpoint_url(endpoint);
    }
    Client::from_conf(builder.build())
}

impl Store {
    /// The table that `TABLE_NAME` names.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let client = client(configuration, environment);
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
        Ok(Self { client, table, texts: texts::TextCache::default(), evidence_days, shards })
    }

    /// Whether the table answers: reads an item that does not exist.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.get("ping", "ping").await.map(drop)
    }

    /// Opens the connection.
    pub async fn warm(&self) {
        if let Err(error) = self.ping().await {
            tracing::warn!(%error, "the table does not answer yet");
        }
    }

    async fn get(&self, kind: &'static str, key: &str) -> Result<Option<Item>, StoreError> {
        self.get_as(Consistency::Strong, kind, key).await
    }

    /// Reads an item as it was a moment ago.
    async fn get_eventually(&self, kind: &'static str, key: &str) -> Result<Option<Item>, StoreError> {
        self.get_as(Consistency::Eventual, kind, key).await
    }

    async fn get_as(
        &self,
        consistency: Consistency,
        kind: &'static str,
        key: &str,
    ) -> Result<Option<Item>, StoreError> {
        let is_strong = consistency == Consistency::Strong;
        let request = self.client.get_item().table_name(&self.table).consistent_read(is_strong);
        let answer = request.key(schema::PARTITION_KEY, string(key)).send().await;
        Ok(answer.map_err(|error| service(kind, &error))?.item)
    }

    /// Reads many items at once, by their keys, as they are now.
    async fn get_all(
        &self,
        kind: &'static str,
        keys: impl Iterator<Item = String>,
    ) -> Result<HashMap<String, Item>, StoreError> {
        self.get_all_as(Consistency::Strong, kind, keys).await
    }

    async fn get_all_as(
        &self,
        consistency: Consistency,
        kind: &'static str,
        keys: impl Iterator<Item = String>,
    ) -> Result<HashMap<String, Item>, StoreError> {
        let keys: Vec<_> = keys.collect::<HashSet<_>>().into_iter().collect();
        let some: Vec<Vec<String>> = keys.chunks(MOST_IN_ONE_READ).map(<[String]>::to_vec).collect();
        let reads = some.into_iter().map(|some| self.get_some(consistency, kind, some));
        let found: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENT_READS).try_collect().await?;
        Ok(found.into_iter().flatten().filter_map(with_key).collect())
    }

    async fn get_some(
        &self,
        consistency: Consistency,
        kind: &'static str,
        keys: Vec<String>,
    ) -> Result<Vec<Item>, StoreError> {
        let keys = keys.iter().map(|key| primary_key(key)).collect();
        let read = read_request(consistency, keys).map_err(|error| unbuildable(kind, &error))?;
        get_some(&self.client, kind, HashMap::from([(self.table.clone(), read)])).await
    }

    /// Writes an item whatever was there before.
    async fn put(&self, kind: &'static str, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        request.send().await.map(drop).map_err(|error| service(kind, &error))
    }
}

/// Reads items of one table or of several. Keys that DynamoDB leaves unprocessed are requested again.
async fn get_some(
    client: &Client,
    kind: &'static str,
    mut left: HashMap<String, KeysAndAttributes>,
) -> Result<Vec<Item>, StoreError> {
    let mut found = vec![];
    while !left.is_empty() {
        let answer = client.batch_get_item().set_request_items(Some(left)).send().await;
        let answer = answer.map_err(|error| service(kind, &error))?;
        found.extend(answer.responses.unwrap_or_default().into_values().flatten());
        left = answer.unprocessed_keys.unwrap_or_default();
    }
    Ok(found)
}

fn read_request(consistency: Consistency, keys: Vec<Item>) -> Result<KeysAndAttributes, BuildError> {
    let request = KeysAndAttributes::builder().consistent_read(consistency == Consistency::Strong);
    request.set_keys(Some(keys)).build()
}

fn primary_key(key: &str) -> Item {
    Item::from([(schema::PARTITION_KEY.to_owned(), string(key))])
}

fn with_key(item: Item) -> Option<(String, Item)> {
    let key = item.get(schema::PARTITION_KEY)?.as_s().ok()?.clone();
    Some((key, item))
}

fn unbuildable(operation: &'static str, error: &BuildError) -> StoreError {
    StoreError::Service { operation, why: error.to_string() }
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

/// Serde's message is kept where it names a field; any other message may repeat a value.
fn unreadable<E: Display>(kind: &'static str) -> impl Fn(E) -> StoreError {
    move |error| {
        let why = error.to_string();
        let names_a_field = why.starts_with("missing field") || why.starts_with("duplicate field");
        StoreError::Unreadable { kind, why: if names_a_field { why } else { "a field is wrong".into() } }
    }
}

/// Whether a write was refused because of its condition.
fn is_condition_failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().is_some_and(|error| error.code() == Some("ConditionalCheckFailedException"))
}

fn service<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> StoreError {
    StoreError::Service { operation, why: varsling_function::aws::reason(error) }
}
