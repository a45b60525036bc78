//! Reading the records of the table's stream (Amazon DynamoDB Streams API reference, `Record` and `StreamRecord`).

use serde::Deserialize;
use serde_dynamo::{AttributeValue, Item};
use serde_json::Value;
use varsling_domain::budget::BudgetEvent;
use varsling_domain::chain::Told;
use varsling_domain::ids::ChainId;
use varsling_store::{read_chain, schema};

use crate::publishing::Change;

/// A record of the stream.
pub struct Record {
    /// Where it stands in its shard.
    pub sequence_number: String,
    /// The chain that it is about; none for anything else.
    pub chain: Option<ChainId>,
    /// What there is to tell; none where that cannot be read.
    pub change: Option<Change>,
    /// What there is to tell of a budget, where it is about one.
    pub budget: Option<BudgetEvent>,
}

#[derive(Deserialize)]
struct StreamRecord {
    #[serde(rename = "Keys")]
    keys: Item,
    #[serde(rename = "NewImage", default)]
    new_image: Option<Item>,
    #[serde(rename = "SequenceNumber")]
    sequence_number: String,
}

/// The records of a batch. One that is not a record at all cannot even say where it stands, and is passed over.
pub fn read(event: &Value) -> Vec<Record> {
    let records = event["Records"].as_array().into_iter().flatten();
    let read = records.filter_map(|record| {
        let record = StreamRecord::deserialize(&record["dynamodb"]);
        record.inspect_err(|_| tracing::error!("a record of the stream cannot be understood")).ok()
    });
    read.map(Record::of).collect()
}

impl Record {
    fn of(record: StreamRecord) -> Self {
        let key = record.keys.get(schema::PARTITION_KEY).and_then(text).unwrap_or_default();
        let chain = key.strip_prefix("chain#").and_then(|id| id.parse().ok());
        let budget =
            record.new_image.as_ref().filter(|_| key.starts_with(schema::EVENT_PREFIX)).and_then(budget);
        let change = chain.zip(record.new_image).and_then(|(chain, image)| change(chain, image));
        Self { sequence_number: record.sequence_number, chain, change, budget }
    }
}

fn change(id: ChainId, image: Item) -> Option<Change> {
    let told = image.get(schema::TOLD).and_then(text).unwrap_or_default().parse::<Told>();
    let chain = read_chain(id, image.into());
    match (chain, told) {
        (Ok(chain), Ok(told)) => Some(Change { chain, told }),
        (Err(error), _) => {
            tracing::error!(chain = %id, %error, "a change cannot be read");
            None
        }
        (_, Err(error)) => {
            tracing::error!(chain = %id, %error, "a change cannot be read");
            None
        }
    }
}

fn budget(image: &Item) -> Option<BudgetEvent> {
    let event = image.get(schema::TOLD).and_then(text).map(serde_json::from_str)?;
    event.inspect_err(|_| tracing::error!("what is told of a budget cannot be read")).ok()
}

fn text(value: &AttributeValue) -> Option<&str> {
    match value {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_that_cannot_be_read_still_names_its_chain() {
        let id = "7a2e8f63-6a73-8930-a063-f2d7fe536800";
        let damaged = json!({"dynamodb": {"Keys": {"pk": {"S": format!("chain#{id}")}},
            "NewImage": {"pk": {"S": format!("chain#{id}")}, "t": {"S": "0"}}, "SequenceNumber": "17"}});
        let other = json!({"dynamodb": {"Keys": {"pk": {"S": "text#1"}}, "SequenceNumber": "18"}});
        let records = read(&json!({"Records": [damaged, other, {"eventName": "NEW"}]}));
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].chain, records[0].change.is_none()), (Some(id.parse().unwrap()), true));
        assert_eq!((records[1].chain, records[1].sequence_number.as_str()), (None, "18"));
    }
}
