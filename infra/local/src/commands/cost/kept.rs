//! What is kept in the table, and until when.

use chrono::{DateTime, Utc};
use dynoxide::{AttributeValue, Item};
use varsling_store::schema;

use crate::AnyError;
use crate::database::{self, Database};

/// Bytes times months until they expire.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kept {
    /// Of evidence.
    pub evidence: f64,
    /// Of everything else.
    pub other: f64,
}

/// As AWS counts them.
const SECONDS_OF_MONTH: f64 = 730.0 * 3600.0;

impl Kept {
    /// What a table keeps as it is now. What does not expire is not counted: it is not of a notice.
    pub fn of(database: &Database, now: DateTime<Utc>) -> Result<Self, AnyError> {
        let mut kept = Self::default();
        database.each_item(|item| {
            let part = if database::is_evidence(item) { &mut kept.evidence } else { &mut kept.other };
            *part += size(item) * months(item, now);
        })?;
        Ok(kept)
    }

    /// What has come since.
    pub fn since(self, before: Self) -> Self {
        Self { evidence: self.evidence - before.evidence, other: self.other - before.other }
    }
}

fn months(item: &Item, now: DateTime<Utc>) -> f64 {
    let until = database::number(item, schema::TTL).and_then(|until| DateTime::from_timestamp(until, 0));
    until.map_or(0.0, |until| (until - now).as_seconds_f64().max(0.0) / SECONDS_OF_MONTH)
}

/// The bytes of an item: of its names and its values, and a hundred that DynamoDB adds to each item (Amazon DynamoDB
/// Developer Guide, "DynamoDB item sizes and formats").
fn size(item: &Item) -> f64 {
    let bytes: usize = item.iter().map(|(name, value)| name.len() + value_size(value)).sum();
    f64::from(u32::try_from(bytes + 100).unwrap_or(u32::MAX))
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // A byte for two digits, and one more.
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>()
        }
        AttributeValue::SS(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::NS(numbers) => numbers.iter().map(|number| number.len().div_ceil(2) + 1).sum(),
        AttributeValue::BS(all) => all.iter().map(Vec::len).sum(),
        AttributeValue::BOOL(_) | AttributeValue::NULL(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn an_item_counts_until_it_expires() {
        let now = DateTime::UNIX_EPOCH;
        let until = now + TimeDelta::hours(2 * 730);
        let item: Item = [
            ("pk".to_owned(), AttributeValue::S("evidence#1".into())),
            (schema::TTL.to_owned(), AttributeValue::N(until.timestamp().to_string())),
        ]
        .into_iter()
        .collect();
        assert!((months(&item, now) - 2.0).abs() < 0.001);
        let bytes = 2 + 10 + schema::TTL.len() + until.timestamp().to_string().len().div_ceil(2) + 1;
        assert!((size(&item) - f64::from(u32::try_from(bytes + 100).unwrap())).abs() < 0.001);
    }
}
