//! Audit records: who asked about whom, when. They name nobody but the organisation that asked; persons are HMACs.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::finder::Finder;
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string, ttl};

const KIND: &str = "audit record";
/// How long a record is kept.
const KEPT_FOR: TimeDelta = TimeDelta::days(3 * 365);

/// A question about persons or organisations.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    /// Who asks: an organisation's number, or a person's finder.
    pub asker: &'a str,
    /// What is asked.
    pub question: &'static str,
    /// About whom.
    pub about: &'a [Finder],
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Writes a record down, before the question is answered.
    pub async fn put_audit(&self, audit: &Audit<'_>) -> Result<(), StoreError> {
        let about = audit.about.iter().map(|finder| string(finder.as_str())).collect();
        let item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(audit))),
            ("w".to_owned(), number(audit.at.timestamp_millis())),
            ("q".to_owned(), string(audit.question)),
            ("a".to_owned(), string(audit.asker)),
            ("p".to_owned(), AttributeValue::L(about)),
            ttl(audit.at + KEPT_FOR),
        ]);
        self.put(KIND, item).await
    }

    /// Counts a check of so many recipients among those of its owner's minute; false if there were too many.
    pub async fn take_check_permit(
        &self,
        owner: &Owner,
        recipients: usize,
        most: usize,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let minute = now.timestamp() / 60;
        let (name, until) = ttl(now + TimeDelta::hours(1));
        let room = most.saturating_sub(recipients);
        let request = self.client.update_item().table_name(&self.table);
        let counted = request
            .key(schema::PARTITION_KEY, string(&format!("checks#{owner}#{minute}")))
            .update_expression("SET #ttl = :ttl ADD #n :n")
            .condition_expression("attribute_not_exists(#n) OR #n <= :room")
            .expression_attribute_names("#n", "n")
            .expression_attribute_names("#ttl", name)
            .expression_attribute_values(":n", count(recipients))
            .expression_attribute_values(":room", count(room))
            .expression_attribute_values(":ttl", until)
            .send()
            .await;
        match counted {
            Ok(_) => Ok(true),
            Err(error) if is_condition_failed(&error) => Ok(false),
            Err(error) => Err(service(KIND, &error)),
        }
    }
}

fn count(count: usize) -> AttributeValue {
    number(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Records of one asker stand together by day, each with a name of its own.
fn key(audit: &Audit<'_>) -> String {
    format!("audit#{}#{}#{}", audit.asker, audit.at.format("%Y-%m-%d"), uuid::Uuid::new_v4())
}
