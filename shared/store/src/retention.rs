//! The end of what is kept of an order, brought forward once it is over.

use chrono::{DateTime, Utc};
use varsling_domain::chain::Chain;

use super::{Store, StoreError, is_condition_failed, number, schema, service, string, ttl};

const KIND: &str = "retention";

impl Store {
    /// Keeps a chain and its order until so long, in place of the end that they were stored with; unless somebody has
    /// written the chain since, who leaves that to be found out anew.
    pub async fn shorten_retention(&self, chain: &Chain, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.keep_order(chain, until).await?;
        let (ttl_name, ttl_value) = ttl(until);
        let request = self.client.update_item().table_name(&self.table);
        let written = request
            .key(schema::PARTITION_KEY, string(&super::chains::key(chain.id)))
            // The write has nothing to tell of, whatever the one before had.
            .update_expression("SET #ttl = :ttl, #x = :x REMOVE #t")
            .condition_expression("#v = :v")
            .expression_attribute_names("#ttl", ttl_name)
            .expression_attribute_names("#x", super::chains::KEPT_UNTIL)
            .expression_attribute_names("#t", schema::TOLD)
            .expression_attribute_names("#v", super::chains::VERSION)
            .expression_attribute_values(":ttl", ttl_value)
            .expression_attribute_values(":x", number(until.timestamp_millis()))
            .expression_attribute_values(":v", number(chain.version))
            .send()
            .await;
        match written {
            Err(error) if is_condition_failed(&error) => Ok(()),
            written => written.map(drop).map_err(|error| service(KIND, &error)),
        }
    }
}
