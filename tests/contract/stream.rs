//! The table's stream and its event sources against the local system's.

use serde_json::json;
use varsling_local::{STREAM_SOURCES, STREAM_VIEW};
use varsling_store::schema::TOLD;

use crate::queues::named;
use crate::template::{Template, alternatives, target};

/// How long a batch is waited for, in seconds: events and evidence are told within moments.
const LONGEST_WINDOW: u64 = 1;

#[test]
fn the_stream_shows_what_the_local_one_shows() {
    let template = Template::read();
    let stream = &template.properties("Table")["StreamSpecification"];
    assert_eq!(stream["StreamViewType"], STREAM_VIEW.name());
    // A table of another stack must have its stream switched on by hand.
    let needed = template.at(&["Parameters", "ExistingTableStreamArn", "Description"]).as_str().unwrap();
    assert!(needed.contains(STREAM_VIEW.name()), "{needed}");
}

#[test]
fn every_event_source_of_the_stream_is_as_in_the_local_system() {
    let template = Template::read();
    let sources = template.events("DynamoDB");
    assert_eq!(sources.len(), STREAM_SOURCES.len());
    for (local, (function, source)) in STREAM_SOURCES.iter().zip(sources) {
        assert_eq!(function, local.function);
        assert_eq!(source["BatchSize"], local.batch, "{function}");
        let responses = &source["FunctionResponseTypes"];
        assert_eq!(*responses == json!(["ReportBatchItemFailures"]), local.reports_failures, "{function}");
        assert_eq!(source["BisectBatchOnFunctionError"], local.bisects, "{function}");
        assert_eq!(source["MaximumRetryAttempts"].as_u64(), local.retries.map(u64::from), "{function}");
        assert_eq!(source["MaximumBatchingWindowInSeconds"].as_i64(), Some(local.window), "{function}");
        assert_eq!(source["MaximumRecordAgeInSeconds"].as_i64(), local.record_age, "{function}");
        let given_up = target(&source["DestinationConfig"]["OnFailure"]["Destination"]);
        assert_eq!(given_up, local.dead_letters.map(|queue| named(&template, queue)), "{function}");
    }
}

#[test]
fn the_stream_is_filtered_as_in_the_local_system() {
    let template = Template::read();
    for (local, (function, source)) in STREAM_SOURCES.iter().zip(template.events("DynamoDB")) {
        let filters = source["FilterCriteria"]["Filters"].as_array().unwrap();
        let patterns: Vec<_> = filters.iter().map(|filter| filter["Pattern"].as_str().unwrap()).collect();
        assert_eq!(patterns, local.filters, "{function}");
        assert!(
            patterns[0].contains(&format!("{{\"{TOLD}\": ")),
            "{function}: the attribute of what is told"
        );
    }
}

#[test]
fn the_whole_stream_is_read_and_at_once() {
    let template = Template::read();
    for (function, source) in template.events("DynamoDB") {
        assert_eq!(source["StartingPosition"], "TRIM_HORIZON", "{function}");
        assert!(source["MaximumBatchingWindowInSeconds"].as_u64() <= Some(LONGEST_WINDOW), "{function}");
        // One after the other for each chain, whatever the shard.
        assert!(source["ParallelizationFactor"].is_null(), "{function}");
        let stream =
            [json!({"Fn::GetAtt": ["Table", "StreamArn"]}), json!({"Ref": "ExistingTableStreamArn"})];
        assert_eq!(alternatives(&source["Stream"]), stream.iter().collect::<Vec<_>>(), "{function}");
    }
}
