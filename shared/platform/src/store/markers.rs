//! Markers of opened messages. A marker keeps the latest opening, so that an old event that comes late
//! does not hide a newer one.

use aws_sdk_dynamodb::error::SdkError;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::opened::MarkerKey;

use super::{Item, Store, StoreError, number, schema, service, string, ttl};

const KIND: &str = "opened marker";
const AT: &str = "at";

/// Longer than any reminder can wait, and than evidence is kept as a rule.
const KEPT_FOR: TimeDelta = TimeDelta::days(4_400);

impl Store {
    /// Records an opening, unless a later one is recorded.
    pub async fn mark_opened(&self, marker: &MarkerKey, opened_at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(marker))),
            (AT.to_owned(), number(opened_at.timestamp_millis())),
        ]);
        item.extend([ttl(opened_at + KEPT_FOR)]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let written = request
            .condition_expression("attribute_not_exists(#pk) OR #at < :at")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":at", number(opened_at.timestamp_millis()))
            .send()
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// When the message behind a marker was last opened.
    pub async fn opened_at(&self, marker: &MarkerKey) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(item) = self.get(KIND, &key(marker)).await? else { return Ok(None) };
        let millis = item.get(AT).and_then(|at| at.as_n().ok()).and_then(|at| at.parse().ok());
        let at = millis.and_then(DateTime::from_timestamp_millis);
        at.map(Some).ok_or(StoreError::Unreadable { kind: KIND, why: AT.to_owned() })
    }
}

fn key(marker: &MarkerKey) -> String {
    format!("opened#{}", marker.as_str())
}
