//! The lines before an opening of the window: how many notifications each owner has in one (a counter for each
//! opening, owner, lane and channel), and up to when a channel's moments have been given out.

use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::Lane;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;

use super::{Store, StoreError, is_refused, number, schema, service, string, ttl};

const KIND: &str = "herd";
const COUNT: &str = "n";
const FREE: &str = "f";
/// How long after the opening the counter is of no more use.
const KEPT_FOR: TimeDelta = TimeDelta::days(2);

impl Store {
    /// Lines up for an opening with some notifications, and tells how many in the same lane of the same
    /// owner stand before them. Whoever asks twice stands further back, which does no harm.
    pub async fn line_up(
        &self,
        (owner, lane): (&Owner, Lane),
        channel: Channel,
        opening: DateTime<Utc>,
        count: usize,
    ) -> Result<u32, StoreError> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let (ttl_name, ttl_value) = ttl(opening + KEPT_FOR);
        let request = self.client.update_item().table_name(&self.table);
        let answer = request
            .key(schema::PARTITION_KEY, string(&key((owner, lane), channel, opening)))
            .update_expression("SET #ttl = :ttl ADD #n :count")
            .expression_attribute_names("#ttl", ttl_name)
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_values(":ttl", ttl_value)
            .expression_attribute_values(":count", number(count))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| service(KIND, &error))?;
        let total = answer.attributes().and_then(|new| new.get(COUNT)?.as_n().ok()?.parse::<u32>().ok());
        Ok(total.map_or(0, |total| total.saturating_sub(count)))
    }

    /// The first moment of a channel that has not been given out; none where none ever was.
    pub async fn free_moment(&self, channel: Channel) -> Result<Option<DateTime<Utc>>, StoreError> {
        let stored = self.get(KIND, &pace_key(channel)).await?;
        let free = stored.as_ref().and_then(|item| item.get(FREE)?.as_n().ok()?.parse().ok());
        Ok(free.and_then(DateTime::from_timestamp_millis))
    }

    /// Takes a channel's moments from its free one until before another, for good. False when somebody else
    /// has taken some meanwhile.
    pub async fn take_moments(
        &self,
        channel: Channel,
        free: Option<DateTime<Utc>>,
        next: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let item = [
            (schema::PARTITION_KEY.to_owned(), string(&pace_key(channel))),
            (FREE.to_owned(), number(next.timestamp_millis())),
        ];
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item.into()));
        let request = request.expression_attribute_names("#f", FREE);
        let request = match free {
            None => request.condition_expression("attribute_not_exists(#f)"),
            Some(free) => request
                .condition_expression("#f = :f")
                .expression_attribute_values(":f", number(free.timestamp_millis())),
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_refused(&error) => Ok(false),
            Err(error) => Err(service(KIND, &error)),
        }
    }
}

fn pace_key(channel: Channel) -> String {
    format!("pace#{}", name(channel))
}

fn key((owner, lane): (&Owner, Lane), channel: Channel, opening: DateTime<Utc>) -> String {
    let lane = match lane {
        Lane::Ordinary => "",
        Lane::Urgent => "#urgent",
        Lane::Crowd => "#crowd",
    };
    format!("herd#{}#{}#{owner}{lane}", name(channel), opening.timestamp())
}

fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}
