//! Markers of opened messages. A marker keeps when its message was opened: the first openings, which are evidence, and
//! the latest, which stops reminders. An event that comes late or twice changes nothing.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::opened::MarkerKey;

use super::{Store, StoreError, number, schema, service, string, ttl};

const KIND: &str = "opened marker";
const ALL: &str = "all";
const LATEST: &str = "at";

/// How many openings are kept beside the latest.
const MOST: u32 = 100;

/// Longer than any reminder can wait, and than evidence is kept as a rule.
const KEPT_FOR: TimeDelta = TimeDelta::days(4_400);

impl Store {
    /// Records an opening.
    pub async fn mark_opened(&self, marker: &MarkerKey, opened_at: DateTime<Utc>) -> Result<(), StoreError> {
        let millis = opened_at.timestamp_millis();
        let one_more = self
            .mark(marker, opened_at)
            .update_expression("SET #ttl = :ttl ADD #all :one")
            .condition_expression("attribute_not_exists(#all) OR size(#all) < :most")
            .expression_attribute_names("#all", ALL)
            .expression_attribute_values(":one", AttributeValue::Ns(vec![millis.to_string()]))
            .expression_attribute_values(":most", number(MOST));
        if written(one_more).await? {
            return Ok(());
        }
        let latest = self
            .mark(marker, opened_at)
            .update_expression("SET #ttl = :ttl, #at = :at")
            .condition_expression("attribute_not_exists(#at) OR #at < :at")
            .expression_attribute_names("#at", LATEST)
            .expression_attribute_values(":at", number(millis));
        written(latest).await.map(drop)
    }

    fn mark(&self, marker: &MarkerKey, opened_at: DateTime<Utc>) -> UpdateItemFluentBuilder {
        let (name, value) = ttl(opened_at + KEPT_FOR);
        let request = self.client.update_item().table_name(&self.table);
        let request = request.key(schema::PARTITION_KEY, string(&key(marker)));
        request.expression_attribute_names("#ttl", name).expression_attribute_values(":ttl", value)
    }

    /// When the message behind a marker was opened, in order.
    pub async fn openings(&self, marker: &MarkerKey) -> Result<Vec<DateTime<Utc>>, StoreError> {
        let Some(item) = self.get(KIND, &key(marker)).await? else { return Ok(vec![]) };
        let all = item.get(ALL).and_then(|all| all.as_ns().ok()).into_iter().flatten();
        let latest = item.get(LATEST).and_then(|at| at.as_n().ok());
        let times: Option<BTreeSet<_>> = all.chain(latest).map(|millis| time(millis)).collect();
        let times = times.ok_or_else(|| StoreError::Unreadable { kind: KIND, why: ALL.to_owned() })?;
        Ok(times.into_iter().collect())
    }

    /// When the message behind a marker was last opened.
    pub async fn opened_at(&self, marker: &MarkerKey) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(self.openings(marker).await?.pop())
    }
}

/// Sends a conditional write; false if its condition is not met.
async fn written(request: UpdateItemFluentBuilder) -> Result<bool, StoreError> {
    match request.send().await {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
            Ok(false)
        }
        Err(error) => Err(service(KIND, &error)),
    }
}

fn time(millis: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis.parse().ok()?)
}

fn key(marker: &MarkerKey) -> String {
    format!("opened#{}", marker.as_str())
}
