//! Going through the whole table for chains that are over, a page of a segment at a time.

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use varsling_domain::chain::stored::FORMAT_FIELD;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, chains, primary_key, schema, service, string};

/// A part of the table. The segments of a pass are disjoint, and together the whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from zero.
    pub number: u8,
    /// How many there are.
    pub of: u8,
}

/// A chain of which nothing more is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedChain {
    /// Its id.
    pub id: ChainId,
    /// Its version. Where it cannot be read, the highest there is: no evidence is of that version, so that the chain is
    /// looked at.
    pub version: u64,
}

/// Some of a segment's items, as far as they are such chains.
#[derive(Debug, Default)]
pub struct FinishedPage {
    /// The chains.
    pub chains: Vec<FinishedChain>,
    /// The key after which the next page begins; none after the last one.
    pub next: Option<String>,
    /// How many read units it took.
    pub read_units: f64,
}

impl Store {
    /// A page of a segment, of so many items at most: the chains among them that have left the due index, because
    /// nothing more is due. Read at half the price: what was written a moment ago is not looked for. A chain in the first
    /// format was told by the release that wrote it, which had no outbox.
    pub async fn finished_chains(
        &self,
        segment: Segment,
        after: Option<&str>,
        most: i32,
    ) -> Result<FinishedPage, StoreError> {
        let start_key = after.map(primary_key);
        let request = self.client.scan().table_name(&self.table);
        let request = request.segment(segment.number.into()).total_segments(segment.of.into());
        let answer = request
            .projection_expression("#pk, #v")
            .filter_expression(
                "begins_with(#pk, :chain) AND attribute_not_exists(#dk) AND attribute_exists(#fv)",
            )
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#v", chains::VERSION)
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_names("#fv", FORMAT_FIELD)
            .expression_attribute_values(":chain", string(chains::KEY_PREFIX))
            .set_exclusive_start_key(start_key)
            .limit(most)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| service("finished chains", &error))?;
        let read_units = answer.consumed_capacity().and_then(ConsumedCapacity::capacity_units);
        Ok(FinishedPage {
            chains: answer.items().iter().filter_map(finished).collect(),
            next: answer.last_evaluated_key().and_then(key).map(str::to_owned),
            read_units: read_units.unwrap_or_default(),
        })
    }
}

fn finished(item: &Item) -> Option<FinishedChain> {
    let chain = finished_chain(item);
    if chain.is_none() {
        tracing::error!("the table has a chain whose key is no id");
    }
    chain
}

fn finished_chain(item: &Item) -> Option<FinishedChain> {
    let id = key(item)?.strip_prefix(chains::KEY_PREFIX)?.parse().ok()?;
    let version = item.get(chains::VERSION).and_then(|version| version.as_n().ok()?.parse().ok());
    Some(FinishedChain { id, version: version.unwrap_or(u64::MAX) })
}

fn key(item: &Item) -> Option<&str> {
    item.get(schema::PARTITION_KEY)?.as_s().ok().map(String::as_str)
}
