//! Who wants a share of a channel's rate: one small item for each channel. Only senders that have a backlog read or
//! write it, and those of ordinary notices never write it.

use chrono::{DateTime, Utc};
use varsling_domain::channel::Channel;

use super::{Item, Store, StoreError, number, schema, service, string};

const KIND: &str = "demand";
const URGENT_AT: &str = "u";

/// Who wants a share of a channel's rate beside the senders of ordinary notices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// When a sender of urgent notices last had a backlog.
    pub urgent_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Notes that the senders of urgent notices have a backlog.
    pub async fn note_urgent_demand(&self, channel: Channel, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self.client.update_item().table_name(&self.table);
        let written = request
            .key(schema::PARTITION_KEY, string(&key(channel)))
            .update_expression("SET #u = :now")
            .expression_attribute_names("#u", URGENT_AT)
            .expression_attribute_values(":now", number(now.timestamp_millis()))
            .send()
            .await;
        written.map(drop).map_err(|error| service(KIND, &error))
    }

    /// Who wants a share of a channel's rate.
    pub async fn demand(&self, channel: Channel) -> Result<Demand, StoreError> {
        let item = self.get(KIND, &key(channel)).await?;
        Ok(Demand { urgent_at: item.as_ref().and_then(|item| time(item, URGENT_AT)) })
    }
}

fn time(item: &Item, attribute: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(item.get(attribute)?.as_n().ok()?.parse().ok()?)
}

fn key(channel: Channel) -> String {
    format!("demand#{}", channel.name())
}
