//! The cold item of a chain: the order as it was accepted, never changed.
//!
//! Its key names the body's fingerprint, so that another body under the same idempotency id, which is
//! refused only when the hot item turns out to exist, cannot have overwritten the first.

use varsling_domain::chain::Chain;
use varsling_domain::order::Order;

use super::{Item, Store, StoreError, schema, string, ttl, unreadable};

const KIND: &str = "order";

impl Store {
    /// Writes the order of a chain that is about to be created.
    pub async fn put_order(&self, chain: &Chain, order: &Order) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(order).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain)));
        item.extend([ttl(chain.kept_until)]);
        self.put(KIND, item).await
    }

    /// Reads the order of a chain.
    pub async fn load_order(&self, chain: &Chain) -> Result<Order, StoreError> {
        let item = self.get(KIND, &key(chain)).await?.ok_or(StoreError::Missing(KIND))?;
        serde_dynamo::from_item(item).map_err(unreadable(KIND))
    }
}

fn key(chain: &Chain) -> String {
    format!("order#{}#{}", chain.id, chain.fingerprint.as_str())
}
