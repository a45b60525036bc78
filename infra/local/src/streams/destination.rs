//! What an on-failure destination is told of records that were given up: which they were, not what is in them.

use serde_json::{Value, json};

use super::GivenUp;
use super::poller::Condition;
use super::record::arn;
use crate::functions::{ACCOUNT, REGION};

/// The message about records that were given up.
pub fn letter(given_up: &GivenUp) -> Value {
    let discarded = &given_up.discarded;
    let (first, last) = (discarded.records.first(), discarded.records.last());
    let condition = match discarded.condition {
        Condition::RetryAttemptsExhausted => "RetryAttemptsExhausted",
        Condition::RecordAgeExceeded => "RecordAgeExceeded",
    };
    json!({
        "requestContext": {
            "functionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", given_up.source.function),
            "condition": condition,
            "approximateInvokeCount": discarded.attempts,
        },
        "version": "1.0",
        "DDBStreamBatchInfo": {
            "shardId": format!("shardId-{:020}", given_up.shard),
            "startSequenceNumber": first.map(super::Record::number),
            "endSequenceNumber": last.map(super::Record::number),
            "approximateArrivalOfFirstRecord": first.map(|record| record.created),
            "approximateArrivalOfLastRecord": last.map(|record| record.created),
            "batchSize": discarded.records.len(),
            "streamArn": arn(),
        },
    })
}
