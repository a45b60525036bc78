//! A record of the table's stream.

use chrono::{DateTime, Utc};
use dynoxide::types::item_size;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::source::View;
use crate::database::Change;
use crate::functions::{ACCOUNT, REGION};

/// How many shards the stream has.
pub const SHARDS: usize = 4;
/// What sequence numbers are counted from, so that all have as many digits.
const FIRST: u128 = 100_000_000_000_000_000_000;

/// One change of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Where it stands in its shard; grows with time.
    pub sequence: u64,
    /// When the item was written.
    pub created: DateTime<Utc>,
    /// The record as a function is given it.
    pub event: Value,
}

impl Record {
    /// The record of a change; none if nothing has changed.
    pub fn of(change: &Change, view: View, sequence: u64, created: DateTime<Utc>) -> Option<Self> {
        let name = event_name(change)?;
        let size: usize = [&change.old, &change.new].into_iter().flatten().map(item_size).sum();
        let mut body = json!({
            "ApproximateCreationDateTime": created.timestamp(),
            "Keys": change.key,
            "SequenceNumber": number(sequence),
            "SizeBytes": size,
            "StreamViewType": view.name(),
        });
        if let Some(new) = &change.new {
            body["NewImage"] = json!(new);
        }
        if let Some(old) = change.old.as_ref().filter(|_| view == View::NewAndOldImages) {
            body["OldImage"] = json!(old);
        }
        let event = json!({
            "eventID": format!("{sequence:032x}"),
            "eventName": name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": REGION,
            "dynamodb": body,
            "eventSourceARN": arn(),
        });
        Some(Self { sequence, created, event })
    }

    /// Its sequence number as AWS writes it.
    pub fn number(&self) -> String {
        number(self.sequence)
    }
}

/// What has happened to an item; nothing if it is as it was.
pub fn event_name(change: &Change) -> Option<&'static str> {
    match (&change.old, &change.new) {
        (None, Some(_)) => Some("INSERT"),
        (Some(_), None) => Some("REMOVE"),
        (Some(old), Some(new)) if old != new => Some("MODIFY"),
        _ => None,
    }
}

fn number(sequence: u64) -> String {
    (FIRST + u128::from(sequence)).to_string()
}

/// The stream's name in AWS.
pub fn arn() -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/varsling/stream/2026-01-01T00:00:00.000")
}

/// The shard of an item, by the hash of its key (FNV-1a).
pub fn shard(key: &str) -> usize {
    let hash = key.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    usize::try_from(hash % 1_000).unwrap_or_default() % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::dynamodb::Event;
    use dynoxide::Item;

    fn item(word: &str) -> Option<Item> {
        serde_json::from_value(json!({"pk": {"S": "a"}, "word": {"S": word}, "n": {"N": "7"}})).unwrap()
    }

    fn record(old: Option<Item>, new: Option<Item>, view: View) -> Option<Record> {
        let key = serde_json::from_value(json!({"pk": {"S": "a"}})).unwrap();
        Record::of(&Change { key, old, new }, view, 42, DateTime::from_timestamp(7, 0).unwrap())
    }

    #[test]
    fn a_record_is_what_functions_read() {
        let record = record(item("old"), item("new"), View::NewAndOldImages).unwrap();
        let event: Event = serde_json::from_value(json!({"Records": [record.event]})).unwrap();
        let change = &event.records[0].change;
        assert_eq!(event.records[0].event_name, "MODIFY");
        assert_eq!(change.sequence_number.as_deref(), Some("100000000000000000042"));
        assert_eq!(change.approximate_creation_date_time.timestamp(), 7);
        assert_eq!((change.keys.len(), change.old_image.len(), change.new_image.len()), (1, 3, 3));
    }

    #[test]
    fn a_record_says_what_kind_of_change_it_was() {
        for (old, new, name) in [
            (None, item("a"), Some("INSERT")),
            (item("a"), None, Some("REMOVE")),
            (item("a"), item("a"), None),
        ] {
            let record = record(old, new, View::NewImage);
            assert_eq!(record.as_ref().and_then(|record| record.event["eventName"].as_str()), name);
        }
        let changed = record(item("a"), item("b"), View::NewImage).unwrap();
        assert!(changed.event["dynamodb"]["OldImage"].is_null());
    }

    #[test]
    fn keys_spread_over_the_shards() {
        let mut seen = [0; SHARDS];
        (0..100).for_each(|number| seen[shard(&format!("chain#{number}"))] += 1);
        assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
    }
}
