//! A message has been opened: leaves a marker that every reminder of it looks at before it goes out.

mod publishers;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use varsling_domain::identity::Owner;
use varsling_domain::opened;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_store::{Store, StoreError};

use publishers::Publishers;

/// The function.
pub struct RecordOpened {
    store: Store,
    publishers: Publishers,
    clock: Arc<dyn Clock>,
}

/// The part of the EventBridge envelope that counts.
#[derive(Deserialize)]
struct Event {
    /// The AWS account that published it; EventBridge fills it in, the publisher cannot.
    account: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<DateTime<Utc>>,
    detail: Opening,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opening {
    owner: Owner,
    dialog_id: String,
    transmission_id: Option<String>,
    opened_at: Option<DateTime<Utc>>,
}

/// Why an opening was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum OpenedError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event cannot be understood.
    #[error("an event that is no opening: {0}")]
    NotAnOpening(&'static str),
    /// The publisher may not speak for the owner that it names.
    #[error("account {account} may not speak for {owner}")]
    NotItsOwner {
        /// The publisher's AWS account.
        account: String,
        /// The owner that the event names.
        owner: Owner,
    },
}

impl Function for RecordOpened {
    const NAME: &'static str = "record-opened";
    const VARIABLES: Variables = &[&["TABLE_NAME", "OPENED_PUBLISHERS"]];
    type Event = Value;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            publishers: environment.parsed("OPENED_PUBLISHERS", str::parse)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    async fn handler(&self, event: Value, _deadline: Deadline) -> Result<Value, HandlerError> {
        self.record(event)
            .await
            .inspect_err(|error| tracing::error!(%error, "an opening was not recorded"))?;
        Ok(Value::Null)
    }
}

impl RecordOpened {
    async fn record(&self, event: Value) -> Result<(), OpenedError> {
        let event = understood(event)?;
        let owner = &event.detail.owner;
        if !self.publishers.may_speak_for(&event.account, owner) {
            return Err(OpenedError::NotItsOwner { account: event.account, owner: owner.clone() });
        }
        let opened_at = event.opened_at(self.clock.now());
        let transmission = event.detail.transmission_id.as_deref();
        for marker in opened::markers(owner, &event.detail.dialog_id, transmission) {
            self.store.mark_opened(&marker, opened_at).await?;
        }
        tracing::info!(%owner, "a message was opened");
        Ok(())
    }
}

impl Event {
    /// When it was opened: as the publisher says, else when the event was published, and never in the
    /// future, where it would stop the reminders of orders to come.
    fn opened_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.detail.opened_at.or(self.time).unwrap_or(now).min(now)
    }
}

fn understood(event: Value) -> Result<Event, OpenedError> {
    let event: Event =
        // Not what serde says: it may repeat what somebody wrote in place of an owner.
        serde_json::from_value(event).map_err(|_| OpenedError::NotAnOpening("a field is missing or wrong"))?;
    if event.detail_type != "Message opened" {
        return Err(OpenedError::NotAnOpening("another detail type"));
    }
    if event.detail.dialog_id.trim().is_empty() {
        return Err(OpenedError::NotAnOpening("no dialog"));
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(detail: &Value) -> Value {
        json!({"account": "000000000000", "detail-type": "Message opened", "time": "2026-11-02T10:00:00Z", "detail": detail})
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    /// The opening time of an event whose publisher states this one.
    fn opened_at(stated: &Value, now: DateTime<Utc>) -> DateTime<Utc> {
        let detail = json!({"owner": "991825827", "dialogId": "d", "openedAt": stated});
        understood(event(&detail)).unwrap().opened_at(now)
    }

    #[test]
    fn the_time_is_the_publishers_the_events_or_now_and_never_in_the_future() {
        let now = at("2026-11-02T12:00:00Z");
        assert_eq!(opened_at(&json!("2026-11-01T10:00:00+01:00"), now), at("2026-11-01T09:00:00Z"));
        assert_eq!(opened_at(&Value::Null, now), at("2026-11-02T10:00:00Z"));
        assert_eq!(opened_at(&json!("2999-01-01T00:00:00Z"), now), now);
    }

    #[test]
    fn a_refusal_does_not_repeat_what_somebody_wrote() {
        let refused =
            understood(event(&json!({"owner": 11_837_512_435_u64, "dialogId": "d"}))).err().unwrap();
        assert!(!refused.to_string().contains("11837512435"));
    }

    #[test]
    fn what_is_no_opening_is_refused() {
        for detail in [
            json!({}),
            json!({"owner": "12", "dialogId": "d"}),
            json!({"owner": "991825827", "dialogId": " "}),
        ] {
            assert!(understood(event(&detail)).is_err(), "{detail}");
        }
        let mut other = event(&json!({"owner": "991825827", "dialogId": "d"}));
        other["detail-type"] = json!("Message sent");
        assert!(understood(other).is_err());
    }
}
