//! The resolved set of a shipment that fans out: a cold item, written once before the first child is made.

use varsling_domain::chain::{Chain, ResolvedSet};

use super::{Item, Store, StoreError, is_condition_failed, schema, service, string, ttl, unreadable};

const KIND: &str = "resolved set";

impl Store {
    /// Writes the resolved set of a shipment, unless an earlier worker has. Returns the stored one.
    pub async fn create_resolved_set(
        &self,
        chain: &Chain,
        shipment: u8,
        set: ResolvedSet,
    ) -> Result<ResolvedSet, StoreError> {
        let mut item: Item = serde_dynamo::to_item(Stored { set: &set }).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain, shipment)));
        item.extend([ttl(chain.kept_until)]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        match request.send().await {
            Ok(_) => Ok(set),
            Err(error) if is_condition_failed(&error) => {
                self.load_resolved_set(chain, shipment).await?.ok_or(StoreError::Missing(KIND))
            }
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// Reads the resolved set of a shipment; none if no worker has written it.
    pub async fn load_resolved_set(
        &self,
        chain: &Chain,
        shipment: u8,
    ) -> Result<Option<ResolvedSet>, StoreError> {
        let Some(item) = self.get(KIND, &key(chain, shipment)).await? else { return Ok(None) };
        let read: Read = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
        Ok(Some(read.set))
    }
}

#[derive(serde::Serialize)]
struct Stored<'a> {
    set: &'a ResolvedSet,
}

#[derive(serde::Deserialize)]
struct Read {
    set: ResolvedSet,
}

fn key(chain: &Chain, shipment: u8) -> String {
    format!("set#{}#{shipment}", chain.id)
}
