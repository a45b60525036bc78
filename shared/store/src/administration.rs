//! What administrators change: who, what, from what to what, and when. Kept as long as evidence is, and read by nobody but an
//! operator.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, schema, string, ttl, unreadable};

const KIND: &str = "administrator's change";

/// A change that an administrator is about to make. `None` stands for what is not there, before or afterwards.
#[derive(Debug, Clone, Copy)]
pub struct AdministratorChange<'a, T> {
    /// The organisation of the administrator.
    pub by: &'a Owner,
    /// What is done: `PutOwner`, `Hold`, `Release`, `Settle` or `LiftSuppression`.
    pub action: &'static str,
    /// What it is done to: an owner, a scope, a table or a suppression.
    pub about: &'a str,
    /// As it was.
    pub before: Option<&'a T>,
    /// As it will be.
    pub after: Option<&'a T>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Writes it down before it is made, so that nothing is changed of which there is no record. One that then fails has a
    /// record, too.
    pub async fn put_administrator_change<T: Serialize>(
        &self,
        change: &AdministratorChange<'_, T>,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(Stored::of(change)).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(change)));
        item.extend([ttl(change.at + TimeDelta::days(self.evidence_days))]);
        self.put(KIND, item).await
    }
}

/// With whole names: there are few of these, and people read them.
#[derive(Serialize)]
struct Stored<'a, T> {
    by: &'a Owner,
    action: &'static str,
    about: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a T>,
    at: DateTime<Utc>,
}

impl<'a, T> Stored<'a, T> {
    fn of(change: &AdministratorChange<'a, T>) -> Self {
        let AdministratorChange { by, action, about, before, after, at } = *change;
        Self { by, action, about, before, after, at }
    }
}

/// Sorted by time in a list of all, each with a name of its own.
fn key<T>(change: &AdministratorChange<'_, T>) -> String {
    format!("administration#{}#{}", change.at.format("%Y-%m-%dT%H:%M:%SZ"), uuid::Uuid::new_v4())
}
