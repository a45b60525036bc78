//! The cold item of a chain: the order as it was accepted, never changed but for how long it is kept.
//!
//! Its key names the body's fingerprint, so that another body under the same idempotency id, which is
//! refused only when the hot item turns out to exist, cannot have overwritten the first.

use chrono::{DateTime, Utc};
use varsling_domain::chain::Chain;
use varsling_domain::finder::Finders;
use varsling_domain::order::Order;

use super::{
    Item, Store, StoreError, is_condition_failed, pointers, schema, service, string, ttl, unreadable,
};

const KIND: &str = "order";

impl Store {
    /// Writes the order of a chain that is about to be created. False if there is one already: the same body
    /// may mean something else by now, because a template or the owner's settings have changed.
    pub async fn put_order(
        &self,
        chain: &Chain,
        order: &Order,
        finders: &Finders,
    ) -> Result<bool, StoreError> {
        let item = item(chain, order, finders)?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition_failed(&error) => Ok(false),
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// Writes the order in place of one whose chain was never created.
    pub async fn replace_order(
        &self,
        chain: &Chain,
        order: &Order,
        finders: &Finders,
    ) -> Result<(), StoreError> {
        self.put(KIND, item(chain, order, finders)?).await
    }

    /// Keeps the order of a chain until so long, in place of the end that it was stored with.
    pub(super) async fn keep_order(&self, chain: &Chain, until: DateTime<Utc>) -> Result<(), StoreError> {
        let (name, until) = ttl(until);
        let request = self.client.update_item().table_name(&self.table);
        let written = request
            .key(schema::PARTITION_KEY, string(&key(chain)))
            .update_expression("SET #ttl = :ttl")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#ttl", name)
            .expression_attribute_values(":ttl", until)
            .send()
            .await;
        match written {
            Err(error) if is_condition_failed(&error) => Ok(()),
            written => written.map(drop).map_err(|error| service(KIND, &error)),
        }
    }

    /// Reads the order of a chain, if it was worth keeping.
    pub async fn find_order(&self, chain: &Chain) -> Result<Option<Order>, StoreError> {
        let item = self.get(KIND, &key(chain)).await?;
        item.map(|item| serde_dynamo::from_item(item).map_err(unreadable(KIND))).transpose()
    }

    /// Reads the order of a chain, which must be there.
    pub async fn load_order(&self, chain: &Chain) -> Result<Order, StoreError> {
        self.find_order(chain).await?.ok_or(StoreError::Missing(KIND))
    }
}

/// The item of an order, which is found by whom its notification is for.
fn item(chain: &Chain, order: &Order, finders: &Finders) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(order).map_err(unreadable(KIND))?;
    item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain)));
    item.extend([ttl(chain.kept_until)]);
    item.extend(finders.subject.iter().flat_map(|subject| pointers::place(subject, finders.at)));
    Ok(item)
}

fn key(chain: &Chain) -> String {
    format!("order#{}#{}", chain.id, chain.fingerprint.as_str())
}
