//! Who wants a share of a channel's rate: one small item for each channel. Only senders that have a backlog read or
//! write it, and those of ordinary notices never write it; instant notices are counted in it.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, Utc};
use varsling_domain::channel::Channel;

use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string};

const KIND: &str = "demand";
const URGENT_AT: &str = "u";
const SECOND: &str = "s";
const COUNT: &str = "n";
const COUNT_BEFORE: &str = "b";

/// Who wants a share of a channel's rate beside the senders of ordinary notices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demand {
    /// When a sender of urgent notices last had a backlog.
    pub urgent_at: Option<DateTime<Utc>>,
    /// When an instant notice was last sent, to the second.
    pub instant_at: Option<DateTime<Utc>>,
    /// How many instant notices were sent in that second, or in the one before that had any.
    pub instant_in_a_second: u32,
}

impl Demand {
    fn of(item: &Item) -> Self {
        let second = whole(item, SECOND).and_then(|second| DateTime::from_timestamp(second, 0));
        let counts = [COUNT, COUNT_BEFORE].map(|count| whole(item, count).unwrap_or_default());
        let most = counts.into_iter().max().and_then(|most| most.try_into().ok());
        Self {
            urgent_at: whole(item, URGENT_AT).and_then(DateTime::from_timestamp_millis),
            instant_at: second,
            instant_in_a_second: most.unwrap_or_default(),
        }
    }
}

impl Store {
    /// Notes that the senders of urgent notices have a backlog; who else wants a share.
    pub async fn note_urgent_demand(
        &self,
        channel: Channel,
        now: DateTime<Utc>,
    ) -> Result<Demand, StoreError> {
        let request = self.client.update_item().table_name(&self.table);
        let written = request
            .key(schema::PARTITION_KEY, string(&key(channel)))
            .update_expression("SET #u = :now")
            .expression_attribute_names("#u", URGENT_AT)
            .expression_attribute_values(":now", number(now.timestamp_millis()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let item = written.map_err(|error| service(KIND, &error))?.attributes.unwrap_or_default();
        Ok(Demand::of(&item))
    }

    /// Who wants a share of a channel's rate.
    pub async fn demand(&self, channel: Channel) -> Result<Demand, StoreError> {
        Ok(Demand::of(&self.get(KIND, &key(channel)).await?.unwrap_or_default()))
    }

    /// Counts an instant notice among those of its second, unless there are so many already; false then.
    pub async fn take_instant_permit(
        &self,
        channel: Channel,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(self.begin_second(channel, now).await? || self.count_in_second(channel, most, now).await?)
    }

    /// Counts one fewer, which was counted and not sent; unless another second has begun since.
    pub async fn return_instant_permit(
        &self,
        channel: Channel,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(schema::PARTITION_KEY, string(&key(channel)))
            .update_expression("SET #n = #n - :one")
            .condition_expression("#s = :s AND #n > :zero")
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_names("#s", SECOND)
            .expression_attribute_values(":s", number(now.timestamp()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1));
        permitted(request.send().await).map(drop)
    }

    /// Counts the first one of a second; false if there is a count of this second already, or of a later one.
    async fn begin_second(&self, channel: Channel, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(schema::PARTITION_KEY, string(&key(channel)))
            .update_expression("SET #b = if_not_exists(#n, :zero), #s = :s, #n = :one")
            .condition_expression("attribute_not_exists(#s) OR #s < :s")
            .expression_attribute_names("#b", COUNT_BEFORE)
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_names("#s", SECOND)
            .expression_attribute_values(":s", number(now.timestamp()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1));
        permitted(request.send().await)
    }

    async fn count_in_second(
        &self,
        channel: Channel,
        most: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(schema::PARTITION_KEY, string(&key(channel)))
            .update_expression("SET #n = #n + :one")
            .condition_expression("#s = :s AND #n < :most")
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_names("#s", SECOND)
            .expression_attribute_values(":s", number(now.timestamp()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(most));
        permitted(request.send().await)
    }
}

fn permitted(
    answer: Result<UpdateItemOutput, SdkError<UpdateItemError, HttpResponse>>,
) -> Result<bool, StoreError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if is_condition_failed(&error) => Ok(false),
        Err(error) => Err(service(KIND, &error)),
    }
}

fn whole(item: &Item, attribute: &str) -> Option<i64> {
    item.get(attribute)?.as_n().ok()?.parse().ok()
}

fn key(channel: Channel) -> String {
    format!("demand#{}", channel.name())
}
