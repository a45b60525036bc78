//! Owners' webhooks: one item for each owner, with its version.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::webhook::{Webhook, WebhookName};

use super::{Item, Store, StoreError, is_condition_failed, number, schema, service, string, unreadable};

const KIND: &str = "webhooks";
const ALL: &str = "w";
const VERSION: &str = "v";

/// How long what was read counts where it only decides where events go.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// How many owners are remembered before all are forgotten.
const MANY: usize = 1_000;

/// How often a change is tried again that somebody else was quicker with.
const MOST_CONFLICTS: usize = 16;

/// An owner's webhooks as they are stored.
#[derive(Debug, Clone, Default)]
pub struct StoredWebhooks {
    /// All of them, by their names.
    pub all: Vec<Webhook>,
    version: u64,
}

impl StoredWebhooks {
    /// The one of this name.
    pub fn named(&self, name: &WebhookName) -> Option<&Webhook> {
        self.all.iter().find(|webhook| webhook.name == *name)
    }

    /// The same with a webhook in place of the one of its name.
    #[must_use]
    pub fn with(mut self, webhook: Webhook) -> Self {
        self.all.retain(|other| other.name != webhook.name);
        self.all.push(webhook);
        self.all.sort_by(|one, other| one.name.cmp(&other.name));
        self
    }

    /// The same without the one of this name.
    #[must_use]
    pub fn without(mut self, name: &WebhookName) -> Self {
        self.all.retain(|webhook| webhook.name != *name);
        self
    }
}

impl Store {
    /// An owner's webhooks as they are now.
    pub async fn load_webhooks(&self, owner: &Owner) -> Result<StoredWebhooks, StoreError> {
        let Some(item) = self.get(KIND, &key(owner)).await? else { return Ok(StoredWebhooks::default()) };
        let all = item.get(ALL).and_then(|all| all.as_s().ok()).map_or("[]", String::as_str);
        let version = item.get(VERSION).and_then(|version| version.as_n().ok()?.parse().ok());
        Ok(StoredWebhooks {
            all: serde_json::from_str(all).map_err(unreadable(KIND))?,
            version: version.unwrap_or_default(),
        })
    }

    /// One of an owner's webhooks.
    pub async fn find_webhook(
        &self,
        owner: &Owner,
        name: &WebhookName,
    ) -> Result<Option<Webhook>, StoreError> {
        Ok(self.load_webhooks(owner).await?.named(name).cloned())
    }

    /// Writes an owner's webhooks unless somebody else has since they were read; false then.
    pub async fn put_webhooks(&self, owner: &Owner, webhooks: &StoredWebhooks) -> Result<bool, StoreError> {
        let all = serde_json::to_string(&webhooks.all).map_err(unreadable(KIND))?;
        let item = Item::from([
            (schema::PARTITION_KEY.to_owned(), string(&key(owner))),
            (ALL.to_owned(), string(&all)),
            (VERSION.to_owned(), number(webhooks.version + 1)),
        ]);
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = request
            .condition_expression("attribute_not_exists(#pk) OR #v = :v")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":v", number(webhooks.version));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition_failed(&error) => Ok(false),
            Err(error) => Err(service(KIND, &error)),
        }
    }

    /// Changes a webhook, unless its owner or another post has changed it meanwhile: then what they wrote stands.
    pub async fn change_webhook(
        &self,
        owner: &Owner,
        before: &Webhook,
        after: Webhook,
    ) -> Result<(), StoreError> {
        for _ in 0..MOST_CONFLICTS {
            let stored = self.load_webhooks(owner).await?;
            if stored.named(&before.name) != Some(before) {
                return Ok(());
            }
            if self.put_webhooks(owner, &stored.with(after.clone())).await? {
                return Ok(());
            }
        }
        Err(StoreError::Contended)
    }
}

/// What was read of owners' webhooks lately.
#[derive(Default)]
pub struct RecentWebhooks(Mutex<HashMap<Owner, Read>>);

struct Read {
    at: DateTime<Utc>,
    names: Vec<WebhookName>,
}

impl RecentWebhooks {
    /// The names of those of an owner's webhooks that are switched on, as they are or were a minute ago.
    pub async fn find(
        &self,
        store: &Store,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Vec<WebhookName>, StoreError> {
        if let Some(names) = self.fresh(owner, now) {
            return Ok(names);
        }
        let all = store.load_webhooks(owner).await?.all;
        let on = all.into_iter().filter(|webhook| !webhook.is_switched_off());
        let names: Vec<_> = on.map(|webhook| webhook.name).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MANY {
            known.clear();
        }
        known.insert(owner.clone(), Read { at: now, names: names.clone() });
        Ok(names)
    }

    fn fresh(&self, owner: &Owner, now: DateTime<Utc>) -> Option<Vec<WebhookName>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(owner).filter(|read| now < read.at + FRESH).map(|read| read.names.clone())
    }
}

fn key(owner: &Owner) -> String {
    format!("webhooks#{owner}")
}
