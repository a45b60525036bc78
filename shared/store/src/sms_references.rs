//! Which call an SMS provider's message id belongs to: SNS's delivery log knows only its own id.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::ids::DeliveryId;

use super::{Item, Store, StoreError, number, schema, string, ttl};

const KIND: &str = "SMS reference";
const DELIVERY: &str = "n";
const CLAIM: &str = "c";

/// Operators report within days.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// A call that handed over an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmsCall {
    /// For which delivery.
    pub delivery: DeliveryId,
    /// Under which claim. The release before did not write it down; 0 is nobody's claim.
    pub claim: u64,
}

impl Store {
    /// Remembers the provider's id of a call.
    pub async fn put_sms_reference(
        &self,
        message_id: &str,
        call: SmsCall,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(message_id))),
            (DELIVERY.to_owned(), string(&call.delivery.to_string())),
            (CLAIM.to_owned(), number(call.claim)),
        ]);
        item.extend([ttl(now + KEPT_FOR)]);
        self.put(KIND, item).await
    }

    /// The call behind a provider's id.
    pub async fn sms_call(&self, message_id: &str) -> Result<Option<SmsCall>, StoreError> {
        let Some(item) = self.get(KIND, &key(message_id)).await? else { return Ok(None) };
        let id = item.get(DELIVERY).and_then(|id| id.as_s().ok()?.parse().ok());
        let claim = item.get(CLAIM).and_then(|claim| claim.as_n().ok()?.parse().ok()).unwrap_or_default();
        let call = id.map(|delivery| SmsCall { delivery, claim });
        call.map(Some).ok_or(StoreError::Unreadable { kind: KIND, why: DELIVERY.to_owned() })
    }
}

fn key(message_id: &str) -> String {
    format!("sms#{message_id}")
}
