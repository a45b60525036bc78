//! Owners' settings: one item each.

use varsling_domain::identity::Owner;
use varsling_domain::owner::OwnerSettings;

use super::{Item, Store, StoreError, schema, string, unreadable};

const KIND: &str = "owner";

impl Store {
    /// Writes an owner's settings in place of those before.
    pub async fn put_owner_settings(
        &self,
        owner: &Owner,
        settings: &OwnerSettings,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(settings).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(owner)));
        self.put(KIND, item).await
    }

    /// An owner's settings, if any were ever stored.
    pub async fn find_owner_settings(&self, owner: &Owner) -> Result<Option<OwnerSettings>, StoreError> {
        let item = self.get(KIND, &key(owner)).await?;
        item.map(|item| serde_dynamo::from_item(item).map_err(unreadable(KIND))).transpose()
    }
}

fn key(owner: &Owner) -> String {
    format!("owner#{owner}")
}
