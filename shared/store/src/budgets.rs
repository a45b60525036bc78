//! What has been sent of each day's budgets, and what has failed: one item for each count and day, in which every owner has
//! an attribute, so that a batch is counted by one write, for all owners of what is in it. And what is told of budgets: items that the
//! table's stream carries on.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnValue;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use varsling_domain::budget::BudgetEvent;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string, ttl, unreadable};

const KIND: &str = "usage";
const EVENT: &str = "event";

/// How long a day's counts are kept, for questions about what was sent.
const KEPT_FOR: TimeDelta = TimeDelta::days(400);

/// How long an event is kept that was told.
const EVENT_KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// The attribute of all owners together.
const ALL: &str = "all";

/// What is counted of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// What was sent on a channel: e-mails, or segments of SMS.
    Sent(Channel),
    /// Deliveries that have failed.
    Failures,
}

impl Counted {
    fn name(self) -> &'static str {
        match self {
            Self::Sent(channel) => channel.name(),
            Self::Failures => "failures",
        }
    }
}

/// How much was counted on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of all owners.
    pub all: u64,
    /// Of each owner.
    pub owners: BTreeMap<Owner, u64>,
}

impl Usage {
    fn of(item: &Item) -> Self {
        let counts = item.iter().filter_map(|(name, value)| {
            let count: i64 = value.as_n().ok()?.parse().ok()?;
            Some((name.as_str(), count.try_into().unwrap_or_default()))
        });
        let mut usage = Self::default();
        for (name, count) in counts {
            match Owner::try_from(name) {
                Ok(owner) => drop(usage.owners.insert(owner, count)),
                Err(_) if name == ALL => usage.all = count,
                Err(_) => {}
            }
        }
        usage
    }
}

impl Store {
    /// Adds to what is counted of owners on a day, which may be less than nothing where too much was counted; the counts
    /// then.
    pub async fn count_usage(
        &self,
        counted: Counted,
        day: NaiveDate,
        added: &BTreeMap<Owner, i64>,
        now: DateTime<Utc>,
    ) -> Result<Usage, StoreError> {
        let (ttl_name, until) = ttl(now + KEPT_FOR);
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(schema::PARTITION_KEY, string(&key(counted, day)))
            .expression_attribute_names("#ttl", ttl_name)
            .expression_attribute_values(":ttl", until)
            .expression_attribute_names("#all", ALL)
            .expression_attribute_values(":all", number(added.values().sum::<i64>()));
        let mut adds = vec!["#all :all".to_owned()];
        for (place, (owner, units)) in added.iter().enumerate() {
            let (name, value) = (format!("#o{place}"), format!(":o{place}"));
            adds.push(format!("{name} {value}"));
            request = request
                .expression_attribute_names(name, owner.as_str())
                .expression_attribute_values(value, number(*units));
        }
        let expression = format!("SET #ttl = :ttl ADD {}", adds.join(", "));
        let request = request.update_expression(expression).return_values(ReturnValue::AllNew);
        let answer = request.send().await.map_err(|error| service(KIND, &error))?;
        Ok(Usage::of(&answer.attributes.unwrap_or_default()))
    }

    /// What was counted of an owner on some days; nothing of a day of which there is no count.
    pub async fn usage_of(
        &self,
        owner: &Owner,
        counted: Counted,
        days: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<BTreeMap<NaiveDate, u64>, StoreError> {
        let days: Vec<_> = days.into_iter().collect();
        let items = self.get_all(KIND, days.iter().map(|day| key(counted, *day))).await?;
        let of_day = days.into_iter().filter_map(|day| {
            let count = Usage::of(items.get(&key(counted, day))?).owners.remove(owner)?;
            Some((day, count))
        });
        Ok(of_day.collect())
    }

    /// Has something told of a budget, once.
    pub async fn tell_of_budget(&self, event: &BudgetEvent, now: DateTime<Utc>) -> Result<(), StoreError> {
        let told = serde_json::to_string(event).map_err(unreadable(EVENT))?;
        let item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&format!("{}{}", schema::EVENT_PREFIX, event.id()))),
            (schema::TOLD.to_owned(), string(&told)),
            ttl(now + EVENT_KEPT_FOR),
        ]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(EVENT, &error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

fn key(counted: Counted, day: NaiveDate) -> String {
    format!("usage#{}#{day}", counted.name())
}
