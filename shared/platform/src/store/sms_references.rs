//! Which notification, and which attempt to send it, an SMS provider's message id belongs to: SNS's delivery log
//! knows only its own id.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::Attempt;

use super::{Item, Store, StoreError, number, schema, string, ttl};

const KIND: &str = "SMS reference";
const NOTIFICATION: &str = "n";
const ATTEMPT: &str = "a";

/// Operators report within days.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

impl Store {
    /// Remembers the provider's id of an attempt.
    pub async fn put_sms_reference(
        &self,
        message_id: &str,
        attempt: Attempt,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(message_id))),
            (NOTIFICATION.to_owned(), string(&attempt.notification.to_string())),
            (ATTEMPT.to_owned(), number(attempt.number)),
        ]);
        item.extend([ttl(now + KEPT_FOR)]);
        self.put(KIND, item).await
    }

    /// The attempt behind a provider's id. References that were written without a number are of the first.
    pub async fn attempt_of_sms(&self, message_id: &str) -> Result<Option<Attempt>, StoreError> {
        let Some(item) = self.get(KIND, &key(message_id)).await? else { return Ok(None) };
        let id = item.get(NOTIFICATION).and_then(|id| id.as_s().ok()).and_then(|id| id.parse().ok());
        let number = item.get(ATTEMPT).and_then(|number| number.as_n().ok()).and_then(|n| n.parse().ok());
        let attempt = id.map(|notification| Attempt { notification, number: number.unwrap_or_default() });
        attempt.map(Some).ok_or(StoreError::Unreadable { kind: KIND, why: NOTIFICATION.to_owned() })
    }
}

fn key(message_id: &str) -> String {
    format!("sms#{message_id}")
}
