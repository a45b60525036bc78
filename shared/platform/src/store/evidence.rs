//! What is kept of an order when everything else of it is gone: one item, written when its last step is
//! final.

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::Chain;
use varsling_domain::evidence::Evidence;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, is_refused, number, schema, service, string, ttl, unreadable};

const KIND: &str = "evidence";
const UNTIL: &str = "until";
/// How many of many are read at the same time.
const CONCURRENCY: usize = 32;

impl Store {
    /// Writes what a chain proves, until so long after the rest of it is gone.
    pub(super) async fn put_evidence(&self, chain: &Chain) -> Result<(), StoreError> {
        self.put(KIND, self.evidence_item(chain)?).await
    }

    /// Writes what a new chain proves, unless that of an earlier attempt is there.
    pub(super) async fn put_first_evidence(&self, chain: &Chain) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.table);
        let request = request
            .set_item(Some(self.evidence_item(chain)?))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        match request.send().await {
            Err(error) if !is_refused(&error) => Err(service(KIND, &error)),
            _ => Ok(()),
        }
    }

    fn evidence_item(&self, chain: &Chain) -> Result<Item, StoreError> {
        let until = chain.kept_until + TimeDelta::days(self.evidence_days);
        let mut item: Item = serde_dynamo::to_item(Evidence::of(chain)).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain.id)));
        item.insert(UNTIL.to_owned(), number(until.timestamp_millis()));
        item.extend([ttl(until)]);
        Ok(item)
    }

    /// What was proved of many chains, as far as that is still kept.
    pub async fn load_all_evidence(
        &self,
        ids: Vec<ChainId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let load = ids.into_iter().map(|id| self.load_evidence(id, now));
        let found: Vec<_> = stream::iter(load).buffered(CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What was proved of a chain, if that is still kept.
    pub async fn load_evidence(
        &self,
        id: ChainId,
        now: DateTime<Utc>,
    ) -> Result<Option<Evidence>, StoreError> {
        let Some(item) = self.get(KIND, &key(id)).await? else { return Ok(None) };
        let until = item.get(UNTIL).and_then(|until| until.as_n().ok()?.parse().ok());
        let until = until.and_then(DateTime::from_timestamp_millis);
        if until.is_none_or(|until| until <= now) {
            return Ok(None);
        }
        serde_dynamo::from_item(item).map(Some).map_err(unreadable(KIND))
    }
}

fn key(id: ChainId) -> String {
    format!("evidence#{id}")
}
