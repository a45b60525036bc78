//! Pointers: small items by which orders are found again, in partitions of their own of the due index, which no sweep
//! reads. What a pointer leads to must be looked at: the order may be gone, or its pointer may have come before it.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use varsling_domain::chain::Chain;
use varsling_domain::finder::Finder;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, number, schema, service, string, ttl};

const KIND: &str = "pointer";

/// What a search covers: from a time, up to another one that it does not include.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    /// The earliest.
    pub from: DateTime<Utc>,
    /// What comes after the latest.
    pub until: DateTime<Utc>,
}

impl Between {
    /// Whether a time is covered.
    pub fn has(&self, time: DateTime<Utc>) -> bool {
        (self.from..self.until).contains(&time)
    }
}

/// Where a pointer stands: its time, and the chain that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// When the notification is planned, in milliseconds.
    pub millis: i64,
    /// The chain.
    pub chain: ChainId,
}

/// Some pointers, the newest first.
#[derive(Debug, Default)]
pub struct PointerPage {
    /// The pointers.
    pub pointers: Vec<Pointer>,
    /// Whether there are more.
    pub has_more: bool,
}

impl Store {
    /// Writes pointers to a chain that is about to be created.
    pub async fn put_pointers(
        &self,
        finders: &[Finder],
        chain: &Chain,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let put = finders.iter().map(|finder| {
            let mut item = Item::from([(schema::PARTITION_KEY.to_owned(), string(&key(finder, chain.id)))]);
            item.extend([ttl(chain.kept_until)]);
            item.extend(place(finder, at));
            self.put(KIND, item)
        });
        try_join_all(put).await.map(drop)
    }

    /// Pointers of one finder, the newest first, behind one that was seen.
    pub async fn find(
        &self,
        finder: &Finder,
        between: Between,
        after: Option<Pointer>,
        most: i32,
    ) -> Result<PointerPage, StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::DUE_INDEX)
            .key_condition_expression("#dk = :dk AND #da BETWEEN :from AND :until")
            .expression_attribute_names("#dk", schema::DUE_KEY)
            .expression_attribute_names("#da", schema::DUE_AT)
            .expression_attribute_values(":dk", string(&partition(finder)))
            .expression_attribute_values(":from", number(between.from.timestamp_millis()))
            .expression_attribute_values(":until", number(between.until.timestamp_millis() - 1))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|after| start_key(finder, after)))
            .limit(most);
        let answer = request.send().await.map_err(|error| service(KIND, &error))?;
        let pointers = answer.items().iter().filter_map(pointer).collect();
        Ok(PointerPage { pointers, has_more: answer.last_evaluated_key.is_some() })
    }
}

/// The attributes that put an item where a finder leads.
pub(super) fn place(finder: &Finder, at: DateTime<Utc>) -> [(String, AttributeValue); 2] {
    [
        (schema::DUE_KEY.to_owned(), string(&partition(finder))),
        (schema::DUE_AT.to_owned(), number(at.timestamp_millis())),
    ]
}

fn start_key(finder: &Finder, Pointer { millis, chain }: Pointer) -> Item {
    Item::from([
        (schema::PARTITION_KEY.to_owned(), string(&key(finder, chain))),
        (schema::DUE_KEY.to_owned(), string(&partition(finder))),
        (schema::DUE_AT.to_owned(), number(millis)),
    ])
}

fn pointer(item: &Item) -> Option<Pointer> {
    let key = item.get(schema::PARTITION_KEY)?.as_s().ok()?;
    let millis = item.get(schema::DUE_AT)?.as_n().ok()?.parse().ok()?;
    // `order#<chain>#<fingerprint>`, or `pointer#<finder>#<chain>`.
    let chain = key.split('#').skip(1).find_map(|part| part.parse().ok())?;
    Some(Pointer { millis, chain })
}

fn partition(finder: &Finder) -> String {
    format!("found#{}", finder.as_str())
}

fn key(finder: &Finder, chain: ChainId) -> String {
    format!("pointer#{}#{chain}", finder.as_str())
}
