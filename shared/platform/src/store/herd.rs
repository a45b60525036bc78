//! How many notifications each owner has parked for an opening of the window: one counter for each opening,
//! owner and channel.

use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;

use super::{Store, StoreError, number, schema, service, string, ttl};

const KIND: &str = "herd";
const COUNT: &str = "n";
/// How long after the opening the counter is of no more use.
const KEPT_FOR: TimeDelta = TimeDelta::days(2);

impl Store {
    /// Lines up for an opening with some notifications, and tells how many of the same owner stand before
    /// them. Whoever asks twice stands further back, which does no harm.
    pub async fn line_up(
        &self,
        owner: &Owner,
        channel: Channel,
        opening: DateTime<Utc>,
        count: usize,
    ) -> Result<i64, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let (ttl_name, ttl_value) = ttl(opening + KEPT_FOR);
        let request = self.client.update_item().table_name(&self.table);
        let answer = request
            .key(schema::PARTITION_KEY, string(&key(owner, channel, opening)))
            .update_expression("SET #ttl = :ttl ADD #n :count")
            .expression_attribute_names("#ttl", ttl_name)
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_values(":ttl", ttl_value)
            .expression_attribute_values(":count", number(count))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| service(KIND, &error))?;
        let total = answer.attributes().and_then(|new| new.get(COUNT)?.as_n().ok()?.parse::<i64>().ok());
        Ok(total.map_or(0, |total| total - count))
    }
}

fn key(owner: &Owner, channel: Channel, opening: DateTime<Utc>) -> String {
    let channel = match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    };
    format!("herd#{channel}#{}#{owner}", opening.timestamp())
}
