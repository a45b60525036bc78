//! What administrators have said of the deployment: one item, read by every function before it hands something over.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use varsling_domain::chain::{Chain, Event};
use varsling_domain::channel::Channel;
use varsling_domain::deployment::{Deployment, Held, Hold, Restored, Scope, Settlement};
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string, unreadable};

const KIND: &str = "deployment";
const KEY: &str = "deployment";

/// What the name of an attribute begins with that is a hold.
const HOLD: &str = "hold:";
const TABLE: &str = "table";
const AT: &str = "at";
const SETTLEMENT: &str = "settlement";

/// How long what was read counts.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// What was read of the deployment lately. Locked while it is read, so that questions at the same moment cause one
/// read.
#[derive(Default)]
pub struct RecentDeployment(Mutex<Option<Read>>);

struct Read {
    at: DateTime<Utc>,
    deployment: Deployment,
}

impl RecentDeployment {
    /// The deployment as it is or was some seconds ago.
    pub async fn find(&self, store: &Store, now: DateTime<Utc>) -> Result<Deployment, StoreError> {
        let mut recent = self.0.lock().await;
        if let Some(read) = recent.as_ref().filter(|read| now < read.at + FRESH) {
            return Ok(read.deployment.clone());
        }
        let deployment = store.deployment_lately().await?;
        *recent = Some(Read { at: now, deployment: deployment.clone() });
        Ok(deployment)
    }

    /// Whether nothing of an owner is handed over on a channel now, and why.
    pub async fn held(
        &self,
        store: &Store,
        channel: Channel,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Option<Held>, StoreError> {
        Ok(self.find(store, now).await?.held(&store.table, channel, owner))
    }
}

impl Store {
    /// Whether this table is a copy of another one of which nothing has been said yet.
    pub fn is_unsettled(&self, deployment: &Deployment) -> bool {
        deployment.is_unsettled(&self.table)
    }

    /// The name of the table.
    pub fn table_name(&self) -> &str {
        &self.table
    }

    /// A chain as it is once it is settled what becomes of it after a restore of the table.
    pub async fn settle_chain(
        &self,
        chain: Chain,
        deployment: &Deployment,
        now: DateTime<Utc>,
    ) -> Result<Chain, StoreError> {
        match deployment.settlement.as_ref().filter(|settlement| settlement.concerns(&chain)) {
            Some(settlement) => {
                let event = Event::Settled(settlement.clone());
                Ok(self.apply(chain, &[event], now).await?.chain().clone())
            }
            None => Ok(chain),
        }
    }

    /// What administrators have said of the deployment.
    pub async fn load_deployment(&self) -> Result<Deployment, StoreError> {
        self.read_deployment(self.get(KIND, KEY).await?).await
    }

    async fn deployment_lately(&self) -> Result<Deployment, StoreError> {
        self.read_deployment(self.get_eventually(KIND, KEY).await?).await
    }

    /// Of a table that is a copy, when that was first seen stands beside it.
    async fn read_deployment(&self, item: Option<Item>) -> Result<Deployment, StoreError> {
        let deployment = read(&item.unwrap_or_default())?;
        if !deployment.is_unsettled(&self.table) {
            return Ok(deployment);
        }
        let seen = self.get(KIND, &restored_key(&self.table)).await?;
        let at = seen.and_then(|item| item.get(AT)?.as_n().ok()?.parse().ok());
        let at = at.and_then(DateTime::from_timestamp_millis).filter(|at| !deployment.has_settled(*at));
        Ok(Deployment { restored: at.map(|at| Restored { table: self.table.clone(), at }), ..deployment })
    }

    /// Looks at the deployment before anything else is done, so that what is done is known to be later than a restore.
    pub async fn look_for_restore(&self, now: DateTime<Utc>) {
        let looked = match self.deployment_lately().await {
            Ok(known) => self.note_restore(&known, now).await,
            Err(error) => Err(error),
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "whether the table was restored is not known yet");
        }
    }

    /// Writes down which table a deployment is, and when its table is first seen to be a copy of another one.
    pub async fn note_deployment(&self, known: &Deployment, now: DateTime<Utc>) -> Result<(), StoreError> {
        match &known.table {
            None => self.note_table().await,
            Some(_) => self.note_restore(known, now).await,
        }
    }

    async fn note_table(&self) -> Result<(), StoreError> {
        let request = self
            .update_deployment()
            .update_expression("SET #table = :table")
            .condition_expression("attribute_not_exists(#table)")
            .expression_attribute_names("#table", TABLE)
            .expression_attribute_values(":table", string(&self.table));
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn note_restore(&self, known: &Deployment, now: DateTime<Utc>) -> Result<(), StoreError> {
        if !known.is_unsettled(&self.table) || known.restored.is_some() {
            return Ok(());
        }
        tracing::error!(table = self.table, "the table was restored: nothing is sent until it is settled");
        let item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&restored_key(&self.table))),
            (AT.to_owned(), number(now.timestamp_millis())),
        ]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        // Of an earlier restore to a table of this name a note may be left, in the data that was copied.
        let settled = known.settlement.as_ref().map_or(0, |settlement| settlement.at.timestamp_millis());
        let request = request
            .condition_expression("attribute_not_exists(#pk) OR #at <= :settled")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":settled", number(settled));
        match request.send().await {
            Err(error) if !is_condition_failed(&error) => Err(service(KIND, &error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Holds what a scope covers.
    pub async fn hold(&self, scope: &Scope, hold: &Hold) -> Result<(), StoreError> {
        let request = self
            .update_deployment()
            .update_expression("SET #hold = :hold")
            .expression_attribute_names("#hold", attribute(scope))
            .expression_attribute_values(":hold", json(hold)?);
        request.send().await.map(drop).map_err(|error| service(KIND, &error))
    }

    /// Releases what a scope covers; nothing where it was not held.
    pub async fn release(&self, scope: &Scope) -> Result<(), StoreError> {
        let request = self
            .update_deployment()
            .update_expression("REMOVE #hold")
            .expression_attribute_names("#hold", attribute(scope));
        request.send().await.map(drop).map_err(|error| service(KIND, &error))
    }

    /// Writes down what becomes of what was under way, from when on the table is the deployment's own.
    pub async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let request = self
            .update_deployment()
            .update_expression("SET #table = :table, #settlement = :settlement")
            .expression_attribute_names("#table", TABLE)
            .expression_attribute_names("#settlement", SETTLEMENT)
            .expression_attribute_values(":table", string(&self.table))
            .expression_attribute_values(":settlement", json(settlement)?);
        request.send().await.map(drop).map_err(|error| service(KIND, &error))
    }

    fn update_deployment(&self) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).key(schema::PARTITION_KEY, string(KEY))
    }
}

/// Where it stands when a table was first seen to be a copy.
fn restored_key(table: &str) -> String {
    format!("restored#{table}")
}

fn attribute(scope: &Scope) -> String {
    format!("{HOLD}{scope}")
}

fn json<T: Serialize>(value: &T) -> Result<aws_sdk_dynamodb::types::AttributeValue, StoreError> {
    serde_json::to_string(value).map(|text| string(&text)).map_err(unreadable(KIND))
}

fn read(item: &Item) -> Result<Deployment, StoreError> {
    let mut holds = BTreeMap::new();
    for (name, value) in item {
        // A scope of a later release holds nothing that this one knows of.
        let scope = name.strip_prefix(HOLD).and_then(|scope| scope.parse::<Scope>().ok());
        if let (Some(scope), Ok(text)) = (scope, value.as_s()) {
            holds.insert(scope, serde_json::from_str(text).map_err(unreadable(KIND))?);
        }
    }
    Ok(Deployment {
        holds,
        table: text(item, TABLE).map(str::to_owned),
        restored: None,
        settlement: parsed(item, SETTLEMENT)?,
    })
}

fn parsed<T: DeserializeOwned>(item: &Item, name: &str) -> Result<Option<T>, StoreError> {
    text(item, name).map(serde_json::from_str).transpose().map_err(unreadable(KIND))
}

fn text<'a>(
    item: &'a HashMap<String, aws_sdk_dynamodb::types::AttributeValue>,
    name: &str,
) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
