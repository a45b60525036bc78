//! What is kept of an order when everything else of it is gone: one item, written when its last shipment is final, in a table
//! of its own, whose class costs less for what is seldom read (Amazon DynamoDB Developer Guide, "DynamoDB table classes").

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::Chain;
use varsling_domain::evidence::{Evidence, EvidenceRecord};
use varsling_domain::ids::ChainId;
use varsling_function::environment::{ConfigError, Environment};

use super::{
    CONCURRENT_READS, Consistency, Item, MOST_IN_ONE_READ, Store, StoreError, get_some, is_condition_failed,
    number, primary_key, read_request, schema, service, ttl, unbuildable, unreadable, with_key,
};

const KIND: &str = "evidence";
/// The variable that names the table.
pub const TABLE_VARIABLE: &str = "EVIDENCE_TABLE_NAME";
/// What the keys begin with; the bytes of the order's id follow. What a key takes is kept for ten years.
pub const KEY_PREFIX: &str = "e#";
/// All that is proved, as MessagePack. Items of earlier releases have an attribute for each member instead.
const BODY: &str = "b";
/// The version of the chain that is proved.
const VERSION: &str = "v";
/// The feed's epoch at that time, which is one more after each restore of the main table; absent in the first one.
const EPOCH: &str = "e";

/// What a proof is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A version of the chain.
    OfVersion(u64),
    /// The chain as it was before the main table was restored: versions of before and after that do not compare.
    BeforeRestore,
}

impl Proof {
    /// Whether it says all that there is to say of a version of the chain, as far as versions tell.
    pub fn covers(self, version: u64) -> bool {
        match self {
            Self::OfVersion(proved) => proved >= version,
            Self::BeforeRestore => true,
        }
    }
}

/// The table of evidence. That of releases which had none is still in the main table, and read there.
#[derive(Clone)]
pub struct EvidenceStore {
    main: Store,
    table: String,
    epoch: u32,
}

impl EvidenceStore {
    /// The table that the environment names, beside the main one.
    pub fn open(main: &Store, environment: &Environment) -> Result<Self, ConfigError> {
        let epoch = environment.optional("FEED_EPOCH").map_or(Ok(0), |epoch| epoch.parse());
        let epoch = epoch
            .map_err(|_| ConfigError::Invalid { name: "FEED_EPOCH", why: "not a whole number".into() })?;
        Ok(Self { main: main.clone(), table: environment.required(TABLE_VARIABLE)?, epoch })
    }

    /// Writes what a chain proves, until so long after the rest of it is gone; unless what a later version of the
    /// chain proves is written already. A restore of the main table leaves evidence as it is, and versions of before
    /// and after it do not compare: then what is known takes the place of what was, and what is not known does not.
    pub async fn put(&self, chain: &Chain, now: DateTime<Utc>) -> Result<(), StoreError> {
        let evidence = Evidence::of(chain, now);
        let request = self.main.client.put_item().table_name(&self.table);
        let request = request.set_item(Some(self.item(chain, &evidence)?));
        let request =
            self.on_condition(request, evidence.is_known()).expression_attribute_names("#v", VERSION);
        let request = request.expression_attribute_values(":v", number(chain.version));
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            _ => Ok(()),
        }
    }

    fn on_condition(&self, request: PutItemFluentBuilder, is_known: bool) -> PutItemFluentBuilder {
        let request = request.expression_attribute_names("#e", EPOCH);
        let (is_of_ours, request) = match self.epoch {
            0 => ("attribute_not_exists(#e)", request),
            epoch => ("#e = :e", request.expression_attribute_values(":e", number(epoch))),
        };
        request.condition_expression(if is_known {
            format!("attribute_not_exists(#v) OR #v < :v OR NOT ({is_of_ours})")
        } else {
            format!("attribute_not_exists(#v) OR ({is_of_ours} AND #v < :v)")
        })
    }

    fn item(&self, chain: &Chain, evidence: &Evidence) -> Result<Item, StoreError> {
        let until = chain.kept_until + TimeDelta::days(self.main.evidence_days);
        let body = rmp_serde::to_vec_named(&EvidenceRecord::from(evidence)).map_err(unreadable(KIND))?;
        let mut item = key(chain.id);
        item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(body)));
        item.insert(VERSION.to_owned(), number(chain.version));
        if self.epoch > 0 {
            item.insert(EPOCH.to_owned(), number(self.epoch));
        }
        item.extend([ttl(until)]);
        Ok(item)
    }

    /// What proofs there are of these chains. Read at half the price: what was written a moment ago may be missing.
    pub async fn proofs(&self, ids: &[ChainId]) -> Result<HashMap<ChainId, Proof>, StoreError> {
        let items = self.get_all(Consistency::Eventual, ids).await?;
        Ok(items.into_iter().map(|(id, item)| (id, self.proof_of(&item))).collect())
    }

    fn proof_of(&self, item: &Item) -> Proof {
        let epoch = item.get(EPOCH).and_then(|epoch| epoch.as_n().ok()?.parse().ok());
        if epoch.unwrap_or(0) == self.epoch {
            Proof::OfVersion(version_of(item))
        } else {
            Proof::BeforeRestore
        }
    }

    /// What was proved of many chains, as far as that is still kept.
    pub async fn load_all(&self, ids: &[ChainId], now: DateTime<Utc>) -> Result<Vec<Evidence>, StoreError> {
        let mut items = self.get_all(Consistency::Strong, ids).await?;
        let kept = ids.iter().filter_map(|id| Some((*id, items.remove(id)?)));
        kept.filter_map(|(id, item)| read(id, item, now).transpose()).collect()
    }

    /// What was proved of a chain, if that is still kept.
    pub async fn load(&self, id: ChainId, now: DateTime<Utc>) -> Result<Option<Evidence>, StoreError> {
        Ok(self.load_all(&[id], now).await?.pop())
    }

    /// Whether anything is proved of a chain that is gone, in either table. Read at half the price: it was written weeks
    /// ago, or is not there.
    pub async fn has(&self, id: ChainId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let [own, before] = [key(id), key_before(id)].map(|key| {
            read_request(Consistency::Eventual, vec![key]).map_err(|error| unbuildable(KIND, &error))
        });
        let read = HashMap::from([(self.table.clone(), own?), (self.main.table.clone(), before?)]);
        let found = get_some(&self.main.client, KIND, read).await?;
        Ok(found.iter().any(|item| is_kept(item, now)))
    }

    /// The items of these chains, in whichever table they are.
    async fn get_all(
        &self,
        consistency: Consistency,
        ids: &[ChainId],
    ) -> Result<HashMap<ChainId, Item>, StoreError> {
        let some: Vec<_> = ids.chunks(MOST_IN_ONE_READ).map(<[ChainId]>::to_vec).collect();
        let reads = some.into_iter().map(|some| self.get_own(consistency, some));
        let found: Vec<_> = stream::iter(reads).buffer_unordered(CONCURRENT_READS).try_collect().await?;
        let mut found: HashMap<_, _> = found.into_iter().flatten().collect();
        let missing: Vec<_> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        let keys = missing.iter().map(|id| name_before(*id));
        let mut before = self.main.get_all_as(consistency, KIND, keys).await?;
        found.extend(missing.iter().filter_map(|id| Some((*id, before.remove(&name_before(*id))?))));
        Ok(found)
    }

    async fn get_own(
        &self,
        consistency: Consistency,
        ids: Vec<ChainId>,
    ) -> Result<Vec<(ChainId, Item)>, StoreError> {
        let keys = ids.iter().map(|id| key(*id)).collect();
        let read = read_request(consistency, keys).map_err(|error| unbuildable(KIND, &error))?;
        let read = HashMap::from([(self.table.clone(), read)]);
        let items = get_some(&self.main.client, KIND, read).await?;
        let mut by_key: HashMap<String, Item> = items.into_iter().filter_map(with_key).collect();
        Ok(ids.into_iter().filter_map(|id| Some((id, by_key.remove(&name(id))?))).collect())
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

fn key(id: ChainId) -> Item {
    primary_key(&name(id))
}

fn name(id: ChainId) -> String {
    format!("{KEY_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(id.as_bytes()))
}

/// The key of evidence in the main table, where releases before kept it.
fn key_before(id: ChainId) -> Item {
    primary_key(&name_before(id))
}

fn name_before(id: ChainId) -> String {
    format!("evidence#{id}")
}
