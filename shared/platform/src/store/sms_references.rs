//! Which notification an SMS provider's message id belongs to: SNS's delivery log knows only its own id.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::ids::NotificationId;

use super::{Item, Store, StoreError, schema, string, ttl};

const KIND: &str = "SMS reference";
const NOTIFICATION: &str = "n";

/// Operators report within days.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

impl Store {
    /// Remembers the provider's id of a notification.
    pub async fn put_sms_reference(
        &self,
        message_id: &str,
        id: NotificationId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(message_id))),
            (NOTIFICATION.to_owned(), string(&id.to_string())),
        ]);
        item.extend([ttl(now + KEPT_FOR)]);
        self.put(KIND, item).await
    }

    /// The notification behind a provider's id.
    pub async fn notification_of_sms(&self, message_id: &str) -> Result<Option<NotificationId>, StoreError> {
        let Some(item) = self.get(KIND, &key(message_id)).await? else { return Ok(None) };
        let id = item.get(NOTIFICATION).and_then(|id| id.as_s().ok()).and_then(|id| id.parse().ok());
        id.map(Some).ok_or(StoreError::Unreadable { kind: KIND, why: NOTIFICATION.to_owned() })
    }
}

fn key(message_id: &str) -> String {
    format!("sms#{message_id}")
}
