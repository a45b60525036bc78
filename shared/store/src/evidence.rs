//! What is kept of an order when everything else of it is gone: one item, written when its last shipment is final.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::Chain;
use varsling_domain::evidence::{Evidence, EvidenceRecord};
use varsling_domain::ids::ChainId;

use super::{
    Consistency, Item, Store, StoreError, is_condition_failed, number, schema, service, string, ttl,
    unreadable,
};

const KIND: &str = "evidence";
/// All that is proved, as MessagePack. Items of earlier releases have an attribute for each member instead.
const BODY: &str = "b";
/// The version of the chain that is proved.
const VERSION: &str = "v";

impl Store {
    /// Writes what a chain proves, until so long after the rest of it is gone; unless what a later version of the
    /// chain proves is written already.
    pub async fn put_evidence(&self, chain: &Chain, now: DateTime<Utc>) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.table);
        let request = request
            .set_item(Some(self.evidence_item(chain, now)?))
            .condition_expression("attribute_not_exists(#v) OR #v < :v")
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":v", number(chain.version));
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            _ => Ok(()),
        }
    }

    fn evidence_item(&self, chain: &Chain, now: DateTime<Utc>) -> Result<Item, StoreError> {
        let until = chain.kept_until + TimeDelta::days(self.evidence_days);
        let record = EvidenceRecord::from(&Evidence::of(chain, now));
        let body = rmp_serde::to_vec_named(&record).map_err(unreadable(KIND))?;
        let mut item = Item::from([(schema::PARTITION_KEY.to_owned(), string(&key(chain.id)))]);
        item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(body)));
        item.insert(VERSION.to_owned(), number(chain.version));
        item.extend([ttl(until)]);
        Ok(item)
    }

    /// The versions of those chains of which something is proved. Read at half the price: what was written a moment ago
    /// may be missing.
    pub async fn evidence_versions(&self, ids: &[ChainId]) -> Result<HashMap<ChainId, u64>, StoreError> {
        let keys = ids.iter().map(|id| key(*id));
        let items = self.get_all_as(Consistency::Eventual, KIND, keys).await?;
        Ok(ids.iter().filter_map(|id| Some((*id, version_of(items.get(&key(*id))?)))).collect())
    }

    /// What was proved of many chains, as far as that is still kept.
    pub async fn load_all_evidence(
        &self,
        ids: &[ChainId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let mut items = self.get_all(KIND, ids.iter().map(|id| key(*id))).await?;
        let kept = ids.iter().filter_map(|id| Some((*id, items.remove(&key(*id))?)));
        kept.filter_map(|(id, item)| read(id, item, now).transpose()).collect()
    }

    /// What was proved of a chain, if that is still kept.
    pub async fn load_evidence(
        &self,
        id: ChainId,
        now: DateTime<Utc>,
    ) -> Result<Option<Evidence>, StoreError> {
        match self.get(KIND, &key(id)).await? {
            Some(item) => read(id, item, now),
            None => Ok(None),
        }
    }

    /// Whether anything is proved of a chain that is gone. Read at half the price: it was written weeks ago, or is not
    /// there.
    pub async fn has_evidence(&self, id: ChainId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let request =
            self.client.get_item().table_name(&self.table).key(schema::PARTITION_KEY, string(&key(id)));
        let request = request.projection_expression("#ttl").expression_attribute_names("#ttl", schema::TTL);
        let answer = request.send().await.map_err(|error| service(KIND, &error))?;
        Ok(answer.item.is_some_and(|item| is_kept(&item, now)))
    }
}

fn version_of(item: &Item) -> u64 {
    let version = item.get(VERSION).and_then(|version| version.as_n().ok()?.parse().ok());
    version.unwrap_or_default()
}

fn is_kept(item: &Item, now: DateTime<Utc>) -> bool {
    let until = item.get(schema::TTL).and_then(|until| until.as_n().ok()?.parse().ok());
    until.and_then(|until| DateTime::from_timestamp(until, 0)).is_some_and(|until| until > now)
}

fn read(id: ChainId, item: Item, now: DateTime<Utc>) -> Result<Option<Evidence>, StoreError> {
    if !is_kept(&item, now) {
        return Ok(None);
    }
    let Some(body) = item.get(BODY).and_then(|body| body.as_b().ok()) else {
        return serde_dynamo::from_item(item).map(Some).map_err(unreadable(KIND));
    };
    let record: EvidenceRecord = rmp_serde::from_slice(body.as_ref()).map_err(unreadable(KIND))?;
    Ok(Some(record.evidence(id)))
}

fn key(id: ChainId) -> String {
    format!("evidence#{id}")
}
