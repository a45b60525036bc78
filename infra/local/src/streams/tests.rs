//! The stream from the table's changes to a function's batches.

use super::*;
use serde_json::json;

/// Two sources of tests: one that wants everything, one that wants what is to be told.
pub static SOURCES: [StreamSource; 2] = [
    StreamSource {
        name: "all",
        function: "record-delivery",
        batch: 10,
        window: 0,
        filters: &[],
        reports_failures: true,
        bisects: true,
        retries: Some(1),
        record_age: None,
        dead_letters: None,
    },
    StreamSource {
        name: "told",
        function: "record-opened",
        batch: 10,
        window: 0,
        filters: &[r#"{"dynamodb": {"NewImage": {"tell": {"S": [{"exists": true}]}}}}"#],
        reports_failures: false,
        bisects: false,
        retries: None,
        record_age: None,
        dead_letters: Some("reports"),
    },
];

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn put(streams: &mut Streams, key: &str, attribute: &str) {
    let item = json!({"pk": {"S": key}, attribute: {"S": "x"}});
    let (key, new) = (json!({"pk": {"S": key}}), serde_json::from_value(item).unwrap());
    let key = serde_json::from_value(key).unwrap();
    streams.take_change(&Change { key, old: None, new: Some(new) }, at(0));
}

fn open(folder: Option<&Path>) -> Streams {
    Streams::open(&SOURCES, folder, at(0)).unwrap()
}

/// The keys that each source is handed, batch by batch.
fn drain(streams: &mut Streams, source: &str) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some(batch) = streams.take(at(0)) {
        if batch.source.name == source {
            let records = batch.records.iter();
            keys.extend(records.map(|record| record.event["dynamodb"]["Keys"]["pk"]["S"].to_string()));
        }
        streams.finish(&batch, Outcome::Done, at(0));
    }
    keys
}

#[test]
fn a_source_gets_what_its_filter_lets_through() {
    let mut streams = open(None);
    put(&mut streams, "a", "tell");
    put(&mut streams, "b", "keep");
    assert_eq!(drain(&mut streams, "told"), ["\"a\""]);
    assert!(!streams.ready(at(0)));
}

#[test]
fn changes_of_one_item_come_in_order_and_shards_do_not_wait_for_each_other() {
    let mut streams = open(None);
    for number in 0..20 {
        put(&mut streams, &format!("key-{number}"), "keep");
    }
    let mut shards = Vec::new();
    while let Some(batch) = streams.take(at(0)) {
        assert!(batch.records.is_sorted_by_key(|record| record.sequence));
        shards.push(batch.shard);
    }
    shards.sort_unstable();
    shards.dedup();
    assert_eq!(shards.len(), SHARDS, "a batch of each shard is under way at the same time");
}

#[test]
fn what_was_not_handed_over_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut streams = open(Some(folder.path()));
    for key in ["a", "b", "c"] {
        put(&mut streams, key, "tell");
    }
    let batch = streams.take(at(0)).unwrap();
    let done = batch.records.len();
    streams.finish(&batch, Outcome::Done, at(0));
    drop(streams);
    let mut again = open(Some(folder.path()));
    assert_eq!(again.readers[0].waiting(), 3 - done);
    assert_eq!(drain(&mut again, "told").len(), 3);
    drop(again);
    assert_eq!(std::fs::metadata(folder.path().join("stream")).unwrap().len(), 0, "nothing is left");
    assert!(!open(Some(folder.path())).ready(at(0)));
}

#[test]
fn what_is_given_up_is_reported_without_its_content() {
    let mut streams = open(None);
    put(&mut streams, "secret", "keep");
    let mut letters = Vec::new();
    for second in 0..5 {
        if let Some(batch) = streams.take(at(second)) {
            letters.extend(streams.finish(&batch, Outcome::Failed, at(second)).map(|up| letter(&up)));
        }
    }
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["DDBStreamBatchInfo"]["batchSize"], 1);
    assert_eq!(letters[0]["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert!(!letters[0].to_string().contains("secret"));
    assert_eq!(streams.counts().next().unwrap().1, json!({"waiting": 0, "dead": 1}));
}
